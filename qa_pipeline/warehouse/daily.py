"""The daily marts: which there are, and how the rows of some days are made anew from the tables below them.

One place for the working database and for a snapshot that is being built: there a call that moved to another day
changes the marts of the day it left, which the run that publishes is not for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb

from qa_pipeline.statements.files import read_sql

MARTS = ("calls_daily", "agents_daily", "queues_daily", "emotions_daily", "languages_daily", "costs_daily")
"""Tables with one row a day and thing; each is one select, `sql/marts/<name>.sql`, tested by `<name>.test.sql`."""


def refill_mart(connection: duckdb.DuckDBPyConnection, mart: str, days: Sequence[dt.date], *, minimum_n: int) -> None:
    """Replaces the rows of `days` in a mart of `MARTS`; calls without a date are in no mart.

    `minimum_n` is the setting of that name: calls from which an average may rank an agent or a queue.
    """
    select = read_sql(f"marts/{mart}.sql")
    values = {"days": list(days)} | ({"minimum_n": minimum_n} if "$minimum_n" in select else {})
    connection.execute(
        f"delete from {mart} where list_contains(cast($days as date[]), call_date)", {"days": list(days)}
    )
    connection.execute(f"insert into {mart} by name {select}", values)


def mart_test(mart: str) -> str:
    """The select of the failing rows of a mart; its one parameter is `$days`."""
    return read_sql(f"marts/{mart}.test.sql")


def days_without_marts(connection: duckdb.DuckDBPyConnection) -> list[dt.date]:
    """Days with calls that no mart knows of: an earlier version, which had no marts, left them so."""
    rows = connection.execute(
        "select distinct call_date from calls where call_date is not null and status <> 'pending' "
        "except select call_date from calls_daily order by call_date"
    ).fetchall()
    return [day for (day,) in rows]
