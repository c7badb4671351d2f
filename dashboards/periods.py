"""Days, weeks and months of a range, and the range before it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from dashboards.filters import DateRange
from qa_pipeline.wording.languages import t

PERIODS = ("day", "week", "month")
MOST_PERIODS = 400
"""More of them than a screen has room for are not offered."""

DAYS_UP_TO, WEEKS_UP_TO = 45, 400
"""Up to so many days a range is shown by day, or by week, unless somebody chooses otherwise."""


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week or month: where it begins by the calendar, which of its days are in the range, and whether
    that is not all of them."""

    begins: dt.date
    days: DateRange
    name: str
    short: str
    is_cut: bool


def offered(dates: DateRange) -> list[str]:
    """Of `PERIODS` those that divide the range into a number that can be looked at; the longest always."""
    return [period for period in PERIODS if _number(dates, period) <= MOST_PERIODS] or [PERIODS[-1]]


def usual(dates: DateRange) -> str:
    """The one of `PERIODS` that a range is shown by."""
    length = (dates.last - dates.first).days + 1
    return "day" if length <= DAYS_UP_TO else "week" if length <= WEEKS_UP_TO else "month"


def periods_of(dates: DateRange, period: str) -> list[Period]:
    """All periods that the range touches; the first and the last may be cut by it."""
    found = []
    begins = _begin(dates.first, period)
    while begins <= dates.last:
        following = _NEXT[period](begins)
        days = DateRange(max(begins, dates.first), min(following - dt.timedelta(days=1), dates.last))
        is_cut = (days.last - days.first) < (following - begins) - dt.timedelta(days=1)
        found.append(Period(begins, days, _name(days, period, is_cut=is_cut), _short(begins, period, dates), is_cut))
        begins = following
    return found


def before(dates: DateRange) -> DateRange:
    """The range to compare with: the month or months before whole months, else as many days before."""
    day_before = dates.first - dt.timedelta(days=1)
    if dates.first.day == 1 and (dates.last + dt.timedelta(days=1)).day == 1:
        months = (dates.last.year - dates.first.year) * 12 + dates.last.month - dates.first.month + 1
        return DateRange(_months_later(dates.first, -months), day_before)
    return DateRange(dates.first - (dates.last - dates.first) - dt.timedelta(days=1), day_before)


def comparable(dates: DateRange, first: dt.date | None) -> DateRange | None:
    """The range `before`, None where it begins before the `first` call: part of it would be missing."""
    earlier = before(dates)
    return earlier if first is not None and earlier.first >= first else None


def shown_range(dates: DateRange) -> str:
    """A range in words: one day, or from the first to the last."""
    if dates.first == dates.last:
        return dates.first.isoformat()
    return t("{first} to {last}", first=dates.first, last=dates.last)


def _number(dates: DateRange, period: str) -> int:
    days = (dates.last - dates.first).days + 1
    return days if period == "day" else -(-days // (7 if period == "week" else 28))


def _begin(day: dt.date, period: str) -> dt.date:
    if period == "week":
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


def _months_later(first: dt.date, months: int) -> dt.date:
    number = first.year * 12 + first.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


_NEXT: dict[str, Callable[[dt.date], dt.date]] = {
    "day": lambda day: day + dt.timedelta(days=1),
    "week": lambda day: day + dt.timedelta(days=7),
    "month": lambda day: _months_later(day, 1),
}


def _name(days: DateRange, period: str, *, is_cut: bool) -> str:
    return f"{days.first:%Y-%m}" if period == "month" and not is_cut else shown_range(days)


def _short(begins: dt.date, period: str, dates: DateRange) -> str:
    if period == "month":
        return f"{begins:%Y-%m}"
    is_one_year = dates.first.year == dates.last.year
    return f"{begins:%m-%d}" if is_one_year else begins.isoformat()
