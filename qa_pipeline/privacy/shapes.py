"""Numbers whose shape says what they are: dates, times, amounts, addresses of machines, accounts."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from qa_pipeline.privacy.checks import IBAN_LENGTHS

Shape = Literal["date", "time", "grouped", "decimal", "calendar"]

_SHAPES = re.compile(
    r"(?P<date>(?<!\d)(?<!\d[-/.])(?:\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3(?:\d{4}|\d{2}))(?![-/.]?\d))"
    r"|(?P<time>(?<![\d:])\d{1,2}:\d{2}(?::\d{2})?(?![\d:])|(?<!\d)\d{1,2}h\d{2}(?!\d))"
    r"|(?P<grouped>(?<![\d.,])\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3})+)(?:[.,]\d{1,2})?(?![.,]?\d))"
    r"|(?P<decimal>(?<![\d.,])\d+[.,]\d{1,2}(?![.,]?\d))"
    r"|(?P<calendar>\d{2,4}年(?:\d{1,2}月(?:\d{1,2}[日号])?)?|\d{1,2}月\d{1,2}[日号]?)"
)
"""Whole numbers with groups of three are amounts where nothing says otherwise; decimals always are."""

_IPV4 = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])")
_IBAN = re.compile(r"(?<![a-z0-9])([a-z]{2})[\s-]?\d{2}(?:[\s-]?[a-z0-9]){11,30}")
_LONG_WORD = re.compile(r"(?<![a-z0-9])[a-z]{5,}(?![a-z0-9])")
_MOST_DAY, _MOST_MONTH = 31, 12


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses of machines stand in a normalised text, of either version."""
    yield from (match.span() for match in _IPV4.finditer(text))
    for match in _IPV6.finditer(text):
        if any(char.isdigit() for char in match[0]) and _is_ipv6(match[0]):
            yield match.span()


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


class Shaped(NamedTuple):
    """A number with such a shape in a normalised text."""

    shape: Shape
    begin: int
    end: int


def shaped_numbers(text: str) -> Iterator[Shaped]:
    """Those of a normalised text, in their order."""
    for match in _SHAPES.finditer(text):
        shape = match.lastgroup
        assert shape is not None
        if shape != "date" or _is_date(match[0]):
            yield Shaped(shape, *match.span())  # type: ignore[arg-type]


def _is_date(text: str) -> bool:
    parts = [int(part) for part in re.split(r"[-/.]", text)]
    first, middle, last = parts
    day, month = (last, middle) if first > _MOST_DAY else (first, middle)
    in_order = day <= _MOST_DAY and month <= _MOST_MONTH
    return 0 not in (day, month) and (in_order or (day <= _MOST_MONTH and month <= _MOST_DAY))


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Where account numbers of ISO 13616 stand in a normalised text: of a known country and, where more follows, of its
    length, in groups of at most four letters. One that is shorter lacks something; it is one all the same, unless its
    letters stand apart: "es 4111 …"."""
    for match in _IBAN.finditer(text):
        country = match[1]
        if country not in IBAN_LENGTHS:
            continue
        begin, end, left = match.start(), match.end(), IBAN_LENGTHS[country]
        word = _LONG_WORD.search(text, begin, match.end())
        for place in range(begin, word.start() if word else match.end()):
            if text[place].isalnum():
                left -= 1
                end = place + 1
            if left == 0:
                break
        found = text[begin:end]
        is_joined = text[begin + 2].isdigit()
        if (is_joined or left == 0) and sum(char.isdigit() for char in found) >= 10:
            yield begin, end
