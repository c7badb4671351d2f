"""Checks one value of a call's metadata at a time, wherever it came from: sidecar, calls.csv or file name.

Values come from exports, spreadsheets and hand-written files. What can be understood without guessing is taken (a
number as an id, `inbound` in capitals); everything else is refused with what would be right.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from qa_pipeline.recordings.moments import ISO_EXAMPLE, normalized, read_moment
from qa_pipeline.recordings.parties import party_of
from qa_pipeline.recordings.value_words import (
    CHANNELS,
    DIRECTIONS,
    LANGUAGES,
    UNKNOWN_LANGUAGES,
    WORDS_BESIDE_A_DIRECTION,
)
from qa_pipeline.recordings.written_dates import FIRST_YEAR, LAST_YEAR
from qa_pipeline.recordings.written_moments import NotAMoment
from qa_pipeline.transcription.languages import REQUEST_LANGUAGES

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
    "channels",
    "party",
)
"""The keys of a sidecar and of a call list that mean something to the product; others are kept beside them."""

MAX_ID_CHARS = 200
MAX_TEXT_CHARS = 500
# Unicode categories: controls, half surrogate pairs, line and paragraph separators. Other blanks (a Japanese name's
# wide one) and joiners (Persian, Hindi) belong to names and stay.
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_INVISIBLE = frozenset({"Cf"})

_WHOLE_FLOAT = re.compile(r"([+-]?\d+)[.,]0+")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[Ee]\+?\d{1,3}")
_KEPT_DIGITS = 10**15
"""Spreadsheets and floats keep 15 digits of a number; those behind are zeros or wrong."""


_PAIR = re.compile(r"[=:]")
_LIST = re.compile(r"[;,|]\s*")
_NOBODY = frozenset({"", "null", "none", "ignore", "ignored", "skip", "-", "unused"})


class BadValue(ValueError):
    """A value can't be used; the message says what would be right, as the end of "<key> is <value>: ..."."""


