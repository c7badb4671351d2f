"""Filters become conditions in which every value is a parameter."""

from __future__ import annotations

import datetime as dt
import re

from dashboards.filters import SORTS, CallFilter, DateRange

RANGE = DateRange(dt.date(2025, 9, 1), dt.date(2025, 9, 3))
EVIL = "'; drop table calls; --"


def test_a_range_holds_both_its_ends() -> None:
    assert [day.day for day in RANGE.days] == [1, 2, 3]


def test_no_value_ever_stands_in_the_condition_itself() -> None:
    chosen = CallFilter(RANGE, (EVIL,), (EVIL,), (EVIL,), (EVIL,), (EVIL,), EVIL)
    condition, values = chosen.condition()
    assert EVIL not in condition
    assert set(re.findall(r"\$(\w+)", condition)) == set(values)


def test_dates_alone_leave_the_filter_open() -> None:
    assert CallFilter(RANGE).is_open
    assert CallFilter(RANGE, text="  ").is_open
    assert not CallFilter(RANGE, queues=("billing",)).is_open
    assert set(CallFilter(RANGE).condition()[1]) == {"from_date", "to_date"}


def test_orders_are_a_fixed_list() -> None:
    assert all(re.fullmatch(r"[a-z]+", name) for name in SORTS)
