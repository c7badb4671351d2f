"""On which days a recording stands, asked of eight bytes of each channel instead of all sha256 of all days.

`recording_keys` is a table of the working database alone: a row for each row of `call_channels` with a date. Whoever
writes channels of a day notes them; days that have another number of keys than of channels are noted again, and
whoever replaces channels of days wholesale forgets all keys first, so that they are made anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.refilling import refill_days

KEYS = "recording_keys"
_KEYS_OF_CHANNELS = "select call_date, md5_number_lower(recording_id) as key from call_channels where"


def note_recordings(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Notes the recordings of `days`, once their channels are written."""
    if not connection.execute("select 1 from duckdb_tables() where table_name = $name", {"name": KEYS}).fetchall():
        connection.execute(f"create table {KEYS} (call_date date, key ubigint)")
        connection.execute(f"insert into {KEYS} {_KEYS_OF_CHANNELS} call_date is not null")
        return
    differing = connection.execute(read_sql("steps/list_days_with_other_keys.sql")).fetchall()
    noted = sorted({*days, *(day for (day,) in differing)})
    refill_days(connection, KEYS, noted, f"{_KEYS_OF_CHANNELS} in_days(call_date, $days)", {"days": noted})


def forget_recordings(connection: duckdb.DuckDBPyConnection) -> None:
    """Forgets all keys: the next to ask for some makes all anew."""
    connection.execute(f"drop table if exists {KEYS}")


def other_days_with_recordings_of(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> list[dt.date]:
    """The days besides `days` on which recordings of `days` may stand too."""
    note_recordings(connection, days)
    rows = connection.execute(
        f"select distinct call_date from {KEYS} where not in_days(call_date, $days) "
        f"and key in (select key from {KEYS} where in_days(call_date, $days)) order by call_date",
        {"days": list(days)},
    ).fetchall()
    return [day for (day,) in rows]
