"""The table `agents` of the working database: the whole list of people, written when it changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, fields

import duckdb

from qa_pipeline.recordings.people import Person
from qa_pipeline.warehouse.database import insert_rows

_COLUMNS = ", ".join(field.name for field in fields(Person))


def replace_agents(connection: duckdb.DuckDBPyConnection, periods: Sequence[Person], loaded_at: dt.datetime) -> bool:
    """Makes `agents` these periods; returns whether anything changed. Rows that did not keep their `loaded_at`, so that
    an unchanged list is published as the file that it was."""
    known = {Person(*row) for row in connection.execute(f"select {_COLUMNS} from agents").fetchall()}
    if known == set(periods):
        return False
    connection.execute("delete from agents")
    insert_rows(connection, "agents", [{**asdict(person), "loaded_at": loaded_at} for person in periods])
    return True


def count_agents(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Rows of `agents`, and agents in it."""
    ((rows, agents),) = connection.execute("select count(*), count(distinct agent_id) from agents").fetchall()
    return int(rows), int(agents)


def agents_not_listed(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> list[str]:
    """Agents of the calls of some days that are not in the list on the day of the call; none where there is no list."""
    rows = connection.execute(
        "select distinct agent_id from call_agents where in_days(call_date, $days) and not is_listed "
        "and exists (from agents) order by agent_id",
        {"days": list(days)},
    ).fetchall()
    return [agent_id for (agent_id,) in rows]
