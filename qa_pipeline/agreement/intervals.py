"""Shares, means and differences of means with their 95% intervals; a figure of fewer than 20 values is `is_too_few`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance
from typing import Final

TOO_FEW_BELOW: Final = 20
"""Values, or shared calls, below which nothing is concluded: an agent who passes 90% ranks at or below one who passes
80% in 36% of months at 4 calls, in 19% at 20."""

Z_95: Final = NormalDist().inv_cdf(0.975)
_SMALL_T: Final = {1: 12.70620, 2: 4.30265, 3: 3.18245}


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both included, in the unit of the figure."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`; share from 0 to 1 and Wilson's interval, None where n is 0."""

    hits: int
    n: int
    share: float | None
    interval: Interval | None

    @property
    def is_too_few(self) -> bool:
        """Whether there are too few to conclude anything."""
        return self.n < TOO_FEW_BELOW


@dataclass(frozen=True, slots=True)
class MeanOf:
    """The mean of n values with its standard error and interval, in the unit of the values. Without values the mean is
    None, below two of them the rest too."""

    n: int
    mean: float | None
    standard_error: float | None
    interval: Interval | None

    @property
    def is_too_few(self) -> bool:
        """Whether there are too few to conclude anything."""
        return self.n < TOO_FEW_BELOW


def wilson(hits: int, n: int) -> Interval:
    """Wilson's score interval of a share (Wilson, 1927), from 0 to 1: 10 of 10 is 0.722 to 1.

    Raises:
        ValueError: n is not positive, or hits does not lie between 0 and n.
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is not a share")
    share, square = hits / n, Z_95**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z_95 / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n**2))
    # at its ends the interval is exact, and arithmetic is not
    return Interval(0.0 if hits == 0 else middle - half, 1.0 if hits == n else middle + half)


def share_of(hits: int, n: int) -> Share:
    """How many of n, with Wilson's interval: rates of overturned decisions, of N/A, of always yes.

    Raises:
        ValueError: hits does not lie between 0 and n.
    """
    if n == 0 and hits == 0:
        return Share(0, 0, None, None)
    return Share(hits, n, hits / n if n else None, wilson(hits, n))


def t_95(degrees: int) -> float:
    """Student's quantile 0.975, by the series that `t_95` of sql/schema has (Abramowitz and Stegun 26.7.5; right to
    0.001), so that tables and these figures are of one kind.

    Raises:
        ValueError: degrees of freedom below 1.
    """
    if degrees < 1:
        raise ValueError(f"{degrees} degrees of freedom")
    if degrees in _SMALL_T:
        return _SMALL_T[degrees]
    series = (1.95996398, 2.37227123, 2.82249862, 2.55584968, 1.58953405)
    return math.fsum(term / degrees**power for power, term in enumerate(series))


def mean_of(values: Sequence[float]) -> MeanOf:
    """The mean with Student's interval, as the marts have it."""
    if len(values) < 2:
        return MeanOf(len(values), values[0] if values else None, None, None)
    return of_mean(len(values), fmean(values), math.sqrt(variance(values) / len(values)), len(values) - 1)


def of_mean(n: int, mean: float, standard_error: float, degrees: int) -> MeanOf:
    """A mean whose standard error is known, with the interval by Student's t of those degrees of freedom."""
    half = t_95(degrees) * standard_error
    return MeanOf(n, mean, standard_error, Interval(mean - half, mean + half))
