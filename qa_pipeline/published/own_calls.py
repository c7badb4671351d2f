"""A snapshot as one agent may see it: the agent's own calls, and nothing of anybody else's.

Every table that anything is asked of is stood before by a view of the connection that shows rows of own calls only, so
it doesn't matter which page, file or search asks. A table of which nothing says whose its rows are shows none.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import duckdb

from qa_pipeline.published.closed_functions import databases_of, name_past_views
from qa_pipeline.published.earlier import VIEWS_OVER_OTHERS
from qa_pipeline.published.over_another import SnapshotOverAnother
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.statements.files import read_sql

FOR_EVERYBODY = ("publication",)
"""Says when and from what a snapshot was made, and nothing of calls."""

OF_ALL_CALLS = ("repeat_calls",)
"""Depends on calls that others took; of the own ones alone it would be wrong. So does the macro that it is made of."""

_NO_REPEATS = (
    "create or replace temp macro repeats_between(first_date, last_date) as table select null::varchar as call_id, "
    "null::date as call_date, null::timestamptz as repeat_at, null::boolean as repeat_call_within_7_days where false"
)

OF_NO_AGENT = ("review_tasks", "evaluations_read", "sampling_draws")
"""What is to be evaluated, and by whom, is for those who do it."""

_RELEASED = "shown.released_at is not null and shown.evaluation_type not in ('calibration', 'machine')"
_OWN_EVALUATIONS = "(select evaluation_id from temp.main.evaluations)"
_OF_EVALUATIONS = {
    "evaluation_answers": f"shown.evaluation_id in {_OWN_EVALUATIONS}",
    "evaluation_events": f"shown.evaluation_id in {_OWN_EVALUATIONS} "
    "and shown.kind in ('released', 'acknowledged', 'disputed', 'decided', 'retracted')",
    "scorecard_questions": "(shown.scorecard_id, shown.scorecard_version) in "
    "(select (scorecard_id, scorecard_version) from temp.main.evaluations)",
}
"""What belongs to evaluations that the agent sees: of their history what was done since the release."""

_WHOLE = "whole_"
_NAMING = """replace (coalesce((
    select max_by(lead.name, coalesce(lead.valid_from, date '0001-01-01')) from {people} as lead
    where lead.agent_id = shown.supervisor and lead.name is not null), shown.supervisor) as supervisor)"""
"""A supervisor by name, as find_calls.sql has it: the line that has the name is not shown."""

_OWN_IDS = "struct(agent_id varchar, valid_from date, valid_to date)[]"


@dataclass(frozen=True, slots=True)
class OwnId:
    """An agent's id, as it is written in the tables, and the days on which it is this agent's, both included; None
    leaves that end open. On other days it may be somebody else's."""

    agent_id: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """What is an agent's: the calls, and the ids."""

    call_ids: tuple[str, ...]
    ids: tuple[OwnId, ...]


def find_own(snapshot: Snapshot, *, login: str, agent_id: str | None) -> Own:
    """What is whose: of the agent with this id, where one is given; else of whoever people.csv has the login as e-mail
    of, on the days of that line. Nothing where nobody is known.

    Raises:
        UnreadableSnapshot: the snapshot is damaged.
    """
    rows = snapshot.tuples(read_sql("reads/list_own_calls.sql"), {"login": login.casefold(), "agent_id": agent_id})
    calls = dict.fromkeys(call_id for call_id, *_ in rows if call_id is not None)
    ids = {OwnId(*own) for _, *own in rows}
    return Own(tuple(calls), tuple(sorted(ids, key=lambda own: (own.agent_id, own.valid_from or dt.date.min))))


