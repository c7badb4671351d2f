"""Reads a written point in time where it has one reading, whatever program wrote it.

Year first, a named month, seconds since 1970, twelve hours with AM or PM, a zone behind it. 02/09/2025 is read only by
a `time_format`: nothing in it says which is the month.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qa_pipeline.recordings.time_words import HALVES, MONTHS, OBSERVED_IN, WEEKDAYS, ZONES

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Years outside are an exporter's way to say "unknown" (0001, 1970) or a slip of the hand."""

ISO_EXAMPLE: Final = "2025-09-02T10:05:14+08:00"
_NOT_A_TIME: Final = f"it must be a time in ISO 8601, such as {ISO_EXAMPLE}"
_ORDER_UNKNOWN: Final = (
    "nothing says which is the day and which the month; write the year first, or set time_format in qa.toml, such as "
    '"%d/%m/%Y %H:%M"'
)
_MAX_OFFSET = dt.timedelta(hours=14)
_DATE_DIRECTIVES = (("%Y", "%y"), ("%m", "%b", "%B"), ("%d",))
_TIME_DIRECTIVES = ("%H", "%I", "%X", "%c", "%T", "%R")

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
_UNIX_DATE = re.compile(
    r"([^\W\d_]{3,12})\s+(\d{1,2})\s+(\d{1,2}:\d{2}(?::\d{2})?)\s+(?:(\S+)\s+)?(\d{4})(.*)", re.DOTALL
)

_HALF_BEFORE = re.compile(r"(上午|下午|午前|午後|오전|오후|[AaPp][Mm](?=\s))\s*")
_HALF_BEHIND = re.compile(r"\s*([AaPp])\.?\s?[Mm](?![A-Za-z])\.?|\s*(上午|下午|午前|午後|오전|오후)")
_CLOCK = re.compile(r"(\d{1,2})([:.])(\d{2})(?:\2(\d{2})(?:[.,](\d{1,9})|:(\d{3}))?)?(?!\d)")
_CLOCK_OF_A_NAME = re.compile(r"(\d{2})-(\d{2})-(\d{2})(?!\d)")
_CLOCK_IN_WORDS = re.compile(
    r"(\d{1,2})\s*[时時点點시h]\s*(\d{1,2})(?:\s*[分분m](?:in)?)?(?:\s*(\d{1,2})\s*[秒초s]?)?(?!\d)"
)
_COMPACT_CLOCK = re.compile(r"(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9})|(\d{3}|\d{6}))?)?(?!\d)")
_HOUR = re.compile(r"(\d{1,2})(?![\d:.]|-\d{2}$)")  # T10-05 is five past ten, or ten o'clock in New York

_BETWEEN = re.compile(r"\s*T\s*(?=\d)|\s*[,_]\s*|\s+(?:at|à|às|um)\s+|\s+|[-:](?=\d)", re.IGNORECASE)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?:\s+([A-Za-z]{2,5}))?", re.IGNORECASE)
_ZONE_NAME = re.compile(r"[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+")
_ZONE_THEN_DATE = re.compile(r"\s*(Z|[A-Za-z]{2,5}|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)[\s,]+(.+)", re.DOTALL)
_WEEKDAY = re.compile(r"([A-Za-z]{3,9})\.?,?\s+")
_DIGITS = re.compile(r"(\d+)(?:[.,](\d{1,9}))?")
_COMPACT_MOMENT = re.compile(r"(\d{8})(\d{4}(?:\d{2})?)(\d{3}|\d{6})?(?:[.,](\d{1,9}))?")
_DAY_AND_MONTH = re.compile(r"(?<!\d)\d{1,2}([-/. ])\d{1,2}\1\s?(?:\d{4}|\d{2})(?!\d)")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ]*[^\W\d_]{3,9}\.?[-/. ]*\d{2}(?!\d)")
_DAY_NUMBER = re.compile(r"\d{5}(?:[.,]\d+)?")


