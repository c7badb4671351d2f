"""Who answered what of which call, and how often each answer was given: what agreement is computed from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Value = str | float
"""An answer: the id of an option, `not_applicable`, or a number."""

Numbers = NDArray[np.float64]


class Scale(StrEnum):
    """What of two answers is compared: that they differ, their ranks, their difference, or its share of their sum."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


class Rating(NamedTuple):
    """One answer to one question: of the call, by the rater (a login, or `machine`)."""

    call_id: str
    rater: str
    value: Value


@dataclass(frozen=True, slots=True)
class Patterns:
    """Calls that were answered alike, together: `counts[p, v]` raters gave `values[v]` in each of the `calls[p]` calls.

    Shapes: counts (patterns, values), calls (patterns,). Calls with one answer are patterns too.
    """

    values: tuple[Value, ...]
    counts: Numbers
    calls: NDArray[np.int64]

    @property
    def raters(self) -> Numbers:
        """Answers of a call, by pattern."""
        return np.asarray(self.counts.sum(axis=1))

    def shared(self) -> Patterns:
        """Those with two answers and more, of which agreement can be asked."""
        chosen = self.raters >= 2
        return Patterns(self.values, self.counts[chosen], self.calls[chosen])


def answers_by_call(ratings: Iterable[Rating]) -> dict[str, dict[str, Value]]:
    """Call → rater → answer.

    Raises:
        ValueError: a rater answered a call twice; of several evaluations the caller says which counts.
    """
    found: dict[str, dict[str, Value]] = {}
    for call_id, rater, value in ratings:
        own = found.setdefault(call_id, {})
        if rater in own:
            raise ValueError(f"{rater} has two answers to one question of the call {call_id}")
        own[rater] = value
    return found


def patterns_of(calls: Mapping[str, Mapping[str, Value]], values: Sequence[Value]) -> Patterns:
    """How often each of `values` was given of each call; other answers are left out, and calls without any. The order
    of calls makes no difference."""
    place = {value: number for number, value in enumerate(values)}
    rows: Counter[tuple[int, ...]] = Counter()
    for answers in calls.values():
        row = [0] * len(values)
        for value in answers.values():
            if value in place:
                row[place[value]] += 1
        if any(row):
            rows[tuple(row)] += 1
    ordered = sorted(rows)
    counts = np.array(ordered, dtype=np.float64).reshape(len(ordered), len(values))
    return Patterns(tuple(values), counts, np.array([rows[row] for row in ordered], dtype=np.int64))
