"""What is published of a history: parts and manifest as publishing its days one by one would have left them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks.growth_copies import DETAILED, copied_rows
from qa_pipeline.settings import Settings
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.day_parts import KEYS
from qa_pipeline.warehouse.day_rows import WHOLE_TABLES
from qa_pipeline.warehouse.keys import primary_keys
from qa_pipeline.warehouse.memory import spare_memory
from qa_pipeline.warehouse.merging import merges, size_of
from qa_pipeline.warehouse.parts import (
    PARTS,
    Manifest,
    Part,
    names_in,
    read_manifest,
    select_parts,
    write_manifest,
    write_part,
)
from qa_pipeline.warehouse.published_so_far import current_snapshot

KEYS_ARE_OF = ("calls", "call_channels", "transcription_tasks")


def publish_history(settings: Settings, template: dt.date, days: Sequence[dt.date]) -> None:
    """Puts copies of the template's day, all that is published, in its place: one for each of `days`, in their order.

    The next publish shows them; the snapshot that is there now is no more than a place for the manifest.
    """
    if not days:
        return
    snapshot = current_snapshot(settings.snapshot_path)
    found = read_manifest(snapshot) if snapshot else None
    if snapshot is None or found is None:
        raise RuntimeError("the day of the template is not published")
    folder = snapshot.parent / PARTS
    made = Manifest(found.schema, found.folding, publications=found.publications)
    with empty_database() as connection:
        keys = primary_keys()
        spare_memory(connection, folder)
        for table, parts in found.parts.items():
            if table in WHOLE_TABLES:
                made.parts[table] = parts
            elif table != KEYS and parts:
                order = ", ".join(dict.fromkeys(["call_date", *keys.get(table, ["key"])]))
                made.parts[table] = _copied(connection, folder, table, parts, order, template, days)
        for table in KEYS_ARE_OF:
            shown = select_parts(made.parts[table], names_in(folder))
            connection.execute(f"create temp view {table} as {shown}")
        made.parts[KEYS] = [
            _written(connection, folder, KEYS, _keys_of(group))
            for group in layout(KEYS, days, dict.fromkeys(days, size_of(found.parts[KEYS][0])))
        ]
    write_manifest(snapshot, made)


def layout(table: str, days: Sequence[dt.date], size_bytes: dict[dt.date, int]) -> list[list[dt.date]]:
    """Which days of a table share a part once each was published after the other, with parts of these sizes."""
    parts: list[Part] = []
    for newest in days:
        parts.append(Part(str(newest), (newest,), 0, size_bytes[newest]))
        for merge in list(merges(table, parts, newest)):
            together = tuple(day for part in merge.parts for day in part.days)
            parts = [part for part in parts if part not in merge.parts]
            parts.append(Part(f"{together[0]}_{together[-1]}", together, 0, merge.size_bytes))
    return [[day for day in part.days if day] for part in parts]


def _copied(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    table: str,
    parts: Sequence[Part],
    order: str,
    template: dt.date,
    days: Sequence[dt.date],
) -> list[Part]:
    rows = select_parts(parts, names_in(folder))
    columns = {name for name, *_ in connection.execute(f"describe {rows}").fetchall()}

    def write(some: Sequence[dt.date]) -> Part:
        select = copied_rows(rows, columns, template, some)
        return _written(connection, folder, table, f"from ({select}) order by {order}")

    sizes = {False: size_of(write(days[:1])), True: size_of(write(days[-1:]))}
    size_bytes = {day: sizes[day >= template - DETAILED] for day in days}
    return [write(group) for group in layout(table, days, size_bytes)]


def _keys_of(days: Sequence[dt.date]) -> str:
    between = f"between date '{days[0]}' and date '{days[-1]}'"
    return f"from ({read_sql('publish/list_keys.sql')}) where call_date {between} order by call_date, key"


def _written(connection: duckdb.DuckDBPyConnection, folder: Path, table: str, select: str) -> Part:
    part = write_part(connection, folder, table, select)
    assert part is not None, table
    return part
