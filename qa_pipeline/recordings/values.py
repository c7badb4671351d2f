"""Checks one value of a call's metadata at a time, wherever it came from: sidecar, calls.csv or file name.

Values come from exports, spreadsheets and hand-written files. What can be understood without guessing is taken (a
number as an id, `inbound` in capitals); everything else is refused with what would be right.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from contextlib import suppress
from typing import Any

from qa_pipeline.transcription.languages import LANGUAGE_CODES

KEYS = (
    "call_id",
    "started_at",
    "agent_id",
    "agent_name",
    "customer_id",
    "queue",
    "direction",
    "agent_channel",
    "language",
)
"""The keys of a sidecar and of calls.csv that mean something to the product; others are kept beside them."""

MAX_ID_CHARS = 200
MAX_TEXT_CHARS = 500
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Years outside are an exporter's way to say "unknown" (0001, 1970) or a slip of the hand."""

DIRECTIONS = {
    "inbound": "inbound",
    "incoming": "inbound",
    "in": "inbound",
    "outbound": "outbound",
    "outgoing": "outbound",
    "out": "outbound",
    "internal": "internal",
}

# Unicode categories: controls, half surrogate pairs, line and paragraph separators. Other blanks (a Japanese name's
# wide one) and joiners (Persian, Hindi) belong to names and stay.
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_INVISIBLE = frozenset({"Cf"})

_BLANK_BEFORE_ZONE = re.compile(r" +(?=(?:Z|[+-]\d{2}:?\d{2})$)")
# What spreadsheets make of a time, where the year comes first and nothing is ambiguous: 2025/9/2 10:05.
_SPREADSHEET_TIME = re.compile(
    r"(?P<year>\d{4})(?P<separator>[-/.])(?P<month>\d{1,2})(?P=separator)(?P<day>\d{1,2})"
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
)


class BadValue(ValueError):
    """A value can't be used; the message says what would be right, as the end of "<key> is <value>: ..."."""


def clean_text(raw: Any, *, max_chars: int = MAX_TEXT_CHARS) -> str | None:
    """A text without blanks around it, None when empty; whole numbers are taken as text (ids often are numbers)."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        raise BadValue("it must be a text")
    text = raw.strip()
    if len(text) > max_chars:
        raise BadValue(f"it must be at most {max_chars} characters long")
    if _holds(text, _UNWRITABLE):
        raise BadValue("it must not hold line breaks, control or invalid characters")
    return text or None


def clean_id(raw: Any) -> str | None:
    """A text that can stand in a path and in an address: no slashes, nothing invisible, at most 200 characters."""
    text = clean_text(raw, max_chars=MAX_ID_CHARS)
    if text and (set(text) & {"/", "\\"} or text in (".", "..")):
        raise BadValue("an id must not hold slashes")
    if text and _holds(text, _INVISIBLE):
        raise BadValue("an id must not hold invisible characters")
    return text


def _holds(text: str, categories: frozenset[str]) -> bool:
    if text.isascii() and text.isprintable():
        return False
    return any(unicodedata.category(character) in categories for character in text)


def parse_moment(raw: Any, timezone: dt.tzinfo) -> dt.datetime | dt.date | None:
    """A point in time, aware (`timezone` where the value names none), or a date when no time of day is given."""
    text = clean_text(raw) if isinstance(raw, str) else raw
    if text is None:
        return None
    if not isinstance(text, str):
        raise BadValue("it must be a text such as 2025-09-02T10:05:14+08:00")
    moment = _moment(text)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BadValue(f"its year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    if isinstance(moment, dt.datetime) and moment.tzinfo is None:
        return moment.replace(tzinfo=timezone)
    return moment


def _moment(text: str) -> dt.datetime | dt.date:
    try:
        spread = _SPREADSHEET_TIME.fullmatch(text)
        if spread is not None:
            return _spreadsheet_moment(spread)
        with suppress(ValueError):
            return dt.date.fromisoformat(text)
        return dt.datetime.fromisoformat(_BLANK_BEFORE_ZONE.sub("", text))
    except ValueError as error:
        raise BadValue("it must be a time in ISO 8601, such as 2025-09-02T10:05:14+08:00") from error


def _spreadsheet_moment(found: re.Match[str]) -> dt.datetime | dt.date:
    date = dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
    if found["hour"] is None:
        return date
    time = dt.time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
    return dt.datetime.combine(date, time)


def parse_direction(raw: Any) -> str | None:
    """`inbound`, `outbound` or `internal`."""
    text = clean_text(raw)
    if text is None:
        return None
    direction = DIRECTIONS.get(text.casefold())
    if direction is None:
        raise BadValue("it must be inbound, outbound or internal")
    return direction


def parse_agent_channel(raw: Any) -> int | None:
    """0 or 1: the channel on which the agent speaks."""
    text = clean_text(raw)
    if text is None:
        return None
    if text not in ("0", "1"):
        raise BadValue("it must be 0 or 1, the channel on which the agent speaks")
    return int(text)


def parse_language(raw: Any) -> str | None:
    """One of the service's language codes."""
    text = clean_text(raw)
    if text is None:
        return None
    if text.casefold() not in LANGUAGE_CODES:
        raise BadValue(f"it must be one of {', '.join(LANGUAGE_CODES)}, or left out to be detected")
    return text.casefold()
