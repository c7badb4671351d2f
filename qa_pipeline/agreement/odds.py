"""Whether calls that pass a question turn out better: odds ratio of a question with an outcome."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from qa_pipeline.agreement.intervals import TOO_FEW_BELOW, Z_95, Interval


@dataclass(frozen=True, slots=True)
class OddsRatio:
    """How many times the odds of a good outcome are in calls that pass the question, with Woolf's interval; 1 is no
    connection. `table` is ((passed and good, passed and not), (failed and good, failed and not)), in calls.

    Where a cell is 0, each is taken one half larger (Haldane 1956, Anscombe 1956), which `is_corrected` says. A number
    is good from `good_from` on. Without calls on both sides of both there is no ratio; below 20 calls neither.
    """

    table: tuple[tuple[int, int], tuple[int, int]]
    ratio: float | None
    interval: Interval | None
    is_corrected: bool
    good_from: float | None = None

    @property
    def n(self) -> int:
        """Calls with an answer and an outcome."""
        return sum(map(sum, self.table))

    @property
    def is_too_few(self) -> bool:
        """Whether there are too few to conclude anything."""
        return self.n < TOO_FEW_BELOW


def odds_ratio(passed_good: int, passed_bad: int, failed_good: int, failed_bad: int) -> tuple[float, Interval, bool]:
    """Ratio, interval (Woolf 1955), and whether one half was added to each cell since one is 0.

    Raises:
        ValueError: a count is below 0.
    """
    cells = (passed_good, passed_bad, failed_good, failed_bad)
    if min(cells) < 0:
        raise ValueError("calls are counted from 0")
    is_corrected = 0 in cells
    a, b, c, d = (cell + 0.5 for cell in cells) if is_corrected else map(float, cells)
    middle, half = math.log(a * d / (b * c)), Z_95 * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return math.exp(middle), Interval(math.exp(middle - half), math.exp(middle + half)), is_corrected


def odds_of(rows: Iterable[tuple[bool, float]], *, is_flag: bool) -> OddsRatio:
    """The odds ratio over calls, from rows of (whether the call passes the question, the outcome).

    A flag is good where it is 1. A number is good from its median on; where that would leave no call on the other side,
    above the median.
    """
    found = list(rows)
    values = sorted(value for _, value in found)
    good_from = None if is_flag or not values else _middle(values)
    edge = 1.0 if good_from is None else good_from
    cells = {(passed, good): 0 for passed in (True, False) for good in (True, False)}
    for passed, value in found:
        cells[passed, value >= edge] += 1
    table = ((cells[True, True], cells[True, False]), (cells[False, True], cells[False, False]))
    (a, b), (c, d) = table
    if len(found) < TOO_FEW_BELOW or 0 in (a + b, c + d, a + c, b + d):
        return OddsRatio(table, None, None, is_corrected=False, good_from=good_from)
    ratio, interval, is_corrected = odds_ratio(a, b, c, d)
    return OddsRatio(table, ratio, interval, is_corrected, good_from)


def _middle(values: list[float]) -> float:
    middle = median(values)
    return middle if values[0] < middle else next((value for value in values if value > middle), middle)