class NotAMoment(ValueError):
    """A text is not a point in time with one reading; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Zone:
    """What is written behind a time: an offset, a place, both, or an abbreviation such as CST."""

    offset: dt.timezone | None = None
    place: ZoneInfo | None = None
    word: str | None = None


_UTC = Zone(dt.UTC)


@dataclass(frozen=True, slots=True)
class Written:
    """A date as written; with `since_midnight`, a time of day (24 h is the midnight behind it)."""

    date: dt.date
    since_midnight: dt.timedelta | None = None
    zone: Zone | None = None

    def resolve(self, timezone: dt.tzinfo, remarks: list[str]) -> dt.datetime | dt.date:
        """The moment, aware (in `timezone` where no zone is written), or the date where there is no time of day.

        `remarks` takes what somebody should know of the reading, as the end of "<key> is <value>: ...".

        Raises:
            NotAMoment: the zone has several meanings, or contradicts the offset beside it.
        """
        if self.since_midnight is None:
            return self.date
        wall = dt.datetime.combine(self.date, dt.time()) + self.since_midnight
        zone = self.zone or Zone()
        if zone.offset is not None:
            moment = wall.replace(tzinfo=zone.offset)
            if zone.place is not None and moment.astimezone(zone.place).utcoffset() != moment.utcoffset():
                raise NotAMoment(f"{zone.place.key} was not at {zone.offset} then; correct one of the two")
            return moment
        if zone.word is not None:
            return _by_word(wall, zone.word, timezone, remarks)
        return _on_the_wall(wall, zone.place or timezone, remarks)


def _by_word(wall: dt.datetime, word: str, timezone: dt.tzinfo, remarks: list[str]) -> dt.datetime:
    for fold in (0, 1):  # the place's own name for its time: CST is China's in Shanghai, Chicago's in Chicago
        local = wall.replace(tzinfo=timezone, fold=fold)
        if (local.tzname() or "").casefold() == word.casefold():
            return local
    fixed = ZONES.get(word.casefold())
    if fixed is None:
        raise NotAMoment(f"{word} is not the name of one zone; write the offset, such as +08:00")
    moment = wall.replace(tzinfo=fixed)
    place = OBSERVED_IN.get(word.casefold())
    if place is not None and moment.astimezone(ZoneInfo(place)).utcoffset() != moment.utcoffset():
        remarks.append(f"{word} was read as {fixed}, although clocks in {place} showed summer time")
    return moment


def _on_the_wall(wall: dt.datetime, timezone: dt.tzinfo, remarks: list[str]) -> dt.datetime:
    """A time of a place; its clocks skip an hour once a year, and show one twice."""
    first, second = (wall.replace(tzinfo=timezone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    shifted = first.astimezone(dt.UTC).astimezone(timezone)
    if shifted.replace(tzinfo=None) != wall:
        remarks.append(f"no clock of {timezone} showed that time; {shifted.isoformat()} was taken")
    else:
        remarks.append(f"clocks of {timezone} showed that time twice; the first, {shifted.isoformat()}, was taken")
    return shifted


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
                candidates.append((text[: behind.start()], _zone(text[behind.end() :])))
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
    rest, weekday = _without_weekday(text)
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
    day = _plausible_day(digits[:8])
    if day is not None and len(digits) == 8 and fraction is None:
        return Written(day)
    compact = _COMPACT_MOMENT.fullmatch(text)
    if day is not None and compact is not None and not (compact[3] and compact[4]):
        return Written(day, _compact_clock(compact[2], compact[3] or compact[4]))
    if _DAY_NUMBER.fullmatch(text):
        raise NotAMoment("it is a spreadsheet's number of a day; format the column as date and time, and export again")
    if day is not None or len(digits) < 9:
        raise NotAMoment(f"{_NOT_A_TIME}; 20250902100514 is one too")
    exponent = 3 * max(0, (len(digits) - 8) // 3)
    seconds, parts = divmod(int(digits), 10**exponent)
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    micros = _micros(str(parts).zfill(exponent) if exponent else fraction)
    since = moment.replace(tzinfo=None) - dt.datetime.combine(moment.date(), dt.time())
    return Written(moment.date(), since + micros, _UTC)


def _date_first(text: str) -> Written | None:
    found = _date_at_start(text)
    if found is None:
        return None
    date, rest, needs_separator = found
    if not rest.strip(" ,"):
        return Written(date)
    between = _BETWEEN.match(rest)
    if between is None and needs_separator:
        return None
    behind = rest[between.end() :] if between else rest
    clock = _clock_at_start(behind, hour_alone=between is not None and "T" in between[0].upper())
    if clock is None:
        return None
    since, zone_text = clock
    return _with_zone(date, since, zone_text)


def _time_first(text: str) -> Written | None:
    """10:05:14 PDT 2025-09-02."""
    clock = _clock_at_start(text, hour_alone=False)
    if clock is None:
        return None
    since, rest = clock
    zoned = _ZONE_THEN_DATE.fullmatch(rest)
    readings = [("", rest.strip(" ,"))]
    if zoned is not None and zoned[1].casefold() not in {*MONTHS, *WEEKDAYS}:
        readings.append((zoned[1], zoned[2]))
    for zone_text, date_text in readings:
        date_text = _without_weekday(date_text)[0]
        found = _date_at_start(date_text)
        if found is not None and not (zone_text and found[1].strip()):
            return _with_zone(found[0], since, zone_text or found[1])
    return None


def _unix(text: str) -> Written | None:
    """Sep  2 10:05:14 CEST 2025."""
    found = _UNIX_DATE.fullmatch(text)
    if found is None or found[1].casefold() not in MONTHS:
        return None
    clock = _clock_at_start(found[3], hour_alone=False)
    assert clock is not None, "the expression holds a clock"
    date = dt.date(int(found[5]), MONTHS[found[1].casefold()], int(found[2]))
    return _with_zone(date, clock[0], found[4] or found[6])


def _without_weekday(text: str) -> tuple[str, int | None]:
    found = _WEEKDAY.match(text)
    word = found[1].casefold() if found else ""
    if found is None or word[:3] not in WEEKDAYS or word in MONTHS:
        return text, None
    return text[found.end() :], WEEKDAYS.index(word[:3])


def _date(year: str, month: str | int, day: str) -> dt.date:
    return dt.date(int(year), int(month), int(day))


def _plausible_day(digits: str) -> dt.date | None:
    """The day that eight digits name, None where they are something else."""
    try:
        day = dt.datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        return None
    return day if len(digits) == 8 and FIRST_YEAR <= day.year <= LAST_YEAR else None


def _date_at_start(text: str) -> tuple[dt.date, str, bool] | None:
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


def _clock_at_start(text: str, *, hour_alone: bool) -> tuple[dt.timedelta, str] | None:
    """(time since midnight, what follows). Raises ValueError for a time that doesn't exist."""
    before = _HALF_BEFORE.match(text)
    body = text[before.end() :] if before else text
    fields: Iterable[str | None]
    if found := _CLOCK.match(body):
        fields = (found[1], found[3], found[4], found[5] or found[6])
    elif (found := _CLOCK_OF_A_NAME.match(body)) or (found := _CLOCK_IN_WORDS.match(body)):
        fields = (*found.groups(), None)
    elif found := _COMPACT_CLOCK.match(body):
        fields = (found[1], found[2], found[3], found[4] or found[5])
    elif (found := _HOUR.match(body)) and (before or hour_alone or _HALF_BEHIND.match(body[found.end() :])):
        fields = (found[1], None, None, None)
    else:
        return None
    rest = body[found.end() :]
    behind = None if before else _HALF_BEHIND.match(rest)
    half = before[1] if before else (f"{behind[1]}m" if behind[1] else behind[2]) if behind else None
    if behind:
        rest = rest[behind.end() :]
    return _since_midnight(*fields, half=half.casefold() if half else None), rest


