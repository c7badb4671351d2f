"""A move from its first check to its last word. Killed at any moment, it is gone on with by starting it again.

1. Nobody is at work, and there is room on the other side.
2. The ledger is shut where it is, and where it will be.
3. Raw JSON and published days are copied, then everything in the operations database, in one transaction, which is read
   back.
4. Where the ledger was it says that it left; then the transaction is committed, and the ledger is used there.

What is left behind stays as it is, and can't be paid from.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from qa_pipeline.errors import UserError
from qa_pipeline.ledger.attempts import attempts
from qa_pipeline.ledger.outlasting import PATIENCE_S, outlast, passes
from qa_pipeline.ledger.tables import connected, open_wherever_it_is
from qa_pipeline.ledger.whereabouts import LedgerHome, Whereabouts, hold_home, home_of, work_for
from qa_pipeline.moving.answers import LostAnswers, lost_answers
from qa_pipeline.moving.leaving import (
    Told,
    announce,
    begin_leaving,
    call_off,
    leave,
    require_coming,
    require_going,
    require_may_leave,
    require_quiet,
    require_room,
    settle,
    stay,
)
from qa_pipeline.moving.published import (
    Counting,
    PublishedDays,
    days_at_home,
    days_in_lake,
    fetch_days,
    forget_days_in_the_making,
    put_days,
    require_empty_home,
    require_empty_lake,
)
from qa_pipeline.moving.raw_documents import Documents, documents_of, fetch_all, objects_of, put_all
from qa_pipeline.moving.sides import GivenUp, Mode, MoveRefused, Side
from qa_pipeline.moving.tables import Carried, carried_tables, carry, require_known, rows_of
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.service.moved_pace import pace_to_file, pace_to_table
from qa_pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Totals:
    """What the ledger says in all: attempts by state (its number), seconds billed, and their cost, US$."""

    attempts: dict[str, int]
    billed_s: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved, or with `is_plan` would be. `totals` are those of both sides, equal; `already` says that
    nothing was left to do."""

    source: Side
    target: Side
    totals: Totals
    documents: Documents = field(default_factory=Documents)
    rows: tuple[Carried, ...] = ()
    days: PublishedDays = field(default_factory=PublishedDays)
    lost: LostAnswers = field(default_factory=LostAnswers)
    strange_tables: tuple[str, ...] = ()
    already: bool = False
    is_plan: bool = False


def plan_move(settings: Settings, source: Side, target: Side) -> Moved:
    """What a move would do. Changes nothing, but that a ledger of an earlier version has today's columns then.

    Raises:
        MoveRefused: it would be refused.
    """
    with _opened(source) as here:
        done = _already(here, source, target)
        if done is not None:
            return replace(done, is_plan=True)
        require_quiet(settings, here)
        with here.connect() as connection:
            home = home_of(connection)
            require_may_leave(home, source, target)
            strange = require_known(connection, whole=source.mode is Mode.EMBEDDED)
            rows = tuple(Carried(name, count) for name, count in rows_of(connection, carried_tables()).items() if count)
            totals = totals_of(connection)
        with _peeked(target) as there:
            known = None if there is None else require_room(there, target, home.ledger_id if home else None)
            _require_room_for_days(settings, target, is_known_there=known is not None)
    documents = _documents(settings, source)
    days = PublishedDays()
    if settings.uses_lake:
        days = days_at_home(settings) if source.mode is Mode.EMBEDDED else days_in_lake(settings)
    return Moved(source, target, totals, documents, rows, days, strange_tables=tuple(strange), is_plan=True)


