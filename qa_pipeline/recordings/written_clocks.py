"""The time of day with which a text begins: 24 hours, or twelve with the half of the day before or behind."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from qa_pipeline.recordings.time_words import HALVES

_HALF_BEFORE = re.compile(r"(上午|下午|午前|午後|오전|오후|[AaPp][Mm](?=\s))\s*")
_HALF_BEHIND = re.compile(r"\s*([AaPp])\.?\s?[Mm](?![A-Za-z])\.?|\s*(上午|下午|午前|午後|오전|오후)")
_CLOCK = re.compile(r"(\d{1,2})([:.])(\d{2})(?:\2(\d{2})(?:[.,](\d{1,9})|:(\d{3}))?)?(?!\d)")
_CLOCK_OF_A_NAME = re.compile(r"(\d{2})-(\d{2})-(\d{2})(?!\d)")
_CLOCK_IN_WORDS = re.compile(
    r"(\d{1,2})\s*[时時点點시h]\s*(\d{1,2})(?:\s*[分분m](?:in)?)?(?:\s*(\d{1,2})\s*[秒초s]?)?(?!\d)"
)
_COMPACT_CLOCK = re.compile(r"(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9})|(\d{3}|\d{6}))?)?(?!\d)")
_HOUR = re.compile(r"(\d{1,2})(?![\d:.]|-\d{2}$)")  # T10-05 is five past ten, or ten o'clock in New York


def clock_at_start(text: str, *, hour_alone: bool) -> tuple[dt.timedelta, str] | None:
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


def compact_clock(digits: str, fraction: str | None) -> dt.timedelta:
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
    since = dt.timedelta(hours=hour, minutes=int(minute or 0), seconds=int(second or 0)) + microseconds(fraction)
    midnight = dt.timedelta(days=1)
    if int(minute or 0) > 59 or int(second or 0) > 59 or since > midnight:
        raise ValueError("no such time of day")
    return since


def microseconds(fraction: str | None) -> dt.timedelta:
    return dt.timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
