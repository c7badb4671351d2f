"""Reads a written point in time where it has one reading, whatever program wrote it.

Year first, a named month, seconds since 1970, twelve hours with AM or PM, a zone behind it. 02/09/2025 is read only by
a `time_format`: nothing in it says which is the month.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from qa_pipeline.recordings.time_words import MONTHS, WEEKDAYS
from qa_pipeline.recordings.written_clocks import clock_at_start, compact_clock, microseconds
from qa_pipeline.recordings.written_dates import date_at_start, plausible_day, without_weekday
from qa_pipeline.recordings.written_moments import UTC_ZONE, NotAMoment, Written, Zone, read_zone

ISO_EXAMPLE: Final = "2025-09-02T10:05:14+08:00"
_NOT_A_TIME: Final = f"it must be a time in ISO 8601, such as {ISO_EXAMPLE}"
_ORDER_UNKNOWN: Final = (
    "nothing says which is the day and which the month; write the year first, or set time_format in qa.toml, such as "
    '"%d/%m/%Y %H:%M"'
)
_DATE_DIRECTIVES = (("%Y", "%y"), ("%m", "%b", "%B"), ("%d",))
_TIME_DIRECTIVES = ("%H", "%I", "%X", "%c", "%T", "%R")

_UNIX_DATE = re.compile(
    r"([^\W\d_]{3,12})\s+(\d{1,2})\s+(\d{1,2}:\d{2}(?::\d{2})?)\s+(?:(\S+)\s+)?(\d{4})(.*)", re.DOTALL
)


_BETWEEN = re.compile(r"\s*T\s*(?=\d)|\s*[,_]\s*|\s+(?:at|à|às|um)\s+|\s+|[-:](?=\d)", re.IGNORECASE)
_ZONE_THEN_DATE = re.compile(r"\s*(Z|[A-Za-z]{2,5}|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)[\s,]+(.+)", re.DOTALL)
_DIGITS = re.compile(r"(\d+)(?:[.,](\d{1,9}))?")
_COMPACT_MOMENT = re.compile(r"(\d{8})(\d{4}(?:\d{2})?)(\d{3}|\d{6})?(?:[.,](\d{1,9}))?")
_DAY_AND_MONTH = re.compile(r"(?<!\d)\d{1,2}([-/. ])\d{1,2}\1\s?(?:\d{4}|\d{2})(?!\d)")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ]*[^\W\d_]{3,9}\.?[-/. ]*\d{2}(?!\d)")
_DAY_NUMBER = re.compile(r"\d{5}(?:[.,]\d+)?")


def normalized(text: str) -> str:
    """Wide digits and signs as ASCII, every blank a plain one, without marks of writing direction."""
    if text.isascii():
        return text.strip()
    shown = unicodedata.normalize("NFKC", text).replace("\u2212", "-")
    plain = (str(unicodedata.decimal(item)) if item.isdecimal() else item for item in shown)
    return "".join(item for item in plain if unicodedata.category(item) != "Cf").strip()


def read_moment(text: str, formats: Sequence[str] = ()) -> Written:
    """The moment that a text (see `normalized`) names; `formats` (of strptime) are tried first.

    Raises:
        NotAMoment: it has no reading, or more than one.
    """
    for shape in itertools.chain.from_iterable(map(_shapes, formats)):
        found = _by_format(text, shape)
        if found is not None:
            return found
    try:
        return _any_layout(text)
    except ValueError as error:
        reason = str(error) if isinstance(error, NotAMoment) else _NOT_A_TIME
        if formats:
            reason = f"it does not fit time_format {' or '.join(map(repr, formats))}, and {reason.partition(';')[0]}"
        raise NotAMoment(reason) from error


def check_time_format(text: str) -> str:
    """A format of strptime that gives year, month and day. Raises ValueError, saying what is missing."""
    sample = dt.datetime(2031, 11, 29, 22, 58, 47, tzinfo=dt.UTC)
    try:
        date = dt.datetime.strptime(sample.strftime(text), text).date()  # noqa: DTZ007 - only the date counts
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time format such as '%d/%m/%Y %H:%M' ({error})") from None
    if date != sample.date():
        raise ValueError(f"{text!r} must hold a year, a month and a day, such as '%d/%m/%Y %H:%M'")
    return text


def _shapes(time_format: str) -> Iterator[str]:
    """The format itself; with and without seconds; and its date alone: it is there for the order of day and month."""
    yield time_format
    if "%S" not in time_format and "%M" in time_format:
        yield time_format.replace("%M", "%M:%S")
    yield time_format.replace(":%S", "")
    start = min((time_format.find(item) for item in _TIME_DIRECTIVES if item in time_format), default=0)
    date = time_format[:start].rstrip(" T,-_")
    if all(any(item in date for item in items) for items in _DATE_DIRECTIVES):
        yield date


def _by_format(text: str, time_format: str) -> Written | None:
    candidates: list[tuple[str, Zone | None]] = [(text, None)]
    if "%z" not in time_format.casefold():
        for behind in re.finditer(r"\s+(?=\S)|(?<=\d)(?=Z$|[+-]\d{2}:?\d{2}$)", text):
            with suppress(ValueError):
                candidates.append((text[: behind.start()], read_zone(text[behind.end() :])))
    for candidate, zone in candidates:
        with suppress(ValueError):
            found = dt.datetime.strptime(candidate, time_format)  # noqa: DTZ007 - the zone is looked at below
            if not any(directive in time_format for directive in _TIME_DIRECTIVES):
                return Written(found.date()) if zone is None else None
            since = found.replace(tzinfo=None) - dt.datetime.combine(found.date(), dt.time())
            offset = found.utcoffset()
            return Written(found.date(), since, zone if offset is None else Zone(dt.timezone(offset)))
    return None


def _any_layout(text: str) -> Written:
    if digits := _DIGITS.fullmatch(text):
        return _of_digits(digits)
    rest, weekday = without_weekday(text)
    for layout in (_date_first, _time_first, _unix):
        found = layout(rest)
        if found is not None:
            if weekday is not None and found.date.weekday() != weekday:
                raise NotAMoment(f"{found.date} was not a {text[:3]}; correct one of the two")
            return found
    if _DAY_AND_MONTH.search(rest):
        raise NotAMoment(_ORDER_UNKNOWN)
    if _SHORT_YEAR.match(rest):
        raise NotAMoment(f"its year has two digits; {_ORDER_UNKNOWN.partition('; ')[2]}")
    raise NotAMoment(_NOT_A_TIME)


def _of_digits(found: re.Match[str]) -> Written:
    """A number: a date, a moment without separators, or the time since 1970 in s, ms, µs or ns."""
    text, digits, fraction = found[0], found[1], found[2]
    day = plausible_day(digits[:8])
    if day is not None and len(digits) == 8 and fraction is None:
        return Written(day)
    compact = _COMPACT_MOMENT.fullmatch(text)
    if day is not None and compact is not None and not (compact[3] and compact[4]):
        return Written(day, compact_clock(compact[2], compact[3] or compact[4]))
    if _DAY_NUMBER.fullmatch(text):
        raise NotAMoment("it is a spreadsheet's number of a day; format the column as date and time, and export again")
    if day is not None or len(digits) < 9:
        raise NotAMoment(f"{_NOT_A_TIME}; 20250902100514 is one too")
    exponent = 3 * max(0, (len(digits) - 8) // 3)
    seconds, parts = divmod(int(digits), 10**exponent)
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    micros = microseconds(str(parts).zfill(exponent) if exponent else fraction)
    since = moment.replace(tzinfo=None) - dt.datetime.combine(moment.date(), dt.time())
    return Written(moment.date(), since + micros, UTC_ZONE)


def _date_first(text: str) -> Written | None:
    found = date_at_start(text)
    if found is None:
        return None
    date, rest, needs_separator = found
    if not rest.strip(" ,"):
        return Written(date)
    between = _BETWEEN.match(rest)
    if between is None and needs_separator:
        return None
    behind = rest[between.end() :] if between else rest
    clock = clock_at_start(behind, hour_alone=between is not None and "T" in between[0].upper())
    if clock is None:
        return None
    since, zone_text = clock
    return _with_zone(date, since, zone_text)


def _time_first(text: str) -> Written | None:
    """10:05:14 PDT 2025-09-02."""
    clock = clock_at_start(text, hour_alone=False)
    if clock is None:
        return None
    since, rest = clock
    zoned = _ZONE_THEN_DATE.fullmatch(rest)
    readings = [("", rest.strip(" ,"))]
    if zoned is not None and zoned[1].casefold() not in {*MONTHS, *WEEKDAYS}:
        readings.append((zoned[1], zoned[2]))
    for zone_text, date_text in readings:
        date_text = without_weekday(date_text)[0]
        found = date_at_start(date_text)
        if found is not None and not (zone_text and found[1].strip()):
            return _with_zone(found[0], since, zone_text or found[1])
    return None


def _unix(text: str) -> Written | None:
    """Sep  2 10:05:14 CEST 2025."""
    found = _UNIX_DATE.fullmatch(text)
    if found is None or found[1].casefold() not in MONTHS:
        return None
    clock = clock_at_start(found[3], hour_alone=False)
    assert clock is not None, "the expression holds a clock"
    date = dt.date(int(found[5]), MONTHS[found[1].casefold()], int(found[2]))
    return _with_zone(date, clock[0], found[4] or found[6])


def _with_zone(date: dt.date, since: dt.timedelta, zone_text: str) -> Written:
    return Written(date, since, read_zone(zone_text))
