"""Ranges of days that have a name: counted from the reader's day, so that a link to them stays true. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

ALL = "all"
UNDATED = "undated"
"""What `dates` says for the recordings that have none."""

Days = tuple[dt.date, dt.date]
"""First and last day, both included."""


def _last_days(number: int) -> Callable[[dt.date], Days]:
    return lambda today: (today - dt.timedelta(days=number - 1), today)


def _days_ago(number: int) -> Callable[[dt.date], Days]:
    return lambda today: (today - dt.timedelta(days=number),) * 2


def _this_week(today: dt.date) -> Days:
    monday = today - dt.timedelta(days=today.weekday())
    return monday, monday + dt.timedelta(days=6)


def _this_month(today: dt.date) -> Days:
    first = today.replace(day=1)
    return first, _month_later(first, 1) - dt.timedelta(days=1)


def _this_quarter(today: dt.date) -> Days:
    first = today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)
    return first, _month_later(first, 3) - dt.timedelta(days=1)


def _this_year(today: dt.date) -> Days:
    return dt.date(today.year, 1, 1), dt.date(today.year, 12, 31)


def _before(period: Callable[[dt.date], Days]) -> Callable[[dt.date], Days]:
    return lambda today: period(period(today)[0] - dt.timedelta(days=1))


def _month_later(first: dt.date, months: int) -> dt.date:
    number = first.year * 12 + first.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


_PERIODS: dict[str, Callable[[dt.date], Days]] = {
    "today": _last_days(1),
    "yesterday": _days_ago(1),
    "last7": _last_days(7),
    "last30": _last_days(30),
    "this_week": _this_week,
    "last_week": _before(_this_week),
    "this_month": _this_month,
    "last_month": _before(_this_month),
    "this_quarter": _this_quarter,
    "last_quarter": _before(_this_quarter),
    "this_year": _this_year,
}

PRESETS = (*_PERIODS, ALL)
"""Names of the ranges, as the URL parameter `dates` writes them."""


def days_of(preset: str, today: dt.date) -> Days | None:
    """The days of a range of `PRESETS`; None for all days there are. Weeks begin on Monday (ISO 8601).

    Raises:
        KeyError: it is none of `PRESETS`.
    """
    return None if preset == ALL else _PERIODS[preset](today)
