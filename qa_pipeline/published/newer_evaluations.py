"""A snapshot with what people have evaluated since it was made: the store's newer rows are laid over its tables.

So lists and figures of evaluations are as of now, whichever select asks, and `as_of` says what they are as of.
Evaluations by machines, and everything else, are the snapshot's.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.errors import UserError
from qa_pipeline.published.over_another import SnapshotOverAnother
from qa_pipeline.published.own_evaluations import SHOWN_NARROWED
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.table_rows import NOTHING_DONE, LogHead, ReviewRows, StoreReader, TableRow
from qa_pipeline.statements.files import read_sql
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
        found = _read(snapshot, StoreReader(opened().engine))
    except (UserError, SQLAlchemyError, OSError):
        return snapshot
    if found.rows is None or _number(found.rows) > MOST_NEWER:
        return snapshot
    return NewerSnapshot(snapshot, found.rows, found.last)


class NewerSnapshot(SnapshotOverAnother):
    """Another snapshot with rows of a store, until row `last` of its log, in place of those that it has of the same
    evaluations and tasks."""

    def __init__(self, whole: Snapshot, rows: Mapping[str, pa.Table], last: LogHead) -> None:
        # of a store that was put back to an earlier state other rows have the same numbers
        super().__init__(whole, f"{whole.identity} and evaluations until {last.seq} ({last.hash[:16]})")
        self._rows = rows
        with whole.cursor() as cursor:
            self._statements = tuple(_laying_over(cursor))

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

    def identity_for(self, sql: str) -> str | None:
        """As `cursor_for`: the whole snapshot's for a select of something else."""
        return self.identity if _LAID_OVER.search(sql) else self._whole.identity_for(sql)


@dataclass(frozen=True, slots=True)
class _Newer:
    """What the store has until row `last` of its log that the snapshot has not, by table, in the types of its tables;
    None where that is nothing, or too much."""

    last: LogHead
    rows: Mapping[str, pa.Table] | None
    is_too_much: bool = False


_kept: OrderedDict[tuple[str, str], _Newer] = OrderedDict()
_guard = threading.Lock()
"""Of what was read last, by snapshot and store: a page is drawn often, and seldom is much new."""


def _read(snapshot: Snapshot, store: StoreReader) -> _Newer:
    """What the store has now that the snapshot has not. Only what is newer than what was read before is read."""
    key = (snapshot.identity, store.url)
    with _guard:
        kept = _kept.get(key)
    if kept is not None and not store.has(kept.last):  # an older copy of it was put back
        kept = None
    if kept is None:
        found = _read_first(snapshot, store)
    elif kept.is_too_much:
        return kept
    else:
        number, last = store.changes_since(kept.last.seq)
        if not number:
            return kept
        newer = [] if number > MOST_NEWER else store.changed_since(kept.last.seq, with_drafts=False)
        found = _joined(snapshot, store, kept.rows, newer, last, is_too_much=number > MOST_NEWER)
    with _guard:
        _kept[key] = found
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def _read_first(snapshot: Snapshot, store: StoreReader) -> _Newer:
    """A snapshot says until which row of the log it goes. A lake has each day as of its own last run: there each
    evaluation is held against the one that is published."""
    read = snapshot.tuples(f"select log_seq from {EVALUATIONS_READ}") if EVALUATIONS_READ in snapshot.tables() else []
    if read:
        [(seq,)] = read
        number, last = store.changes_since(seq)
        if not number:
            return _Newer(LogHead(seq, store.hash_of(seq)) if seq else NOTHING_DONE, None)
        newer = [] if number > MOST_NEWER else store.changed_since(seq, with_drafts=False)
        return _joined(snapshot, store, None, newer, last, is_too_much=number > MOST_NEWER)
    head = store.head()
    ids = _behind(snapshot, store)
    is_too_much = len(ids) > MOST_NEWER
    newer = [] if is_too_much else store.of_ids(ids)
    return _joined(snapshot, store, None, newer, head.seq, is_too_much=is_too_much)


def _behind(snapshot: Snapshot, store: StoreReader) -> list[str]:
    """Ids of the evaluations and tasks of published calls that the store has otherwise than they are published."""
    found = store.last_rows()
    types = {"id": pa.string(), "call_id": pa.string(), "log_seq": pa.int64()}
    columns = {name: [row[place] for row in found] for place, name in enumerate(types)}
    with snapshot.cursor() as cursor:
        cursor.register("of_store", pa.table(columns, schema=pa.schema(list(types.items()))))
        rows = cursor.execute(read_sql("reads/list_what_changed_in_store.sql")).fetchall()
    return [found_id for (found_id,) in rows]


def _joined(
    snapshot: Snapshot,
    store: StoreReader,
    before: Mapping[str, pa.Table] | None,
    newer: Iterable[ReviewRows],
    last: int,
    *,
    is_too_much: bool,
) -> _Newer:
    """What was read before with what is newer in its place."""
    head, now = LogHead(last, store.hash_of(last)), dt.datetime.now(dt.UTC)
    if is_too_much:
        return _Newer(head, None, is_too_much=True)
    some_at_a_time = list(newer)
    rows: Mapping[str, list[TableRow]] = {
        **{
            table: [{**row, "loaded_at": now} for some in some_at_a_time for row in some[table]]
            for table in EVALUATION_TABLES
        },
        EVALUATIONS_READ: [{"log_seq": last, "log_hash": head.hash, "read_at": now}],
    }
    known = set() if before is None else set(before[QUESTIONS]["scorecard_version"].to_pylist())
    with snapshot.cursor() as cursor:
        found = {table: _arrow(cursor, table, its_rows) for table, its_rows in rows.items()}
        is_known = before is not None and {row["scorecard_version"] for row in rows["evaluations"]} <= known
        found[QUESTIONS] = (
            before[QUESTIONS] if before is not None and is_known else _arrow(cursor, QUESTIONS, store.questions())
        )
    if before is not None:
        for table in EVALUATION_TABLES:
            key = _KEYS.get(table, "evaluation_id")
            changed = found["review_tasks" if table in _KEYS else "evaluations"][key]
            others = before[table].filter(pc.invert(pc.is_in(before[table][key], value_set=changed.combine_chunks())))
            found[table] = pa.concat_tables([others, found[table]])
    is_too_much = _number(found) > MOST_NEWER
    return _Newer(head, None if is_too_much else found, is_too_much)


def _number(rows: Mapping[str, pa.Table]) -> int:
    return int(rows["evaluations"].num_rows + rows["review_tasks"].num_rows)


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
