"""The date with which a text begins, in the ways that programs write one."""

from __future__ import annotations

import datetime as dt
import re

from qa_pipeline.recordings.time_words import MONTHS, WEEKDAYS

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Years outside are an exporter's way to say "unknown" (0001, 1970) or a slip of the hand."""

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]?")
_WEEK_DATE = re.compile(r"(\d{4})-?W(\d{2})-?([1-7])(?!\d)")
_DAY_MONTH_YEAR = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?(?:[\s./-]*|\.?\s+de\s+)([^\W\d_]{3,12})\.?(?:[\s./,-]*|\s+de\s+)(\d{4})(?!\d)",
    re.IGNORECASE,
)
_MONTH_DAY_YEAR = re.compile(
    r"([^\W\d_]{3,12})\.?[\s-]*(\d{1,2})(?:st|nd|rd|th)?[\s,-]+(\d{4})(?![\d:])", re.IGNORECASE
)
_YEAR_MONTH_DAY = re.compile(r"(\d{4})[\s/-]([^\W\d_]{3,12})\.?[\s/-](\d{1,2})(?!\d)")
_WEEKDAY = re.compile(r"([A-Za-z]{3,9})\.?,?\s+")


def without_weekday(text: str) -> tuple[str, int | None]:
    found = _WEEKDAY.match(text)
    word = found[1].casefold() if found else ""
    if found is None or word[:3] not in WEEKDAYS or word in MONTHS:
        return text, None
    return text[found.end() :], WEEKDAYS.index(word[:3])


def _date(year: str, month: str | int, day: str) -> dt.date:
    return dt.date(int(year), int(month), int(day))


def plausible_day(digits: str) -> dt.date | None:
    """The day that eight digits name, None where they are something else."""
    try:
        day = dt.datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        return None
    return day if len(digits) == 8 and FIRST_YEAR <= day.year <= LAST_YEAR else None


def date_at_start(text: str) -> tuple[dt.date, str, bool] | None:
    """(date, what follows, whether something must stand between it and a time). Raises ValueError for 2025-02-30."""
    if found := _EAST_ASIAN.match(text):
        return _date(found[1], found[2], found[3]), text[found.end() :], False
    if found := _YEAR_FIRST.match(text):
        return _date(found[1], found[3], found[4]), text[found.end() :], True
    if found := _COMPACT_DATE.match(text):
        return _date(found[1], found[2], found[3]), text[found.end() :], True
    if found := _WEEK_DATE.match(text):
        return dt.date.fromisocalendar(*map(int, found.groups())), text[found.end() :], True
    if digits := re.match(r"(\d{8})(\d{4,})", text):  # 20250902100514+0200
        return _date(digits[1][:4], digits[1][4:6], digits[1][6:]), text[8:], False
    for expression, order in ((_DAY_MONTH_YEAR, (3, 2, 1)), (_MONTH_DAY_YEAR, (3, 1, 2)), (_YEAR_MONTH_DAY, (1, 2, 3))):
        found = expression.match(text)
        month = MONTHS.get(found[order[1]].casefold()) if found else None
        if found and month:
            return _date(found[order[0]], month, found[order[2]]), text[found.end() :], True
    return None