def move(settings: Settings, source: Side, target: Side, counting: Counting) -> Moved:
    """Moves everything, or goes on with a move that was interrupted.

    Raises:
        MoveRefused: somebody is at work, or the other side has something else, and nothing is changed; or the move
            could not be finished, and the message says how to go on.
        GivenUp: somebody gave it up meanwhile; the ledger is used where it was.
    """
    with _alone(settings), _opened(source) as here:
        done = _already(here, source, target)
        if done is not None:
            return done
        require_quiet(settings, here)
        with here.connect() as connection:
            known = home_of(connection)
            strange = require_known(connection, whole=source.mode is Mode.EMBEDDED)
        with _opened(target, make=True) as there:
            is_known_there = require_room(there, target, known.ledger_id if known else None) is not None
            _require_room_for_days(settings, target, is_known_there=is_known_there)
            with there.connect() as connection:
                require_known(connection, whole=False)
            home = begin_leaving(here, source, target)
            with _ways_on(source, home, there):
                announce(there, source, target, home)
                documents = _copy_documents(settings, source, counting)
                days = _copy_days(settings, source, counting)
                lost = lost_answers(here, settings.raw_dir)
                lost.require_none_elsewhere(source, None if settings.raw_bucket is None else str(settings.raw_bucket))
                rows, totals = _bring(settings, (here, source), (there, target), home, counting)
    return Moved(source, target, totals, documents, rows, days, lost, tuple(strange))


def cancel(settings: Settings, source: Side, target: Side) -> Told:
    """Gives up a move from `source` that is not over; says what the other side is now. The ledger is free then, also
    where the other side could not be told: a later move of the same ledger finds that side as it is.

    Raises:
        MoveRefused: no move is under way there, or it is over, or `source` can't be reached.
    """
    with _alone(settings):
        try:
            with _opened(source, patience_s=0) as here:
                home = stay(here, source)
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error) or passes(error):
                raise MoveRefused(f"{source.shown} can't be reached: {_said(error)}") from error
            raise
        try:
            with _peeked(target) as there:
                return Told.HAD_NOT_HEARD if there is None else call_off(there, source, home)
        except SQLAlchemyError:
            return Told.AWAY


def totals_of(connection: Connection) -> Totals:
    """What the ledger says in all."""
    by_state = select(attempts.c.state, func.count()).group_by(attempts.c.state).order_by(attempts.c.state)
    sums = select(func.coalesce(func.sum(attempts.c.billed_s), 0.0), func.coalesce(func.sum(attempts.c.cost_usd), 0.0))
    billed_s, cost_usd = connection.execute(sums).one()
    return Totals(
        {state.value: count for state, count in connection.execute(by_state)}, float(billed_s), float(cost_usd)
    )


def _bring(
    settings: Settings, source: tuple[Engine, Side], target: tuple[Engine, Side], home: LedgerHome, counting: Counting
) -> tuple[tuple[Carried, ...], Totals]:
    (here, from_side), (there, to_side) = source, target
    with here.connect() as reading, there.connect() as writing:
        hold_home(writing)
        require_going(home_of(reading), from_side, home)
        require_coming(home_of(writing), to_side, home)
        work_for(writing, home.move_id)
        total = 2 * sum(rows_of(reading, carried_tables()).values())
        with counting("rows written and read back", total) as advance:
            rows = carry(reading, writing, advance)
        if to_side.mode is Mode.SCALE:
            pace_to_table(settings, writing)
            forget_days_in_the_making(writing)
        else:
            pace_to_file(settings, reading)
        totals = totals_of(writing)
        before = totals_of(reading)
        if (totals.attempts, round(totals.cost_usd, 6)) != (before.attempts, round(before.cost_usd, 6)):
            raise MoveRefused(f"{to_side.shown} has {totals}, and {from_side.shown} {before}; nothing was moved")
        settle(writing, from_side, home)
        reading.rollback()
        leave(here, from_side, home)
        writing.commit()
    return tuple(rows), totals


def _already(here: Engine, source: Side, target: Side) -> Moved | None:
    """What is to be said where the ledger has left for the other side and is there; None where it has not arrived.

    Raises:
        MoveRefused: it has left, and is not there, or went on from there: what is here is an old copy.
    """
    with here.connect() as connection:
        home = home_of(connection)
    if home is None or home.whereabouts is not Whereabouts.LEFT or home.elsewhere != target.shown:
        return None
    with _peeked(target) as there:
        if there is None:
            raise MoveRefused(_gone(source, target))
        with there.connect() as connection:
            arrived = home_of(connection)
            if arrived is None or arrived.ledger_id != home.ledger_id:
                raise MoveRefused(_gone(source, target))
            if arrived.whereabouts is not Whereabouts.HERE:
                require_coming(arrived, target, home)
                return None
            return Moved(source, target, totals_of(connection), already=True)


