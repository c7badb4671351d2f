"""The tables `rule_outcomes` and `rule_hits` of the working database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Protocol

import duckdb
import pyarrow as pa

from qa_pipeline.warehouse.database import insert_arrow
from qa_pipeline.warehouse.day_rows import days_with_rows_of, delete_moved_rows
from qa_pipeline.warehouse.refilling import ARRIVING, begin_arriving, put_arriving


class JudgedRows(Protocol):
    """Rows of both tables, in their columns."""

    @property
    def outcomes(self) -> pa.Table:
        """Of `rule_outcomes`, without loaded_at."""

    @property
    def hits(self) -> pa.Table:
        """A row of `rule_hits`."""


RULE_TABLES = ("rule_outcomes", "rule_hits")


def replace_rule_rows(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    judged: Iterable[JudgedRows],
    loaded_at: dt.datetime,
) -> None:
    """Makes these the days' rows; `judged` may read the database while it is gone through. What is there already as it
    was judged now stays, with the time when it was written."""
    for table in RULE_TABLES:
        begin_arriving(connection, table)
    for rows in judged:
        loaded = pa.repeat(pa.scalar(loaded_at, pa.timestamp("us", "UTC")), len(rows.outcomes))
        insert_arrow(connection, f"{ARRIVING}rule_outcomes", rows.outcomes.append_column("loaded_at", loaded))
        insert_arrow(connection, f"{ARRIVING}rule_hits", rows.hits)
    moved_from = days_with_rows_of(connection, "rule_outcomes", days)
    for table in RULE_TABLES:
        delete_moved_rows(connection, table, days, moved_from)
        put_arriving(connection, table, days, but=("loaded_at",) if table == "rule_outcomes" else ())


def days_with_all_texts(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> list[dt.date]:
    """Those of the days of which no text was deleted by age: rules can't be applied again to the others."""
    rows = connection.execute(
        "select distinct call_date from calls where in_days(call_date, $days) and text_deleted_at is not null",
        {"days": list(days)},
    ).fetchall()
    return [day for day in days if (day,) not in rows]


def drop_rows_of_gone_calls(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Keeps the days' rows but for those of calls that are not judged on these days any more: they moved to another
    day, are deleted, set aside, or not done yet. So what is kept adds up with the calls."""
    searched = [*days, *days_with_rows_of(connection, RULE_TABLES[0], days)]
    for table in RULE_TABLES:
        connection.execute(
            f"delete from {table} where in_days(call_date, $days) and not exists (select 1 from calls where "
            f"calls.call_id = {table}.call_id and calls.call_date = {table}.call_date "
            "and calls.status in ('ok', 'partial', 'failed'))",
            {"days": searched},
        )
