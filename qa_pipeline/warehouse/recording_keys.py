"""On which days a recording stands, asked of four bytes of each recording instead of all sha256 of all days.

`recordings_by_day` is a table of the working database alone: a row for each day of `call_channels`, with the keys of
its recordings. Whoever writes channels of a day notes them; days that have another number of channels than was noted
are noted again, and whoever replaces channels of days wholesale forgets all keys first, so that they are made anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.refilling import refill_days

KEYS = "recordings_by_day"
"""A table of the days of `call_channels`: their channels, and their recordings as four bytes each.

In a run of one day of a thousand recordings one of them has its four bytes in common with one of a year once in twelve
times: then one more day is looked at, and nothing is found there.
"""


def note_recordings(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Notes the recordings of `days`, once their channels are written."""
    connection.execute(f"create table if not exists {KEYS} (call_date date, channels integer, keys uinteger[])")
    differing = connection.execute(read_sql("steps/list_days_with_other_keys.sql")).fetchall()
    noted = sorted({*days, *(day for (day,) in differing)})
    refill_days(connection, KEYS, noted, read_sql("steps/list_recordings_by_day.sql"), {"days": noted})


def forget_recordings(connection: duckdb.DuckDBPyConnection) -> None:
    """Forgets all keys, those of earlier versions too: the next to ask for some makes all anew."""
    for table in (KEYS, "recording_keys"):
        connection.execute(f"drop table if exists {table}")


def other_days_with_recordings_of(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> list[dt.date]:
    """The days besides `days` on which recordings of `days` may stand too."""
    note_recordings(connection, days)
    rows = connection.execute(
        "select distinct call_date "
        f"from (select call_date, unnest(keys) as key from {KEYS} where not in_days(call_date, $days)) "
        f"where key in (select unnest(keys) from {KEYS} where in_days(call_date, $days)) order by call_date",
        {"days": list(days)},
    ).fetchall()
    return [day for (day,) in rows]
