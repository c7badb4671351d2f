"""The clock of the database that several machines share: theirs may be minutes apart, and may be set at any moment."""

from __future__ import annotations

import threading
import time

from sqlalchemy import Engine, text

_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, where the system has such a clock."""


class DatabaseClock:
    """Gives the database's time, UTC epoch seconds, from the last look at it and what has passed since."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._ahead_s: float | None = None

    def __call__(self) -> float:
        """The time now. Asks the database the first time."""
        ahead_s = self._ahead_s
        return (self.look() if ahead_s is None else ahead_s) + _passed()

    def look(self) -> float:
        """Asks the database; returns how far its clock is ahead of the time since this machine's start, s."""
        with self._engine.connect() as connection:
            began = _passed()
            told = connection.execute(text("select extract(epoch from clock_timestamp())")).scalar_one()
            middle = (began + _passed()) / 2
        with self._lock:
            self._ahead_s = float(told) - middle
            return self._ahead_s

    @property
    def skew_s(self) -> float:
        """How far this machine's clock is ahead of the database's now, s. Asks the database."""
        self.look()
        return time.time() - self()


def _passed() -> float:
    return time.clock_gettime(_SINCE_BOOT)
