"""Of what the rows of calls were read, so that a day of which nothing is new is not read again.

A table of the working database alone, a row for each call. It may be deleted: then days are read once more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from qa_pipeline.warehouse.database import insert_rows

READ_TABLES = ("transcripts", "sentences", "transcript_remarks", "redactions")
"""The tables that reading fills."""

NOTED_AT_ONCE = 1000
"""Calls."""

_READINGS = (
    "create table if not exists readings "
    "(call_id varchar, call_date date, key varchar, facts varchar, rows_of_day varchar)"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a call was read of (a key), and what came of it besides rows."""

    key: str
    facts: str


def readings_of(connection: duckdb.DuckDBPyConnection, day: dt.date) -> dict[str, Reading]:
    """What was noted of a day's calls by id; none where its rows are not those any more that were read then."""
    connection.execute(_READINGS)
    rows = connection.execute("select * from readings where call_date = ?", [day]).fetchall()
    noted = {rows_of_day for *_, rows_of_day in rows}
    if noted != {_fingerprint(connection, day)}:
        return {}
    return {call_id: Reading(key, facts) for call_id, _, key, facts, _ in rows}


def note_readings(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], read: Mapping[dt.date, Mapping[str, Reading]]
) -> None:
    """Notes what the rows of `days` are read of, once they are written: by day and call id. A day that is not in `read`
    is read again by the next run."""
    connection.execute(_READINGS)
    connection.execute("delete from readings where in_days(call_date, ?)", [list(days)])
    for day, calls in read.items():
        fingerprint, noted = _fingerprint(connection, day), list(calls.items())
        for start in range(0, len(noted), NOTED_AT_ONCE):
            insert_rows(connection, "readings", list(_rows(day, noted[start : start + NOTED_AT_ONCE], fingerprint)))


def _rows(day: dt.date, calls: Iterable[tuple[str, Reading]], fingerprint: str) -> Iterable[dict[str, object]]:
    for call_id, reading in calls:
        yield {
            "call_id": call_id,
            "call_date": day,
            "key": reading.key,
            "facts": reading.facts,
            "rows_of_day": fingerprint,
        }


def _fingerprint(connection: duckdb.DuckDBPyConnection, day: dt.date) -> str:
    """Of all that is in a day's rows, however they are ordered."""
    found = []
    for table in READ_TABLES:
        rows = f"select * from {table} where call_date = $day"
        found += connection.execute(f"select count(*), sum(hash(each)) from ({rows}) as each", {"day": day}).fetchall()
    return repr(found)
