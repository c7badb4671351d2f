"""A snapshot as somebody may see its evaluations who evaluates, or reads figures: everybody but agents, of whom
`own_calls` shows the own calls only.

The tables of evaluations are stood before by views of the connection, so that marts, pages and searches show no more
than these, whichever asks. While a person is at a blind evaluation of a call, nothing is there of what others, or
machines, have answered to it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import duckdb

from qa_pipeline.published.closed_functions import databases_of, name_past_views
from qa_pipeline.published.over_another import SnapshotOverAnother
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.daily import EVALUATION_VIEWS
from qa_pipeline.warehouse.day_rows import EVALUATION_TABLES

_WHOLE = "whole_"

_SEEN = {
    "evaluations": "reads/see_evaluations.sql",
    "evaluation_answers": "reads/see_evaluation_answers.sql",
    "evaluation_events": "reads/see_evaluation_events.sql",
    "review_tasks": "reads/see_review_tasks.sql",
}
"""Table of evaluations → the select of the rows that a person sees."""

SHOWN_NARROWED = (*EVALUATION_TABLES, "evaluations_current", *EVALUATION_VIEWS)
"""The tables of evaluations, and all views that show something of them."""

JUDGED = ("rule_outcomes", "rule_hits", "sampling_draws")
"""What else says how a call was judged: of a call at whose blind evaluation the person is, nothing of it is there."""

_OF_EVALUATIONS = re.compile("|".join((*SHOWN_NARROWED, *JUDGED)), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Seeing:
    """Who looks. `sees_all`: the evaluations of everybody, but those of blind calls; `evaluates`: own ones, and of
    calls that were evaluated by oneself what others have submitted. Who may neither sees figures. `blind_calls` are
    those at whose blind evaluation the person is."""

    login: str
    sees_all: bool
    evaluates: bool
    blind_calls: frozenset[str] = frozenset()

    @property
    def sees_everything(self) -> bool:
        """Whether nothing is to be left out."""
        return self.sees_all and not self.blind_calls


class EvaluatorsSnapshot(SnapshotOverAnother):
    """Another snapshot, of whose evaluations only what one person may see is there."""

    def __init__(self, whole: Snapshot, seeing: Seeing) -> None:
        told = (seeing.login, seeing.sees_all, seeing.evaluates, sorted(seeing.blind_calls))
        digest = hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()
        identity = f"{whole.identity} for one evaluator ({digest[:16]})"
        super().__init__(whole, identity)
        self._seeing, self._salt = seeing, secrets.token_hex(16)
        with whole.cursor() as cursor:
            self._statements = tuple(_narrowing(cursor))
            self._databases = databases_of(cursor)

    def closed_name(self, sql: str) -> str | None:
        """As the whole snapshot has it, and what goes past the narrowed views."""
        return super().closed_name(sql) or name_past_views(sql, self._databases)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """As the whole snapshot has it, narrowed."""
        cursor, who = self._whole.cursor(), self._seeing
        values = {**asdict(who), "salt": self._salt}
        calls = sorted(values.pop("blind_calls"))
        cursor.execute(
            "create temp table seeing as select $login as login, $sees_all as sees_all, $evaluates as evaluates, "
            "$salt as salt",
            values,
        )
        cursor.execute("create temp table blind_calls as select unnest($calls::varchar[]) as id", {"calls": calls})
        for statement in self._statements:
            cursor.execute(statement)
        return cursor

    def cursor_for(self, sql: str) -> duckdb.DuckDBPyConnection:
        """A select that does not name anything of evaluations needs no narrowing, which takes some ms."""
        return self.cursor() if _OF_EVALUATIONS.search(sql) else self._whole.cursor_for(sql)

    def identity_for(self, sql: str) -> str | None:
        """As `cursor_for`. Ids of evaluations that are not shown are others with each opening, so what has them is not
        remembered."""
        return None if _OF_EVALUATIONS.search(sql) else self._whole.identity_for(sql)


def _narrowing(cursor: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Statements that put a narrowed view before each of these tables, and before what stands in for it."""
    [(database,)] = cursor.execute("select current_database()").fetchall()
    stand_ins = cursor.execute("select view_name from duckdb_views() where database_name = 'temp'").fetchall()
    for table in (*EVALUATION_TABLES, *JUDGED):
        if (table,) in stand_ins:
            yield f'alter view temp.main."{table}" rename to "{_WHOLE}{table}"'
        else:
            yield f'create temp view "{_WHOLE}{table}" as from "{database}".main."{table}"'
    for table, select in _SEEN.items():
        yield f'create temp view "{table}" as {read_sql(select)}'
    for table in JUDGED:
        seen = f"{_WHOLE}{table}.call_id not in (select id from blind_calls)"
        yield f'create temp view "{table}" as from {_WHOLE}{table} where {seen}'
