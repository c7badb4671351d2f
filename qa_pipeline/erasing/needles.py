"""What is looked for when a call is erased, and how it is found in texts and bytes.

An id is found where it stands by itself: `c0101` in `c0101.wav` and in `/calls/c0101?`, not in `c01012`. One of fewer
than five characters, which may be any number, counts only where it is all of a text. Texts and names in scripts without
blanks are found anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

SHORTEST_ID = 5
_MARKS = ("hash", "request")
"""Kinds of what is long and random, and so found anywhere: behind the \\x of bytes as a database shows them, too."""

ERASED_TEXT = "[erased]"
_UNSPACED_FROM = "\u0e00"
"""Thai; behind it are the scripts of Asia. Scripts before it part their words."""

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True)
class Needle:
    """Something personal: an id or name that stands by itself, or a text that is found `anywhere`. `kind` is what
    people are told was found; `instead` what is written in its place."""

    kind: str
    text: str
    anywhere: bool = False
    instead: str = ERASED_TEXT

    @property
    def is_short(self) -> bool:
        """Whether it may be part of anything, so that it counts as the whole of a text only."""
        return not self.anywhere and len(self.text) < SHORTEST_ID and self.text.isascii()


@dataclass(frozen=True)
class Needles:
    """All that is looked for at a time. `blocks` are bytes of sound, and hashes as bytes."""

    needles: tuple[Needle, ...]
    blocks: tuple[bytes, ...] = ()

    @cached_property
    def _forms(self) -> list[tuple[Needle, list[bytes]]]:
        return [(each, _written(each.text)) for each in self.needles]

    def in_bytes(self, data: bytes) -> list[str]:
        """The kinds of what is found in bytes, or in a text in UTF-8."""
        found = [
            needle.kind
            for needle, forms in self._forms
            if not needle.is_short and any(_stands_in(data, form, needle) for form in forms)
        ]
        return found + ["sound or hash" for block in self.blocks if block in data][:1]

    def in_text(self, text: str) -> list[str]:
        """The kinds of what is found in a text, also in one whose characters are escaped as in JSON."""
        found = self.in_bytes(text.encode("utf-8", "surrogatepass"))
        found += [needle.kind for needle in self.needles if needle.is_short and needle.text == text]
        if not found and "\\u" in text:
            return self.in_bytes(unescaped(text).encode("utf-8", "surrogatepass"))
        return found

    def without(self, text: str) -> str:
        """The text with something else in the place of each."""
        for needle, pattern in self._patterns:
            if needle.is_short:
                text = needle.instead if text == needle.text else text
            else:
                text = pattern.sub(lambda _, instead=needle.instead: instead, text)  # type: ignore[misc]
        return text

    @cached_property
    def _patterns(self) -> list[tuple[Needle, re.Pattern[str]]]:
        return [
            (needle, re.compile("|".join(_bounded(form.decode("utf-8", "surrogatepass"), needle) for form in forms)))
            for needle, forms in sorted(self._forms, key=lambda each: -len(each[0].text))
        ]


def unescaped(text: str) -> str:
    """A text with what JSON writes as \\uXXXX as characters."""
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def needles_of(
    ids: Mapping[str, str], others: Mapping[str, Sequence[str]], texts: Iterable[str], blocks: Iterable[bytes] = ()
) -> Needles:
    """`ids` are calls' ids and what they are called from now on; `others` further ids and names by what they are."""
    found = [Needle("call id", call_id, _is_unspaced(call_id), name) for call_id, name in ids.items()]
    found += [
        Needle(kind, value, kind in _MARKS or _is_unspaced(value))
        for kind, values in others.items()
        for value in values
        if value
    ]
    found += [Needle("text", text, anywhere=True) for text in texts]
    return Needles(tuple(dict.fromkeys(found)), tuple(blocks))


def _is_unspaced(text: str) -> bool:
    """Whether a text has characters of a script in which words stand without blanks, or take endings."""
    return any(char >= _UNSPACED_FROM for char in text)


def _written(text: str) -> list[bytes]:
    """The text as it is, as JSON escapes it, and as an address has it."""
    forms = [text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]]
    forms += [quote(text, errors="replace")] if len(text) <= 255 and not text.isascii() else []
    return [form.encode("utf-8", "surrogatepass") for form in dict.fromkeys(forms)]


def _stands_in(data: bytes, form: bytes, needle: Needle) -> bool:
    place = data.find(form)
    while place >= 0:
        if needle.anywhere or _is_bounded(data, place, place + len(form), is_number=needle.text.isdecimal()):
            return True
        place = data.find(form, place + 1)
    return False


def _is_bounded(data: bytes, begin: int, end: int, *, is_number: bool) -> bool:
    before, after = data[max(begin - 2, 0) : begin], data[end : end + 2]
    if _is_alnum(before[-1:]) or _is_alnum(after[:1]):
        return False
    if not is_number:
        return True
    is_fraction = before[-1:] == b"." and before[:1].isdigit() and len(before) == 2
    return not is_fraction and not (after[:1] == b"." and after[1:].isdigit())


def _is_alnum(byte: bytes) -> bool:
    return byte.isalnum()


def _bounded(text: str, needle: Needle) -> str:
    escaped = re.escape(text)
    return escaped if needle.anywhere else f"(?<![0-9A-Za-z]){escaped}(?![0-9A-Za-z])"
