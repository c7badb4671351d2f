"""Whether the log is as it was written, and whether what follows from it does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, delete, func, select, tuple_
from sqlalchemy.pool import StaticPool

from qa_pipeline.ledger.review_tables import DERIVED, review_log
from qa_pipeline.reviews.chain import BEFORE_THE_FIRST, digest, head_of, hold, log_row
from qa_pipeline.reviews.json_values import canonical
from qa_pipeline.reviews.projection import apply_in_bulk, changes_of
from qa_pipeline.reviews.states import ERASED, LogKind

ROWS_AT_ONCE = 2000
KEYS_AT_ONCE = 400
QUICK_ROWS = 1000
MOST_FAULTS = 100
CHANGED = "it was changed after it was written"

Advance = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written; `seq` is the row of the log, or the last one about it."""

    seq: int
    said: str

    def __str__(self) -> str:
        return f"row {self.seq}: {self.said}"


@dataclass(frozen=True, slots=True)
class Checked:
    """`rows` of the log were looked at, of `head` in all; of `erased` ones something was taken out, as later rows say.
    After 100 faults no more are looked for."""

    rows: int
    head: int
    head_hash: str
    faults: tuple[Fault, ...]
    erased: int = 0


class ChainCheck:
    """Looks at rows in their order, and remembers the last one."""

    def __init__(self, seq: int = 0, last_hash: str = BEFORE_THE_FIRST) -> None:
        """`seq` and `last_hash` are those of the row before the first that is looked at."""
        self.seq, self.hash = seq, last_hash
        self.erased = 0
        self._unexplained: dict[int, tuple[str, str]] = {}

    def look(self, line: Mapping[str, Any]) -> Iterator[Fault]:
        """What is wrong with the next row; `line` has the columns of the log, with the payload as an object. Whether
        what was taken out of a row was taken out by an erasure, a later row says: see `unexplained`."""
        seq, found = line["seq"], digest(line)
        is_erased = found != line["hash"] and is_marked_erased(line)
        is_whole = found == line["hash"] or is_erased
        if is_erased:
            self._unexplained[seq] = (line["hash"], found)
        elif is_whole and line["kind"] == LogKind.CALLS_ERASED.value and not is_marked_erased(line):
            self._explain(line["payload"])
        if seq != self.seq + 1:
            missing = f"row {self.seq + 1} is" if seq == self.seq + 2 else f"rows {self.seq + 1} to {seq - 1} are"
            yield Fault(self.seq + 1, f"{missing} missing")
        elif is_whole and line["previous_hash"] != self.hash:
            yield Fault(max(seq - 1, 1), f"it was replaced: row {seq} was written after another one")
        if not is_whole:
            yield Fault(seq, CHANGED)
        self.seq, self.hash = seq, line["hash"]

    def unexplained(self) -> list[Fault]:
        """At the end: rows of which something was taken out, and no later row says so."""
        return [Fault(seq, CHANGED) for seq in sorted(self._unexplained)]

    def _explain(self, payload: Mapping[str, Any]) -> None:
        for seq, own_hash, left in payload.get("rows", ()):
            if self._unexplained.get(seq) == (own_hash, left):
                del self._unexplained[seq]
                self.erased += 1


def is_marked_erased(line: Mapping[str, Any]) -> bool:
    """Whether a row says of itself that something was taken out of it."""
    return isinstance(line["payload"], Mapping) and ERASED in line["payload"]


def check_all(engine: Engine, advance: Advance) -> Checked:
    """Looks at every row of the log, and at everything that follows from it. `advance` is told of rows."""
    with engine.connect() as connection:
        unchanging(connection)
        seq, last_hash = head_of(connection)
        faults: list[Fault] = []
        check = ChainCheck()
        rows = 0
        for found in raw_rows(connection):
            rows += 1
            advance(1)
            faults += _faults_of(check, found)
            if len(faults) >= MOST_FAULTS:
                break
        else:
            faults += [*_faults_of_end(check, seq, last_hash), *check.unexplained()]
        if not faults:
            faults += _faults_of_derived(connection)
    return Checked(rows, seq, last_hash, tuple(faults[:MOST_FAULTS]), check.erased)


def check_end(engine: Engine, rows: int = QUICK_ROWS) -> Checked:
    """Looks at the last rows of the log, and whether there are as many as there should be: a moment's work."""
    with engine.connect() as connection:
        unchanging(connection)
        seq, last_hash = head_of(connection)
        count = connection.execute(select(func.count()).select_from(review_log)).scalar_one()
        begin = max(seq - rows, 0)
        before = connection.execute(select(review_log.c.hash).where(review_log.c.seq == begin)).scalar_one_or_none()
        faults = [] if count == seq else [Fault(seq, f"the log has {count:,} rows and should have {seq:,}")]
        check = ChainCheck(begin, before or BEFORE_THE_FIRST)
        looked = 0
        for found in raw_rows(connection, after=begin):
            looked += 1
            faults += _faults_of(check, found)
        faults += [*_faults_of_end(check, seq, last_hash), *check.unexplained()]
    return Checked(looked, seq, last_hash, tuple(faults[:MOST_FAULTS]), check.erased)


