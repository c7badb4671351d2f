"""Coefficients of agreement for any number of raters, with gaps.

Each takes patterns and weights, which say how often each pattern of calls occurs: shape (draws, patterns), so that all
draws of a bootstrap are computed at once. Each returns one number per draw, NaN where the coefficient is not defined.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa_pipeline.agreement.ratings import Numbers, Patterns, Scale


def percent(patterns: Patterns, weights: Numbers) -> Numbers:
    """The share of pairs of answers to one call that are the same, a mean over calls with two and more, from 0 to 1."""
    raters = patterns.raters
    shared = raters >= 2
    counts, own = patterns.counts[shared], raters[shared]
    alike = (counts * (counts - 1)).sum(axis=1) / (own * (own - 1))
    return _ratio(weights[:, shared] @ alike, weights[:, shared].sum(axis=1))


def gwet_ac1(patterns: Patterns, weights: Numbers, categories: int) -> Numbers:
    """Gwet's AC1 (Gwet 2008; with gaps and several raters: Handbook of Inter-Rater Reliability, 4th edition, 2014).
    `categories` is how many answers there may be; calls with one answer count for how often each is given."""
    shares = patterns.counts / patterns.raters[:, None]
    given = _ratio(weights @ shares, weights.sum(axis=1)[:, None])
    by_chance = (given * (1 - given)).sum(axis=1) / max(categories - 1, 1)
    return _ratio(percent(patterns, weights) - by_chance, 1 - by_chance)


def krippendorff_alpha(patterns: Patterns, weights: Numbers, scale: Scale) -> Numbers:
    """Krippendorff's α (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"). `values` of the patterns are
    in order for the ordinal scale, and numbers for those of intervals and ratios (these not below 0). Not defined where
    all answers are the same one.

    Raises:
        ValueError: values that the scale can't compare.
    """
    shared = patterns.raters >= 2
    counts, own, times = patterns.counts[shared], patterns.raters[shared], weights[:, shared]
    totals = times @ counts
    if scale is Scale.RATIO:
        apart = _apart(numbers_of(patterns.values, scale))
        within = ((counts @ apart) * counts).sum(axis=1) / (own - 1)
        observed, expected = times @ within, ((totals @ apart) * totals).sum(axis=1)
    elif scale is Scale.NOMINAL:
        observed = times @ ((own**2 - (counts**2).sum(axis=1)) / (own - 1))
        expected = totals.sum(axis=1) ** 2 - (totals**2).sum(axis=1)
    else:
        # the ordinal difference of Krippendorff is the squared difference of mean ranks
        if scale is Scale.ORDINAL:
            places = np.cumsum(totals, axis=1) - totals / 2
        else:
            # from the middle, so that large numbers do not cancel each other out
            numbers = numbers_of(patterns.values, scale)
            places = np.broadcast_to(numbers - numbers.mean() if numbers.size else numbers, totals.shape)
        squares, sums = places**2 @ counts.T, places @ counts.T
        observed = (times * (2 * (own * squares - sums**2) / (own - 1))).sum(axis=1)
        all_squares, all_sums = (totals * places**2).sum(axis=1), (totals * places).sum(axis=1)
        expected = 2 * (totals.sum(axis=1) * all_squares - all_sums**2)
    expected = np.where((totals > 0).sum(axis=1) > 1, expected, 0)
    return 1 - _ratio((totals.sum(axis=1) - 1) * observed, expected)


def cohen_kappa(table: Sequence[Sequence[float]]) -> float | None:
    """Cohen's κ of two raters; `table[i][j]` calls had the answer i of one and j of the other, shape (values, values).
    For comparison with figures of others: at high pass rates it misleads. None where all answers are the same one.

    Raises:
        ValueError: the table is not square.
    """
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError("a table of two raters has as many rows as columns")
    if not (total := counts.sum()):
        return None
    by_chance = float(counts.sum(axis=0) @ counts.sum(axis=1)) / total**2
    return None if by_chance == 1 else float((np.trace(counts) / total - by_chance) / (1 - by_chance))


def numbers_of(values: Sequence[str | float], scale: Scale) -> Numbers:
    """The values of a scale of numbers.

    Raises:
        ValueError: one is not a finite number, or for ratios one is below 0.
    """
    numbers = np.array([float("nan") if isinstance(value, str) else value for value in values], dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"the scale {scale} compares finite numbers")
    if scale is Scale.RATIO and (numbers < 0).any():
        raise ValueError("a scale of ratios begins at 0")
    return numbers


def _apart(numbers: Numbers) -> Numbers:
    """(a − b)² ÷ (a + b)²; two zeros are the same."""
    sums = numbers[:, None] + numbers
    return np.asarray(((numbers[:, None] - numbers) / np.where(sums == 0, 1, sums)) ** 2)


def _ratio(above: Numbers, below: Numbers) -> Numbers:
    """NaN where nothing is below."""
    return np.asarray(np.divide(above, below, out=np.full_like(above, np.nan), where=below != 0))
