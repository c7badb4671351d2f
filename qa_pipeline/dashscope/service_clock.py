"""How far the service's clock is from this machine's: the `Date` of its replies says it with every one of them.

The times of the task list are the service's. Who looks there for a request that left by this machine's clock has to
know how far apart the two are; ten minutes are not rare where no time server is reached.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable
from datetime import UTC

HALF_A_SECOND = 0.5
"""The header has whole seconds, cut off: on average the service is half a second further."""


class ServiceClock:
    """Learns from replies. `offset_s` is the service's time less this machine's, in seconds; None before a reply."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.offset_s: float | None = None

    def learn(self, date: str | None) -> None:
        """Takes the `Date` of a reply that has just come; a missing or odd one teaches nothing."""
        if not date:
            return
        try:
            moment = email.utils.parsedate_to_datetime(date)
        except ValueError:
            return
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        self.offset_s = moment.timestamp() + HALF_A_SECOND - self._clock()
