"""A snapshot with what people have evaluated since it was made: the store's newer rows are laid over its tables.

So lists and figures of evaluations are as of now, whichever select asks, and `as_of` says what they are as of.
Evaluations by machines, and everything else, are the snapshot's.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.errors import UserError
from qa_pipeline.published.own_evaluations import SHOWN_NARROWED
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.table_rows import StoreReader, TableRow
from qa_pipeline.warehouse.database import insert_rows
from qa_pipeline.warehouse.day_rows import EVALUATION_TABLES, EVALUATIONS_READ

MOST_NEWER = 2000
"""Evaluations and tasks that are laid over a snapshot; with more, figures are as of the snapshot, and a run is due."""

KEPT = 4
QUESTIONS = "scorecard_questions"

_PUBLISHED, _NEWER = "published_", "newer_"
_KEYS = {"review_tasks": "task_id"}
_LAID_OVER = re.compile("|".join((*SHOWN_NARROWED, QUESTIONS, EVALUATIONS_READ)), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AsOf:
    """What is in figures of evaluations: the store's log up to row `seq`, as it was at `moment`; None where nothing was
    ever read."""

    seq: int
    moment: dt.datetime | None


def as_of(snapshot: Snapshot) -> AsOf:
    """How far a snapshot's evaluations go. In a lake each day is as of its own last run, so there is no row of the log
    to name, and the moment is that of the newest publish.

    Raises:
        UnreadableSnapshot: it is damaged.
    """
    if EVALUATIONS_READ not in snapshot.tables():
        return AsOf(0, None)
    found = snapshot.tuples(f"select log_seq, read_at from {EVALUATIONS_READ}")
    if found:
        return AsOf(*found[0])
    [(published_at,)] = snapshot.tuples("select max(published_at) from publication")
    has_any = snapshot.tuples("select 1 from evaluations limit 1")
    return AsOf(0, published_at if has_any else None)


def with_newer(snapshot: Snapshot, opened: Callable[[], Reviews]) -> Snapshot:
    """The snapshot with what the store has since; the snapshot itself where that is nothing, more than `MOST_NEWER`, or
    can't be read. To be closed in its place."""
    try:
        seq, store = as_of(snapshot).seq, StoreReader(opened().engine)
        number, last = store.changes_since(seq)
        if not 0 < number <= MOST_NEWER:
            return snapshot
        return NewerSnapshot(snapshot, _read(snapshot, store, seq, last), last)
    except (UserError, SQLAlchemyError, OSError):
        return snapshot


class NewerSnapshot(Snapshot):
    """Another snapshot with rows of a store, until number `last` of its log, in place of those that it has of the same
    evaluations and tasks. Closing it closes that one."""

    def __init__(self, whole: Snapshot, rows: Mapping[str, pa.Table], last: int) -> None:
        identity = f"{whole.identity} and evaluations until {last}"
        super().__init__(whole.database, whole.time_zone, name=whole.name, identity=identity, held_by=whole.held_by)
        self.published_identity = whole.identity
        self._whole, self._rows = whole, rows
        with whole.cursor() as cursor:
            self._statements = tuple(_laying_over(cursor))

    def closed_name(self, sql: str) -> str | None:
        """As the whole snapshot has it."""
        return self._whole.closed_name(sql)

    def in_words(self, error: duckdb.Error) -> str:
        """As the whole snapshot has it."""
        return self._whole.in_words(error)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """As the whole snapshot has it, with what is newer laid over it."""
        cursor = self._whole.cursor()
        for table, rows in self._rows.items():
            cursor.register(f"{_NEWER}{table}", rows)
        for statement in self._statements:
            cursor.execute(statement)
        return cursor

    def cursor_for(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Nothing is laid over for a select of something else."""
        return self.cursor() if _LAID_OVER.search(sql) else self._whole.cursor_for(sql)

    def close(self) -> None:
        """Closes the whole snapshot."""
        self._whole.close()


_kept: OrderedDict[tuple[str, int, int], Mapping[str, pa.Table]] = OrderedDict()
_guard = threading.Lock()
"""Of what was read last: a page is drawn often, and seldom is anything new."""


def _read(snapshot: Snapshot, store: StoreReader, seq: int, last: int) -> Mapping[str, pa.Table]:
    """What the store has after row `seq` of its log, by table, in the types of the snapshot's tables."""
    key = (snapshot.identity, seq, last)
    with _guard:
        if key in _kept:
            return _kept[key]
    newer, now = list(store.changed_since(seq)), dt.datetime.now(dt.UTC)
    rows: Mapping[str, list[TableRow]] = {
        **{table: [{**row, "loaded_at": now} for some in newer for row in some[table]] for table in EVALUATION_TABLES},
        QUESTIONS: store.questions(),
        EVALUATIONS_READ: [{"log_seq": last, "log_hash": store.hash_of(last), "read_at": now}],
    }
    with snapshot.cursor() as cursor:
        found = {table: _arrow(cursor, table, its_rows) for table, its_rows in rows.items()}
    with _guard:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def _arrow(cursor: duckdb.DuckDBPyConnection, table: str, rows: list[TableRow]) -> pa.Table:
    made = f"made_{table}"
    cursor.execute(f"create temp table {made} as from {table} limit 0")
    insert_rows(cursor, made, rows)
    return cursor.execute(f"from {made}").to_arrow_table()


def _laying_over(cursor: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Statements that put a view before each table: of the snapshot's rows those of which there are no newer ones, and
    these, as far as the snapshot has their calls. An answer or an event goes with its evaluation."""
    [(database,)] = cursor.execute("select current_database()").fetchall()
    stand_ins = cursor.execute("select view_name from duckdb_views() where database_name = 'temp'").fetchall()
    tables = (*EVALUATION_TABLES, QUESTIONS, EVALUATIONS_READ)
    for table in tables:
        if (table,) in stand_ins:
            yield f'alter view temp.main."{table}" rename to "{_PUBLISHED}{table}"'
        else:
            yield f'create temp view "{_PUBLISHED}{table}" as from "{database}".main."{table}"'
    for table in (QUESTIONS, EVALUATIONS_READ):
        yield f'create temp view "{table}" as from {_NEWER}{table}'
    for table in EVALUATION_TABLES:
        key = _KEYS.get(table, "evaluation_id")
        among = _NEWER + ("review_tasks" if table in _KEYS else "evaluations")
        of_call = {"call_date": "calls.call_date"} | ({"queue": "calls.queue"} if table == "evaluations" else {})
        replaced = ", ".join(f"{value} as {column}" for column, value in of_call.items())
        yield (
            f'create temp view "{table}" as from {_PUBLISHED}{table} where {key} not in (select {key} from {among}) '
            f"union all by name select newer.* replace ({replaced}) from {_NEWER}{table} as newer "
            "inner join calls on newer.call_id = calls.call_id"
        )
