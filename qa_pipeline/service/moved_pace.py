"""How fast the account may ask, taken along: a file by the machine's clock here, rows by the database's clock there.

What was sent in the last minute counts for the next one too, whoever counts.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection, delete, insert, select

from qa_pipeline.dashscope.pace_file import PaceFile
from qa_pipeline.dashscope.pacing import LimiterState
from qa_pipeline.ledger.database_clock import DatabaseClock
from qa_pipeline.ledger.tables import account_pace
from qa_pipeline.settings import Settings


def pace_to_table(settings: Settings, target: Connection) -> None:
    """Replaces the rows of the database by what the machine's file says."""
    ahead_s = _ahead_s(target)
    target.execute(delete(account_pace))
    for limiter, state in PaceFile(settings.rate_limit_path).read().items():
        moved = _moved(state, ahead_s)
        target.execute(
            insert(account_pace).values(
                limiter=limiter, next_at=moved.next_at, held_until=moved.held_until, written_at=moved.written_at
            )
        )


def pace_to_file(settings: Settings, source: Connection) -> None:
    """Writes what the database says into the machine's file."""
    behind_s = -_ahead_s(source)
    file = PaceFile(settings.rate_limit_path)
    for row in source.execute(select(account_pace).where(account_pace.c.next_at.is_not(None))).mappings():
        state = LimiterState(row["next_at"], row["held_until"], row["written_at"])
        asyncio.run(file.update(row["limiter"], partial(_put, _moved(state, behind_s))))


def _put(state: LimiterState, _before: LimiterState | None) -> tuple[LimiterState, None]:
    return state, None


def _moved(state: LimiterState, by_s: float) -> LimiterState:
    return replace(
        state, next_at=state.next_at + by_s, held_until=state.held_until + by_s, written_at=state.written_at + by_s
    )


def _ahead_s(connection: Connection) -> float:
    """How far the database's clock is ahead of the monotonic one that the file goes by, s."""
    return DatabaseClock(connection.engine)() - time.monotonic()