@contextmanager
def _ways_on(source: Side, home: LedgerHome, there: Engine) -> Iterator[None]:
    """Says with every refusal that the ledger is shut, and how to go on; tidies up where somebody gave the move up."""
    on = f"{source.shown} stays shut until you run the same `qa-pipeline move` again to finish it"
    if home.whereabouts is Whereabouts.LEAVING:
        on += ", or `qa-pipeline move --cancel` to stay"
    try:
        yield
    except GivenUp:
        with suppress(SQLAlchemyError):
            call_off(there, source, home, this_move_only=True)
        raise
    except UserError as error:
        raise MoveRefused(f"{error}; {on}") from error
    except DBAPIError as error:
        if not passes(error):
            raise
        raise MoveRefused(f"a database went away: {_said(error)}; {on}") from error


def _said(error: DBAPIError) -> str:
    return next(iter(str(error.orig).splitlines()), "")


def _require_room_for_days(settings: Settings, target: Side, *, is_known_there: bool) -> None:
    if settings.uses_lake and not is_known_there:
        (require_empty_lake if target.mode is Mode.SCALE else require_empty_home)(settings)


def _gone(source: Side, target: Side) -> str:
    return (
        f"the ledger of {source.shown} was moved to {target.shown} and is not there any more; what was paid since then "
        "is known nowhere else: restore that database from its backup"
    )


def _copy_documents(settings: Settings, source: Side, counting: Counting) -> Documents:
    bucket = _bucket(settings)
    if bucket is None:
        return Documents()
    found = _documents(settings, source).found
    with counting("raw JSON documents", found) as advance:
        if source.mode is Mode.EMBEDDED:
            return put_all(settings.raw_dir, bucket, advance)
        return fetch_all(bucket, settings.raw_dir, advance)


def _copy_days(settings: Settings, source: Side, counting: Counting) -> PublishedDays:
    if not settings.uses_lake:
        return PublishedDays()
    return (put_days if source.mode is Mode.EMBEDDED else fetch_days)(settings, counting)


def _documents(settings: Settings, source: Side) -> Documents:
    bucket = _bucket(settings)
    if bucket is None:
        return Documents()
    return documents_of(settings.raw_dir) if source.mode is Mode.EMBEDDED else objects_of(bucket)


def _bucket(settings: Settings) -> Bucket | None:
    return None if settings.raw_bucket is None else Bucket(settings.raw_bucket, settings.bucket_endpoint)


@contextmanager
def _opened(side: Side, *, make: bool = False, patience_s: float = PATIENCE_S) -> Iterator[Engine]:
    """The database of a side, brought up to date.

    Raises:
        MoveRefused: there is none, and it is not to be made.
    """
    if not make and not outlast(lambda: _has_ledger(side), patience_s):
        raise MoveRefused(f"there is no ledger at {side.shown}, so nothing is to be moved")
    engine = outlast(lambda: open_wherever_it_is(side.url), patience_s)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _peeked(side: Side) -> Iterator[Engine | None]:
    """The database of a side as it is; None where there is no file."""
    if side.file is not None and not side.file.exists():
        yield None
        return
    engine = connected(side.url)
    try:
        yield engine
    finally:
        engine.dispose()


def _has_ledger(side: Side) -> bool:
    with _peeked(side) as engine:
        return engine is not None and (side.file is not None or inspect(engine).has_table(attempts.name))


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keeps other moves of this home away; the system frees it with the process.

    Raises:
        MoveRefused: one is under way.
    """
    path = Path(settings.home) / "moving.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MoveRefused(f"another move of {settings.home} is under way") from None
        yield
