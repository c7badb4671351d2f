"""Where an axis begins and ends, so that a change can be seen and nothing looks larger than it is. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

TICKS = 4
LEAST_TICKS = 2
ROOM = 0.08
"""Share of the height that stays free above and below what is drawn."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Ends of an axis and its ticks; `starts_at_zero` says whether a height is in proportion to its value."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @property
    def starts_at_zero(self) -> bool:
        """Whether the axis shows 0."""
        return self.low <= 0 <= self.high


def axis_of_amounts(values: Iterable[float]) -> Axis:
    """For columns, whose height is the value: from 0."""
    return _with_ticks(0.0, max([0.0, *values]) or 1.0)


def axis_of_means(values: Iterable[float], least: float, most: float) -> Axis:
    """For dots and lines: as wide as what is drawn, within what is possible (`least` to `most`).

    It begins at 0 where that takes up less than a third of the height, so that a small step isn't made to look large
    without need.
    """
    found = [value for value in values if math.isfinite(value)]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    if low >= 0 and low <= (high - low) / 2:
        low = 0.0
    elif high <= 0 and -high <= (high - low) / 2:
        high = 0.0
    if high - low < max(abs(high), abs(low), 1e-6) * 1e-3:  # all alike: some room, so that no noise fills the height
        half = abs(high) * 0.1 or 0.5
        return _with_ticks(max(least, low - half), min(most, high + half))
    room = (high - low) * ROOM
    return _with_ticks(low if low == 0.0 else max(least, low - room), high if high == 0.0 else min(most, high + room))


def _with_ticks(low: float, high: float) -> Axis:
    step = _round_step((high - low) / TICKS)
    ticks = _multiples(step, low, high)
    while len(ticks) < LEAST_TICKS:
        step = _round_step(step / 2.5)
        ticks = _multiples(step, low, high)
    return Axis(low, high, ticks)


def _multiples(step: float, low: float, high: float) -> tuple[float, ...]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(number * step, 12) for number in range(first, last + 1))


def _round_step(step: float) -> float:
    """The next larger 1, 2 or 5 × a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(nice * power for nice in (1, 2, 5, 10) if nice * power >= step * (1 - 1e-9))