def make_again(engine: Engine, advance: Advance) -> int:
    """Makes everything that follows from the log again, in one transaction; returns how many rows it has.

    Raises:
        ValueError: a row is not one that this version knows.
    """
    with engine.begin() as connection:
        hold(connection)
        _unhurried(connection)
        for table in DERIVED:
            connection.execute(delete(table))
        return _replay(raw_rows(connection), connection, advance)


def _replay(rows: Iterable[Mapping[Any, Any]], target: Connection, advance: Advance) -> int:
    count = 0
    for part in _parts(rows):
        apply_in_bulk(target, (change for row in part for change in changes_of(log_row(row))))
        advance(len(part))
        count += len(part)
    return count


def _parts(rows: Iterable[Mapping[Any, Any]]) -> Iterator[list[Mapping[Any, Any]]]:
    part: list[Mapping[Any, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == ROWS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def raw_rows(connection: Connection, *, after: int = 0) -> Iterator[Mapping[Any, Any]]:
    """Rows of the table in their order, in parts: the log may be written meanwhile."""
    while True:
        query = select(review_log).where(review_log.c.seq > after).order_by(review_log.c.seq).limit(ROWS_AT_ONCE)
        found = connection.execute(query).mappings().all()
        if not found:
            return
        yield from found
        after = found[-1]["seq"]


def as_line(found: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of the table with its payload as an object. Raises ValueError where it is not JSON as it is written."""
    payload = json.loads(found["payload"])
    if canonical(payload) != found["payload"]:
        raise ValueError("the payload is not written as it was")
    return {**found, "payload": payload}


def unchanging(connection: Connection) -> None:
    """Begins a transaction that sees one moment of the database, and may take its time."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
        _unhurried(connection)


def _unhurried(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")


def _faults_of(check: ChainCheck, found: Mapping[Any, Any]) -> Iterator[Fault]:
    try:
        line = as_line(found)
    except ValueError:
        yield Fault(found["seq"], CHANGED)
        check.seq, check.hash = found["seq"], found["hash"]
        return
    yield from check.look(line)


def _faults_of_end(check: ChainCheck, seq: int, last_hash: str) -> Iterator[Fault]:
    if check.seq < seq:
        missing = f"row {seq} is" if check.seq + 1 == seq else f"rows {check.seq + 1} to {seq} are"
        yield Fault(check.seq + 1, f"{missing} missing at the end")
    elif check.seq > seq:
        yield Fault(seq + 1, "the log says that it ends before this row")
    elif check.hash != last_hash:
        yield Fault(seq, "it was replaced: the log says that it ends with another one")


def _faults_of_derived(connection: Connection) -> Iterator[Fault]:
    """What of the other tables does not follow from the log: it is made again elsewhere and compared."""
    # an empty name is a database of SQLite's own, in memory and then in a file that goes away with it
    scratch = create_engine("sqlite://", creator=lambda: sqlite3.connect(""), poolclass=StaticPool)
    try:
        with scratch.connect() as made:
            for table in DERIVED:
                table.create(made)
            _replay(raw_rows(connection), made, lambda _: None)
            for table in DERIVED:
                yield from _differences(connection, made, table)
    finally:
        scratch.dispose()


def _differences(connection: Connection, made: Connection, table: Table) -> Iterator[Fault]:
    keys = list(table.primary_key.columns)
    for should in _by_key(made, table):
        wanted = {tuple(row[key.name] for key in keys): dict(row) for row in should}
        there = _with_keys(connection, table, wanted)
        for key, row in wanted.items():
            if there.get(key) != row:
                yield Fault(_seq_of(row), _said_of(table, key, row, there.get(key)))
    count = connection.execute(select(func.count()).select_from(table)).scalar_one()
    if count != made.execute(select(func.count()).select_from(table)).scalar_one():
        for found in _by_key(connection, table):
            there = {tuple(row[key.name] for key in keys): dict(row) for row in found}
            known = _with_keys(made, table, there)
            for key, row in there.items():
                if key not in known:
                    yield Fault(_seq_of(row), f"{table.name} has {'/'.join(map(str, key))}, which is not in the log")


def _by_key(connection: Connection, table: Table) -> Iterator[Sequence[Mapping[Any, Any]]]:
    keys = list(table.primary_key.columns)
    last: tuple[Any, ...] | None = None
    while True:
        query = select(table).order_by(*keys).limit(KEYS_AT_ONCE)
        if last is not None:
            query = query.where(tuple_(*keys) > tuple_(*last))
        found = connection.execute(query).mappings().all()
        if not found:
            return
        yield found
        last = tuple(found[-1][key.name] for key in keys)


def _with_keys(
    connection: Connection, table: Table, wanted: Iterable[tuple[Any, ...]]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    keys = list(table.primary_key.columns)
    query = select(table).where(tuple_(*keys).in_(list(wanted)))
    found = connection.execute(query).mappings()
    return {tuple(row[key.name] for key in keys): dict(row) for row in found}


def _seq_of(row: Mapping[str, Any]) -> int:
    return int(row["last_seq"] if "last_seq" in row else row["seq"])


def _said_of(table: Table, key: tuple[Any, ...], row: Mapping[str, Any], there: Mapping[str, Any] | None) -> str:
    name = "/".join(map(str, key))
    if there is None:
        return f"{table.name} lacks {name}; `qa-pipeline reviews rebuild` makes it again"
    other = ", ".join(column for column in row if row[column] != there[column])
    return f"{table.name} has another {other} of {name} than the log; `qa-pipeline reviews rebuild` makes it again"
