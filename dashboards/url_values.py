"""What the text of a URL's parameters means. Pure: what makes no sense is the default, as if it weren't there."""

from __future__ import annotations

import datetime as dt
import math

from dashboards.filters import DateRange

EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2199, 12, 31)


def date_of(text: str, default: dt.date) -> dt.date:
    """The date that `text` writes (YYYY-MM-DD), if it is one between EARLIEST and LATEST."""
    try:
        value = dt.date.fromisoformat(text)
    except ValueError:
        return default
    return value if EARLIEST <= value <= LATEST else default


def range_of(one: dt.date, other: dt.date) -> DateRange:
    """The days from one date to the other, whichever comes first."""
    return DateRange(min(one, other), max(one, other))


def number_of(text: str, default: int, *, low: int, high: int) -> int:
    """The whole number that `text` writes, brought between `low` and `high`."""
    try:
        value = int(text)
    except ValueError:
        value = default
    return max(low, min(high, value))


def place_of(text: str) -> float | None:
    """A place in a recording: seconds from its start, 0 or more."""
    try:
        at_s = float(text)
    except ValueError:
        return None
    return at_s if math.isfinite(at_s) and at_s >= 0 else None