def clean_text(raw: Any, *, max_chars: int = MAX_TEXT_CHARS) -> str | None:
    """A text (NFC) without blanks around it, None when empty; whole numbers are taken as text (ids often are)."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        raise BadValue("it must be a text")
    text = unicodedata.normalize("NFC", raw.strip())
    if len(text) > max_chars:
        raise BadValue(f"it must be at most {max_chars} characters long")
    if _holds(text, _UNWRITABLE):
        raise BadValue("it must not hold line breaks, control or invalid characters")
    return text or None


def clean_id(raw: Any, *, remarks: list[str] | None = None) -> str | None:
    """A text that can stand in a path and in an address: no slashes, nothing invisible, at most 200 characters.

    An id that went through a spreadsheet or a table of numbers as 17.0 is 17, which `remarks` takes; one that lost
    digits there (1.23E+15) is refused.
    """
    text = clean_text(_number_as_text(raw) if isinstance(raw, float) else raw, max_chars=MAX_ID_CHARS)
    if text and (set(text) & {"/", "\\"} or text in (".", "..")):
        raise BadValue("an id must not hold slashes")
    if text and _holds(text, _INVISIBLE):
        raise BadValue("an id must not hold invisible characters")
    if text and _SCIENTIFIC.fullmatch(text):
        raise BadValue("a spreadsheet shortened the id to this number; format the column as text and export again")
    whole = _WHOLE_FLOAT.fullmatch(text or "")
    if whole is None:
        return text
    if len(whole[1].lstrip("+-")) > 15:
        raise BadValue("a spreadsheet keeps 15 digits of a number; format the column as text and export again")
    if remarks is not None:
        remarks.append(f"it was read as {whole[1]}, an id that a program took for a number")
    return whole[1]


def _number_as_text(raw: float) -> str:
    """A float as it would be written without exponent. Raises `BadValue` where digits are lost."""
    if not math.isfinite(raw) or abs(raw) >= _KEPT_DIGITS:
        raise BadValue("a number of this size loses digits; write it as text")
    return f"{Decimal(repr(raw)):f}"


def _holds(text: str, categories: frozenset[str]) -> bool:
    if text.isascii() and text.isprintable():
        return False
    return any(unicodedata.category(character) in categories for character in text)


def parse_moment(
    raw: Any, timezone: dt.tzinfo, *, formats: Sequence[str] = (), remarks: list[str] | None = None
) -> dt.datetime | dt.date | None:
    """A point in time, aware (`timezone` where the value names none), or a date when no time of day is given.

    `formats` (of strptime) are tried first. `remarks` takes what somebody should know of how the value was read.
    """
    text = clean_text(_number_as_text(raw).removesuffix(".0") if isinstance(raw, float) else raw)
    if text is None:
        return None
    shown = normalized(text)
    notes = [f"it was read as {shown}"] if any(item.isdecimal() and not item.isascii() for item in text) else []
    try:
        moment = read_moment(shown, formats).resolve(timezone, notes)
    except NotAMoment as error:
        raise BadValue(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise BadValue(f"it must be a time in ISO 8601, such as {ISO_EXAMPLE}") from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BadValue(f"its year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    if remarks is not None:
        remarks.extend(notes)
    return moment


def parse_direction(raw: Any) -> str | None:
    """`inbound`, `outbound` or `internal`, in the words of phone systems: `outbound-api`, `Incoming Call`, 呼入."""
    text = clean_text(raw)
    if text is None:
        return None
    words = re.split(r"[\W_]+", unicodedata.normalize("NFKC", text).casefold())
    directions = {DIRECTIONS[word] for word in words if word in DIRECTIONS}
    others = [word for word in words if word and word not in DIRECTIONS and word not in WORDS_BESIDE_A_DIRECTION]
    if len(directions) != 1 or others:
        raise BadValue("it must be inbound, outbound or internal")
    return directions.pop()


def parse_agent_channel(raw: Any) -> int | None:
    """0 or 1, the channel on which the agent speaks; `left` is 0, `right` is 1."""
    text = clean_text(str(raw) if isinstance(raw, bool | float) else raw)
    if text is None:
        return None
    words = unicodedata.normalize("NFKC", text).casefold()
    named = re.fullmatch(r"(?:ch(?:annel)?[\s_-]*)?(\w+?)(?:[.,]0+)?(?:[\s_-]*channel)?", words)
    if named is None or named[1] not in CHANNELS:
        raise BadValue("it must be 0 or 1 (left or right), the channel on which the agent speaks")
    return CHANNELS[named[1]]


def parse_party(raw: Any) -> str | None:
    """Who is on a recording of one party: what `parties.party_of` makes of the word; other words stay as they are."""
    text = clean_text(raw)
    return None if text is None else party_of(text) or text


def parse_channels(raw: Any) -> dict[int, str | None] | None:
    """Who is on which channel of a recording: an object `{"0": "agent", "2": null}`, JSON of one, `0=agent;1=customer`,
    or a list in the order of the channels. None as a party: the channel is not to be sent.

    A mere number is how many channels there are, which says nothing of them.
    """
    value = _loaded(raw) if isinstance(raw, str) else raw
    if value is None or isinstance(value, int | float) or (isinstance(value, str) and not _PAIR.search(value)):
        return None
    if isinstance(value, str):
        value = dict(pair.split(match[0], 1) for pair in _LIST.split(value) if (match := _PAIR.search(pair)))
    if isinstance(value, list | tuple):
        value = dict(enumerate(value))
    if not isinstance(value, Mapping):
        raise BadValue('it must say who is on each channel, such as {"0": "agent", "1": "customer", "2": "supervisor"}')
    found = {_channel_number(key): _channel_party(party) for key, party in value.items()}
    roles = [party for party in found.values() if party in ("agent", "customer")]
    if sorted(roles) != ["agent", "customer"]:
        raise BadValue("it must name one channel of the agent and one of the customer")
    return dict(sorted(found.items()))


def _loaded(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return text


def _channel_number(raw: Any) -> int:
    named = re.fullmatch(r"(?:ch(?:annel)?|track|stream)?[\s_-]*(\d{1,3})", str(raw).strip().casefold(), re.ASCII)
    if named is None:
        raise BadValue(f"{raw!r} is not the number of a channel, counted from 0")
    return int(named[1])


def _channel_party(raw: Any) -> str | None:
    text = None if raw is None else str(raw).strip()
    if text is None or text.casefold() in _NOBODY:
        return None
    party = party_of(text)
    return party if party in ("agent", "customer") else text


def parse_language(raw: Any) -> str | None:
    """One of the service's language codes, from a code of ISO 639, a tag of BCP 47 (`en-US`) or a name (`English`)."""
    text = clean_text(raw)
    if text is None:
        return None
    name = unicodedata.normalize("NFKC", text).casefold()
    if name in UNKNOWN_LANGUAGES:
        return None
    code = LANGUAGES.get(name) or _language_of_tag(name) or _language_with_country(name)
    if code is None:
        raise BadValue(f"it must be one of {', '.join(REQUEST_LANGUAGES)}, or left out to be detected")
    return code


def _language_of_tag(name: str) -> str | None:
    """en-us, zh_hans_cn, zh-yue, en_us.utf-8. Of zh-HK nothing says whether Mandarin or Cantonese is spoken."""
    parts = re.split(r"[-_]", re.split(r"[.@]", name)[0])
    if not re.fullmatch(r"[a-z]{2,3}", parts[0]) or not all(re.fullmatch(r"[a-z0-9]{1,8}", part) for part in parts):
        return None
    if parts[0] == "zh" and len(parts) > 1:
        if parts[1] in ("yue", "cmn"):
            return LANGUAGES[parts[1]]
        if {"hk", "mo"} & set(parts) or len(parts[1]) == 3:  # a third dialect, such as zh-wuu
            return None
    return LANGUAGES.get(parts[0])


def _language_with_country(name: str) -> str | None:
    """English (United States), Chinese (Cantonese, Traditional), English - US."""
    found = re.fullmatch(r"([^()]+?)\s*(?:\(([^()]*)\)|[-–,]\s*(.+))", name)
    if found is None or len(found[1]) < 4:  # a tag, which was looked at
        return None
    language, details = LANGUAGES.get(found[1]), re.split(r"[\s,]+", found[2] or found[3] or "")
    if language != "zh":
        return language
    dialects = {LANGUAGES[detail] for detail in details if detail in ("cantonese", "mandarin", "yue", "cmn")}
    if len(dialects) > 1 or (not dialects and {"hong", "hk", "macau", "macao"} & set(details)):
        return None
    return dialects.pop() if dialects else language
