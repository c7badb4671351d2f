"""Sets of moments as sorted, disjoint intervals (begin, end) in whole ms; an interval holds its begin, not its end.

Lengths are only ever added over such a set: adding those of overlapping sentences is the commonest mistake of
talk-time figures. An interval without length holds no moment and vanishes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

Interval = tuple[int, int]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The moments in any of `intervals`, which may overlap, touch and come in any order. O(n log n)."""
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if end <= begin:
            continue
        if merged and begin <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))
    return merged


def length(disjoint: Iterable[Interval]) -> int:
    """How many ms a union holds."""
    return sum(end - begin for begin, end in disjoint)


def gaps(disjoint: Sequence[Interval]) -> list[Interval]:
    """What lies between the intervals of a union, from the end of its first to the begin of its last."""
    return [(earlier[1], later[0]) for earlier, later in pairwise(disjoint)]


def difference(first: Iterable[Interval], second: Sequence[Interval]) -> list[Interval]:
    """The moments of union `first` that are not in union `second`. O(n)."""
    left: list[Interval] = []
    index = 0
    for begin, end in first:
        while index < len(second) and second[index][1] <= begin:
            index += 1
        at = index
        while at < len(second) and second[at][0] < end:
            if second[at][0] > begin:
                left.append((begin, second[at][0]))
            begin = second[at][1]
            at += 1
        if begin < end:
            left.append((begin, end))
    return left


class Coverage:
    """A union that is asked many times how much of a span it covers, each time in O(log n)."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self.intervals = union(intervals)
        self.length_ms = length(self.intervals)
        self._begins = [begin for begin, _ in self.intervals]
        self._before = [0, *accumulate(end - begin for begin, end in self.intervals)]

    def covered_ms(self, begin: int, end: int) -> int:
        """How many ms between `begin` and `end` are in the union."""
        return self._until(end) - self._until(begin) if end > begin else 0

    def shared_ms(self, disjoint: Iterable[Interval]) -> int:
        """How many ms of another union are in this one: the length of the intersection."""
        return sum(self._until(end) - self._until(begin) for begin, end in disjoint)

    def outside(self, moment: int) -> int:
        """The moment, or the begin of the interval inside which it lies."""
        index = bisect_right(self._begins, moment)
        if not index or moment >= self.intervals[index - 1][1]:
            return moment
        return self.intervals[index - 1][0]

    def _until(self, moment: int) -> int:
        index = bisect_right(self._begins, moment)
        if not index:
            return 0
        begin, end = self.intervals[index - 1]
        return self._before[index - 1] + min(moment, end) - begin


NOTHING = Coverage(())
