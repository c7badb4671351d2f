"""The tables of evaluations in the working database: what the store of people's has, and what metrics answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from qa_pipeline.warehouse.database import insert_rows
from qa_pipeline.warehouse.day_rows import EVALUATION_TABLES
from qa_pipeline.warehouse.refilling import ARRIVING, begin_arriving

BY_EVALUATION = ("evaluation_answers", "evaluation_events")
"""Tables whose rows belong to one of `evaluations`, and come and go with it."""

_OF_CALLS = {
    "evaluations": (
        "calls.queue as queue",
        "coalesce(arriving.agent_id, nullif(trim(calls.agent_id), '')) as agent_id",
    )
}
"""What is taken of the call besides its day; the agent only where the store has none."""

Rows = Sequence[Mapping[str, Any]]


RowsByTable = Mapping[str, Rows]
"""Rows of `EVALUATION_TABLES` without the columns that are known of their calls here."""


def read_so_far(connection: duckdb.DuckDBPyConnection) -> tuple[int, str] | None:
    """Number and hash of the last row of the store's log that the tables have; None where it was never read."""
    row = connection.execute("select log_seq, log_hash from evaluations_read").fetchone()
    return None if row is None else (int(row[0]), str(row[1]))


def note_read(connection: duckdb.DuckDBPyConnection, seq: int, log_hash: str, read_at: dt.datetime) -> None:
    """Notes how far the log was read."""
    connection.execute("delete from evaluations_read")
    connection.execute("insert into evaluations_read values (?, ?, ?)", [seq, log_hash, read_at])


def calls_of(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> list[str]:
    """The ids of the calls of these days."""
    rows = connection.execute("select call_id from calls where in_days(call_date, $days)", {"days": list(days)})
    return [call_id for (call_id,) in rows.fetchall()]


def forget_reviews(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date] | None) -> None:
    """Deletes what people evaluated in calls of these days, whatever day its rows are of; of all days for None."""
    whose = "true" if days is None else "call_id in (select call_id from calls where in_days(call_date, $days))"
    dated = "" if days is None else " or in_days(call_date, $days)"
    values = {} if days is None else {"days": list(days)}
    connection.execute(
        f"create or replace temp table forgotten as select evaluation_id from evaluations "
        f"where evaluation_type <> 'machine' and ({whose}{dated})",
        values,
    )
    _delete_forgotten(connection)
    connection.execute(f"delete from review_tasks where {whose}{dated}", values)


def put_reviews(connection: duckdb.DuckDBPyConnection, found: RowsByTable, loaded_at: dt.datetime) -> int:
    """Writes these evaluations and tasks in place of what the tables have of them; those of calls that the working
    database does not have are left out. Returns how many evaluations were written.

    Answers and events must be all of those of the evaluations.
    """
    _begin_arriving(connection, found, loaded_at)
    connection.execute("create or replace temp table forgotten as select evaluation_id from arriving_evaluations")
    _delete_forgotten(connection)
    connection.execute("delete from review_tasks where task_id in (select task_id from arriving_review_tasks)")
    written = _put_arriving(connection)
    connection.execute("drop table forgotten")
    return written


def replace_machine_evaluations(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], found: RowsByTable, loaded_at: dt.datetime
) -> int:
    """Makes these the machine's evaluations of the calls of `days`; returns their number."""
    connection.execute(
        "create or replace temp table forgotten as select evaluation_id from evaluations "
        "where evaluation_type = 'machine' and (in_days(call_date, $days) "
        "or call_id in (select call_id from calls where in_days(call_date, $days)))",
        {"days": list(days)},
    )
    _delete_forgotten(connection)
    connection.execute("drop table forgotten")
    _begin_arriving(connection, found, loaded_at)
    return _put_arriving(connection)


def replace_questions(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    """Makes `scorecard_questions` these rows, where it is not already; so an unchanged list is published as it was."""
    connection.execute("create or replace temp table arriving_questions as from scorecard_questions limit 0")
    insert_rows(connection, "arriving_questions", rows)
    one, other = "arriving_questions", "scorecard_questions"
    if connection.execute(
        f"(from {one} except from {other}) union all (from {other} except from {one}) limit 1"
    ).fetchall():
        connection.execute("delete from scorecard_questions")
        connection.execute("insert into scorecard_questions from arriving_questions")
    connection.execute("drop table arriving_questions")


def _delete_forgotten(connection: duckdb.DuckDBPyConnection) -> None:
    for table in (*BY_EVALUATION, "evaluations"):
        connection.execute(f"delete from {table} where evaluation_id in (select evaluation_id from forgotten)")


def _begin_arriving(connection: duckdb.DuckDBPyConnection, found: RowsByTable, loaded_at: dt.datetime) -> None:
    for table in EVALUATION_TABLES:
        begin_arriving(connection, table)
        insert_rows(connection, f"{ARRIVING}{table}", [{**row, "loaded_at": loaded_at} for row in found[table]])


def _put_arriving(connection: duckdb.DuckDBPyConnection) -> int:
    """Adds what has arrived of calls that are known, with day, queue and, where the store has none, agent."""
    written = 0
    for table in EVALUATION_TABLES:
        columns = ", ".join(["calls.call_date as call_date", *_OF_CALLS.get(table, ())])
        ((rows,),) = connection.execute(
            f"insert into {table} by name select arriving.* replace ({columns}) from arriving_{table} as arriving "
            "inner join calls on arriving.call_id = calls.call_id"
        ).fetchall()
        written += rows if table == "evaluations" else 0
        connection.execute(f"drop table arriving_{table}")
    return int(written)
