"""Intervals of rates: the checked figures of Wilson's, and changes over the same calls."""

from __future__ import annotations

import pytest

from qa_pipeline.rules.rates import paired_change, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(10, 10, 0.722, 1.0), (19, 20, 0.764, 0.991), (0, 20, 0.0, 0.161)]
)
def test_wilsons_interval(hits: int, n: int, low: float, high: float) -> None:
    rate = wilson(hits, n)
    assert (rate.low, rate.high) == (pytest.approx(low, abs=0.0006), pytest.approx(high, abs=0.0006))


def test_nothing_evaluated_has_no_rate() -> None:
    assert wilson(0, 0).share is None
    assert paired_change(0, 0, 0).share is None


def test_a_change_without_flips_is_not_certain_either() -> None:
    change = paired_change(0, 0, 50)
    assert change.share == 0
    assert change.low is not None
    assert change.low < 0


def test_many_calls_that_flip_one_way_are_a_change() -> None:
    change = paired_change(40, 5, 200)
    assert change.share == pytest.approx(0.175)
    assert change.low is not None
    assert change.low > 0.1
