"""When nobody speaks, and when both do: the stretches behind the metrics of silence and overlap.

The metrics add these stretches up; whoever draws a call shows the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.conversation.intervals import NOTHING, Coverage, Interval, difference, gaps


def silences_between(both: Coverage, missing: Coverage = NOTHING) -> list[Interval]:
    """The silences between the first and the last speech of `both` roles; what is `missing` was not recorded, and is
    none."""
    return difference(gaps(both.intervals), missing.intervals)


def dead_air_in(silences: Sequence[Interval], dead_air_ms: float) -> list[Interval]:
    """The silences that last longer than `dead_air_ms`."""
    return [(begin, end) for begin, end in silences if end - begin > dead_air_ms]


def overlaps_of(one: Coverage, other: Coverage, at_least_ms: float) -> list[Interval]:
    """The stretches of `at_least_ms` and more in which both speak at the same time."""
    shared = difference(one.intervals, difference(one.intervals, other.intervals))
    return [(begin, end) for begin, end in shared if end - begin >= at_least_ms]
