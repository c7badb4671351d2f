"""How long a run waits for tasks that do not end, while everything else is done: one of them must not hold a day."""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

SHARE_OF_LENGTH = 0.25
"""A task may take this share of its recording's length before it counts as slow."""

TIMES_THE_OTHERS = 4.0
"""And this many times what half of the run's other tasks took."""

TIMES_WITHOUT_EVIDENCE = 10.0
"""While no task of the run has ended, nobody knows how busy the service is: there is nothing else to publish either."""


class OutOfPatience(Exception):
    """A task has not ended, and nothing else has happened for long enough."""


class Patience:
    """The clock of one run. Something happens when a request is sent, or a task ends; from then on it counts again."""

    def __init__(self, least_s: float, most_s: float) -> None:
        """At least `least_s` after the last thing that happened; at most `most_s` for one task."""
        self._least_s = least_s
        self._most_s = most_s
        self._at_work = 0
        self._happened_at = _now()
        self._took_s: list[float] = []

    @contextmanager
    def work(self) -> Iterator[None]:
        """Something is sent, fetched or stored meanwhile: nobody loses patience before it is done."""
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            self._happened_at = _now()

    def ended(self, took_s: float) -> None:
        """A task has ended, `took_s` after it was submitted."""
        bisect.insort(self._took_s, took_s)
        self._happened_at = _now()

    async def wait(self, task: asyncio.Future[T], *, age_s: float, audio_s: float) -> T:
        """What `task` ends with, submitted `age_s` ago for a recording of `audio_s`. The future ends with the wait.

        Raises:
            OutOfPatience: it did not end in time.
        """
        began_at = _now()
        try:
            while not task.done():
                left_s = self._left_s(began_at, age_s, audio_s)
                if left_s <= 0:
                    raise OutOfPatience
                # what happens meanwhile may shorten the wait, never to less than this from now on
                await asyncio.wait({task}, timeout=min(left_s, self._least_s))
            return task.result()
        finally:
            task.cancel()

    def _left_s(self, began_at: float, age_s: float, audio_s: float) -> float:
        now = _now()
        left_s = began_at + self._most_s - now
        if self._at_work:
            return min(left_s, self._least_s)
        may_take_s = max(self._least_s, SHARE_OF_LENGTH * audio_s)
        if self._took_s:
            may_take_s = max(may_take_s, TIMES_THE_OTHERS * self._took_s[len(self._took_s) // 2])
        else:
            may_take_s *= TIMES_WITHOUT_EVIDENCE
        due_at = max(began_at - age_s + may_take_s, self._happened_at + self._least_s)
        return min(left_s, due_at - now)


def _now() -> float:
    return asyncio.get_running_loop().time()
