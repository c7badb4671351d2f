"""Makes the rows of some days what a select gives, and writes nothing where they are that already.

A database that was written is put in order when it is closed: with a long history that costs more than to compare.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from qa_pipeline.warehouse.memory import give_back_in_step

ARRIVING = "arriving_"
"""What comes before a table's name, in that of the temporary table of rows that are to be put into it."""


def refill_days(
    connection: duckdb.DuckDBPyConnection, table: str, days: Sequence[dt.date], select: str, values: Mapping[str, Any]
) -> int:
    """Replaces the rows of `days` in a table by those of a select, column by name; returns their number.

    `values` are those of the `$names` in `select`.
    """
    begin_arriving(connection, table)
    ((rows,),) = connection.execute(f"insert into {ARRIVING}{table} by name {select}", dict(values)).fetchall()
    put_arriving(connection, table, days)
    return int(rows)


def begin_arriving(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Makes the temporary table of rows that are to be put into a table: empty, with its columns."""
    connection.execute(f"create or replace temp table {ARRIVING}{table} as from {table} limit 0")


def put_arriving(
    connection: duckdb.DuckDBPyConnection, table: str, days: Sequence[dt.date], *, but: Sequence[str] = ()
) -> None:
    """Replaces the rows of `days` in a table by those that have arrived, unless they differ at most in the columns
    `but`; what has arrived is dropped."""
    give_back_in_step(connection)  # what has arrived was made of much else
    shown = f"select * exclude ({', '.join(but)})" if but else "select *"
    of_days, chosen = f"from {table} where in_days(call_date, $days)", {"days": list(days)}
    if hashed(connection, f"{shown} from {ARRIVING}{table}", {}) != hashed(connection, f"{shown} {of_days}", chosen):
        connection.execute(f"delete {of_days}", chosen)
        connection.execute(f"insert into {table} from {ARRIVING}{table}")
    connection.execute(f"drop table {ARRIVING}{table}")


def hashed(connection: duckdb.DuckDBPyConnection, rows: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What rows, a select, are compared by: of all that is in them, however they are ordered. `values` are those of the
    `$names` in it."""
    [found] = connection.execute(f"select count(*), sum(hash(each)) from ({rows}) as each", dict(values)).fetchall()
    return found
