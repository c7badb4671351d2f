"""What the text of a URL's parameters means. Pure: what makes no sense is the default, as if it weren't there."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2199, 12, 31)


def date_of(text: str) -> dt.date | None:
    """The date that `text` writes (YYYY-MM-DD), if it is one between EARLIEST and LATEST."""
    try:
        value = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return value if EARLIEST <= value <= LATEST else None


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


def names_of(values: Iterable[str]) -> list[str]:
    """The names that a parameter holds, given once with commas between them or several times."""
    return [name for value in values for name in value.split(",") if name]
