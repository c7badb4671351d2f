"""On which days a recording stands, asked of eight bytes of each channel instead of all sha256 of all days.

`recording_keys` is a table of the working database alone: a row for each row of `call_channels` with a date, in no
order. It may be deleted, and is made anew where the two differ in number, because something else took channels away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb

from qa_pipeline.warehouse.refilling import refill_days

_TABLE = "create table if not exists recording_keys (call_date date, key ubigint)"
_KEYS = "select call_date, md5_number_lower(recording_id) as key from call_channels where call_date is not null"
_DIFFERENCE = (
    "select (select count(*) from call_channels) - (select count(*) from call_channels where call_date is null) "
    "- (select count(*) from recording_keys)"
)


def note_recordings(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Notes the recordings of `days`, once their channels are written."""
    connection.execute(_TABLE)
    refill_days(connection, "recording_keys", days, f"{_KEYS} and in_days(call_date, $days)", {"days": list(days)})
    if connection.execute(_DIFFERENCE).fetchall() != [(0,)]:
        connection.execute("delete from recording_keys")
        connection.execute(f"insert into recording_keys {_KEYS}")


def other_days_with_recordings_of(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> list[dt.date]:
    """The days besides `days` on which recordings of `days` may stand too."""
    note_recordings(connection, days)
    rows = connection.execute(
        "select distinct call_date from recording_keys where not in_days(call_date, $days) "
        "and key in (select key from recording_keys where in_days(call_date, $days)) order by call_date",
        {"days": list(days)},
    ).fetchall()
    return [day for (day,) in rows]