class OwnSnapshot(SnapshotOverAnother):
    """Another snapshot, of which only what is `own` is seen."""

    def __init__(self, whole: Snapshot, own: Own) -> None:
        digest = hashlib.sha256(repr((own.ids, own.call_ids)).encode("utf-8", "replace")).hexdigest()
        identity = f"{whole.identity} of one agent ({digest[:16]})"
        super().__init__(whole, identity)
        self.own = own
        self._idle: deque[duckdb.DuckDBPyConnection] = deque()
        with whole.cursor() as cursor:
            self._statements = tuple(_narrowing(cursor))
            self._databases = databases_of(cursor)

    def closed_name(self, sql: str) -> str | None:
        """As the whole snapshot has it, and what goes past the narrowed views."""
        return super().closed_name(sql) or name_past_views(sql, self._databases)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """As the whole snapshot has it, narrowed."""
        cursor = self._whole.cursor()
        calls, ids = list(self.own.call_ids), [asdict(own) for own in self.own.ids]
        cursor.execute("create temp table own_calls as select unnest($ids::varchar[]) as id", {"ids": calls})
        cursor.execute(
            f"create temp table own_agents as select unnest($ids::{_OWN_IDS}, recursive := true)", {"ids": ids}
        )
        for statement in self._statements:
            cursor.execute(statement)
        return cursor

    @contextmanager
    def lent(self, sql: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """As `Snapshot` has it. A select of ours leaves a cursor as it was, and narrowing one takes longer than most of
        them: it goes from one to the next. One whose select was given up is closed."""
        try:
            cursor = self._idle.pop()
        except IndexError:  # none yet, or other threads have them
            cursor = self.cursor_for(sql)
        try:
            yield cursor
        except BaseException:
            cursor.close()
            raise
        self._idle.append(cursor)

    def close(self) -> None:
        """Closes the whole snapshot, and the cursors that wait for the next select."""
        while self._idle:
            self._idle.pop().close()
        super().close()


def _narrowing(cursor: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Statements that put a narrowed view before every table and view of the snapshot, and before what stands in for
    them."""
    yield _NO_REPEATS
    [(database,)] = cursor.execute("select current_database()").fetchall()
    columns: dict[tuple[str, str], set[str]] = {}
    for place, table, column in cursor.execute(
        "select database_name, table_name, column_name from duckdb_columns() "
        "where not internal and schema_name = 'main' and database_name in (current_database(), 'temp')"
    ).fetchall():
        columns.setdefault((place, table), set()).add(column)
    standing_in = {table for place, table in columns if place == "temp"}
    people = f'temp.main."{_WHOLE}agents"' if "agents" in standing_in else f'"{database}".main.agents'
    for table in sorted(standing_in):
        yield f'alter view temp.main."{table}" rename to "{_WHOLE}{table}"'

    def in_order(each: tuple[str, str]) -> tuple[int, bool, str]:
        """What others are made of comes first, calls before what belongs to them by its recording only, and evaluations
        before what belongs to them."""
        table = each[1]
        made_of_others = VIEWS_OVER_OTHERS.index(table) + 1 if table in VIEWS_OVER_OTHERS else 0
        return made_of_others, "call_id" not in columns[each] or table in _OF_EVALUATIONS, table

    for place, table in sorted(columns, key=in_order):
        if place == "temp" or table not in standing_in:
            source = f'temp.main."{_WHOLE}{table}"' if place == "temp" else f'"{database}".main."{table}"'
            shown = f"shown.* {_NAMING.format(people=people)}" if "supervisor" in columns[place, table] else "shown.*"
            rows = f"from {source} as shown where {_is_own(table, columns[place, table])}"
            yield f'create temp view "{table}" as select {shown} {rows}'


def _is_own(table: str, columns: set[str]) -> str:
    if table in FOR_EVERYBODY:
        return "true"
    if table in (*OF_ALL_CALLS, *OF_NO_AGENT):
        return "false"
    if table in _OF_EVALUATIONS:
        return _OF_EVALUATIONS[table]
    if {"evaluation_type", "released_at"} <= columns:  # also of calls that several agents took: each the own ones
        return f"{_RELEASED} and {_is_own_id('agent_id', columns)}"
    if "call_id" in columns:
        return "call_id in (select id from temp.main.own_calls)"
    if "recording_id" in columns:  # attempts of the ledger
        return "recording_id in (select recording_id from temp.main.call_channels)"
    if {"dimension", "key"} <= columns:
        return f"shown.dimension = 'agent' and {_is_own_id('key', columns)}"
    return _is_own_id("agent_id", columns) if "agent_id" in columns else "false"


def _is_own_id(column: str, columns: set[str]) -> str:
    """That a row is of an id while it is the agent's: an id may have been a predecessor's. A row that has neither a day
    nor a period is nobody's."""
    if "call_date" in columns:  # as in list_own_calls.sql
        on_those_days = """
            coalesce(shown.call_date, date '9999-12-31') >= coalesce(own.valid_from, date '0001-01-01')
            and coalesce(shown.call_date, date '9999-12-31') <= coalesce(own.valid_to, date '9999-12-31')"""
    elif {"valid_from", "valid_to"} <= columns:
        on_those_days = """
            coalesce(own.valid_from <= shown.valid_to, true) and coalesce(own.valid_to >= shown.valid_from, true)"""
    else:
        return "false"
    return f"""exists (
        select 1 from temp.main.own_agents as own where own.agent_id = shown."{column}" and {on_those_days}
    )"""
