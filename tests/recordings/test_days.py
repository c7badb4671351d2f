from __future__ import annotations

import datetime as dt

import pytest

from qa_pipeline.errors import WrongUse
from qa_pipeline.recordings.days import DayRange

FIRST, SECOND, THIRD = (dt.date(2025, 9, day) for day in (1, 2, 3))


def test_both_ends_are_included() -> None:
    days = DayRange(FIRST, SECOND)
    assert [day in days for day in (FIRST, SECOND, THIRD)] == [True, True, False]


def test_an_end_before_the_beginning_is_refused() -> None:
    with pytest.raises(WrongUse, match="--to 2025-09-01 is before --from 2025-09-03; swap them"):
        DayRange(THIRD, FIRST)


def test_a_first_day_alone_is_one_day() -> None:
    assert DayRange.optional(FIRST, None) == DayRange(FIRST, FIRST)
    assert DayRange.optional(None, None) is None


def test_a_last_day_alone_says_too_little() -> None:
    with pytest.raises(WrongUse, match="--to needs --from"):
        DayRange.optional(None, FIRST)


def test_an_open_range_has_no_bound_where_none_is_given() -> None:
    assert FIRST in DayRange.open(None, SECOND)
    assert THIRD in DayRange.open(SECOND, None)
    assert FIRST not in DayRange.open(SECOND, None)
