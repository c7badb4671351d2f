"""What a URL's text means, and that nonsense means nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from dashboards.filters import DateRange, range_of
from dashboards.url_values import date_of, number_of, place_of
from tests.scenario import DAY_1, DAY_3


def test_a_date_is_read_and_nonsense_is_left_out() -> None:
    assert date_of("2025-09-01") == DAY_1
    for nonsense in ("yesterday", "2025-02-30", "", "0001-01-01", "9999-12-31", "<script>", "2025-09-01T10:00:00"):
        assert date_of(nonsense) is None, nonsense


def test_dates_the_wrong_way_round_are_turned() -> None:
    assert range_of(DAY_3, DAY_1) == range_of(DAY_1, DAY_3) == DateRange(DAY_1, DAY_3)


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("99", 7), ("-4", 1), ("", 2), ("x", 2), ("1e3", 2)])
def test_a_number_stays_within_its_bounds(text: str, number: int) -> None:
    assert number_of(text, 2, low=1, high=7) == number


def test_a_place_is_a_second_of_the_recording() -> None:
    assert (place_of("4.5"), place_of("0")) == (4.5, 0.0)
    for nonsense in ("nan", "inf", "-3", "soon", ""):
        assert place_of(nonsense) is None, nonsense


def test_a_range_of_one_day_is_that_day() -> None:
    assert range_of(DAY_1, DAY_1).days == [dt.date(2025, 9, 1)]
