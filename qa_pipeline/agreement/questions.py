"""Agreement on one question: n, percent, AC1, α and κ with bootstrap intervals over calls, and who answered what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np

from qa_pipeline.agreement.coefficients import cohen_kappa, gwet_ac1, krippendorff_alpha, numbers_of, percent
from qa_pipeline.agreement.intervals import TOO_FEW_BELOW, Interval
from qa_pipeline.agreement.ratings import Numbers, Patterns, Rating, Scale, Value, answers_by_call, patterns_of

BOOTSTRAP_DRAWS: Final = 2000
BOOTSTRAP_SEED: Final = 20110125
"""Fixed, so that a page that is opened twice shows the same interval."""

_LEAST_DEFINED: Final = 0.5
"""Share of the draws that must have a figure for an interval."""

Statistic = Callable[[Patterns, Numbers], Numbers]
"""Patterns and weights (draws, patterns) → one figure per draw."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A figure of agreement (1 is full) with its interval over calls; None where it is not defined."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often two raters of a call gave which two answers: `counts[i][j]` times i and j of `values`, shape (values,
    values). With `raters`, rows are the first's and columns the second's; without, as raters are several, each pair of
    answers is counted both ways, so the table is symmetrical."""

    values: tuple[Value, ...]
    counts: tuple[tuple[int, ...], ...]
    raters: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on a question over `n` calls that two raters or more have answered; `raters` is how many took part.

    Below 20 calls every figure is None and `is_too_few`. `alpha` is on `scale`, of the answers that have a place on it;
    `percent`, `ac1` and `kappa` are of all answers. `kappa` is for exactly two raters.
    """

    n: int
    raters: int
    scale: Scale
    percent: Coefficient
    ac1: Coefficient
    alpha: Coefficient
    kappa: float | None
    confusion: Confusion

    @property
    def is_too_few(self) -> bool:
        """Whether there are too few shared calls to conclude anything."""
        return self.n < TOO_FEW_BELOW


_NOTHING: Final = Coefficient(None, None)


def agreement_of(
    ratings: Iterable[Rating],
    *,
    scale: Scale = Scale.NOMINAL,
    order: Sequence[Value] = (),
    seed: int = BOOTSTRAP_SEED,
) -> Agreement:
    """Agreement on one question. `order` has the answers that there may be; for the ordinal scale from the lowest to
    the highest. An answer without a place on the scale (`not_applicable` among points, a word among numbers) is left
    out of α alone.

    Raises:
        ValueError: a rater answered a call twice, or answers that the scale can't compare.
    """
    calls = answers_by_call(ratings)
    shared = {call_id: answers for call_id, answers in calls.items() if len(answers) >= 2}
    given = {value for answers in calls.values() for value in answers.values()}
    values = (*dict.fromkeys(order), *sorted(given - set(order), key=lambda value: (isinstance(value, str), value)))
    raters = sorted({rater for answers in shared.values() for rater in answers})
    confusion = confusion_of(shared, values, raters)
    if len(shared) < TOO_FEW_BELOW:
        return Agreement(len(shared), len(raters), scale, _NOTHING, _NOTHING, _NOTHING, None, confusion)
    patterns = patterns_of(calls, values)
    on_scale = patterns_of(calls, _values_on(scale, values, order)).shared()

    def ac1(found: Patterns, weights: Numbers) -> Numbers:
        return gwet_ac1(found, weights, len(values))

    def alpha(found: Patterns, weights: Numbers) -> Numbers:
        return krippendorff_alpha(found, weights, scale)

    return Agreement(
        len(shared),
        len(raters),
        scale,
        with_interval(patterns, percent, seed),
        with_interval(patterns, ac1, seed),
        with_interval(on_scale, alpha, seed),
        cohen_kappa(confusion.counts) if confusion.raters else None,
        confusion,
    )


def agreement_by_question(
    answers: Iterable[tuple[str, str, str, Value]],
    scales: Mapping[str, tuple[Scale, Sequence[Value]]] | None = None,
) -> dict[str, Agreement]:
    """Question → its agreement, from rows of (question_id, call_id, rater, answer); `scales` has the scale and the
    order of the answers of questions that are not nominal.

    Raises:
        ValueError: as of `agreement_of`.
    """
    found: dict[str, list[Rating]] = {}
    for question_id, call_id, rater, value in answers:
        found.setdefault(question_id, []).append(Rating(call_id, rater, value))
    known = scales or {}
    default: tuple[Scale, Sequence[Value]] = (Scale.NOMINAL, ())
    return {
        question_id: agreement_of(ratings, scale=scale, order=order)
        for question_id, ratings in found.items()
        for scale, order in [known.get(question_id, default)]
    }


def with_interval(patterns: Patterns, statistic: Statistic, seed: int) -> Coefficient:
    """A figure with the middle 95% of what it is when as many calls are drawn anew from these, with repeats."""
    calls = int(patterns.calls.sum())
    if not calls:
        return _NOTHING
    [value] = statistic(patterns, patterns.calls[None, :].astype(np.float64))
    if np.isnan(value):
        return _NOTHING
    drawn = np.random.default_rng(seed).multinomial(calls, patterns.calls / calls, size=BOOTSTRAP_DRAWS)
    found = statistic(patterns, drawn.astype(np.float64))
    found = found[~np.isnan(found)]
    if found.size < _LEAST_DEFINED * BOOTSTRAP_DRAWS:
        return Coefficient(float(value), None)
    low, high = np.quantile(found, [0.025, 0.975])
    return Coefficient(float(value), Interval(float(low), float(high)))


def confusion_of(calls: Mapping[str, Mapping[str, Value]], values: Sequence[Value], raters: Sequence[str]) -> Confusion:
    """The pairs of answers of `calls` (call → rater → answer); of two raters by rater, else both ways."""
    pair = (raters[0], raters[1]) if len(raters) == 2 else None
    times: Counter[tuple[Value, Value]] = Counter()
    for answers in calls.values():
        if pair:
            times[answers[pair[0]], answers[pair[1]]] += 1
        else:
            times.update(permutations(answers.values(), 2))
    counts = tuple(tuple(times[one, other] for other in values) for one in values)
    return Confusion(tuple(values), counts, pair)


def _values_on(scale: Scale, values: Sequence[Value], order: Sequence[Value]) -> list[Value]:
    """Those that the scale has a place for.

    Raises:
        ValueError: the ordinal scale without the order of the answers, or a number that is none.
    """
    if scale is Scale.NOMINAL:
        return list(values)
    if scale is Scale.ORDINAL:
        if not order:
            raise ValueError("the ordinal scale needs the order of the answers")
        return list(dict.fromkeys(order))
    numbers = [value for value in values if not isinstance(value, str)]
    numbers_of(numbers, scale)
    return list(numbers)
