from __future__ import annotations

import itertools
import math
from bisect import bisect_left

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.dashscope.pacing import DAMAGED, LimiterState, Permit, Rate, fresh, hold, repaired, take, unused
from qa_pipeline.dashscope.rate_limit import RateLimits

LONGEST_HOLD_S = 120.0


def most_in_a_window(times: list[float], window_s: float) -> int:
    """The fullest half-open window that begins at one of the times."""
    ordered = sorted(times)
    return max(bisect_left(ordered, begin + window_s - 1e-9) - index for index, begin in enumerate(ordered))


rates = st.builds(
    lambda limit, window_s, lateness, burst: Rate(limit, window_s, lateness * window_s, min(burst, limit)),
    limit=st.integers(1, 300),
    window_s=st.sampled_from([1.0, 60.0]),
    lateness=st.floats(0.0, 0.1),
    burst=st.integers(1, 100),
)
pauses = st.lists(st.floats(0.0, 1.5), min_size=5, max_size=60)
"""Shares of a window that pass between reservations."""


@settings(max_examples=150, deadline=None)
@given(
    rate=rates,
    pauses=pauses,
    counts=st.lists(st.integers(1, 40), min_size=60, max_size=60),
    waited=st.lists(st.none() | st.floats(0.0, 1.5), min_size=60, max_size=60),
    late=st.booleans(),
)
def test_no_window_ever_sees_more_than_the_limit(
    rate: Rate, pauses: list[float], counts: list[int], waited: list[float | None], late: bool
) -> None:
    now = 1_000.0
    state = unused(now)
    left: list[float] = []
    for number, (pause, count, wait) in enumerate(zip(pauses, counts, waited, strict=False)):
        since = None if wait is None else now - wait * rate.window_s
        state, permits = take(state, rate, now, count, since)
        # each leaves at one end of its permit, alternately: the worst that callers may do
        left += [permit.closes_at if (number % 2 == 1) is late else permit.opens_at for permit in permits]
        now = max(now + pause * rate.window_s, permits[-1].opens_at)
    assert most_in_a_window(left, rate.window_s) <= rate.limit


@pytest.mark.parametrize(("per_minute", "burst"), [(6_000, 1), (6_000, 100), (100, 1), (600, 10)])
def test_many_waiting_reach_95_percent_of_the_limit(per_minute: int, burst: int) -> None:
    rate = RateLimits(requests_per_minute=per_minute, submit_burst=burst).submit_rate()
    state = fresh(rate, 0.0)
    now = 0.0
    permits: list[Permit] = []
    while now < 600.0:
        state, taken = take(state, rate, now, 7)
        permits += taken
        now = taken[-1].opens_at
    assert len(permits) / 10 >= 0.95 * per_minute


def test_a_busy_event_loop_costs_no_pace_while_somebody_waits() -> None:
    rate = RateLimits(requests_per_minute=6_000).submit_rate()
    state, now, taken = unused(0.0), 0.0, 0
    while now < 60.0:
        state, permits = take(state, rate, now, 10, waiting_since=0.0)
        taken += len(permits)
        now = max(now, permits[-1].opens_at) + 0.05  # comes back half a reservation late, every time
    assert taken >= 0.95 * 6_000


def test_a_moment_that_nobody_waited_for_is_gone() -> None:
    rate = Rate(limit=100, window_s=60, lateness_s=1.2)
    _, permits = take(unused(0.0), rate, 50.0, 2, waiting_since=50.0)
    assert [permit.opens_at for permit in permits] == pytest.approx([50.0, 50.0 + rate.interval_s])


def test_no_moment_from_within_a_hold_is_made_up_for() -> None:
    rate = Rate(limit=6_000, window_s=60, lateness_s=1.2)
    held = hold(unused(0.0), 0.0, 30.0)
    _, permits = take(held, rate, 30.01, 3, waiting_since=0.0)
    assert [permit.opens_at for permit in permits] == pytest.approx(
        [30.01, 30.0 + rate.interval_s, 30.0 + 2 * rate.interval_s]
    )


def test_queries_reach_95_percent_of_their_limit() -> None:
    rate = RateLimits(queries_per_second=20).query_rate()
    assert 1 / rate.interval_s >= 0.95 * 20


def test_a_burst_leaves_at_once_after_a_quiet_time_and_then_the_pace_is_even() -> None:
    rate = Rate(limit=100, window_s=60, lateness_s=0.0, burst=11)
    _, permits = take(unused(50.0), rate, 50.0, 14)
    opens = [round(permit.opens_at - 50.0, 6) for permit in permits]
    assert opens[:11] == [0.0] * 11
    assert opens[11:] == [round(rate.interval_s * n, 6) for n in (1, 2, 3)]
    assert rate.interval_s == pytest.approx(60 / 90)


def test_after_a_hold_everyone_starts_evenly_and_a_longer_hold_stays() -> None:
    rate = Rate(limit=100, window_s=60, lateness_s=0.0, burst=11)
    state = hold(hold(unused(0.0), 0.0, 30.0), 1.0, 5.0)
    assert state.held_until == 30.0
    _, permits = take(state, rate, 1.0, 3)
    assert [permit.opens_at for permit in permits] == pytest.approx(
        [30.0, 30.0 + rate.interval_s, 30.0 + 2 * rate.interval_s]
    )


def test_a_clock_set_back_keeps_the_remaining_wait_and_no_more() -> None:
    rate = Rate(limit=10, window_s=60, lateness_s=0.0)
    state = LimiterState(next_at=90_012.0, held_until=90_030.0, written_at=90_000.0)
    assert repaired(state, rate, 5.0, LONGEST_HOLD_S) == LimiterState(17.0, 35.0, 5.0)


@pytest.mark.parametrize(
    "state",
    [
        DAMAGED,
        LimiterState(next_at=1e12, held_until=0.0, written_at=90.0),
        LimiterState(next_at=90.0, held_until=1e9, written_at=90.0),
        LimiterState(next_at=math.inf, held_until=0.0, written_at=90.0),
    ],
)
def test_a_damaged_state_holds_nobody_up_and_grants_no_burst(state: LimiterState) -> None:
    rate = Rate(limit=100, window_s=60, lateness_s=0.0, burst=50)
    _, permits = take(repaired(state, rate, 100.0, LONGEST_HOLD_S), rate, 100.0, 3)
    gaps = [later.opens_at - sooner.opens_at for sooner, later in itertools.pairwise(permits)]
    assert permits[0].opens_at == pytest.approx(100.0 + rate.interval_s)
    assert gaps == pytest.approx([rate.interval_s] * 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"requests_per_minute": 0},
        {"requests_per_minute": -5},
        {"requests_per_minute": math.nan},
        {"requests_per_minute": math.inf},
        {"queries_per_second": 0.5},
        {"submit_burst": 0},
        {"submit_burst": 101},
    ],
)
def test_limits_that_make_no_sense_are_refused_when_set(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        RateLimits(**wrong)  # type: ignore[arg-type]
