"""What is made sure of before a ledger may leave, and what each side is told at each stage of a move.

Neither side may be used between the first stage and the last, and never both: the side that the ledger leaves is shut
before anything is copied, and the other one opened only after the first has written that the ledger left.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from enum import StrEnum

from sqlalchemy import BigInteger, Connection, Engine, column, func, inspect, select, table, type_coerce

from qa_pipeline.ledger.attempts import attempts
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.outlasting import outlast
from qa_pipeline.ledger.states import UNDER_WAY
from qa_pipeline.ledger.tables import connected
from qa_pipeline.ledger.whereabouts import (
    LedgerHome,
    Whereabouts,
    forget_home,
    hold_home,
    home_of,
    kept_tables,
    set_home,
)
from qa_pipeline.ledger.workers import WorkerRegister
from qa_pipeline.moving.sides import GivenUp, MoveRefused, Side
from qa_pipeline.moving.tables import rows_of
from qa_pipeline.runs.leases import Leases
from qa_pipeline.settings import Settings

DAGSTER_SCHEMA = "dagster"
ENDED_STATUSES = ("SUCCESS", "FAILURE", "CANCELED")
"""Of a run, in Dagster's words."""


def require_quiet(settings: Settings, engine: Engine) -> None:
    """Refuses while anybody works.

    Raises:
        MoveRefused: a run is under way, here or on another machine, or a sender holds a claim.
    """
    leases = Leases(settings.dagster_home / "leases")
    if alive := leases.living():
        holders = [leases.holder(run_id) for run_id in alive]
        days = ", ".join(sorted({holder.days for holder in holders if holder and holder.days})) or "some days"
        raise MoveRefused(f"a run of {days} is under way; wait for it, or end it, and move then")
    if settings.uses_workers:
        _require_no_runs(settings)
    with engine.connect() as connection:
        require_unclaimed(connection, engine)


def _require_no_runs(settings: Settings) -> None:
    """Refuses while runs wait or are under way on any machine, by Dagster's own table.

    Raises:
        MoveRefused: there are some.
    """
    runs = table("runs", column("status"), schema=DAGSTER_SCHEMA)
    dagster = connected(settings.dagster_database_url)
    try:
        with dagster.connect() as connection:
            if not inspect(connection).has_table(runs.name, schema=DAGSTER_SCHEMA):
                return
            open_runs = select(func.count()).select_from(runs).where(runs.c.status.not_in(ENDED_STATUSES))
            count = connection.execute(open_runs).scalar_one()
    finally:
        dagster.dispose()
    if count:
        raise MoveRefused(f"{count} runs wait or are under way on Dagster's page; wait for them, or end them there")


def require_unclaimed(connection: Connection, engine: Engine) -> None:
    """Refuses while somebody is sending, or may be.

    Raises:
        MoveRefused: a worker is alive, or a claim has not run out.
    """
    register, ledger = WorkerRegister(engine), Ledger(engine)
    living = register.living()
    if living:
        hosts = ", ".join(sorted({worker.host for worker in register.known() if worker.worker_id in living}))
        raise MoveRefused(
            f"{len(living)} runs are sending or waiting for answers ({hosts}); wait for them and move then"
        )
    held = type_coerce(attempts.c.held_until, BigInteger)
    claims = select(func.count(), func.max(held)).where(attempts.c.state.in_(UNDER_WAY), held >= ledger.now_ms())
    count, until = connection.execute(claims).one()
    if count:
        raise MoveRefused(
            f"{count} channels are claimed by a sender that fell silent; its claims run out in "
            f"{max(until / 1000 - ledger.clock(), 0.0):.0f} s: move then"
        )


