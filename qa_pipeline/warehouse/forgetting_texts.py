"""Takes what was said out of days that are older than it may be kept: times, languages, emotions, metrics, marts and
scores stay. As with erasure, files are written anew, so that no byte of a text is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.database import apply_schema, exclusive_lock
from qa_pipeline.warehouse.day_parts import DayParts, PartRows
from qa_pipeline.warehouse.erasing import ERASE_WAIT_S, write_anew
from qa_pipeline.warehouse.erasing_snapshots import rewrite_days
from qa_pipeline.warehouse.held import Waiting, connect_waiting
from qa_pipeline.warehouse.manifest_changes import show_days
from qa_pipeline.warehouse.parts import PARTS, Day, Manifest, Part, read_manifest
from qa_pipeline.warehouse.published_so_far import current_snapshot

_WITHOUT: Mapping[str, Mapping[str, str]] = {
    "sentences": {"text": "''", "words": "null"},
    "transcripts": {"text": "''"},
    "turns": {"text": "''"},
    "search_texts": {"body": "''"},
    "rule_hits": {"evidence": "''"},
    "transcript_remarks": {"value": "null"},
}
"""Table → its columns with words of a call, and what is in them afterwards."""


def days_with_texts(
    warehouse_path: Path, link: Path, before: dt.date, held: Collection[str], waiting: Waiting
) -> list[dt.date]:
    """Days before `before` with calls, other than those `held`, whose texts are still there.

    Raises:
        WarehouseBusy: another program has the working database open.
    """
    values = {"before": before, "held": sorted(held)}
    days: set[dt.date] = set()

    def look(connection: duckdb.DuckDBPyConnection) -> None:
        days.update(day for (day,) in connection.execute(read_sql("erase/list_days_with_texts.sql"), values).fetchall())

    with exclusive_lock(warehouse_path.with_suffix(".lock"), ERASE_WAIT_S):
        if warehouse_path.exists():
            with connect_waiting(warehouse_path, waiting) as connection:
                apply_schema(connection)
                look(connection)
    snapshot = current_snapshot(link)
    manifest = read_manifest(snapshot) if snapshot else None
    calls = PartRows(snapshot.parent / PARTS, manifest).select("calls", None) if snapshot and manifest else None
    if calls is not None:
        with duckdb.connect() as connection:
            connection.execute(f"create view calls as {_with_column(connection, calls)}")
            look(connection)
    return sorted(days)


def forget_texts(
    warehouse_path: Path,
    link: Path,
    days: Sequence[dt.date],
    held: Collection[str],
    now: dt.datetime,
    *,
    minimum_n: int,
    waiting: Waiting,
) -> None:
    """Empties the texts of these days' calls but those that are `held`, and notes `now` as the time of it.

    Raises:
        WarehouseBusy: another program has the working database open.
    """
    if not days:
        return
    replacing = without_texts(days, held, now)
    with exclusive_lock(warehouse_path.with_suffix(".lock"), ERASE_WAIT_S):
        if warehouse_path.exists():
            with connect_waiting(warehouse_path, waiting) as connection:
                apply_schema(connection)
                connection.execute("force checkpoint")
            write_anew(warehouse_path, replacing)

    def make(day_parts: DayParts, published: PartRows, manifest: Manifest) -> Sequence[Day]:
        shown: list[Day] = [day for day in days if manifest.with_days("calls", [day])]
        made: dict[str, dict[Day, Part]] = {}
        for day in shown:
            for table, part in day_parts.of_changed_day(day, replacing).items():
                made.setdefault(table, {})[day] = part
        show_days(day_parts, manifest, shown, made)
        return shown

    rewrite_days(warehouse_path, link, make, minimum_n=minimum_n, waiting=waiting)


def without_texts(days: Sequence[dt.date], held: Collection[str], now: dt.datetime) -> dict[str, str]:
    """What stands behind `select *` of each table, so that texts of these days' calls but those that are `held` are
    empty, and `now` is noted as the time of it."""
    dates = ", ".join(f"date '{day}'" for day in days)
    condition = f"call_date in ({dates})"
    if held:
        condition += f" and call_id not in ({', '.join(_literal(each) for each in sorted(held))})"
    columns = {**_WITHOUT, "calls": {"text_deleted_at": f"timestamptz '{now.isoformat()}'"}}
    return {
        table: "replace ("
        + ", ".join(f"case when {condition} then {value} else {name} end as {name}" for name, value in own.items())
        + ")"
        for table, own in columns.items()
    }


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _with_column(connection: duckdb.DuckDBPyConnection, calls: str) -> str:
    """Calls as an earlier version published them have no column for it."""
    names = [name for name, *_ in connection.execute(f"describe ({calls})").fetchall()]
    return calls if "text_deleted_at" in names else f"select *, null::timestamptz as text_deleted_at from ({calls})"
