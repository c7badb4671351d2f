"""How fast the account may ask, shared by everything on this machine that uses the account.

The service counts submits by the minute and, in its own words, also by the second at a sixtieth of that, so
requests are spread evenly rather than sent in bursts. See `pacing` for the arithmetic, `pace_file` for the sharing.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from qa_pipeline.dashscope.pace_file import MemoryPace, PaceFile
from qa_pipeline.dashscope.pacing import LimiterState, Permit, Rate, hold, repaired, take, unused
from qa_pipeline.dashscope.retry import MAX_RETRY_AFTER_S, RETRY_AFTER_SPREAD_S

T = TypeVar("T")

SUBMIT_WINDOW_S = 60.0
SUBMIT_LATENESS_S = 1.2
"""2% of the window: the pace is 98% of the limit, and a stall of a second is made up for."""
QUERY_WINDOW_S = 1.0
QUERY_LATENESS_S = 0.05
RESERVE_AHEAD_S = 0.1
"""Under contention a process takes the permits of this stretch at once, so that the file is opened rarely."""
FEWEST_UNDER_WAY = 8
MOST_UNDER_WAY = 32
LONGEST_HOLD_S = MAX_RETRY_AFTER_S + RETRY_AFTER_SPREAD_S


class SharedPace(Protocol):
    """Where the state of limiters is kept for several machines, and the clock that they go by."""

    def clock(self) -> float:
        """Seconds that are the same on all machines."""

    async def update(self, limiter: str, change: Callable[[LimiterState | None], tuple[LimiterState, T]]) -> T:
        """As `MemoryPace.update`."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The account's limits, and where they are shared.

    `submit_burst` submits may leave at once after a quiet time; the pace after them is lower by as many per
    minute, so that no minute ever sees more than the limit. With `state_path` the limits are shared by all
    processes that name the same file and `account`; without it they hold within one client. A `shared_pace` goes before
    both.
    """

    requests_per_minute: float = 100.0
    queries_per_second: float = 20.0
    submit_burst: int = 1
    state_path: Path | None = None
    account: str = ""
    shared_pace: SharedPace | None = None

    def __post_init__(self) -> None:
        self.submit_rate()
        self.query_rate()

    def submit_rate(self) -> Rate:
        """The limit on submits."""
        return Rate(self.requests_per_minute, SUBMIT_WINDOW_S, SUBMIT_LATENESS_S, self.submit_burst)

    def query_rate(self) -> Rate:
        """The limit on queries, lists and cancels together."""
        return Rate(self.queries_per_second, QUERY_WINDOW_S, QUERY_LATENESS_S)


def account_id(base_url: str, api_key: str) -> str:
    """A name for one account at one address that gives neither away: 16 hex digits of a hash."""
    return hashlib.sha256(f"{base_url}\n{api_key}".encode()).hexdigest()[:16]


class RateLimiter:
    """One limit of one account. Those who wait are served in order.

    A request that waits for a connection, or for a slow service, has its permit already spent and arrives in a bunch
    with others; so no more are under way at once than start in a second, and at most 32, which hides a latency of
    0.3 s at a hundred per second.
    """

    def __init__(
        self,
        name: str,
        rate: Rate,
        pace: MemoryPace | PaceFile | SharedPace,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._rate = rate
        self._pace = pace
        self._clock = clock
        self._turn = asyncio.Lock()
        per_s = math.ceil(rate.limit / rate.window_s)
        self.most_under_way = min(max(per_s, FEWEST_UNDER_WAY), MOST_UNDER_WAY)
        self._under_way = asyncio.Semaphore(self.most_under_way)
        self._waiting = 0
        self._reserved: deque[Permit] = deque()
        self._held_until = -math.inf
        self._batch = max(1, math.ceil(RESERVE_AHEAD_S / rate.interval_s))

    @asynccontextmanager
    async def permit(self) -> AsyncIterator[Permit]:
        """Holds one place among the requests under way, entered when the request may leave."""
        async with self._under_way:
            yield await self.acquire()

    def is_over(self, permit: Permit) -> bool:
        """Whether a permit has closed: a request that leaves now would stand in another one's place."""
        return self._clock() > permit.closes_at

    async def acquire(self) -> Permit:
        """Returns when the next request may leave; send it at once.

        Raises:
            RateLimitStateUnusable: the shared file cannot be used.
        """
        since = self._clock()
        self._waiting += 1
        try:
            async with self._turn:
                while (permit := await self._came_in_time(since)) is None:
                    pass
                return permit
        finally:
            self._waiting -= 1

    async def pause(self, seconds: float) -> None:
        """Nobody under this limit sends for `seconds` (at most two minutes): the service said it is too much."""
        seconds = min(seconds, LONGEST_HOLD_S)
        self._held_until = max(self._held_until, self._clock() + seconds)
        self._reserved.clear()

        def change(state: LimiterState | None) -> tuple[LimiterState, None]:
            now = self._clock()
            return hold(self._known(state, now), now, seconds), None

        await self._pace.update(self._name, change)

    async def _came_in_time(self, since: float) -> Permit | None:
        """Waits for one permit; None when it closed, or the limiter was held back, before it could be used."""
        if not self._reserved:
            self._reserved.extend(await self._pace.update(self._name, partial(self._reserve, since)))
        permit = self._reserved.popleft()
        if (wait_s := permit.opens_at - self._clock()) > 0:
            await asyncio.sleep(wait_s)
        now = self._clock()
        return permit if self._held_until <= now <= permit.closes_at else None

    def _reserve(self, since: float, state: LimiterState | None) -> tuple[LimiterState, list[Permit]]:
        now = self._clock()
        count = max(1, min(self._waiting, self._batch))
        return take(self._known(state, now), self._rate, now, count, since)

    def _known(self, state: LimiterState | None, now: float) -> LimiterState:
        if state is None:
            return unused(now)
        return repaired(state, self._rate, now, LONGEST_HOLD_S)


@dataclass(frozen=True, slots=True)
class Limiters:
    """The two limits of one account."""

    submits: RateLimiter
    queries: RateLimiter


def open_limiters(limits: RateLimits, account: str) -> Limiters:
    """The limiters of `limits.account`, or of `account` where the limits name none."""
    pace: MemoryPace | PaceFile | SharedPace = PaceFile(limits.state_path) if limits.state_path else MemoryPace()
    clock: Callable[[], float] = time.monotonic
    if limits.shared_pace is not None:
        pace, clock = limits.shared_pace, limits.shared_pace.clock
    name = limits.account or account
    return Limiters(
        submits=RateLimiter(f"{name}:submits", limits.submit_rate(), pace, clock),
        queries=RateLimiter(f"{name}:queries", limits.query_rate(), pace, clock),
    )
