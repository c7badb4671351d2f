"""The rate limit's state as rows of the database that several machines share: one account, one pace.

A row is locked while it is read and written (a few milliseconds for a round trip), and the database's clock is what all
go by. It takes the place of `dashscope.pace_file`, which is one machine's.
"""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import TypeVar

from sqlalchemy import Engine, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.dashscope.pace_file import RateLimitStateUnusable
from qa_pipeline.dashscope.pacing import LimiterState
from qa_pipeline.ledger.database_clock import DatabaseClock
from qa_pipeline.ledger.outlasting import outlast
from qa_pipeline.ledger.tables import account_pace, open_operations
from qa_pipeline.settings import Settings

T = TypeVar("T")

LOOK_AGAIN_AFTER_S = 30.0
"""Two clocks drift apart by some ms in an hour, and the database's may be set."""


OPENING_PATIENCE_S = 5.0
"""The first look at the clock holds everything else up, so it waits less long than what follows."""


class PaceTable:
    """The state of all accounts' limiters in the table `account_pace`."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        """`open_engine` opens the database, when it is first needed."""
        self._open_engine = open_engine
        self._looked_at = -LOOK_AGAIN_AFTER_S

    @cached_property
    def _engine(self) -> Engine:
        return self._open_engine()

    @cached_property
    def database_clock(self) -> DatabaseClock:
        """The clock that all go by."""
        return DatabaseClock(self._engine)

    def clock(self) -> float:
        """The time by it, UTC epoch seconds.

        Raises:
            RateLimitStateUnusable: the database cannot be opened.
        """
        with _explained():
            return outlast(lambda: self.database_clock(), OPENING_PATIENCE_S)

    async def update(self, limiter: str, change: Callable[[LimiterState | None], tuple[LimiterState, T]]) -> T:
        """As `MemoryPace.update`, with everybody else who shares the database kept out meanwhile.

        Raises:
            RateLimitStateUnusable: the database cannot be used, not after some waiting either.
        """
        with _explained():
            return await asyncio.to_thread(outlast, lambda: self._update(limiter, change))

    def read(self, limiter: str) -> LimiterState | None:
        """The state as it stands; None where nobody has used the limiter yet."""
        query = select(account_pace).where(account_pace.c.limiter == limiter)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None or row["next_at"] is None:
            return None
        return LimiterState(row["next_at"], row["held_until"], row["written_at"])

    def _update(self, limiter: str, change: Callable[[LimiterState | None], tuple[LimiterState, T]]) -> T:
        if time.monotonic() - self._looked_at > LOOK_AGAIN_AFTER_S:
            self._looked_at = time.monotonic()
            self.database_clock.look()
        this = account_pace.c.limiter == limiter
        with self._engine.begin() as connection:
            row = connection.execute(select(account_pace).where(this).with_for_update()).mappings().one_or_none()
            if row is None:
                connection.execute(insert(account_pace).values(limiter=limiter).on_conflict_do_nothing())
                row = connection.execute(select(account_pace).where(this).with_for_update()).mappings().one()
            known = None
            if row["next_at"] is not None:
                known = LimiterState(row["next_at"], row["held_until"], row["written_at"])
            state, answer = change(known)
            values = {"next_at": state.next_at, "held_until": state.held_until, "written_at": state.written_at}
            connection.execute(update(account_pace).where(this).values(values))
        return answer


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise RateLimitStateUnusable(errno.EIO, f"the shared rate limit cannot be used: {reason}") from error


def shared_pace(settings: Settings) -> PaceTable | None:
    """The pace that goes with a ledger which several machines may share; None where the ledger is a file."""
    url = settings.operations_database_url
    return None if url.startswith("sqlite") else _pace_at(url)


@lru_cache(maxsize=4)
def _pace_at(url: str) -> PaceTable:
    return PaceTable(lambda: open_operations(url))
