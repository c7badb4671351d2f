"""Whether a change is more than luck: the interval, its bounds by hand, and if there is none."""

from __future__ import annotations

import math
import random

import pytest

from qa_pipeline.accuracy.comparison import FEWEST_CALLS, compare, paired_interval
from qa_pipeline.accuracy.errors import Counts
from qa_pipeline.accuracy.figures import Figures, Group

ALL = Group("all")


def of(*edits: int, length: int = 100, group: Group = ALL) -> Figures:
    """Calls of `length` words with that many errors each."""
    calls = {f"c{number}": Counts(length, substituted=count) for number, count in enumerate(edits)}
    return {(group, "words"): calls}


def test_the_same_change_in_every_call_leaves_no_doubt() -> None:
    [found] = compare(of(10, 20, 30, 40, 50), of(5, 15, 25, 35, 45))
    assert found.change == pytest.approx(-0.05)
    assert (found.low, found.high) == (pytest.approx(-0.05), pytest.approx(-0.05))
    assert found.verdict == "better"


def test_more_errors_everywhere_is_worse() -> None:
    assert compare(of(1, 2, 3, 4, 5), of(2, 4, 5, 6, 9))[0].verdict == "worse"


def test_a_gain_in_one_call_only_is_unclear() -> None:
    [found] = compare(of(60, 10, 10, 10, 10, 10), of(0, 12, 12, 12, 12, 12))
    assert found.change == pytest.approx(-50 / 600)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.change < 0 < found.high
    assert found.verdict == "unclear"


def test_fewer_calls_than_the_least_have_no_interval() -> None:
    few = FEWEST_CALLS - 1
    [found] = compare(of(*[10] * few), of(*[0] * few))
    assert (found.low, found.high, found.verdict) == (None, None, "too few calls")
    assert found.change == pytest.approx(-0.1)


def test_calls_in_which_nobody_speaks_do_not_count_towards_the_least() -> None:
    assert paired_interval([100] * 4 + [0] * 9, [1] * 13, [0] * 13) == (None, None)


def test_a_call_without_a_reference_still_brings_its_errors() -> None:
    low, high = paired_interval([100] * 5 + [0], [0] * 5 + [50], [0] * 6)
    assert low is not None
    assert high is not None
    assert low < -0.1 <= high <= 0


def test_the_same_figures_give_the_same_bounds() -> None:
    reference, before, now = [90, 80, 120, 60, 75, 100], [9, 12, 7, 3, 8, 20], [8, 9, 9, 1, 8, 14]
    assert paired_interval(reference, before, now) == paired_interval(reference, before, now)


def test_the_interval_is_as_wide_as_theory_says() -> None:
    """With calls of equal length the mean of n differences has the standard error s/√n."""
    rng = random.Random(7)
    change = [rng.gauss(-3.0, 10.0) for _ in range(400)]
    low, high = paired_interval([100] * 400, [0] * 400, [round(value) for value in change])
    mean = sum(map(round, change)) / 400
    error = math.sqrt(sum((round(value) - mean) ** 2 for value in change) / 400) / math.sqrt(400)
    assert low is not None
    assert high is not None
    assert low * 100 == pytest.approx(mean - 1.96 * error, abs=0.15 * error)
    assert high * 100 == pytest.approx(mean + 1.96 * error, abs=0.15 * error)


def test_long_calls_weigh_more_than_short_ones() -> None:
    low, high = paired_interval([1000, 1, 1, 1, 1, 1], [100, 0, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1])
    assert low == pytest.approx(-0.1, abs=0.01)
    assert high == pytest.approx(1.0)  # draws without the long call


def test_groups_of_models_and_groups_of_one_set_only_are_left_out() -> None:
    compared = of(1) | of(1, group=Group("model", "a")) | of(1, group=Group("role", "agent"))
    current = of(1) | of(1, group=Group("model", "a")) | of(1, group=Group("language", "en"))
    assert [item.group for item in compare(compared, current)] == [ALL]


def test_without_a_reference_there_is_no_change() -> None:
    [found] = compare(of(3, length=0), of(1, length=0))
    assert found.change is None
