"""Rates of outcomes with their intervals, and how much a changed rule changes one."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

Z = 1.959963984540054
"""Of a 95% interval."""


class Rate(NamedTuple):
    """A share of n with its 95% interval; all None where n is 0."""

    n: int
    share: float | None
    low: float | None
    high: float | None


class Change(NamedTuple):
    """By how much a share differs over the same n calls, with its 95% interval; None where n is 0."""

    n: int
    share: float | None
    low: float | None
    high: float | None


def wilson(hits: int, n: int) -> Rate:
    """Wilson's interval, which stays between 0 and 1 and is right for few calls too."""
    if not n:
        return Rate(0, None, None, None)
    share, zz = hits / n, Z * Z
    middle = (share + zz / (2 * n)) / (1 + zz / n)
    half = sqrt(zz * (share * (1 - share) + zz / (4 * n)) / n) / (1 + zz / n)
    return Rate(n, share, max(0.0, middle - half), min(1.0, middle + half))


def paired_change(gained: int, lost: int, n: int) -> Change:
    """Of n calls that both versions evaluated, `gained` became a hit and `lost` no longer are one. Agresti and Min's
    interval for paired shares: half a call is added to each of the four cells."""
    if not n:
        return Change(0, None, None, None)
    more, fewer, total = gained + 0.5, lost + 0.5, n + 2
    middle = (more - fewer) / total
    half = Z * sqrt(more + fewer - (more - fewer) ** 2 / total) / total
    return Change(n, (gained - lost) / n, max(-1.0, middle - half), min(1.0, middle + half))
