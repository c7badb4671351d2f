"""The daily marts: which there are, and how the rows of some days are recomputed from the tables below them.

One place for the working database and for a snapshot that is being built: there a call that moved to another day
changes the marts of the day it left, which the run that publishes is not for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.refilling import refill_days

MARTS = (
    "counts_daily",
    "metrics_daily",
    "calls_daily",
    "agents_daily",
    "queues_daily",
    "emotions_daily",
    "languages_daily",
    "costs_daily",
    "emotion_steps",
    "scores_daily",
    "question_rates",
    "rules_daily",
)
"""What is known of each day, in the order in which it is filled."""

WIDE_VIEWS = ("calls_daily", "agents_daily", "queues_daily")
"""Marts that show `counts_daily` and `metrics_daily` in wide form."""

EVALUATION_VIEWS = ("scores_daily", "question_rates")
"""Marts that are worked out of evaluations when they are asked: these change on days that are long published, and of
people there are few."""

VIEWS = (*WIDE_VIEWS, *EVALUATION_VIEWS)
"""Marts without rows of their own. Each of the others is one select, `sql/marts/<name>.sql`."""

_SHARED_TESTS = {
    **dict.fromkeys(WIDE_VIEWS, "wide_daily"),
    "emotions_daily": "labels_daily",
    "languages_daily": "labels_daily",
}
"""Mart → the test in `sql/marts` that it shares with others; each other mart is tested by `<name>.test.sql`."""


def refill_mart(connection: duckdb.DuckDBPyConnection, mart: str, days: Sequence[dt.date], *, minimum_n: int) -> int:
    """Replaces the rows of `days` in a mart of `MARTS` and returns their number; calls without a date are in no mart.

    Nothing is stored for a view: 0. `minimum_n` is the setting of that name: calls from which an average may rank an
    agent or a queue.
    """
    if mart in VIEWS:
        return 0
    select = read_sql(f"marts/{mart}.sql")
    values = {"days": list(days)} | ({"minimum_n": minimum_n} if "$minimum_n" in select else {})
    return refill_days(connection, mart, days, select, values)


def mart_test(mart: str) -> str:
    """The select of the failing rows of a mart; its one parameter is `$days`."""
    test = read_sql(f"marts/{_SHARED_TESTS.get(mart, mart)}.test.sql")
    return f"select * from ({test}) where mart = '{mart}'" if mart in _SHARED_TESTS else test


def days_without_marts(connection: duckdb.DuckDBPyConnection) -> list[dt.date]:
    """Days with calls that no mart knows of: they were published by an earlier version, without these marts."""
    rows = connection.execute(
        "select distinct call_date from calls where call_date is not null and status <> 'pending' "
        "except select call_date from counts_daily order by call_date"
    ).fetchall()
    return [day for (day,) in rows]
