"""Figures of agreement against other people's code, over random tables. These packages are for development alone: the
product imports neither."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from qa_pipeline.agreement.coefficients import cohen_kappa, krippendorff_alpha, percent
from qa_pipeline.agreement.intervals import t_95, wilson
from qa_pipeline.agreement.odds import odds_ratio
from qa_pipeline.agreement.ratings import Scale, patterns_of

pytestmark = pytest.mark.thorough


def test_alpha_is_that_of_krippendorff_over_random_tables_with_gaps() -> None:
    from krippendorff import alpha

    chance = np.random.default_rng(1)
    tried = 0
    for _ in range(150):
        raters, calls, kinds = chance.integers(2, 6), chance.integers(5, 40), chance.integers(2, 6)
        table = chance.integers(0, kinds, (raters, calls)).astype(float)
        table[chance.random(table.shape) < 0.3] = math.nan
        answers = {
            f"c{call}": {
                f"r{rater}": float(table[rater, call]) for rater in range(raters) if not math.isnan(table[rater, call])
            }
            for call in range(calls)
        }
        values = sorted({value for own in answers.values() for value in own.values()})
        found = patterns_of(answers, values)
        paired = [value for own in answers.values() if len(own) > 1 for value in own.values()]
        if len(set(paired)) < 2:
            continue
        tried += 1
        for scale in Scale:
            ours = krippendorff_alpha(found, found.calls[None, :].astype(float), scale)[0]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = alpha(reliability_data=table, level_of_measurement=scale.value)
            assert ours == pytest.approx(theirs, abs=1e-9), (scale, table)
    assert tried > 100


def test_kappa_intervals_and_odds_are_those_of_statsmodels() -> None:
    from statsmodels.stats.contingency_tables import Table2x2
    from statsmodels.stats.inter_rater import cohens_kappa
    from statsmodels.stats.proportion import proportion_confint

    chance = np.random.default_rng(2)
    for _ in range(150):
        size = chance.integers(2, 6)
        table = chance.integers(1, 40, (size, size))
        assert cohen_kappa(table.tolist()) == pytest.approx(cohens_kappa(table, return_results=False), abs=1e-12)
        n = int(chance.integers(1, 300))
        hits = int(chance.integers(0, n + 1))
        low, high = proportion_confint(hits, n, method="wilson")
        assert (wilson(hits, n).low, wilson(hits, n).high) == (
            pytest.approx(low, abs=1e-9),
            pytest.approx(high, abs=1e-9),
        )
        cells = chance.integers(1, 60, (2, 2))
        ratio, interval, _ = odds_ratio(*map(int, cells.ravel()))
        known = Table2x2(cells)
        assert ratio == pytest.approx(known.oddsratio)
        assert (interval.low, interval.high) == pytest.approx(known.oddsratio_confint())


def test_students_quantile_is_that_of_scipy() -> None:
    from scipy.stats import t

    for degrees in range(1, 200):
        assert t_95(degrees) == pytest.approx(t.ppf(0.975, degrees), abs=0.001)


def test_ac1_is_what_its_definition_says_for_several_raters_with_gaps() -> None:
    from statsmodels.stats.inter_rater import aggregate_raters

    from qa_pipeline.agreement.coefficients import gwet_ac1

    chance = np.random.default_rng(3)
    for _ in range(50):
        ratings = chance.integers(0, 4, (30, 3))
        counts, values = aggregate_raters(ratings)
        answers = {f"c{call}": {f"r{rater}": float(ratings[call, rater]) for rater in range(3)} for call in range(30)}
        found = patterns_of(answers, [float(value) for value in values])
        weights = found.calls[None, :].astype(float)
        agreed = ((counts * (counts - 1)).sum(axis=1) / 6).mean()
        given = counts.mean(axis=0) / 3
        by_chance = (given * (1 - given)).sum() / 3
        assert percent(found, weights)[0] == pytest.approx(agreed)
        assert gwet_ac1(found, weights, 4)[0] == pytest.approx((agreed - by_chance) / (1 - by_chance))
