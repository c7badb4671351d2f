"""How many requests one key may make: a sliding window, so no burst slips through at a window's edge."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

MAX_IDLE_KEYS = 1000
"""Keys remembered before those that have gone quiet are dropped."""


class SlidingWindow:
    """At most `limit` admissions in any `window_s` seconds for each key; refused requests don't count.

    `clock` returns seconds and never runs backwards (a monotonic clock).
    """

    def __init__(self, limit: int, window_s: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._window_s = window_s
        self._clock = clock
        self._admitted: dict[str, deque[float]] = {}

    def admit(self, key: str) -> bool:
        """Whether the request may pass; when it may, it is counted."""
        now = self._clock()
        if len(self._admitted) > MAX_IDLE_KEYS:
            self._forget_idle(now)
        moments = self._admitted.setdefault(key, deque())
        while moments and moments[0] <= now - self._window_s:
            moments.popleft()
        if len(moments) >= self._limit:
            return False
        moments.append(now)
        return True

    def _forget_idle(self, now: float) -> None:
        """Drops keys unseen for a window: a caller who makes up keys must not fill the memory."""
        oldest = now - self._window_s
        self._admitted = {key: moments for key, moments in self._admitted.items() if moments[-1] > oldest}
