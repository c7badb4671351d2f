"""The table `outcomes` of the working database: what became of the calls that are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

import duckdb

from qa_pipeline.recordings.outcomes import Outcome
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.database import insert_rows


def replace_outcomes(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], landed: Sequence[Outcome], loaded_at: dt.datetime
) -> tuple[int, int]:
    """Makes the rows of the calls of `days` what landed, and adds to calls of other days what is new of them. Rows that
    did not change keep their `loaded_at`: by it a publish knows of which other days there is something new.

    Returns how many rows are new or changed, and how many lines are about calls that nobody knows (yet).
    """
    connection.execute("create or replace temp table landed_outcomes as select * from outcomes limit 0")
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for outcome in landed:
        rows.setdefault((outcome.call_id, outcome.name), {**asdict(outcome), "loaded_at": loaded_at})
    insert_rows(connection, "landed_outcomes", list(rows.values()))
    values = {"days": list(days)}
    connection.execute(read_sql("steps/drop_outcomes_that_are_gone.sql"), values)
    ((changed,),) = connection.execute(read_sql("steps/put_landed_outcomes.sql")).fetchall()
    ((unknown,),) = connection.execute(
        "select count(distinct call_id) from landed_outcomes where call_id not in (select call_id from calls)"
    ).fetchall()
    connection.execute("drop table landed_outcomes")
    return int(changed), int(unknown)
