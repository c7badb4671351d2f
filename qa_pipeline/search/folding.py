"""The form in which texts and queries are compared: words without case, width, accents, signs and blanks that say
nothing.

What is folded: Unicode compatibility forms (NFKC: full-width letters, half-width kana), case, accents and vowel points
of Latin, Greek, Cyrillic, Hebrew and Arabic, traditional Chinese characters (`variants`). An apostrophe inside a word
and a comma between three digits are dropped; every other sign parts words like a blank. In scripts that are written
without blanks (Chinese, Japanese, Thai ...) each character is a word of its own, so that blanks and signs between
them say nothing. Names of placeholders are dropped (`transcription.placeholders`). What would need knowledge of a
language stays different: hiragana and katakana, number words, plurals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from qa_pipeline.search.variants import SIMPLIFIED
from qa_pipeline.transcription.placeholders import without_kinds
from qa_pipeline.transcription.unsegmented import is_without_blanks

FOLDING = 1
"""Version of these rules: texts that were folded by another one are folded again when they are published next."""

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_WITHOUT_ACCENT = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ı": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that Unicode does not take apart."""

_ASIDE = re.compile(
    # the set comes first and the looks behind it after: several times as quick as the other way round
    r"['’ʼ＇,，](?:(?<=[^\W\d_]['’ʼ＇])(?=[^\W\d_])|(?<=\d[,，])(?=\d{3}(?!\d)))"
)
"""Signs that are dropped where they stand."""

_MARK = (
    "[\u0300-\u036f\u3099\u309a\u1160-\u11ff\uff9e\uff9f\u20d0-\u20ff\ufe00-\ufe2f"
    "\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0e31-\u0e3a\u0e47-\u0e4e"
    "\u0eb1-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u1ab0-\u1aff\u1dc0-\u1dff]"
)
_MARKS = re.compile(_MARK)
_CLUSTER = re.compile(f".(?:{_MARK})*", re.DOTALL)
"""A character with the marks that belong to it: they are folded together."""


@dataclass(frozen=True, slots=True)
class FoldedWord:
    """A word as it is compared; its characters were made of the characters `begins[i]` to `ends[i]` of the text."""

    text: str
    begins: tuple[int, ...]
    ends: tuple[int, ...]


def fold(text: str) -> str:
    """The words of `text` as they are compared, one blank between them; empty where it has none."""
    kept = _ASIDE.sub("", without_kinds(text))
    if kept.isascii():  # the same, ten times as quick
        return " ".join(kept.translate(_ASCII).split())
    if _MARKS.search(kept):
        return " ".join("".join(map(_spaced, _CLUSTER.findall(kept))).split())
    return " ".join(kept.translate(_SPACED).split())


def fold_lines(text: str) -> str:
    """`fold` of each line of `text`, a blank, a line feed and a blank between them: many sentences at the price of a
    few."""
    kept = _ASIDE.sub("", without_kinds(text))
    if _MARKS.search(kept):
        return " \n ".join(map(fold, text.split("\n")))
    words = kept.translate(_ASCII_LINES if kept.isascii() else _SPACED_LINES).split()
    return " ".join(words).replace(_LINE_FEED, "\n")


def folded_words(text: str) -> list[FoldedWord]:
    """The words that `fold` gives, with their places in `text`."""
    return [
        FoldedWord(word, tuple(begins), tuple(ends)) for word, begins, ends in _pieces_to_words(without_kinds(text))
    ]


def is_character(word: str) -> bool:
    """Whether a folded word is a character of a script without blanks."""
    return bool(word) and _is_unsegmented(word[0])


def _pieces_to_words(text: str) -> Iterator[tuple[str, list[int], list[int]]]:
    dropped = {match.start() for match in _ASIDE.finditer(text)}
    places = [place for place in range(len(text)) if place not in dropped]
    kept = "".join(text[place] for place in places)
    word: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    for cluster in _CLUSTER.finditer(kept):
        begin, end = places[cluster.start()], places[cluster.end() - 1] + 1
        for piece in _folded_cluster(cluster.group()):
            if piece in ("", " ") or _is_unsegmented(piece[0]):
                if word and piece:
                    yield "".join(word), begins, ends
                    word, begins, ends = [], [], []
                if piece.strip():
                    yield piece, [begin] * len(piece), [end] * len(piece)
                continue
            word += piece
            begins += [begin] * len(piece)
            ends += [end] * len(piece)
    if word:
        yield "".join(word), begins, ends


@lru_cache(maxsize=65536)
def _folded_cluster(cluster: str) -> tuple[str, ...]:
    """What a character with its marks becomes: runs of letters, characters of scripts without blanks (with their
    marks), and a blank for what parts words; nothing for what is invisible."""
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", composed)).translate(_WITHOUT_ACCENT)
    pieces: list[str] = []
    for char in unicodedata.normalize("NFC", bare):
        category = unicodedata.category(char)
        if category == "Cf":  # joiners and direction marks
            continue
        if category[0] == "M" and pieces and pieces[-1] != " ":
            pieces[-1] += char
        elif category[0] not in "LMN":
            pieces.append(" ")
        elif pieces and pieces[-1] != " " and not _is_unsegmented(char) and not _is_unsegmented(pieces[-1][0]):
            pieces[-1] += char
        else:
            pieces.append(SIMPLIFIED.get(char, char))
    return tuple(pieces)


def _is_unsegmented(char: str) -> bool:
    point = ord(char)
    return is_without_blanks(point)


@lru_cache(maxsize=65536)
def _spaced(cluster: str) -> str:
    """What a character with its marks becomes in a text whose words are still to be split."""
    return "".join(f" {piece} " if _is_unsegmented(piece[0]) else piece for piece in _folded_cluster(cluster))


class _SpacedCharacters(dict[int, str]):
    """Code point → `_spaced`, for `str.translate`; filled as characters come."""

    def __missing__(self, point: int) -> str:
        found = self[point] = _spaced(chr(point))
        return found


_SPACED = _SpacedCharacters()
_ASCII = {point: _spaced(chr(point)) for point in range(128)}

_LINE_FEED = "\0"
"""Stands for a line feed while words are split; in a text, folding makes a blank of it."""

_SPACED_LINES = _SpacedCharacters({ord("\n"): f" {_LINE_FEED} "})
_ASCII_LINES = _ASCII | _SPACED_LINES
