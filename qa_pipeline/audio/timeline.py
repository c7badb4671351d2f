"""Puts decoded sound where its time stamps say, so that a pause of the recorder is as long as it was.

Recorders of browsers and media servers write nothing while a party is muted or nobody speaks: the next packet's time
stamp is later than the last one's end. Files joined one after the other have stamps that begin anew, and some writers
count in a wrong unit; there the sound goes on where it was.
"""

from __future__ import annotations

TIMED_BY_STAMPS = frozenset({"ogg", "mov", "matroska", "flv", "avi", "asf"})
"""FFmpeg's names of the formats whose time stamps are the measure; in the others a packet begins where the one before
it ends."""

SHORTEST_GAP_S = 0.015
"""Stamps of Matroska and FLV are whole milliseconds, and live ones tremble by some more; the shortest packet that is
lost alone lasts 20 ms."""

LONGEST_GAP_S = 3600.0
"""A party is not muted for longer; a stamp further ahead is of another clock."""

BACKWARDS_S = 0.1
"""Stamps that go back by more begin anew."""


class Timeline:
    """One stream's sound, in samples. Ask `gap_before` for each piece, then `add` it."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._origin = 0.0
        self._last: float | None = None
        self._length = 0

    def gap_before(self, stamp_s: float | None) -> int:
        """Samples of silence that belong in front of a piece with this time stamp (seconds; None if it has none)."""
        if stamp_s is None:
            return 0
        stamp = stamp_s * self._rate
        if self._last is None or stamp < self._last - BACKWARDS_S * self._rate:
            self._origin = stamp - self._length
        self._last = stamp
        gap = round(stamp - self._origin) - self._length
        if gap > LONGEST_GAP_S * self._rate:
            self._origin = stamp - self._length
            return 0
        if gap < SHORTEST_GAP_S * self._rate:
            return 0
        return gap

    def add(self, samples: int) -> None:
        """Counts a piece, or the silence in front of one."""
        self._length += samples
