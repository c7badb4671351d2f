"""Phrases and sentences as folded words.

Words are folded as searches fold them (`qa_pipeline.search.folding`: width, case, accents, simplified characters; each
Chinese or Japanese character is a word); `%` and "per cent" are the word "percent".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from qa_pipeline.rules.numbers import STARTERS, join_numbers
from qa_pipeline.search.folding import fold, folded_words, is_character

WILDCARD = "*"
_PERCENT = re.compile(r"[%％﹪٪]|\b[Pp]er cent\b")
_PERCENT_PARTS = ("%", "％", "﹪", "٪", "er cent")
"""One of these is wherever `_PERCENT` fits; quicker to look for."""

Phrase = tuple[str, ...]
"""Folded words; one that ends with `*` stands for every word that begins so."""


@lru_cache(maxsize=16384)
def phrase_words(text: str) -> Phrase:
    """The words of a phrase; none where it is made of signs only."""
    words: list[str] = []
    signs: list[str] = []  # after each word
    starred: set[int] = set()
    for piece in with_percent(text).split():
        bare = piece.rstrip(WILDCARD)
        found = word_spans(bare)
        words += [word for word, _, _ in found]
        signs += [bare[one[2] : other[1]] for one, other in pairwise(found)] + [" "] * bool(found)
        if piece.endswith(WILDCARD) and words:
            starred.add(len(words) - 1)
    has_numbers = not STARTERS.isdisjoint(words) or has_digit_words(words)
    counted = join_numbers(words, signs.__getitem__) if has_numbers else None
    if counted is None:
        return tuple(word + WILDCARD * (place in starred) for place, word in enumerate(words))
    return tuple(each.text + WILDCARD * (each.last in starred) for each in counted)


def lost_sign(text: str) -> str | None:
    """A sign of a phrase that would be lost and says something: of money, or of reckoning beside a digit. Without it
    "$100" would be any hundred."""
    for place, char in enumerate(text):
        category = unicodedata.category(char)
        if category == "Sc" and not fold(char):
            return char
        if (category in ("Sm", "So") or char in "‰‱@&#") and not fold(char):
            beside = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
            if any(other.isdigit() for other in beside):
                return char
    return None


def has_digit_words(words: Iterable[str]) -> bool:
    return any(word.isdecimal() for word in words)


@lru_cache(maxsize=16384)
def joined_phrase(phrase: Phrase) -> str:
    """A phrase as `joined_words` has it."""
    return joined_words(phrase)[0]


def joined_words(words: Sequence[str]) -> tuple[str, list[int]]:
    """Words as one text, without blanks between characters of scripts without blanks; and where each begins."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for place, word in enumerate(words):
        if place and not (is_character(word) and is_character(words[place - 1])):
            parts.append(" ")
            length += 1
        starts.append(length)
        parts.append(word)
        length += len(word)
    return "".join(parts), starts


@lru_cache(maxsize=16384)
def longest_word(phrase: Phrase) -> int:
    """The place of its longest word, which is mostly the rarest one."""
    return max(range(len(phrase)), key=lambda place: len(phrase[place]))


@lru_cache(maxsize=16384)
def has_wildcard(phrase: Phrase) -> bool:
    return any(word.endswith(WILDCARD) for word in phrase)


def with_percent(text: str) -> str:
    """A text with the word "percent" for its signs, as they would be lost."""
    return _PERCENT.sub(" percent ", text) if any(part in text for part in _PERCENT_PARTS) else text


@lru_cache(maxsize=4096)
def word_spans(text: str) -> tuple[tuple[str, int, int], ...]:
    """The folded words of a sentence with the characters that they were made of."""
    text = text.replace("\n", " ")
    worded = with_percent(text)
    found = ((word.text, word.begins[0], word.ends[-1]) for word in folded_words(worded))
    if worded == text:
        return tuple(found)
    begins, ends = _places_before(text)
    return tuple((word, begins[begin], ends[end - 1]) for word, begin, end in found)


def _places_before(text: str) -> tuple[list[int], list[int]]:
    """Of each character of `with_percent(text)`, where what it was made of begins and ends in the text."""
    begins: list[int] = []
    ends: list[int] = []
    at = 0
    for match in _PERCENT.finditer(text):
        begins += [*range(at, match.start()), *([match.start()] * len(" percent "))]
        ends += [*range(at + 1, match.start() + 1), *([match.end()] * len(" percent "))]
        at = match.end()
    return [*begins, *range(at, len(text))], [*ends, *range(at + 1, len(text) + 1)]
