"""Reads what phone systems write into the names of their files.

A pattern is a name with parts in braces, such as `{date}_{agent_id}_{call_id}`, matched against the name without its
ending. A part of free text ends at the first character that follows it in the pattern; the last one takes the rest.
That makes a match unique and its cost linear, however long and odd the names are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Final

from qa_pipeline.errors import WrongUse
from qa_pipeline.recordings.value_words import CHANNELS
from qa_pipeline.recordings.written_dates import FIRST_YEAR, LAST_YEAR

SHIPPED_PATTERNS: Final = (
    "{_}_{guid}_{call_id}_AGENT_{agent_id}_DT_{started_at}",
    "{_}_{guid}_{call_id}_AGENT_{agent_id}_DT_{started_at}_{_}",
    "{call_id}_{started_at}_UTC",
    "{date}_{agent_id}_{call_id}",
    "{call_id}",
)
"""Tried in this order, behind the user's own: `Auto0_GUID_000_AGENT_ChrisL_DT_2025-02-19T06-01-22_Mono`,
`8d3f_20250902T23:27_UTC` (Amazon Connect), `2025-09-03_a-brooks_c0304`, and any other name, which is the call's id."""

_DATE = r"\d{4}-\d{2}-\d{2}|\d{4}\.\d{2}\.\d{2}|\d{8}"
_CHANNEL_WORDS = [re.escape(word) for word in CHANNELS if word not in ("0", "1", "true", "false")]
_ZONE = r"(?:Z|[+-]\d{2}:?\d{2})?"


def _time_shape(name: str) -> str:
    """Hours, minutes and perhaps seconds, with the same separator or none between them, and perhaps milliseconds."""
    return rf"\d{{2}}(?P<{name}_colon>[-:._]?)\d{{2}}(?:(?P={name}_colon)\d{{2}}(?:\d{{3}})??)?"


_CHANNEL = rf"(?i:(?:ch(?:annel)?[-_ ]?)?(?:\d|{'|'.join(sorted(_CHANNEL_WORDS, key=len, reverse=True))}))"


_SHAPES: Final = {
    "date": _DATE,
    "time": _time_shape("time"),
    "started_at": f"(?:{_DATE})[T ]?{_time_shape('started_at')}{_ZONE}",
    "agent_channel": _CHANNEL,
    "segment": r"\d{1,4}",
    "extension": r"\d{2,5}",
    "number": r"\+?\d{6,15}",
    "language": r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})??",
}
_TEXTS: Final = ("call_id", "agent_id", "agent_name", "customer_id", "queue", "direction", "guid", "party", "_")
_MEANT: Final = {"extension": "agent_id", "number": "customer_id"}
"""Parts told apart by their length: a line of the company's, and a telephone number."""
_DIGITS_OF_MOMENT = re.compile(
    r"(\d{4}[-.]?\d{2}[-.]?\d{2})[T ]?(\d{2})[-:._]?(\d{2})[-:._]?(?:(\d{2})(\d{3})?)?(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)


_DATE_OF_FOLDERS: Final = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        r"[a-z_]+=(\d{4})-(\d{2})-(\d{2})",
        r"(\d{4})-(\d{2})/(\d{2})|(\d{4})/(\d{2})-(\d{2})",
        r"(?:y|year|yyyy)?=?(\d{4})/(?:m|month|mm)?=?(\d{1,2}|[a-z]{3})/(?:d|day|dd)?=?(\d{1,2})",
    )
)
_MONTHS = {
    "jan": "1", "feb": "2", "mar": "3", "apr": "4", "may": "5", "jun": "6",
    "jul": "7", "aug": "8", "sep": "9", "oct": "10", "nov": "11", "dec": "12",
}  # fmt: skip
_UTC_BEHIND = re.compile(r"[ _.-]?(?:UTC|GMT)(?![A-Za-z0-9+-])")
"""What says behind a time, in the name or in the pattern, in which zone it is."""


class BadPattern(WrongUse, ValueError):
    """A file-name pattern can't be used; the message names it, the reason and an example."""


def _iso_date(text: str) -> str:
    digits = text.replace("-", "").replace(".", "")
    date = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise ValueError(text)  # eight digits that are something else, such as a telephone number
    return date.isoformat()


def _iso_moment(text: str) -> str:
    found = _DIGITS_OF_MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    date, hour, minute, second, thousandth, zone = found.groups()
    fraction = f".{thousandth}" if thousandth else ""
    moment = f"{_iso_date(date)}T{hour}:{minute}:{second or '00'}{fraction}{zone or ''}"
    dt.datetime.fromisoformat(moment)
    return moment


_ISO: Final = {"started_at": _iso_moment, "date": _iso_date}


