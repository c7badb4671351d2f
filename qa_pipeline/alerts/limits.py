"""Whether a day's rate lies within what its days before make likely.

Shares are held against a p chart: centre p̄ of the baseline, limits 3 standard errors of the day's own n away (Shewhart;
Montgomery, "Introduction to Statistical Quality Control", chapter 7). Days of a call center differ by more than chance
among calls, and with thousands of calls a day such limits would be crossed for nothing; so they are widened by how much
the baseline itself varies from day to day, never narrowed: σz of Laney's p′ chart ("Improved control charts for
attributes", Quality Engineering 14, 2002), the mean moving range of the baseline's standardized values ÷ 1.128. Where
few are expected the normal curve is a poor likeness, and exact binomial limits of the same probability (0.00135 on each
side) count wherever they are wider. Means have the same limits with the spread within days in place of p̄(1 - p̄)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SIGMAS = 3.0
TAIL = 0.00135
"""What lies beyond 3 standard deviations of the normal curve, on one side."""

_MOVING_RANGE = 1.128
"""Mean moving range of two standard normal values (d2 for n = 2)."""

_NORMAL_FROM = 100.0
"""From this variance of the count on, exact limits say the same as normal ones."""


@dataclass(frozen=True, slots=True)
class DayRate:
    """A rate of one day: of `n` calls. `value` is a share from 0 to 1 where `sd` is None; else a mean, and `sd` the
    standard deviation of single calls."""

    n: int
    value: float
    sd: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Between `low` and `high` a value is what the baseline of `days` days makes likely. `widened` is how many times
    as wide as chance among calls alone would have them."""

    centre: float
    low: float
    high: float
    days: int
    widened: float

    def holds(self, value: float) -> bool:
        """Whether a value lies within; on the limit is within."""
        slack = 1e-9 * max(1.0, abs(self.high), abs(self.low))
        return self.low - slack <= value <= self.high + slack


def control_limits(baseline: Sequence[DayRate], day: DayRate, *, min_n: int, min_days: int) -> Limits | None:
    """The limits for a day, by the days before it in their order; None where it can't be told: the day or too many of
    the baseline's have fewer than `min_n` calls, or single calls do not differ."""
    known = [each for each in baseline if each.n >= min_n and (each.sd is None) == (day.sd is None)]
    if day.n < min_n or len(known) < min_days:
        return None
    total = sum(each.n for each in known)
    centre = sum(each.n * each.value for each in known) / total
    spread = _spread_of_calls(known, centre, is_share=day.sd is None)
    if spread == 0 and day.sd is not None:
        return None
    widened = _widened([(each.value - centre) / (spread / math.sqrt(each.n)) for each in known]) if spread else 1.0
    reach = SIGMAS * widened * spread / math.sqrt(day.n)
    low, high = centre - reach, centre + reach
    if day.sd is None:
        exact_low, exact_high = _exact(round(centre * total), total, day.n)
        low, high = max(min(low, exact_low), 0.0), min(max(high, exact_high), 1.0)
    return Limits(centre, low, high, len(known), widened)


def _spread_of_calls(known: Sequence[DayRate], centre: float, *, is_share: bool) -> float:
    """The standard deviation of single calls."""
    if is_share:
        return math.sqrt(max(centre * (1 - centre), 0.0))
    freedom = sum(each.n - 1 for each in known)
    squares = sum((each.n - 1) * (each.sd or 0.0) ** 2 for each in known)
    return math.sqrt(squares / freedom) if freedom else 0.0


def _widened(standardized: Sequence[float]) -> float:
    """σz, and at least 1."""
    ranges = [abs(one - other) for one, other in zip(standardized[1:], standardized, strict=False)]
    return max(1.0, sum(ranges) / len(ranges) / _MOVING_RANGE) if ranges else 1.0


def _exact(count: int, total: int, n: int) -> tuple[float, float]:
    """Shares of `n` below and above which at most `TAIL` of a binomial lies. Its p is that of the baseline with one
    call more of each kind, so that what has not happened yet is not held for impossible."""
    p = (count + 1) / (total + 2)
    if n * p * (1 - p) > _NORMAL_FROM:
        return p, p
    below, low, high = 0.0, 0, n
    for number in range(n + 1):
        if below <= TAIL:
            low = number
        below += math.exp(_log_probability(number, n, p))
        if below >= 1 - TAIL:
            high = number
            break
    return low / n, high / n


def _log_probability(number: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(number + 1) - math.lgamma(n - number + 1)
    return ways + number * math.log(p) + (n - number) * math.log1p(-p)
