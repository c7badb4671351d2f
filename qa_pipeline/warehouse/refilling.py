"""Makes the rows of some days what a select gives, and writes nothing where they are that already.

A database that was written is put in order when it is closed: with a long history that costs more than to compare.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

ARRIVING = "arriving_rows"


def refill_days(
    connection: duckdb.DuckDBPyConnection, table: str, days: Sequence[dt.date], select: str, values: Mapping[str, Any]
) -> int:
    """Replaces the rows of `days` in a table by those of a select, column by name; returns their number.

    `values` are those of the `$names` in `select`.
    """
    connection.execute(f"create or replace temp table {ARRIVING} as from {table} limit 0")
    ((rows,),) = connection.execute(f"insert into {ARRIVING} by name {select}", dict(values)).fetchall()
    of_days, chosen = "where in_days(call_date, $days)", {"days": list(days)}
    if _hashed(connection, f"from {ARRIVING}", {}) != _hashed(connection, f"from {table} {of_days}", chosen):
        connection.execute(f"delete from {table} {of_days}", chosen)
        connection.execute(f"insert into {table} from {ARRIVING}")
    connection.execute(f"drop table {ARRIVING}")
    return int(rows)


def _hashed(connection: duckdb.DuckDBPyConnection, rows: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Of all that is in these rows, however they are ordered."""
    [found] = connection.execute(f"select count(*), sum(hash(each)) from ({rows}) as each", dict(values)).fetchall()
    return found
