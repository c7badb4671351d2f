"""The log of looks at what was masked: who, when, which call, what, why. Rows are appended and never changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, func, select

from qa_pipeline.errors import UserError
from qa_pipeline.ledger.database_clock import DatabaseClock
from qa_pipeline.ledger.look_tables import raw_looks
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.looks.chain import BEFORE_THE_FIRST, What, Words, add_row, appending, fits, head_of, storable, words_of

LEAST_REASON, MOST_REASON = 4, 500
"""Characters; below it nobody says why, above it somebody pastes what was masked."""

ROWS_AT_ONCE = 2000


class NoReason(UserError):
    """Nobody looks without saying why."""


@dataclass(frozen=True, slots=True)
class Look:
    """One row; `at` in UTC epoch seconds, `role` is the one that the person had then."""

    seq: int
    at: float
    who: str
    role: str
    call_id: str
    what: What
    reason: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class LooksFilter:
    """Which looks are asked for; times are UTC epoch seconds, `until` is excluded."""

    who: str | None = None
    call_id: str | None = None
    since: float | None = None
    until: float | None = None

    @property
    def condition(self) -> ColumnElement[bool]:
        """The where clause on `raw_looks`; rows of erasures are no looks and never in it."""
        columns = raw_looks.c
        found = [columns.what != What.ERASED.value]
        if self.who is not None:
            found.append(columns.who == self.who)
        if self.call_id is not None:
            found.append(columns.call_id == self.call_id)
        if self.since is not None:
            found.append(columns.at >= self.since)
        if self.until is not None:
            found.append(columns.at < self.until)
        return and_(*found)


@dataclass(frozen=True, slots=True)
class CheckedLooks:
    """How many looks there are, when the last one was (UTC epoch seconds), and what is not as it was written."""

    looks: int
    last_at: float | None
    fault: str | None


class Looks:
    """The log in one operations database; safe to share between threads and processes."""

    def __init__(self, engine: Engine, clock: Callable[[], float] | None = None) -> None:
        """`clock` gives UTC epoch seconds; the database's own where several machines share it, else this machine's."""
        is_shared = engine.dialect.name != "sqlite"
        self.engine = engine
        self._clock = clock or (DatabaseClock(engine) if is_shared else time.time)

    def note(self, *, who: str, role: str, call_id: str, what: What, reason: str) -> Look:
        """Appends a look, before anything is shown of it. When it returns the row is on the disk.

        Raises:
            NoReason: the reason says nothing, or is no reason but a text.
        """
        said = require_reason(reason)
        at = self._clock()
        with appending(self.engine) as connection:
            row = add_row(connection, who=who, role=role, call_id=call_id, what=what, reason=said, at=at)
        return _look(row)

    def find(self, chosen: LooksFilter, limit: int | None = None) -> Iterator[Look]:
        """The looks that are asked for, the newest first; as many as there are, some at a time."""
        query = select(raw_looks).where(chosen.condition).order_by(raw_looks.c.seq.desc()).limit(limit)
        with self.engine.connect() as connection:
            for rows in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query).mappings().partitions():
                yield from map(_look, rows)

    def count(self, chosen: LooksFilter) -> int:
        """How many looks there are of those that are asked for."""
        query = select(func.count()).select_from(raw_looks).where(chosen.condition)
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def check(self) -> CheckedLooks:
        """Looks at every row: whether each is as it was written, and none is missing."""
        words_first = select(raw_looks).where(raw_looks.c.what == What.ERASED.value)
        with self.engine.connect() as connection:
            head = head_of(connection)
            words = words_of(connection.execute(words_first).mappings())
        before, rows, looks, last_at = BEFORE_THE_FIRST, 0, 0, None
        query = select(raw_looks).order_by(raw_looks.c.seq)
        with self.engine.connect() as connection:
            for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query).mappings():
                rows += 1
                if fault := _fault_of(row, rows, before, words):
                    return CheckedLooks(looks, last_at, fault)
                before = row["hash"]
                if row["what"] != What.ERASED:
                    looks, last_at = looks + 1, row["at"]
                if rows == head[0] and before != head[1]:
                    return CheckedLooks(looks, last_at, f"row {rows:,} is not the one that was written last")
        missing = f"rows after {rows:,} are missing" if rows < head[0] else None
        return CheckedLooks(looks, last_at, missing)

    def close(self) -> None:
        """Lets go of the database."""
        self.engine.dispose()


def open_looks(operations_url: str) -> Looks:
    """The log in the operations database, which is made where it is missing.

    Raises:
        LedgerElsewhere: the operations database was moved.
    """
    return Looks(open_operations(operations_url))


def require_reason(reason: str) -> str:
    """A reason on one line.

    Raises:
        NoReason: it is too short to say anything, or too long to be one.
    """
    said = " ".join(storable(reason).split())
    if len(said) < LEAST_REASON:
        raise NoReason(f"say why, in {LEAST_REASON} characters or more")
    if len(said) > MOST_REASON:
        raise NoReason(f"a reason has at most {MOST_REASON} characters, and this one {len(said):,}")
    return said


def _look(row: Mapping[Any, Any]) -> Look:
    return Look(**{**row, "what": What(row["what"])})


def _fault_of(row: Mapping[Any, Any], number: int, previous_hash: str, words: Words) -> str | None:
    if row["seq"] != number:
        return f"row {number:,} is missing"
    if row["previous_hash"] != previous_hash or not fits(row, words):
        return f"row {number:,} is not as it was written"
    return None
