"""What was told from the first bytes of files whose ending says nothing, so that each is opened once."""

from __future__ import annotations

from qa_pipeline.landing.cache import CachedFile, LandingCache, Stamp
from qa_pipeline.recordings.unknown_files import LOOK

MOST_REMEMBERED = 100_000

_told: dict[Stamp, str | None] = {}
"""For a process that looks again and again, as the sensor's does, and where there is no table to ask."""


class RememberedLooks:
    """Asks and fills the table of what was found in the landing zone, where there is one."""

    def __init__(self, cache: LandingCache | None) -> None:
        self._cache = cache

    def knows(self, stamp: Stamp) -> bool:
        """Whether the file was looked at as it is now."""
        return stamp in _told or self._recall(stamp)

    def learn(self, stamp: Stamp, reason: str | None) -> None:
        """Takes why a file is no recording, None for one that is: that is remembered when it is looked into."""
        if len(_told) >= MOST_REMEMBERED:
            _told.clear()
        _told[stamp] = reason

    def told(self, stamp: Stamp) -> str | None:
        """The reason of a file that is known."""
        reason = _told[stamp]
        if reason is not None and self._cache is not None and self._cache.get(stamp) is None:
            self._cache.add(stamp, CachedFile("", {"left_out": reason, "look": LOOK}))
        return reason

    def _recall(self, stamp: Stamp) -> bool:
        cached = self._cache.get(stamp) if self._cache is not None else None
        if cached is None:
            return False
        if "left_out" not in cached.facts:  # it was looked into as a recording
            _told[stamp] = None
            return True
        if cached.facts.get("look") == LOOK:
            _told[stamp] = str(cached.facts["left_out"])
            return True
        return False
