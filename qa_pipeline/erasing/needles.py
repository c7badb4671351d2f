"""What is looked for when a call is erased, and how it is found in texts and bytes.

An id is found where it stands by itself: `c0101` in `c0101.wav` and in `/calls/c0101?`, not in `c01012`. One of fewer
than five characters, which may be any number, counts only where it is all of a text. Texts and names in scripts without
blanks are found anywhere. What is part of another id that is known, `c0101` of `c0101-2`, is not found there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

SHORTEST_ID = 5
_MARKS = ("hash", "request")
"""Kinds of what is long and random, and so found anywhere: behind the \\x of bytes as a database shows them, too."""

ERASED_TEXT = "[erased]"
_UNSPACED_FROM = "\u0e00"
"""Thai; behind it are the scripts of Asia. Scripts before it part their words."""

_BETWEEN = "\0"
"""Stands between texts that are searched as one: no id goes on behind it."""

_AT_ONCE_CHARS = 1 << 20

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True)
class Needle:
    """Something personal: an id or name that stands by itself, or a text that is found `anywhere`. `kind` is what
    people are told was found; `instead` what is written in its place; `longer` are other ids of which it is a part."""

    kind: str
    text: str
    anywhere: bool = False
    instead: str = ERASED_TEXT
    longer: tuple[str, ...] = ()

    @property
    def is_short(self) -> bool:
        """Whether it may be part of anything, so that it counts as the whole of a text only."""
        return not self.anywhere and len(self.text) < SHORTEST_ID and self.text.isascii()


@dataclass(frozen=True, slots=True)
class _Form:
    """A way in which a needle is written, and the longer ids that have it in them, each with its place there."""

    text: bytes
    around: tuple[tuple[bytes, int], ...] = ()


@dataclass(frozen=True)
class Needles:
    """All that is looked for at a time. `blocks` are bytes of sound, and hashes as bytes."""

    needles: tuple[Needle, ...]
    blocks: tuple[bytes, ...] = ()

    @cached_property
    def _forms(self) -> list[tuple[Needle, list[_Form]]]:
        return [(each, [_Form(form, _around(form, each)) for form in _written(each.text)]) for each in self.needles]

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

    def in_texts(self, texts: Iterable[str]) -> set[str]:
        """The kinds of what is found in any of many texts. They are searched as one, and one by one only where that
        finds something: an erased call has a hundred needles, and a home a million cells."""
        found: set[str] = set()
        for some in _at_once(texts):
            if not self._short.isdisjoint(some) or self.in_text(_BETWEEN.join(some)):
                found.update(kind for text in some for kind in self.in_text(text))
        return found

    @cached_property
    def _short(self) -> frozenset[str]:
        return frozenset(needle.text for needle in self.needles if needle.is_short)

    def without(self, text: str) -> str:
        """The text with something else in the place of each."""
        for needle, pattern in self._patterns:
            if needle.is_short:
                text = needle.instead if text == needle.text else text
            else:
                text = pattern.sub(lambda found, instead=needle.instead: found["other"] or instead, text)  # type: ignore[misc]
        return text

    @cached_property
    def _patterns(self) -> list[tuple[Needle, re.Pattern[str]]]:
        return [
            (needle, re.compile("|".join(_alternatives(needle, forms))))
            for needle, forms in sorted(self._forms, key=lambda each: -len(each[0].text))
        ]


def _at_once(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts in lists of about a megabyte."""
    some: list[str] = []
    chars = 0
    for text in texts:
        some.append(text)
        chars += len(text)
        if chars > _AT_ONCE_CHARS:
            yield some
            some, chars = [], 0
    yield some


def unescaped(text: str) -> str:
    """A text with what JSON writes as \\uXXXX as characters."""
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def needles_of(
    ids: Mapping[str, str],
    others: Mapping[str, Sequence[str]],
    texts: Iterable[str],
    blocks: Iterable[bytes] = (),
    longer: Iterable[str] = (),
) -> Needles:
    """`ids` are calls' ids and what they are called from now on; `others` further ids and names by what they are;
    `longer` are ids of other calls and customers, which stay."""
    known = sorted(longer, key=len, reverse=True)

    def needle(kind: str, text: str, *, anywhere: bool, instead: str = ERASED_TEXT) -> Needle:
        around = () if anywhere else tuple(each for each in known if text in each and text != each)
        return Needle(kind, text, anywhere, instead, around)

    found = [needle("call id", each, anywhere=_is_unspaced(each), instead=name) for each, name in ids.items()]
    found += [
        needle(kind, value, anywhere=kind in _MARKS or _is_unspaced(value))
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


def _around(form: bytes, needle: Needle) -> tuple[tuple[bytes, int], ...]:
    return tuple(
        (other, place.start())
        for each in needle.longer
        for other in _written(each)
        for place in re.finditer(re.escape(form), other)
    )


def _stands_in(data: bytes, form: _Form, needle: Needle) -> bool:
    place = data.find(form.text)
    while place >= 0:
        end = place + len(form.text)
        is_own = needle.anywhere or _is_bounded(data, place, end, is_number=needle.text.isdecimal())
        if is_own and not any(_is_there(data, other, place - before) for other, before in form.around):
            return True
        place = data.find(form.text, place + 1)
    return False


def _is_there(data: bytes, other: bytes, begin: int) -> bool:
    """Whether another id stands by itself at this place."""
    end = begin + len(other)
    return begin >= 0 and data[begin:end] == other and _is_bounded(data, begin, end, is_number=False)


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


def _alternatives(needle: Needle, forms: Sequence[_Form]) -> list[str]:
    """What stays, as the group `other`, and what does not."""
    around = dict.fromkeys(other for form in forms for other, _ in form.around)
    stays = "|".join(_bounded(each) for each in sorted(around, key=len, reverse=True)) or "(?!)"
    own = [re.escape(_text(form.text)) if needle.anywhere else _bounded(form.text) for form in forms]
    return [f"(?P<other>{stays})", *own]


def _bounded(form: bytes) -> str:
    return f"(?<![0-9A-Za-z]){re.escape(_text(form))}(?![0-9A-Za-z])"


def _text(form: bytes) -> str:
    return form.decode("utf-8", "surrogatepass")
