"""Copies of a day that the product has run, as other days of a history: in the landing zone, ledger and warehouse."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from qa_pipeline.landing.cache import CachedFile, LandingCache
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.read_days import note_read
from qa_pipeline.ledger.states import ANSWERED
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.writing import insert_attempts
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.recording_keys import KEYS, note_recordings

LINKS = 60_000
"""A file system may refuse more links to a file."""

DETAILED = dt.timedelta(days=14)
"""Of copies as old as this or less the words of sentences are kept."""

_QUEUES = ("billing", "orders", "returns", "tech-support")


def call_name(day: dt.date, number: int) -> str:
    """The id of a call; a copy of a day has the day in its place."""
    return f"{day:%y%m%d}-{number:05d}"


def write_sidecar(folder: Path, day: dt.date, number: int) -> None:
    """What is known of a call, beside its recording."""
    name = call_name(day, number)
    started_at = dt.datetime.combine(day, dt.time(8), dt.UTC) + dt.timedelta(seconds=30 * number % 40_000)
    agent = number % 50
    known = {
        "call_id": name,
        "started_at": started_at.isoformat(),
        "agent_id": f"a{agent:03d}",
        "agent_name": f"Agent {agent}",
        "customer_id": f"c{number * 7919 % 100_000:05d}",
        "queue": _QUEUES[number % len(_QUEUES)],
        "direction": "inbound",
    }
    (folder / f"{name}.json").write_text(json.dumps(known))


def copied_id(recording_id: str, day: dt.date) -> str:
    """The id of a recording in a copy of its day, as SQL computes it too."""
    return hashlib.sha256(f"{recording_id}{day}".encode()).hexdigest()


def copy_zone(settings: Settings, zone: Path, template: dt.date, copies: Sequence[dt.date], calls: int) -> None:
    """The folders of the copies, and what the landing cache knows of their files."""
    engine = open_operations(settings.operations_database_url)
    known = LandingCache(engine)
    facts: list[CachedFile] = []
    status = (zone / str(template) / f"{call_name(template, 0)}.wav").stat()
    for number in range(calls):
        path = zone / str(template) / f"{call_name(template, number)}.wav"
        found = known.get((path.as_uri(), status.st_size, path.stat().st_mtime_ns))
        if found is None:
            raise RuntimeError(f"the product does not remember {path}")
        facts.append(found)
    linked, original = 0, zone
    for day in copies:
        folder = zone / str(day)
        folder.mkdir()
        cache = LandingCache(engine)
        for number in range(calls):
            if linked % LINKS == 0:
                original = zone.parent / f"original-{linked}.wav"
                original.touch()
                os.truncate(original, status.st_size)
                os.utime(original, (evening(template), evening(template)))
            path = folder / f"{call_name(day, number)}.wav"
            os.link(original, path)
            linked += 1
            write_sidecar(folder, day, number)
            stamp = (path.as_uri(), status.st_size, int(evening(template)) * 1_000_000_000)
            cache.add(stamp, CachedFile(copied_id(facts[number].sha256, day), facts[number].facts))
        cache.save()
    engine.dispose()


def evening(day: dt.date) -> float:
    """When the files of a day were written, UTC epoch seconds."""
    return dt.datetime.combine(day, dt.time(21), dt.UTC).timestamp()


def copy_ledger(settings: Settings, template: dt.date, copies: Sequence[dt.date]) -> None:
    """Rows of the ledger for every channel of the copies, as answered as the template's."""
    engine = open_operations(settings.operations_database_url)
    rows = [asdict(row) for row in Ledger(engine).in_states(ANSWERED, str(template), str(template))]
    for day in copies:
        back_s = (template - day).days * 86_400.0
        with engine.begin() as connection:
            insert_attempts(connection, [_copied_row(row, template, day, back_s) for row in rows])
    note_read(engine, copies, settings.redaction.version)
    engine.dispose()


def _copied_row(row: dict[str, Any], template: dt.date, day: dt.date, back_s: float) -> dict[str, Any]:
    submission = uuid.uuid5(uuid.NAMESPACE_OID, f"{row['submission_id']}{day}").hex
    moments = {key: row[key] - back_s for key in row if key.endswith("_at") and isinstance(row[key], float)}
    return {
        **row,
        **moments,
        "submission_id": submission,
        "task_id": submission,
        "recording_id": copied_id(row["recording_id"], day),
        "call_id": _of_day(row["call_id"], day),
        "call_date": str(day),
        "source_uri": _of_day_uri(row["source_uri"], template, day),
        "raw_path": f"{row['model']}/{day}/{submission}.json",
    }


def _of_day(call_id: str, day: dt.date) -> str:
    return f"{day:%y%m%d}{call_id[6:]}"


def _of_day_uri(uri: str, template: dt.date, day: dt.date) -> str:
    return uri.replace(f"/{template}/{template:%y%m%d}-", f"/{day}/{day:%y%m%d}-")


def copy_warehouse(settings: Settings, template: dt.date, copies: Sequence[dt.date]) -> None:
    """Every row of the template's day, in every table, for the other days."""
    warehouse = Warehouse(settings.warehouse_path)
    with warehouse.transaction() as connection:
        tables = _tables_by_day(connection)
        tables.pop(KEYS, None)
    for day in copies:  # as a history grows: of large additions DuckDB puts the blocks in order later, day by day
        with warehouse.transaction() as connection:
            for table, columns in tables.items():
                rows = f"select * from {table} where call_date = date '{template}'"
                connection.execute(f"insert into {table} by name {copied_rows(rows, columns, template, [day])}")
            note_recordings(connection, [day])


def copied_rows(rows: str, columns: Collection[str], template: dt.date, days: Sequence[dt.date]) -> str:
    """A select of `rows`, a select of rows of the template's day with these columns, as those of other days. Words
    with their times, which take most of the room, are kept in the newest days alone."""
    written = ", ".join(f"date '{day}'" for day in days)
    changed = ", ".join(f"{made} as {column}" for column, made in _changed(template).items() if column in columns)
    return f"select found.* replace ({changed}) from ({rows}) as found, unnest([{written}]) as copies (day)"


def _tables_by_day(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    rows = connection.execute(
        "select table_name, list(column_name) from duckdb_columns() inner join duckdb_tables() using (table_name) "
        "group by table_name having list_contains(list(column_name), 'call_date')"
    ).fetchall()
    return {table: set(columns) for table, columns in rows}


def _changed(template: dt.date) -> dict[str, str]:
    """What a copy has in the place of a template's value, by column."""
    day = "strftime(copies.day, '%Y-%m-%d')"
    uri = f"replace(source_uri, '{template}', {day})"
    return {
        "call_date": "copies.day",
        "call_id": "strftime(copies.day, '%y%m%d') || substr(call_id, 7)",
        "recording_id": f"sha256(recording_id || {day})",
        "source_uri": f"replace({uri}, '{template:%y%m%d-}', strftime(copies.day, '%y%m%d-'))",
        "started_at": "started_at - to_days(cast(call_date - copies.day as integer))",
        "words": f"case when copies.day >= date '{template - DETAILED}' then words end",
    }
