"""The table `outcomes` of the working database: what became of the calls that are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict

import duckdb

from qa_pipeline.recordings.outcomes import Outcome
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.database import insert_rows


def replace_outcomes(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    landed: Sequence[Outcome],
    loaded_at: dt.datetime,
    *,
    read: Collection[str] | None,
) -> tuple[int, int]:
    """Makes the rows of the calls of `days` what landed, and adds to calls of other days what is new of them. Rows that
    did not change keep their `loaded_at`: by it a publish knows of which other days there is something new.

    `read` are the folders of the landing zone whose lists are all in `landed` ("" stands for those that lie in none);
    None: no other list counts. What a list of another folder has said stays.

    Returns how many rows are new or changed, and how many calls the lists name that the working database lacks.
    """
    connection.execute("create or replace temp table landed_outcomes as select * from outcomes limit 0")
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for outcome in landed:
        rows.setdefault((outcome.call_id, outcome.name), {**asdict(outcome), "loaded_at": loaded_at})
    insert_rows(connection, "landed_outcomes", list(rows.values()))
    folders = None if read is None else sorted(read)
    connection.execute(read_sql("steps/move_outcomes_with_calls.sql"), {"days": list(days), "loaded_at": loaded_at})
    connection.execute(read_sql("steps/drop_outcomes_that_are_gone.sql"), {"days": list(days), "folders": folders})
    _put_new(connection)
    connection.execute(read_sql("steps/name_lists_of_outcomes.sql"), {"folders": folders})
    ((changed,),) = connection.execute("select count(*) from outcomes where loaded_at = ?", [loaded_at]).fetchall()
    absent = 0
    if rows:  # the calls of all days are looked at
        ((absent,),) = connection.execute(
            "select count(distinct call_id) from landed_outcomes where call_id not in (select call_id from calls)"
        ).fetchall()
    connection.execute("drop table landed_outcomes")
    return int(changed), int(absent)


def _put_new(connection: duckdb.DuckDBPyConnection) -> None:
    """Adds what landed of known calls, or puts it in the place of what was there, as far as it is another."""
    connection.execute(f"create or replace temp table new_outcomes as {read_sql('steps/list_new_outcomes.sql')}")
    connection.execute(
        "delete from outcomes using new_outcomes "
        "where outcomes.call_id = new_outcomes.call_id and outcomes.name = new_outcomes.name"
    )
    connection.execute("insert into outcomes by name from new_outcomes")
    connection.execute("drop table new_outcomes")
