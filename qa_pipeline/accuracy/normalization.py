"""What counts as the same word: the form in which reference and transcript are compared.

Unicode NFKC (full-width letters and digits become ordinary ones), case folding, no punctuation and no signs. What
would need knowledge of a language is left alone: digits and number words (`3`, `three`), traditional and simplified
characters, spelling variants and accents differ. Both sides are treated alike, and the rules are stated in
docs/accuracy.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from qa_pipeline.transcription.unsegmented import is_without_blanks

UNSEGMENTED_LANGUAGES = frozenset({"zh", "yue", "ja", "th"})
"""Languages written without blanks between words: measured in characters only."""

_APOSTROPHES = "'’ʼ"
_Kind = Literal["word", "alone", "gap", "nothing"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One word, or one character of a script without blanks, as it is compared; its place in the text shown."""

    text: str
    begin: int
    end: int


def shown(text: str) -> str:
    """The text in which units have their places: NFKC, in one line, otherwise as it was written."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def words(text: str) -> list[Unit]:
    """The words of a text that `shown` gave; a Han, kana, Thai, Lao, Khmer or Burmese character is one of its own.

    An apostrophe inside a word and a comma between three digits are dropped (`don't` is `dont`, `1,000` is `1000`),
    a dot between digits stays (`3.5`), every other sign parts words.
    """
    return list(_words(text))


def characters(units: list[Unit]) -> list[str]:
    """The characters (code points) of words, without the blanks between."""
    return [char for unit in units for char in unit.text]


def is_unsegmented(language: str | None, units: list[Unit]) -> bool:
    """Whether a sentence is measured in characters only: by its language, else by most of its characters."""
    if language is not None:
        return language in UNSEGMENTED_LANGUAGES
    alone = sum(_kind(unit.text[0]) == "alone" for unit in units)
    return alone * 2 > sum(len(unit.text) for unit in units)


def _words(text: str) -> Iterator[Unit]:
    kept: list[str] = []
    begin = 0
    for place, char in enumerate(text):
        kind = _kind_here(text, place)
        if kind == "nothing":
            continue
        if kind != "word" and kept:
            yield Unit("".join(kept), begin, place)
            kept = []
        if kind == "alone":
            yield Unit(char, place, place + 1)
        elif kind == "word":
            begin = begin if kept else place
            kept.append(char.casefold())
    if kept:
        yield Unit("".join(kept), begin, len(text))


def _kind_here(text: str, place: int) -> _Kind:
    char = text[place]
    if char in _APOSTROPHES:
        inside = 0 < place < len(text) - 1 and text[place - 1].isalpha() and text[place + 1].isalpha()
        return "nothing" if inside else "gap"
    if char in ".,":
        return _kind_between_digits(text, place)
    return _kind(char)


def _kind_between_digits(text: str, place: int) -> _Kind:
    if not (text[place - 1 : place].isdecimal() and text[place + 1 : place + 2].isdecimal()):
        return "gap"
    if text[place] == ".":
        return "word"
    after = text[place + 1 : place + 5]
    is_grouping = after[:3].isdecimal() and len(after) >= 3 and not after[3:].isdecimal()
    return "nothing" if is_grouping else "gap"


@cache
def _kind(char: str) -> _Kind:
    category = unicodedata.category(char)
    if category == "Cf":  # joiners and direction marks
        return "nothing"
    if category[0] not in "LMN":
        return "gap"
    point = ord(char)
    return "alone" if is_without_blanks(point) else "word"
