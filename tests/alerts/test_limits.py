"""Control limits: against values worked out by hand and by other software."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from qa_pipeline.alerts.limits import TAIL, DayRate, Limits, control_limits


def shares(*counts: tuple[int, int]) -> list[DayRate]:
    return [DayRate(n, count / n) for count, n in counts]


def limits(baseline: list[DayRate], day: DayRate, *, min_n: int = 10, min_days: int = 5) -> Limits:
    found = control_limits(baseline, day, min_n=min_n, min_days=min_days)
    assert found is not None
    return found


def test_a_steady_baseline_has_shewharts_limits() -> None:
    baseline = shares(*[(200, 1000), (201, 1000)] * 10)
    found = limits(baseline, DayRate(400, 0.2))
    centre = 0.2005
    reach = 3 * math.sqrt(centre * (1 - centre) / 400)
    assert found.centre == pytest.approx(centre)
    assert (found.low, found.high) == (
        pytest.approx(centre - reach, abs=0.006),
        pytest.approx(centre + reach, abs=0.006),
    )
    assert found.low <= centre - reach
    assert found.high >= centre + reach
    assert (found.days, found.widened) == (20, 1.0)


def test_the_limits_of_a_large_day_are_shewharts_to_the_last_digit() -> None:
    found = limits(shares(*[(5000, 25_000)] * 14), DayRate(25_000, 0.2))
    reach = 3 * math.sqrt(0.2 * 0.8 / 25_000)
    assert (found.low, found.high) == (pytest.approx(0.2 - reach), pytest.approx(0.2 + reach))


def test_days_that_differ_by_more_than_chance_widen_the_limits_by_laneys_sigma_z() -> None:
    counts = [(1000, 10_000), (1500, 10_000)] * 7
    found = limits(shares(*counts), DayRate(10_000, 0.125))
    sigma = math.sqrt(0.125 * 0.875 / 10_000)
    z = [(count / n - 0.125) / sigma for count, n in counts]
    moving = [abs(one - other) for one, other in itertools.pairwise(z)]
    sigma_z = sum(moving) / len(moving) / 1.128
    assert found.widened == pytest.approx(sigma_z)
    assert found.high == pytest.approx(0.125 + 3 * sigma_z * sigma)
    assert found.holds(0.15)
    plain = 0.125 + 3 * sigma
    assert not plain > 0.15, "without it a common day would be told of"


@given(st.integers(10, 400), st.integers(0, 300))
def test_where_few_are_expected_the_limits_are_the_binomials_own(n: int, count: int) -> None:
    baseline = shares(*[(count, 300)] * 14)
    found = limits(baseline, DayRate(n, 0.0))
    p = (14 * count + 1) / (14 * 300 + 2)
    if n * p * (1 - p) > 100:
        return
    most = (
        round(found.high * n) if found.high * n == pytest.approx(round(found.high * n)) else math.floor(found.high * n)
    )
    least = math.ceil(found.low * n - 1e-9)
    assert binom.sf(most, n, p) <= TAIL * 1.000001
    assert binom.cdf(least - 1, n, p) <= TAIL * 1.000001


def test_the_first_failure_in_a_month_is_no_alarm_and_many_are() -> None:
    found = limits(shares(*[(0, 100)] * 28), DayRate(100, 0.01))
    assert found.holds(0.0)
    assert found.holds(0.01)
    assert not found.holds(0.05)


def test_both_sides_count() -> None:
    found = limits(shares(*[(50, 100)] * 14), DayRate(100, 0.5))
    assert not found.holds(0.2)
    assert not found.holds(0.8)
    assert found.holds(0.45)


def test_means_have_limits_by_the_spread_within_days() -> None:
    baseline = [DayRate(100, 10.0 + (number % 2) * 0.01, 4.0) for number in range(14)]
    found = limits(baseline, DayRate(64, 10.0, 5.0))
    assert found.centre == pytest.approx(10.005)
    assert (found.low, found.high) == (pytest.approx(10.005 - 1.5), pytest.approx(10.005 + 1.5))
    assert control_limits([DayRate(100, 1.0, 0.0)] * 14, DayRate(64, 2.0, 0.0), min_n=10, min_days=5) is None


@pytest.mark.parametrize(
    ("baseline", "day"),
    [
        (shares(*[(1, 20)] * 13), DayRate(20, 0.9)),
        (shares(*[(1, 20)] * 14), DayRate(9, 0.9)),
        (shares(*[(1, 9)] * 30), DayRate(20, 0.9)),
        ([], DayRate(20, 0.9)),
    ],
)
def test_too_few_days_or_calls_say_nothing(baseline: list[DayRate], day: DayRate) -> None:
    assert control_limits(baseline, day, min_n=10, min_days=14) is None


def test_days_with_few_calls_do_not_move_the_baseline() -> None:
    steady = shares(*[(20, 100)] * 14)
    assert limits([*steady, DayRate(9, 1.0)], DayRate(100, 0.2)) == limits(steady, DayRate(100, 0.2))


def test_chance_alone_is_seldom_out_of_limits() -> None:
    dice = random.Random(1)
    out = days = 0
    for _ in range(60):
        rates = [DayRate(120, sum(dice.random() < 0.12 for _ in range(120)) / 120) for _ in range(60)]
        for at in range(28, 60):
            found = limits(rates[at - 28 : at], rates[at])
            out, days = out + (not found.holds(rates[at].value)), days + 1
    assert out / days < 0.006
