"""Which files a day's working state is made of: one row per day in PostgreSQL, which is replaced as a whole.

The row is what decides. Its files are in the bucket before it names them, and are never changed. Whoever replaces it
says which version it has worked from: a machine that was frozen, or thought dead, and comes back with an earlier one is
refused, whatever it believes to hold. The locks only spare others work that would be refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Float,
    MetaData,
    String,
    Table,
    case,
    delete,
    extract,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from qa_pipeline.errors import UserError
from qa_pipeline.ledger.outlasting import outlast
from qa_pipeline.warehouse.held import Say, say_nothing

UNDATED = "undated"
"""Stands for the day of recordings without one."""

LOCK_POLL_S = 0.2
LOCK_WAIT_S = 600.0
"""Nobody holds a day so long who is not frozen; then it is gone on without the lock, and the versions decide."""

_OPENING_LOCK = 5_125_733
"""Any number that nothing else in the database locks by."""

_KEEPALIVE = "set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3"
"""The server notices within half a minute that a machine is gone, instead of holding its locks for hours."""

_metadata = MetaData()

_days = Table(
    "work_days",
    _metadata,
    Column("day", String(10), primary_key=True),
    Column("version", String(32), nullable=False),
    Column("state", JSON, nullable=False),
    Column("published_version", String(32)),  # which the lake has
    Column("changed_at", Float, nullable=False),
)


class DayMovedOn(UserError):
    """Another machine has changed a day since this one read it; what this one made of it is dropped."""


@dataclass(frozen=True, slots=True)
class TableState:
    """The rows of a day in one table: their file below `work/`, and a fingerprint of what is in them."""

    file: str
    rows: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DayState:
    """The working state of a day: a version of its own, the files of its tables (none of a table without rows).

    `made_of` says of steps what their tables were made of, see `DayWarehouse.is_made_of`. `moved_from` are days that
    still have rows of calls of this day.
    """

    version: str
    tables: Mapping[str, TableState] = field(default_factory=dict)
    made_of: Mapping[str, str] = field(default_factory=dict)
    moved_from: tuple[str, ...] = ()

    @classmethod
    def read(cls, version: str, state: Mapping[str, Any]) -> DayState:
        """The state of a row."""
        tables = {table: TableState(**found) for table, found in state["tables"].items()}
        return cls(version, tables, state["made_of"], tuple(state["moved_from"]))

    def written(self) -> dict[str, Any]:
        """What `read` reads."""
        return {key: value for key, value in asdict(self).items() if key != "version"}


NO_STATE = DayState("")
"""Of a day that nobody has worked at."""


def day_name(day: dt.date | None) -> str:
    """What a day is called here."""
    return UNDATED if day is None else day.isoformat()


def new_version() -> str:
    """A version that no other is like."""
    return uuid.uuid4().hex


class DayStates:
    """The states of all days, in the operations database. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        """Makes the table where it is missing.

        Raises:
            ValueError: the database is not PostgreSQL.
        """
        if engine.dialect.name != "postgresql":
            raise ValueError("the states of days are kept in PostgreSQL")
        self._engine = engine
        outlast(self._make_table)

    def read(self, days: Iterable[str]) -> dict[str, DayState]:
        """The states of these days; of a day without one `NO_STATE`."""
        wanted = sorted(set(days))
        query = select(_days.c.day, _days.c.version, _days.c.state).where(_days.c.day.in_(wanted))

        def found() -> dict[str, DayState]:
            with self._engine.connect() as connection:
                return {day: DayState.read(version, state) for day, version, state in connection.execute(query)}

        return dict.fromkeys(wanted, NO_STATE) | outlast(found)

    @contextmanager
    def hold(self, days: Iterable[str], *, say: Say = say_nothing, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
        """Keeps other machines from these days for the time of the block; waits for those who are at one of them, no
        longer than `wait_s` seconds."""
        keys = {day: _lock_key(day) for day in sorted(set(days))}
        until, is_told = time.monotonic() + wait_s, False
        while True:
            session = outlast(lambda: self._session(keys))
            if session.taken is None or time.monotonic() > until:
                break
            session.close()
            if not is_told:
                say(f"another machine is at {session.taken}; the run waits until it is done with it")
                is_told = True
            time.sleep(LOCK_POLL_S)
        try:
            yield
        finally:
            session.close()

    def replace(self, changes: Mapping[str, tuple[DayState, DayState]], *, left: Collection[str] = ()) -> None:
        """Replaces the states of days, all or none: day → the state that was worked from, and the new one.

        Days that were only `left` by calls are as much in the lake as before, and one without a state was taken from
        there: when the day is published that the calls moved to, they are taken out there as well.

        Raises:
            DayMovedOn: another machine has replaced one of them.
        """
        outlast(lambda: self._replace(changes, left))

    def note_published(self, versions: Mapping[str, str]) -> None:
        """Notes which version of each day the lake has now; `moved_from` of these is done with then."""

        def note() -> None:
            with self._engine.begin() as connection:
                for day, version in sorted(versions.items()):
                    this = (_days.c.day == day) & (_days.c.version == version)
                    found = connection.execute(select(_days.c.state).where(this).with_for_update()).scalar_one_or_none()
                    if found is not None:
                        values = {"published_version": version, "state": {**found, "moved_from": []}}
                        connection.execute(update(_days).where(this).values(values))

        outlast(note)

    def unpublished(self) -> dict[str, DayState]:
        """Days with something that the lake does not have."""
        query = select(_days.c.day, _days.c.version, _days.c.state).where(
            _days.c.published_version.is_distinct_from(_days.c.version)
        )

        def found() -> dict[str, DayState]:
            with self._engine.connect() as connection:
                return {day: DayState.read(version, state) for day, version, state in connection.execute(query)}

        return outlast(found)

    def files(self) -> set[str]:
        """All files that states name."""
        with self._engine.connect() as connection:
            states = connection.execute(select(_days.c.state)).scalars().all()
        return {table["file"] for state in states for table in state["tables"].values()}

    def forget(self, older_than_s: float) -> list[str]:
        """Forgets the states of days that the lake has, which nobody changed for so long; returns these days."""
        is_old = _days.c.changed_at < _now() - older_than_s
        is_there = _days.c.published_version == _days.c.version
        with self._engine.begin() as connection:
            gone = connection.execute(delete(_days).where(is_old, is_there).returning(_days.c.day))
            return sorted(day for (day,) in gone)

    def settled_before(self, day: str, older_than_s: float) -> list[str]:
        """Days before `day` with a state that the lake has, or that nobody has changed for so long: no run is at them
        whose work would be lost with it."""
        is_there = _days.c.published_version == _days.c.version
        is_left = _days.c.changed_at < _now() - older_than_s
        with self._engine.connect() as connection:
            query = select(_days.c.day).where(_days.c.day < day, is_there | is_left).order_by(_days.c.day)
            return list(connection.execute(query).scalars())

    def forget_days(self, days: Collection[str]) -> None:
        """Forgets the states of days, for whoever may not keep them."""
        with self._engine.begin() as connection:
            connection.execute(delete(_days).where(_days.c.day.in_(sorted(days))))

    def _make_table(self) -> None:
        with self._engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _OPENING_LOCK})
            _metadata.create_all(connection)

    def _session(self, keys: Mapping[str, int]) -> _Session:
        """A session outside of transactions, which the server ends when they are idle; with all of these locks, or
        with none."""
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            connection.exec_driver_sql(_KEEPALIVE)
            return _Session(connection, _first_taken(connection, keys))
        except BaseException:
            _Session(connection, None).close()
            raise

    def _replace(self, changes: Mapping[str, tuple[DayState, DayState]], left: Collection[str]) -> None:
        days = sorted(changes)
        with self._engine.begin() as connection:
            query = select(_days.c.day, _days.c.version).where(_days.c.day.in_(days)).order_by(_days.c.day)
            versions = {row.day: row.version for row in connection.execute(query.with_for_update())}
            if all(versions.get(day) == after.version for day, (_, after) in changes.items()):
                return  # it was done, and the answer was lost
            for day in days:
                before, after = changes[day]
                if versions.get(day, "") != before.version:
                    raise DayMovedOn(f"another machine has changed {day} meanwhile; run the day again")
                values = {"day": day, "version": after.version, "state": after.written(), "changed_at": _now()}
                if before.version:
                    if day in left:
                        is_there = _days.c.published_version == before.version
                        values["published_version"] = case((is_there, after.version), else_=_days.c.published_version)
                    connection.execute(update(_days).where(_days.c.day == day).values(values))
                    continue
                if day in left:
                    values["published_version"] = after.version
                begun = insert(_days).values(values).on_conflict_do_nothing().returning(_days.c.day)
                if connection.execute(begun).first() is None:
                    raise DayMovedOn(f"another machine has begun {day} meanwhile; run the day again")


@dataclass(frozen=True, slots=True)
class _Session:
    """A session of the database; `taken` is the day whose lock it did not get."""

    connection: Connection
    taken: str | None

    def close(self) -> None:
        """Ends the session, and with it its locks; it goes back into no pool, where somebody else might get it."""
        with suppress(DBAPIError):
            self.connection.invalidate()
            self.connection.close()


def _now() -> Any:
    return extract("epoch", func.clock_timestamp())


def _lock_key(day: str) -> int:
    return int.from_bytes(hashlib.sha256(f"qa_pipeline day {day}".encode()).digest()[:8], signed=True)


def _first_taken(connection: Connection, keys: Mapping[str, int]) -> str | None:
    """Takes all of these locks, or none: the first day whose lock another session has."""
    for day, key in keys.items():
        if not connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": key}).scalar_one():
            connection.execute(text("select pg_advisory_unlock_all()"))
            return day
    return None