def require_room(engine: Engine, target: Side, ledger_id: str | None) -> LedgerHome | None:
    """What the other side says of its ledger, where this one (by its id, if it has one) may replace it.

    Raises:
        MoveRefused: something else is there.
    """
    with engine.connect() as connection:
        home = home_of(connection)
        if home is not None and home.whereabouts is not Whereabouts.HERE:
            if home.ledger_id == ledger_id:
                return home
            raise MoveRefused(
                f"{target.shown} belongs to another ledger ({home.sentence}); name an empty database, or finish "
                "that move"
            )
        found = {table: rows for table, rows in rows_of(connection, kept_tables()).items() if rows}
    if found:
        what = ", ".join(f"{table} {rows:,}" for table, rows in sorted(found.items()))
        raise MoveRefused(
            f"{target.shown} has a ledger of its own ({what} rows), and two can't be put together; name an empty "
            "database"
        )
    return home


def begin_leaving(engine: Engine, source: Side, target: Side) -> LedgerHome:
    """Shuts the side that the ledger leaves, if nobody is at work; what was begun before is gone on with.

    Raises:
        MoveRefused: somebody is at work, or the ledger is on its way to somewhere else, or not here at all.
    """

    def shut() -> LedgerHome:
        with engine.connect() as connection:
            hold_home(connection)
            home = home_of(connection)
            if home is not None and home.whereabouts is not Whereabouts.HERE:
                return _gone_on_with(home, source, target)
            move_id, ledger_id = uuid.uuid4().hex, home.ledger_id if home else uuid.uuid4().hex
            home = LedgerHome(ledger_id, Whereabouts.LEAVING, move_id, target.shown, time.time())
            set_home(connection, home)  # locks the tables against all others
            require_unclaimed(connection, engine)
            connection.commit()
            return home

    return outlast(shut)


def _gone_on_with(home: LedgerHome, source: Side, target: Side) -> LedgerHome:
    if home.whereabouts is Whereabouts.ARRIVING:
        raise MoveRefused(f"the ledger at {source.shown} can't be moved: {home.sentence}")
    if home.elsewhere != target.shown:
        raise MoveRefused(f"the ledger at {source.shown} can't be moved to {target.shown}: {home.sentence}")
    return home


def require_may_leave(home: LedgerHome | None, source: Side, target: Side) -> None:
    """Refuses a ledger that is on its way to somewhere else, or not here at all.

    Raises:
        MoveRefused: it is.
    """
    if home is not None and home.whereabouts is not Whereabouts.HERE:
        _gone_on_with(home, source, target)


def announce(engine: Engine, source: Side, target: Side, home: LedgerHome) -> None:
    """Shuts the other side, if it is empty or has an older copy: nobody may take it for a new ledger while the rows are
    on their way.

    Raises:
        MoveRefused: it is neither.
    """

    def shut() -> None:
        with engine.connect() as connection:
            hold_home(connection)
            there = home_of(connection)
            if home.whereabouts is Whereabouts.LEFT:
                require_coming(there, target, home)
                return
            if there is not None and there.whereabouts is not Whereabouts.HERE and there.ledger_id != home.ledger_id:
                raise MoveRefused(f"another ledger is being moved to {target.shown}: {there.sentence}")
            set_home(connection, replace(home, whereabouts=Whereabouts.ARRIVING, elsewhere=source.shown))
            is_in_use = there is None or there.whereabouts is Whereabouts.HERE
            if is_in_use and any(rows_of(connection, kept_tables()).values()):
                raise MoveRefused(f"somebody has begun to use {target.shown} meanwhile; name an empty database")
            connection.commit()

    outlast(shut)


def require_coming(there: LedgerHome | None, target: Side, home: LedgerHome) -> None:
    """Refuses to bring the ledger to a side that does not wait for this very move: it was given up, or has arrived and
    went on to somewhere else, and what would be brought is older than what is known there.

    Raises:
        MoveRefused: it does not wait for it.
    """
    if there is not None and (there.whereabouts, there.move_id) == (Whereabouts.ARRIVING, home.move_id):
        return
    if home.whereabouts is not Whereabouts.LEFT:
        raise MoveRefused(f"{target.shown} does not wait for this move any more: somebody else finished or changed it")
    if there is None or there.ledger_id != home.ledger_id:
        raise MoveRefused(f"the ledger was moved to {target.shown}, and is not there any more")
    raise MoveRefused(
        f"what is here is an old copy: the ledger was moved to {target.shown}, and there the database says: "
        f"{there.sentence}"
    )


