"""The register of exports: who took along what, when, with which calls in it. So that after an erasure it can be said
which files that left hold the call.

A row is written before the file is handed over. Calls of an export are named one by one as long as they are few; of
more only their days are known, and each call of these days may be in it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, insert, or_, select, update

from qa_pipeline.ledger.database_clock import DatabaseClock
from qa_pipeline.ledger.export_tables import export_calls, exports
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.writing import put_rows
from qa_pipeline.looks.chain import storable

TakenWhat = Literal["calls", "table", "query", "transcripts", "sound", "database", "evaluations", "rule flips"]

MOST_NAMED = 5_000
"""Calls of an export that are named one by one."""

MOST_CHOSEN = 2_000
"""Characters of what an export was chosen by."""


@dataclass(slots=True)
class InIt:
    """The rows and calls of a file, as they are written into it, neighbouring rows of a call one after the other;
    `calls` is None where rows don't say of which they are."""

    rows: int = 0
    calls: int | None = 0
    named: set[str] = field(default_factory=set)
    first_day: str | None = None
    last_day: str | None = None
    _before: object = None

    def add(self, call_id: object, day: object = None) -> None:
        """A row of a call."""
        self.rows += 1
        if isinstance(call_id, str) and call_id != self._before and call_id not in self.named:
            self.calls = (self.calls or 0) + 1
            if len(self.named) < MOST_NAMED:  # of more the days are enough
                self.named.add(call_id)
        self._before = call_id
        if day is not None:
            self.add_day(str(day)[:10])

    def add_day(self, day: str) -> None:
        """A day that calls of it are of."""
        self.first_day = min(self.first_day or day, day)
        self.last_day = max(self.last_day or day, day)

    def watched(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """The same rows, which are counted on their way. Rows without a call's id are sums, of no call."""
        names = list(columns)
        call = names.index("call_id") if "call_id" in names else None
        day = names.index("call_date") if "call_date" in names else None
        for row in rows:
            self.add(None if call is None else row[call], None if day is None else row[day])
            yield row


@dataclass(frozen=True, slots=True)
class Taken:
    """A row of the register; `at` in UTC epoch seconds, `calls` None where nothing says which are in it."""

    export_id: str
    at: float
    who: str
    role: str
    what: str
    name: str
    rows: int | None
    calls: int | None
    first_day: str | None
    last_day: str | None
    chosen: str


@dataclass(frozen=True, slots=True)
class TakenFilter:
    """Which exports are asked for; times are UTC epoch seconds, `until` is excluded. A call is known by `names`, its id
    and that after an erasure; `day` is that of the call, for exports that may hold it: without it all that name none.
    Of a call that was erased (`is_settled`) it is known which may."""

    who: str | None = None
    names: Sequence[str] = ()
    day: str | None = None
    is_settled: bool = False
    since: float | None = None
    until: float | None = None

    @property
    def condition(self) -> ColumnElement[bool]:
        """On `exports`."""
        found: list[ColumnElement[bool]] = []
        if self.who is not None:
            found.append(exports.c.who == self.who)
        if self.since is not None:
            found.append(exports.c.at >= self.since)
        if self.until is not None:
            found.append(exports.c.at < self.until)
        if self.names:
            own = select(export_calls.c.export_id).where(export_calls.c.call_id.in_(list(self.names)))
            may = [] if self.is_settled else [_may_hold(None if self.day is None else [self.day])]
            found.append(or_(exports.c.export_id.in_(own), *may))
        return and_(*found) if found else exports.c.at.is_not(None)


class Register:
    """The register in one operations database."""

    def __init__(self, engine: Engine, clock: Callable[[], float] | None = None) -> None:
        """`clock` gives UTC epoch seconds; the database's own where several machines share it, else this machine's."""
        self.engine = engine
        self._clock = clock or (DatabaseClock(engine) if engine.dialect.name != "sqlite" else time.time)

    def note(self, what: TakenWhat, name: str, in_it: InIt, *, who: str, role: str = "", chosen: str = "") -> str:
        """Notes a file before it is handed over, and returns the id of its row."""
        export_id = secrets.token_hex(16)
        row = {
            "export_id": export_id, "at": self._clock(), "who": storable(who), "role": role, "what": what,
            "name": storable(name), "rows": in_it.rows, "calls": in_it.calls,
            "first_day": in_it.first_day, "last_day": in_it.last_day, "chosen": storable(chosen)[:MOST_CHOSEN],
        }  # fmt: skip
        named = sorted(in_it.named) if (in_it.calls or 0) <= MOST_NAMED else []
        with self.engine.begin() as connection:
            connection.execute(insert(exports).values(row))
            if named:
                connection.execute(insert(export_calls), [{"export_id": export_id, "call_id": each} for each in named])
        return export_id

    def find(self, chosen: TakenFilter, limit: int | None = None) -> list[Taken]:
        """The exports that are asked for, the newest first."""
        query = select(exports).where(chosen.condition).order_by(exports.c.at.desc()).limit(limit)
        with self.engine.connect() as connection:
            return [_taken(row) for row in connection.execute(query).mappings()]

    def count(self, chosen: TakenFilter) -> int:
        """How many exports there are of those that are asked for."""
        with self.engine.connect() as connection:
            query = select(func.count()).select_from(exports).where(chosen.condition)
            return int(connection.execute(query).scalar_one())

    def close(self) -> None:
        """Lets go of the database."""
        self.engine.dispose()


def open_register(operations_url: str) -> Register:
    """The register in the operations database, which is made where it is missing.

    Raises:
        LedgerElsewhere: the operations database was moved.
    """
    return Register(open_operations(operations_url))


def keep_for_erased(connection: Connection, names: Mapping[str, str], days: Sequence[str]) -> None:
    """Notes which exports hold, or may hold, calls that are erased, under the calls' other names (id → name); `days`
    are those of the calls. Part of the caller's transaction."""
    for call_id, name in names.items():
        own = export_calls.c.call_id == call_id
        connection.execute(update(export_calls).where(own).values(call_id=name))
    may = connection.execute(select(exports.c.export_id).where(_may_hold(days))).scalars().all()
    rows = [{"export_id": export_id, "call_id": name} for export_id in may for name in names.values()]
    put_rows(connection, export_calls, rows)


def exports_with(engine: Engine, names: Sequence[str]) -> list[Taken]:
    """The exports that hold, or may hold, a call of these names."""
    with engine.connect() as connection:
        own = select(export_calls.c.export_id).where(export_calls.c.call_id.in_(list(names)))
        query = select(exports).where(exports.c.export_id.in_(own)).order_by(exports.c.at)
        return [_taken(row) for row in connection.execute(query).mappings()]


def _may_hold(days: Sequence[str] | None) -> ColumnElement[bool]:
    """That an export names no calls, and is of these days, or of days that are not known."""
    unnamed = or_(exports.c.calls.is_(None), exports.c.calls > MOST_NAMED)
    if days is None:
        return unnamed
    of_days = [and_(exports.c.first_day <= day, exports.c.last_day >= day) for day in days]
    return and_(unnamed, or_(exports.c.first_day.is_(None), *of_days))


def _taken(row: Mapping[Any, Any]) -> Taken:
    return Taken(**row)
