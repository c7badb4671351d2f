"""How a range is divided, and what it is compared with."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.changes import change_of_count, change_of_mean, change_of_share, wilson
from dashboards.figures import Mean
from dashboards.filters import DateRange
from dashboards.periods import PERIODS, before, offered, periods_of, usual

DAYS = st.dates(dt.date(1991, 1, 1), dt.date(2199, 12, 31))


def days(first: str, last: str) -> DateRange:
    return DateRange(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@given(DAYS, st.integers(0, 900), st.sampled_from(PERIODS))
def test_the_periods_of_a_range_are_its_days_each_once(first: dt.date, length: int, period: str) -> None:
    dates = DateRange(first, first + dt.timedelta(days=length))
    found = periods_of(dates, period)
    assert [day for each in found for day in each.days.days] == dates.days
    assert all(each.begins <= each.days.first for each in found)
    assert all(one.begins < other.begins for one, other in itertools.pairwise(found))


def test_weeks_begin_on_monday_and_say_where_the_range_cuts_them() -> None:
    first, whole, last = periods_of(days("2025-08-31", "2025-09-09"), "week")
    assert (first.begins, first.name, first.is_cut) == (dt.date(2025, 8, 25), "2025-08-31", True)
    assert (whole.name, whole.is_cut) == ("2025-09-01 to 2025-09-07", False)
    assert (last.name, last.is_cut) == ("2025-09-08 to 2025-09-09", True)
    assert [each.name for each in periods_of(days("2024-02-01", "2024-03-30"), "month")] == [
        "2024-02",
        "2024-03-01 to 2024-03-30",
    ]


@pytest.mark.parametrize(
    ("dates", "shown", "choices"),
    [
        (days("2025-09-01", "2025-09-03"), "day", ["day", "week", "month"]),
        (days("2025-01-01", "2025-12-31"), "week", ["day", "week", "month"]),
        (days("2023-01-01", "2025-12-31"), "month", ["week", "month"]),
        (days("1990-01-01", "2199-12-31"), "month", ["month"]),
    ],
)
def test_a_range_is_shown_by_what_a_screen_has_room_for(dates: DateRange, shown: str, choices: list[str]) -> None:
    assert (usual(dates), offered(dates)) == (shown, choices)


@pytest.mark.parametrize(
    ("dates", "earlier"),
    [
        (days("2025-09-01", "2025-09-03"), days("2025-08-29", "2025-08-31")),
        (days("2025-03-01", "2025-03-31"), days("2025-02-01", "2025-02-28")),
        (days("2025-01-01", "2025-12-31"), days("2024-01-01", "2024-12-31")),
        (days("2025-04-01", "2025-06-30"), days("2025-01-01", "2025-03-31")),
        (days("2025-09-10", "2025-09-10"), days("2025-09-09", "2025-09-09")),
    ],
)
def test_whole_months_are_compared_with_months_and_others_with_as_many_days(
    dates: DateRange, earlier: DateRange
) -> None:
    assert before(dates) == earlier


# -- changes --------------------------------------------------------------------------------------------------------


def test_the_interval_of_a_share_is_wilsons() -> None:
    for part, whole, low, high in ((10, 10, 0.722, 1.0), (19, 20, 0.764, 0.991), (0, 20, 0.0, 0.161)):
        assert wilson(part, whole) == pytest.approx((low, high), abs=0.001)
    assert wilson(0, 0) is None


def test_a_count_changes_plainly_and_never_by_infinity() -> None:
    assert change_of_count(120, 100, "100") == "+20% against 100 before"
    assert change_of_count(50, 100, "100") == "−50% against 100 before"
    assert change_of_count(100, 100, "100") == "as before: 100"
    assert change_of_count(5, 0, "0") == "none before"
    assert change_of_count(0, 0, "0") == ""


def test_a_share_of_few_calls_has_no_change_that_can_be_told() -> None:
    assert change_of_share(2, 10, 1, 10) == "no change that can be told (10% of 10 before)"
    assert change_of_share(300, 1000, 100, 1000) == "+20.0 points (10% of 1,000 before)"
    assert change_of_share(0, 0, 1, 10) == change_of_share(1, 10, 0, 0) == ""


@pytest.mark.parametrize(
    ("now", "earlier", "said"),
    [
        (Mean(90, 0.60, 0.58, 0.62), Mean(80, 0.50, 0.48, 0.52), "+10.0 points (50% in 80 calls before)"),
        (Mean(9, 0.60, 0.45, 0.75), Mean(8, 0.50, 0.4, 0.6), "no change that can be told (50% in 8 calls before)"),
        (Mean(1, 0.60, None, None), Mean(8, 0.5, 0.4, 0.6), "too few calls to tell a change (50% in 8 calls before)"),
        (Mean(9, 0.60, 0.45, 0.75), None, "no call before has it"),
        (None, Mean(8, 0.50, 0.4, 0.6), ""),
    ],
)
def test_a_mean_changes_only_where_the_intervals_lie_apart(now: Mean | None, earlier: Mean | None, said: str) -> None:
    assert change_of_mean("talk_ratio", now, earlier) == said


def test_a_speed_in_another_unit_is_not_compared() -> None:
    now, earlier = Mean(9, 150.0, 149.0, 151.0, "words/min"), Mean(9, 300.0, 299.0, 301.0, "characters/min")
    assert change_of_mean("agent_talk_speed", now, earlier) == "measured in another unit before"