@dataclass(frozen=True)
class FileNamePattern:
    """One compiled pattern; `text` is what the user wrote."""

    text: str
    expression: re.Pattern[str]
    says: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What every name of this kind says besides its parts."""

    def read(self, stem: str) -> dict[str, str] | None:
        """The parts of a file name without its ending; None when it doesn't match or its date is not one (20251399).

        `started_at` and `date` come as ISO 8601; other values are not checked.
        """
        found = self.expression.fullmatch(stem)
        if found is None:
            return None
        given = {key: value for key, value in found.groupdict().items() if key in _SHAPES or key in _TEXTS}
        parts = {**self.says, **{_MEANT.get(key, key): value for key, value in given.items()}}
        time = parts.pop("time", None)
        if time is not None:
            parts["started_at"] = f"{parts.pop('date')}T{time}"
        clock = "started_at" if time is None else "time"
        if "started_at" in parts and _UTC_BEHIND.match(stem, found.end(clock)):
            parts["started_at"] = parts["started_at"].removesuffix("Z") + "Z"
        if parts.get("guid", "").casefold() == "guid":
            del parts["guid"]  # the heading of the part that follows, not a part of its own
        try:
            return parts | {key: iso(parts[key]) for key, iso in _ISO.items() if key in parts}
        except ValueError:
            return None


def compile_patterns(
    texts: Iterable[str] = (), of_layout: Iterable[FileNamePattern] = ()
) -> tuple[FileNamePattern, ...]:
    """The user's patterns, those of the layout, then the shipped ones. Raises `BadPattern`."""
    return (*map(compile_pattern, texts), *of_layout, *map(compile_pattern, SHIPPED_PATTERNS))


def compile_pattern(text: str, *, says: Mapping[str, str] | None = None) -> FileNamePattern:
    """One pattern, and what a name that matches it says besides. Raises `BadPattern` naming what is wrong with it."""
    pieces = _pieces(text)
    names = [name for _, name in pieces if name is not None]
    _check_names(text, names)
    expression = []
    for index, (literal, name) in enumerate(pieces):
        expression.append(re.escape(literal))
        if name is None:
            continue
        following = pieces[index + 1][0] if index + 1 < len(pieces) else ""
        last = index + 1 == len(pieces)
        if name not in _SHAPES and not following and not last:
            raise _bad(text, f"{{{name}}} is followed by another part; put a character between them")
        shape = _SHAPES.get(name) or (f"[^{re.escape(following[0])}]+" if following else ".+")
        expression.append(f"(?:{shape})" if name == "_" else f"(?P<{name}>{shape})")
    return FileNamePattern(text, re.compile("".join(expression), re.DOTALL | re.ASCII), says or {})


def read_file_name(stem: str, patterns: Iterable[FileNamePattern]) -> dict[str, str]:
    """What the first pattern that matches reads from a name without its ending; empty when none does."""
    for pattern in patterns:
        parts = pattern.read(stem)
        if parts is not None:
            return parts
    return {}


def date_of_folder(name: str) -> dt.date | None:
    """The date of a folder called YYYY-MM-DD, None for any other name."""
    return _date(*name.split("-")) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", name, re.ASCII) else None


def date_of_folders(names: Sequence[str]) -> dt.date | None:
    """The date that the last of these folders (outermost first) names, alone or with up to two above it.

    2025-09-01, date=2025-09-01, 2025/09/01, 2025/Sep/01, year=2025/month=9/day=1, 2025-09/01, 2025/09-01; None for
    anything else.
    """
    for count, pattern in enumerate(_DATE_OF_FOLDERS, 1):
        found = pattern.fullmatch("/".join(names[-count:]))
        if found is not None:
            return _date(*(part for part in found.groups() if part is not None))
    return date_of_folder(names[-1]) if names else None


def _date(year: str, month: str, day: str) -> dt.date | None:
    try:
        date = dt.date(int(year), int(_MONTHS.get(month.casefold(), month)), int(day))
    except ValueError:
        return None
    return date if FIRST_YEAR <= date.year <= LAST_YEAR else None


def _pieces(text: str) -> list[tuple[str, str | None]]:
    """(literal text, part behind it or None) pairs."""
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise _bad(text, f"its braces don't close ({error})") from error
    pieces: list[tuple[str, str | None]] = []
    for literal, name, specification, conversion in parsed:
        if specification or conversion:
            raise _bad(text, f"{{{name}}} must be a bare name, without ':' or '!'")
        if "/" in literal or "\\" in literal:
            raise _bad(text, "a pattern is for the file's name only, not for its folders")
        pieces.append((literal, name))
    return pieces


def _check_names(text: str, names: list[str]) -> None:
    if not names:
        raise _bad(text, "it has no part in braces")
    known = (*_SHAPES, *_TEXTS)
    for name in names:
        if name not in known:
            raise _bad(text, f"there is no part {{{name}}}; parts are {', '.join(f'{{{key}}}' for key in known)}")
        if name != "_" and names.count(name) > 1:
            raise _bad(text, f"{{{name}}} occurs in it twice")
    for shaped, meant in _MEANT.items():
        if {shaped, meant} <= set(names):
            raise _bad(text, f"{{{shaped}}} and {{{meant}}} are the same key")
    if "started_at" in names and {"date", "time"} & set(names):
        raise _bad(text, "{started_at} already holds the date and the time")
    if "time" in names and "date" not in names:
        raise _bad(text, "{time} needs {date}")


def _bad(text: str, reason: str) -> BadPattern:
    return BadPattern(f"file-name pattern {text!r}: {reason}. An example is {{date}}_{{agent_id}}_{{call_id}}")
