"""What a person may narrow the calls by."""

from __future__ import annotations

import datetime as dt

from dashboards.filters import CallFilter, DateRange

RANGE = DateRange(dt.date(2025, 9, 1), dt.date(2025, 9, 3))


def test_a_range_holds_both_its_ends() -> None:
    assert [day.day for day in RANGE.days] == [1, 2, 3]


def test_dates_alone_leave_the_filter_open() -> None:
    assert CallFilter(RANGE).is_open
    assert CallFilter(RANGE, text="  ").is_open
    assert not CallFilter(RANGE, queues=("billing",)).is_open
    assert set(CallFilter(RANGE, text="  ").values().values()) == {None}


def test_what_is_chosen_is_handed_on_as_values() -> None:
    values = CallFilter(RANGE, agents=("a-1", "a-2"), text=" refund ").values()
    assert (values["agents"], values["queues"], values["text"]) == (["a-1", "a-2"], None, "refund")
