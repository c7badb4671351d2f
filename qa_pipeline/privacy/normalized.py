"""A text in the form in which it is looked through, and the way back from its letters to those of the text.

Width, case and accents of Latin letters say nothing (NFKC), traditional characters are simplified ones, katakana stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from qa_pipeline.search.variants import SIMPLIFIED

_LAST_LATIN = 0x24F


class Token(NamedTuple):
    """A number, a word, or a single character; `begin` to `end` are its letters in the normalised text."""

    text: str
    begin: int
    end: int


_TOKEN = re.compile(r"\d+|[a-z]+(?:['’][a-z]+)*|[^\s]")


class Normalized:
    """A text with its normalised form."""

    def __init__(self, original: str) -> None:
        self._places: list[int] | None = None
        """Of each character of `text`, where what it was made of stands in the original; None: in the same place."""
        if original.isascii():
            self.text = original.lower()
        else:
            pieces = [_FOLDED[ord(char)] for char in original]
            self.text = "".join(pieces)
            if len(self.text) != len(original) or not all(pieces):
                self._places = [place for place, piece in enumerate(pieces) for _ in piece]

    @cached_property
    def tokens(self) -> Sequence[Token]:
        """Its numbers, words and signs."""
        return [Token(found[0], *found.span()) for found in _TOKEN.finditer(self.text)]

    def original_span(self, begin: int, end: int) -> tuple[int, int]:
        """The span of the original that a span (not empty) of `text` was made of."""
        if self._places is None:
            return begin, end
        return self._places[begin], self._places[end - 1] + 1


def normalize(text: str) -> str:
    """A text as `Normalized` has it."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def _fold(char: str) -> str:
    found = unicodedata.normalize("NFKC", char).casefold()
    figure = unicodedata.digit(char, None)
    if figure is not None and not found.isascii() and not char.isdecimal():
        return str(figure)  # ❶ has no plain form
    if ord(char) <= _LAST_LATIN or (found and ord(found[0]) <= _LAST_LATIN):
        found = "".join(each for each in unicodedata.normalize("NFD", found) if not unicodedata.combining(each))
    return "".join(SIMPLIFIED.get(each, each) for each in found)


class _FoldedCharacters(dict[int, str]):
    """Code point → what it becomes, for `str.translate`; filled as characters come."""

    def __missing__(self, point: int) -> str:
        found = self[point] = _fold(chr(point))
        return found


_FOLDED = _FoldedCharacters()
