"""Deletes rows by the day: those of a run's days, of calls that moved there, and of days that are given up.

Rows of a day lie together, so a delete that names the day passes over all other days. Where rows of calls that moved
may lie is asked of a small table first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import duckdb

from qa_pipeline.warehouse.daily import MARTS, VIEWS
from qa_pipeline.warehouse.recording_keys import note_recordings

OUTCOMES = "outcomes"
EVALUATION_TABLES = ("evaluations", "evaluation_answers", "evaluation_events", "review_tasks")
LATE_TABLES = (OUTCOMES, "sampling_draws", *EVALUATION_TABLES)
"""Tables whose rows may come, and change, after those of their calls were published."""

FACT_TABLES = (
    "calls",
    "call_channels",
    "acoustics",
    "call_voices",
    "transcription_tasks",
    "transcripts",
    "sentences",
    "transcript_remarks",
    "redactions",
    "languages",
    "emotions",
    "turns",
    "call_metrics",
    "agent_metrics",
    "rule_outcomes",
    "rule_hits",
    *LATE_TABLES,
)
"""Tables with a call_date that steps fill."""

EVALUATIONS_READ = "evaluations_read"
WHOLE_TABLES = ("agents", "scorecard_questions", EVALUATIONS_READ)
"""Tables without days, which are published as a whole each time: they are as small as what they list."""

KEPT_MARTS = tuple(mart for mart in MARTS if mart not in VIEWS)
DAY_TABLES = (*FACT_TABLES, *KEPT_MARTS)
"""All tables that a day is deleted from."""


def delete_days(connection: duckdb.DuckDBPyConnection, days: Collection[dt.date]) -> dict[str, int]:
    """Deletes everything that the working database has of these days, for whoever may not keep it any longer; returns
    the number of rows by table.

    The ledger keeps what was paid for. A later run of the days reads again what still lies in the landing zone.
    """
    gone = sorted(days)
    if not gone:
        return {}
    deleted = {}
    for table in DAY_TABLES:
        rows = connection.execute(f"delete from {table} where in_days(call_date, $days)", {"days": gone}).fetchall()
        deleted[table] = int(rows[0][0])
    note_recordings(connection, gone)
    return deleted


def days_with_rows_of(connection: duckdb.DuckDBPyConnection, table: str, days: Sequence[dt.date]) -> list[dt.date]:
    """Other days than `days` on which a table has rows of calls that are of `days` now."""
    rows = connection.execute(
        f"select distinct call_date from {table} where not in_days(call_date, $days) "
        "and call_id in (select call_id from calls where in_days(call_date, $days))",
        {"days": list(days)},
    ).fetchall()
    return [day for (day,) in rows]


def delete_rows(
    connection: duckdb.DuckDBPyConnection, table: str, days: Sequence[dt.date], moved_from: Sequence[dt.date]
) -> None:
    """Deletes the rows of `days` from a table, and those that calls of these days have on the days `moved_from`."""
    connection.execute(f"delete from {table} where in_days(call_date, $days)", {"days": list(days)})
    delete_moved_rows(connection, table, days, moved_from)


def delete_moved_rows(
    connection: duckdb.DuckDBPyConnection, table: str, days: Sequence[dt.date], moved_from: Sequence[dt.date]
) -> None:
    """Deletes from a table the rows that calls of `days` have on the days `moved_from`."""
    if moved_from:
        connection.execute(
            f"delete from {table} where in_days(call_date, $moved_from) "
            "and call_id in (select call_id from calls where in_days(call_date, $days))",
            {"days": list(days), "moved_from": list(moved_from)},
        )
