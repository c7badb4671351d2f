"""The table `sampling_draws` of the working database: what plans have drawn, as the operations database keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.database import insert_rows

_NOT_PUBLISHED = ("evaluator", "second_evaluator")
"""Who is to evaluate a call is what its tasks say, which may be given to others."""


def newest_draw(connection: duckdb.DuckDBPyConnection) -> float:
    """When the newest draw of the table was made, in UTC epoch seconds; 0 where there is none."""
    [(at,)] = connection.execute("select coalesce(max(epoch(drawn_at)), 0) from sampling_draws").fetchall()
    return float(at)


def replace_draws(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    drawn: Sequence[Mapping[str, Any]],
    loaded_at: dt.datetime,
) -> int:
    """Makes the rows of the calls of `days` what was drawn, and adds what is new of calls of other days. `drawn` are
    rows of the operations database: all of `days` and of their calls, and the newest of others. Rows that are there
    keep their `loaded_at`; returns how many are new or changed."""
    connection.execute("create or replace temp table known_draws as select * from sampling_draws limit 0")
    insert_rows(connection, "known_draws", [_row(row, loaded_at) for row in drawn])
    values = {"days": list(days)}
    connection.execute(read_sql("steps/move_draws_with_calls.sql"), {**values, "loaded_at": loaded_at})
    connection.execute(read_sql("steps/drop_draws_that_are_gone.sql"), values)
    connection.execute(read_sql("steps/put_known_draws.sql"))
    connection.execute("drop table known_draws")
    select = "select count(*) from sampling_draws where loaded_at = $loaded_at"
    [(changed,)] = connection.execute(select, {"loaded_at": loaded_at}).fetchall()
    return int(changed)


def _row(row: Mapping[str, Any], loaded_at: dt.datetime) -> dict[str, Any]:
    made = {name: value for name, value in row.items() if name not in _NOT_PUBLISHED}
    made["plan_id"] = made.pop("plan")
    for name in ("call_date", "period_from", "period_to"):
        made[name] = dt.date.fromisoformat(made[name])
    for name in ("due_at", "drawn_at"):
        made[name] = dt.datetime.fromtimestamp(made[name], dt.UTC)
    return {**made, "loaded_at": loaded_at}