def require_going(here: LedgerHome | None, source: Side, home: LedgerHome) -> LedgerHome:
    """What the side that the ledger leaves says, where that is still this very move.

    Raises:
        GivenUp: it was given up meanwhile.
    """
    under_way = (Whereabouts.LEAVING, Whereabouts.LEFT)
    if here is not None and here.move_id == home.move_id and here.whereabouts in under_way:
        return here
    raise GivenUp(
        f"the move was given up meanwhile, perhaps on another machine: the ledger is used at {source.shown}"
        if here is None or here.whereabouts is Whereabouts.HERE
        else f"the move was given up meanwhile, and there is another one from {source.shown}: {here.sentence}"
    )


def leave(engine: Engine, source: Side, home: LedgerHome) -> None:
    """Writes that the ledger has left. From here on only the other side can become the one that is used.

    Raises:
        GivenUp: the move was given up meanwhile.
    """

    def write() -> None:
        with engine.connect() as connection:
            hold_home(connection)
            if require_going(home_of(connection), source, home).whereabouts is Whereabouts.LEFT:
                return
            set_home(connection, replace(home, whereabouts=Whereabouts.LEFT, changed_at=time.time()))
            connection.commit()

    outlast(write)


def settle(connection: Connection, source: Side, home: LedgerHome) -> None:
    """Opens the side that the ledger has come to; part of the transaction that brought it, and not yet committed when
    the other side is told that the ledger left."""
    set_home(connection, replace(home, whereabouts=Whereabouts.HERE, elsewhere=source.shown, changed_at=time.time()))


def stay(engine: Engine, side: Side) -> LedgerHome:
    """Gives up a move that is not over: the ledger is used where it was. Returns what was given up.

    Raises:
        MoveRefused: no move is under way, or the ledger has left.
    """
    with engine.connect() as connection:
        hold_home(connection)
        home = home_of(connection)
        if home is None or home.whereabouts is Whereabouts.HERE:
            raise MoveRefused(f"no move of the ledger at {side.shown} is under way")
        if home.whereabouts is not Whereabouts.LEAVING:
            raise MoveRefused(f"the move can't be given up at {side.shown}: {home.sentence}")
        set_home(connection, replace(home, whereabouts=Whereabouts.HERE, changed_at=time.time()))
        connection.commit()
    return home


class Told(StrEnum):
    """What the other side of a move that was given up is now."""

    EMPTY_AGAIN = "empty again"
    OLDER_COPY = "an older copy"
    HAD_NOT_HEARD = "had not heard"
    AWAY = "away"


def call_off(engine: Engine, source: Side, home: LedgerHome, *, this_move_only: bool = False) -> Told:
    """Makes the other side of a move that was given up what it was: an empty database, or an older copy, shut."""
    with engine.connect() as connection:
        hold_home(connection)
        there = home_of(connection)
        if there is None or (there.ledger_id, there.whereabouts) != (home.ledger_id, Whereabouts.ARRIVING):
            return Told.HAD_NOT_HEARD
        if this_move_only and there.move_id != home.move_id:
            return Told.HAD_NOT_HEARD
        told = Told.OLDER_COPY if any(rows_of(connection, kept_tables()).values()) else Told.EMPTY_AGAIN
        if told is Told.OLDER_COPY:
            set_home(connection, replace(there, whereabouts=Whereabouts.LEFT, elsewhere=source.shown))
        else:
            forget_home(connection)
        connection.commit()
        return told
