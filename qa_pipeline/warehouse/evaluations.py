"""The tables of evaluations in the working database: what the store of people's has, and what metrics answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from qa_pipeline.warehouse.database import insert_rows
from qa_pipeline.warehouse.day_rows import EVALUATION_TABLES
from qa_pipeline.warehouse.refilling import ARRIVING, begin_arriving, hashed

BY_EVALUATION = ("evaluation_answers", "evaluation_events")
"""Tables whose rows belong to one of `evaluations`, and come and go with it."""

_OF_CALLS = {
    "evaluations": (
        "calls.queue as queue",
        "coalesce(arriving.agent_id, nullif(trim(calls.agent_id), '')) as agent_id",
    )
}
"""What is taken of the call besides its day; the agent only where the store has none."""

_TIMES_OF_MACHINES = {
    "evaluations": ("created_at", "submitted_at", "loaded_at"),
    "evaluation_answers": ("answered_at", "loaded_at"),
}
"""What a machine writes, and the columns that say when: of the same content these are others each time."""

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


def forget_reviews(connection: duckdb.DuckDBPyConnection) -> None:
    """Deletes all that people evaluated, and their tasks."""
    connection.execute(
        "create or replace temp table forgotten as select evaluation_id from evaluations "
        "where evaluation_type <> 'machine'"
    )
    _delete_forgotten(connection)
    connection.execute("drop table forgotten")
    connection.execute("delete from review_tasks")


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


def replace_reviews(
    connection: duckdb.DuckDBPyConnection, day: dt.date, found: Iterable[RowsByTable], loaded_at: dt.datetime
) -> int:
    """Makes these what people evaluated in the calls of `day`, and their tasks; returns the number of evaluations.
    Where all of it is there already it stays, with the time when it was loaded.

    `found` are all of these calls, some at a time.
    """
    of_day = "(call_id in (select call_id from calls where call_date = $day) or call_date = $day)"
    connection.execute(
        "create or replace temp table forgotten as select evaluation_id from evaluations "
        f"where evaluation_type <> 'machine' and {of_day}",
        {"day": day},
    )
    for table in EVALUATION_TABLES:
        begin_arriving(connection, table)
    for rows in found:
        _add_arriving(connection, rows, loaded_at)
    tasks = hashed(connection, f"select * exclude (loaded_at) from review_tasks where {of_day}", {"day": day})
    if (
        all(_is_there_already(connection, table, ("loaded_at",)) for table in ("evaluations", *BY_EVALUATION))
        and hashed(connection, f"select * exclude (loaded_at) from ({_arrived('review_tasks')})", {}) == tasks
    ):
        written = _drop_arriving(connection)
    else:
        connection.execute("insert into forgotten select evaluation_id from arriving_evaluations")
        _delete_forgotten(connection)
        connection.execute(f"delete from review_tasks where {of_day}", {"day": day})
        connection.execute("delete from review_tasks where task_id in (select task_id from arriving_review_tasks)")
        written = _put_arriving(connection)
    connection.execute("drop table forgotten")
    return written


def replace_machine_evaluations(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], found: RowsByTable, loaded_at: dt.datetime
) -> int:
    """Makes these the machine's evaluations of the calls of `days`; returns their number. Where all of them are there
    already they stay, with the times when they were made."""
    connection.execute(
        "create or replace temp table forgotten as select evaluation_id from evaluations "
        "where evaluation_type = 'machine' and (in_days(call_date, $days) "
        "or call_id in (select call_id from calls where in_days(call_date, $days)))",
        {"days": list(days)},
    )
    _begin_arriving(connection, found, loaded_at)
    if all(_is_there_already(connection, table, times) for table, times in _TIMES_OF_MACHINES.items()):
        written = _drop_arriving(connection)
    else:
        _delete_forgotten(connection)
        written = _put_arriving(connection)
    connection.execute("drop table forgotten")
    return written


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
    _add_arriving(connection, found, loaded_at)


def _add_arriving(connection: duckdb.DuckDBPyConnection, found: RowsByTable, loaded_at: dt.datetime) -> None:
    for table in EVALUATION_TABLES:
        insert_rows(connection, f"{ARRIVING}{table}", [{**row, "loaded_at": loaded_at} for row in found[table]])


def _drop_arriving(connection: duckdb.DuckDBPyConnection) -> int:
    """Drops what has arrived, which is there already; returns how many evaluations."""
    [(evaluations,)] = connection.execute("select count(*) from arriving_evaluations").fetchall()
    for table in EVALUATION_TABLES:
        connection.execute(f"drop table {ARRIVING}{table}")
    return int(evaluations)


def _put_arriving(connection: duckdb.DuckDBPyConnection) -> int:
    """Adds what has arrived of calls that are known; returns how many evaluations."""
    written = 0
    for table in EVALUATION_TABLES:
        ((rows,),) = connection.execute(f"insert into {table} by name {_arrived(table)}").fetchall()
        written += rows if table == "evaluations" else 0
        connection.execute(f"drop table {ARRIVING}{table}")
    return int(written)


def _is_there_already(connection: duckdb.DuckDBPyConnection, table: str, times: Sequence[str]) -> bool:
    """Whether what has arrived is what is about to be forgotten, but for these columns."""
    shown = f"select * exclude ({', '.join(times)})"
    before = f"{shown} from {table} where evaluation_id in (select evaluation_id from forgotten)"
    return hashed(connection, f"{shown} from ({_arrived(table)})", {}) == hashed(connection, before, {})


def _arrived(table: str) -> str:
    """A select of what has arrived of calls that are known, with day, queue and, where the store has none, agent."""
    columns = ", ".join(["calls.call_date as call_date", *_OF_CALLS.get(table, ())])
    return (
        f"select arriving.* replace ({columns}) from {ARRIVING}{table} as arriving "
        "inner join calls on arriving.call_id = calls.call_id"
    )
