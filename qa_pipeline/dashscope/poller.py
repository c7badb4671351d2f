"""One poller for all outstanding tasks: asks about each when an answer is likely, within the account's query rate.

When to ask: first after the time that the quickest fifth of the tasks so far took (or what the caller expects),
then after a fifth of the task's age, between `interval_s` and `max_interval_s`; so an answer is known late by a
tenth of the task's time on average. When more tasks are due than queries are allowed, the one most overdue comes
first, which is round robin: the intervals stretch by themselves and nobody starves.

A task needs at least one query and about 1.5 under pressure, so N tasks take at least N ÷ queries per second.
1,000 tasks of 2-6 s handed in at 100 a second were all noticed within 4% of the last one's end, both at 100
queries per second (1,475 queries, half of the tasks known within 1.8 s) and at 200 (2,540 queries, 0.8 s). At the
account's default of 20 a second the queries alone take 75 s.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import math
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol, Self

from qa_pipeline.dashscope.errors import BadReply, ConnectionLost, DashScopeError, NotSent, Transient
from qa_pipeline.dashscope.tasks import TASKS_LIVE_S, TaskState, TaskStatus

AGE_SHARE = 0.2
LEARNED_FROM = 8
REMEMBERED = 64
QUICK_SHARE = 0.2
LEARNED_AT_MOST_S = 30.0
"""Long recordings before must not keep a short one after them waiting."""
SILENCE_S = 300.0
"""When nothing answers any query for so long, watchers are told: the service is gone, and so is the wait."""
UNKNOWN_PATIENCE_S = 20.0
"""A task that the service says it does not know is asked about for so long, as long as it may still know it: not all of
a service hears of a new task at once."""
DENIALS_HEARD = 4
"""And at least so many times: on a busy machine two questions may be as far apart as all of that patience."""
MAX_BAD_REPLIES = 5
"""After this many unreadable replies in a row about one task its watchers are told."""
IN_FLIGHT_S = 0.5
"""Queries under way at once: as many as the rate starts in this time, which covers a slow network."""

logger = logging.getLogger("qa_pipeline.dashscope")


class PollerClosed(RuntimeError):
    """The poller was closed while the task was still being watched; the task itself continues at the service."""


class Querier(Protocol):
    """What the poller needs of the client."""

    async def query(self, task_id: str, *, retry: bool = True) -> TaskStatus:
        """One answer about one task."""


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """Seconds between queries about one task, for young tasks and at most; the first query after `first_s`."""

    first_s: float = 1.0
    interval_s: float = 1.0
    max_interval_s: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.interval_s <= self.max_interval_s or self.first_s < 0:
            raise ValueError(f"poll intervals must be above zero and in order: {self}")

    def next_after(self, age_s: float) -> float:
        """Seconds to the next query about a task of this age."""
        return min(max(AGE_SHARE * age_s, self.interval_s), self.max_interval_s)


@dataclass(slots=True)
class _Watch:
    task_id: str
    began_at: float
    watchers: list[asyncio.Future[TaskStatus]] = field(default_factory=list)
    bad_replies: int = 0
    trouble: str | None = None
    unknown_since: float | None = None
    denials: int = 0

    @property
    def is_wanted(self) -> bool:
        return any(not watcher.done() for watcher in self.watchers)

    def resolve(self, status: TaskStatus) -> None:
        for watcher in self.watchers:
            if not watcher.done():
                watcher.set_result(status)

    def fail(self, error: Exception) -> None:
        for watcher in self.watchers:
            if not watcher.done():
                watcher.set_exception(error)
                watcher.exception()  # marks it seen: nobody may be waiting any more


class TaskPoller:
    """Async context manager around one loop. `queries_per_second` only sets how many are under way at once; the
    rate itself is kept by the client."""

    def __init__(
        self,
        client: Querier,
        *,
        schedule: PollSchedule | None = None,
        queries_per_second: float = 20.0,
        silence_s: float = SILENCE_S,
        unknown_patience_s: float = UNKNOWN_PATIENCE_S,
    ) -> None:
        self._client = client
        self._schedule = schedule or PollSchedule()
        self._free = asyncio.Semaphore(max(4, math.ceil(queries_per_second * IN_FLIGHT_S)))
        self._due: list[tuple[float, int, _Watch]] = []
        self._order = itertools.count()
        self._watches: dict[str, _Watch] = {}
        self._changed = asyncio.Event()
        self._took: deque[float] = deque(maxlen=REMEMBERED)
        self._queries: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self._closed = False
        self._silence_s = silence_s
        self._unknown_patience_s = unknown_patience_s
        self._silent_since: float | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def outstanding(self) -> int:
        """Tasks being watched."""
        return len(self._watches)

    def watch(
        self, task_id: str, submitted_at: datetime, *, expected_s: float | None = None
    ) -> asyncio.Future[TaskStatus]:
        """A future of the task's final status; cancelling it ends the watch. One task may be watched twice.

        `expected_s` is when, after `submitted_at`, an answer is first worth asking for. The future ends with the
        client's error where asking again is useless (Permanent, ChangeAndRetry) or nothing has answered for
        `silence_s`; other transient errors are outlasted.

        Raises:
            PollerClosed: the poller was closed before.
        """
        if self._closed:
            raise PollerClosed("the poller is closed")
        future: asyncio.Future[TaskStatus] = asyncio.get_running_loop().create_future()
        watch = self._watches.get(task_id)
        if watch is None:
            watch = self._watches[task_id] = _Watch(task_id, _now() - _age_s(submitted_at))
            self._schedule_at(watch, watch.began_at + self._first_after(expected_s))
        watch.watchers.append(future)
        if self._loop is None:
            self._loop = asyncio.create_task(self._run())
        return future

    def trouble_with(self, task_id: str) -> str | None:
        """What was wrong with the last answer about a watched task; None where it was a good one, or none came yet."""
        watch = self._watches.get(task_id)
        return watch.trouble if watch else None

    async def aclose(self) -> None:
        """Stops asking; watchers that still wait get `PollerClosed`."""
        self._closed = True
        tasks = [task for task in (self._loop, *self._queries) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._end_all(PollerClosed("the poller was closed before the task ended"))

    async def _run(self) -> None:
        try:
            while True:
                await self._free.acquire()
                try:
                    watch = await self._most_overdue()
                except BaseException:
                    self._free.release()
                    raise
                query = asyncio.create_task(self._ask(watch))
                self._queries.add(query)
                query.add_done_callback(self._asked)
        except Exception as error:  # a fault of ours must not leave everyone waiting for ever
            self._closed = True
            self._end_all(error)
            raise

    async def _most_overdue(self) -> _Watch:
        """Takes the watch that is due longest, once one is."""
        while True:
            self._changed.clear()
            while self._due and not self._due[0][2].is_wanted:
                self._forget(heapq.heappop(self._due)[2])
            wait_s = self._due[0][0] - _now() if self._due else None
            if wait_s is not None and wait_s <= 0:
                return heapq.heappop(self._due)[2]
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _ask(self, watch: _Watch) -> None:
        try:
            status = await self._client.query(watch.task_id, retry=False)
        except (ConnectionLost, NotSent) as error:
            watch.trouble = str(error)
            if self._is_silent_too_long():
                self._end(watch, error)
            else:
                self._ask_again(watch)
        except Transient as error:
            self._silent_since = None
            watch.trouble = str(error)
            logger.info("task %s: %s; asking again", watch.task_id, error)
            self._ask_again(watch, error.retry_after or 0.0)
        except BadReply as error:
            watch.bad_replies += 1
            watch.trouble = str(error)
            if watch.bad_replies < MAX_BAD_REPLIES:
                self._ask_again(watch)
            else:
                self._end(watch, error)
        except Exception as error:
            if not isinstance(error, DashScopeError):
                logger.exception("task %s cannot be asked about", watch.task_id)
            self._end(watch, error)
        else:
            self._silent_since = None
            watch.bad_replies, watch.trouble = 0, None
            if status.state is TaskState.UNKNOWN and self._may_come_to_be_known(watch):
                watch.trouble = "the service says that it does not know the task"
                self._ask_again(watch)
            elif status.state.is_final:
                self._learn(status)
                self._forget(watch)
                watch.resolve(status)
            else:
                self._ask_again(watch)

    def _may_come_to_be_known(self, watch: _Watch) -> bool:
        """Whether a task that the service denies is young enough, and was not denied for too long yet."""
        now = _now()
        if watch.unknown_since is None:
            watch.unknown_since = now
        watch.denials += 1
        is_young = now - watch.began_at < TASKS_LIVE_S
        is_soon = now - watch.unknown_since < self._unknown_patience_s
        return is_young and (is_soon or watch.denials < DENIALS_HEARD)

    def _is_silent_too_long(self) -> bool:
        """Notes that a query went unanswered; whether none was answered for `silence_s`."""
        now = _now()
        if self._silent_since is None:
            self._silent_since = now
            logger.warning("the service does not answer; %d tasks wait", self.outstanding)
        return now - self._silent_since >= self._silence_s

    def _asked(self, query: asyncio.Task[None]) -> None:
        self._queries.discard(query)
        self._free.release()

    def _ask_again(self, watch: _Watch, at_least_s: float = 0.0) -> None:
        now = _now()
        self._schedule_at(watch, now + max(self._schedule.next_after(now - watch.began_at), at_least_s))

    def _schedule_at(self, watch: _Watch, due_at: float) -> None:
        heapq.heappush(self._due, (due_at, next(self._order), watch))
        self._changed.set()

    def _first_after(self, expected_s: float | None) -> float:
        if expected_s is not None:
            return max(expected_s, 0.0)
        if len(self._took) < LEARNED_FROM:
            return self._schedule.first_s
        quick = sorted(self._took)[int(QUICK_SHARE * len(self._took))]
        return max(min(quick, LEARNED_AT_MOST_S), self._schedule.first_s)

    def _learn(self, status: TaskStatus) -> None:
        """Remembers how long a task took, by the service's own clock alone."""
        if status.state is TaskState.SUCCEEDED and status.submitted_at and status.ended_at:
            self._took.append(max((status.ended_at - status.submitted_at).total_seconds(), 0.0))

    def _end(self, watch: _Watch, error: Exception) -> None:
        self._forget(watch)
        watch.fail(error)

    def _end_all(self, error: Exception) -> None:
        for watch in list(self._watches.values()):
            self._end(watch, error)
        self._due.clear()

    def _forget(self, watch: _Watch) -> None:
        if self._watches.get(watch.task_id) is watch:
            del self._watches[watch.task_id]


def _now() -> float:
    return asyncio.get_running_loop().time()


def _age_s(submitted_at: datetime) -> float:
    """Seconds since `submitted_at`; nothing where the clocks disagree about the future."""
    return max((datetime.now(UTC) - submitted_at).total_seconds(), 0.0)
