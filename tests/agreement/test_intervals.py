"""Intervals, strictness, calibration and odds ratios."""

from __future__ import annotations

import math

import pytest

from qa_pipeline.agreement.intervals import Interval, mean_of, share_of, t_95, wilson
from qa_pipeline.agreement.odds import odds_of, odds_ratio
from qa_pipeline.agreement.strictness import Differing, calibration, strictness


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(10, 10, 0.722, 1), (19, 20, 0.764, 0.991), (0, 20, 0, 0.161)])
def test_wilsons_interval(hits: int, n: int, low: float, high: float) -> None:
    found = wilson(hits, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.0005), pytest.approx(high, abs=0.0005))


def test_a_share_of_nothing_is_none_and_of_few_too_few() -> None:
    assert share_of(0, 0).share is None
    assert share_of(1, 19).is_too_few
    assert not share_of(1, 20).is_too_few
    for hits, n in ((1, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="not a share"):
            share_of(hits, n)


def test_a_mean_has_students_interval() -> None:
    found = mean_of([1.0, 2.0, 3.0])
    assert found.interval.high - 2 == pytest.approx(4.30265 / math.sqrt(3))
    assert mean_of([5.0]).interval is None
    assert mean_of([]).mean is None
    assert t_95(29) == pytest.approx(2.04523, abs=0.001)


def test_strictness_is_the_difference_to_what_others_gave_the_same_calls() -> None:
    rows = [(f"c{n}", name, 80.0 + n + by) for n in range(20) for name, by in (("ana", 0), ("ben", -6), ("cai", 0))]
    rows += [("alone", "ben", 0.0), ("alone2", "dot", 0.0)]
    found = strictness(rows)
    assert [(each.evaluator, each.difference.mean) for each in found] == [("ben", -6), ("ana", 3), ("cai", 3)]
    assert found[0].difference.n == 20
    with pytest.raises(ValueError, match="ben has two scores"):
        strictness([("c1", "ben", 1), ("c1", "ben", 2)])


def test_a_session_is_held_against_the_expert() -> None:
    answers = [
        ("c1", "greeting", "eva", "yes"), ("c1", "closing", "eva", "no"), ("c2", "greeting", "eva", "yes"),
        ("c1", "greeting", "ana", "yes"), ("c1", "closing", "ana", "yes"),
        ("c1", "greeting", "ben", "yes"), ("c1", "closing", "ben", "no"), ("c2", "greeting", "ben", "yes"),
    ]  # fmt: skip
    scores = [("c1", "eva", 50.0), ("c1", "ana", 100.0), ("c1", "ben", 50.0), ("c2", "ben", None)]
    ben, ana = calibration(answers, "eva", scores)
    assert (ben.evaluator, ben.agreed.hits, ben.agreed.n, ben.differing) == ("ben", 3, 3, ())
    assert (ana.agreed.hits, ana.agreed.n) == (1, 2), "a call that is still to be done is no mistake"
    assert ana.differing == (Differing("c1", "closing", "yes", "no"),)
    assert ana.score_difference.mean == 50
    assert calibration(answers, "nobody")[0].agreed.n == 0


def test_the_odds_ratio_has_woolfs_interval_and_a_half_where_a_cell_is_empty() -> None:
    ratio, interval, is_corrected = odds_ratio(40, 10, 20, 30)
    assert (ratio, is_corrected) == (pytest.approx(6), False)
    half = 1.959964 * math.sqrt(1 / 40 + 1 / 10 + 1 / 20 + 1 / 30)
    assert interval.low == pytest.approx(6 * math.exp(-half))
    assert interval.high == pytest.approx(6 * math.exp(half))
    ratio, interval, is_corrected = odds_ratio(10, 0, 5, 5)
    assert (ratio, is_corrected) == (pytest.approx(10.5 * 5.5 / (0.5 * 5.5)), True)
    assert isinstance(interval, Interval)


def test_outcomes_that_are_numbers_are_good_from_their_median_on() -> None:
    rows = [(n >= 5, float(n)) for n in range(10)] * 3
    found = odds_of(rows, is_flag=False)
    assert found.good_from == 4.5
    assert found.table == ((15, 0), (0, 15))
    assert found.is_corrected
    top_heavy = odds_of([(n % 2 == 0, 1.0 if n < 5 else 2.0) for n in range(3, 30)], is_flag=False)
    assert top_heavy.good_from == 2
    bottom_heavy = odds_of([(n % 2 == 0, 5.0 if n < 8 else 1.0) for n in range(30)], is_flag=False)
    assert bottom_heavy.good_from == 5


def test_without_calls_on_both_sides_or_with_few_there_is_no_ratio() -> None:
    assert odds_of([(True, 1.0)] * 30, is_flag=True).ratio is None
    few = odds_of([(n % 2 == 0, float(n % 3 == 0)) for n in range(19)], is_flag=True)
    assert few.is_too_few
    assert few.ratio is None
    assert odds_of([], is_flag=False).n == 0