def _compact_clock(digits: str, fraction: str | None) -> dt.timedelta:
    return _since_midnight(digits[:2], digits[2:4], digits[4:] or None, fraction)


def _since_midnight(
    hour_text: str | None,
    minute: str | None = None,
    second: str | None = None,
    fraction: str | None = None,
    *,
    half: str | None = None,
) -> dt.timedelta:
    hour = int(hour_text or 0)
    if half is not None:
        afternoon = HALVES[half] == 12
        if (hour > 12 and not afternoon) or (hour == 0 and afternoon) or hour > 23:
            raise ValueError("an hour that is not of this half of the day")
        hour = hour % 12 + HALVES[half]
    since = dt.timedelta(hours=hour, minutes=int(minute or 0), seconds=int(second or 0)) + _micros(fraction)
    midnight = dt.timedelta(days=1)
    if int(minute or 0) > 59 or int(second or 0) > 59 or since > midnight:
        raise ValueError("no such time of day")
    return since


def _micros(fraction: str | None) -> dt.timedelta:
    return dt.timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))


def _with_zone(date: dt.date, since: dt.timedelta, zone_text: str) -> Written:
    return Written(date, since, _zone(zone_text))


def _zone(text: str) -> Zone | None:
    """What stands behind a time: nothing, Z, +02:00, UTC+2, CET, Asia/Shanghai, +08:00[Asia/Shanghai], +0800 (CST)."""
    text = text.strip()
    if not text:
        return None
    tags = re.fullmatch(r"(.*?)((?:\[[^\[\]]*\])+)", text)
    if tags is not None:
        names = [tag.lstrip("!") for tag in re.findall(r"\[([^\[\]]*)\]", tags[2]) if "=" not in tag]
        base = _zone(tags[1])
        return Zone(base.offset if base else None, _iana(names[0])) if names else base
    comment = re.fullmatch(r"(.*?)\s*\(([^()]*)\)", text)
    if comment is not None:
        return _zone(comment[1] or comment[2])
    if text.casefold() in ("z", "utc", "gmt"):
        return _UTC
    if (found := _OFFSET.fullmatch(text)) is not None:
        return Zone(_offset(found))
    if _ZONE_NAME.fullmatch(text):
        return Zone(place=_iana(text))
    if re.fullmatch(r"[A-Za-z]{3,5}", text):
        return Zone(word=text)
    raise ValueError(f"{text!r} is not a zone")


def _offset(found: re.Match[str]) -> dt.timezone:
    distance = dt.timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if distance > _MAX_OFFSET or int(found[3] or 0) > 59:
        raise NotAMoment(f"no zone is {found[0]} away from UTC")
    zone = dt.timezone(-distance if found[1] == "-" else distance)
    named = ZONES.get((found[4] or "").casefold())
    if named is not None and named != zone:
        raise NotAMoment(f"{found[4]} is not {zone}; correct one of the two")
    return zone


def _iana(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotAMoment(f"{name!r} is not a time zone such as Asia/Shanghai") from None
