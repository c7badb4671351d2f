"""What is said as regular expressions of rules read it: letter for letter as it is written, in plain letters."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from qa_pipeline.rules.calls import RuleSentence
from qa_pipeline.search.folding import is_character
from qa_pipeline.search.variants import SIMPLIFIED


class PlainText(NamedTuple):
    """The text of a turn for regular expressions: letter for letter as long as what was said, so that places are the
    same. `starts` are where its sentences begin."""

    text: str
    starts: tuple[int, ...]

    def characters(self, begin: int, end: int) -> tuple[int, int, int, int]:
        """As `RoleText.characters`: sentence and character of the begin, and of the end."""
        first = bisect_right(self.starts, begin) - 1
        last = max(first, bisect_right(self.starts, max(begin, end - 1)) - 1)
        return first, begin - self.starts[first], last, end - self.starts[last]


def plain_turn(turn: Sequence[RuleSentence]) -> PlainText:
    """The sentences of a turn with a blank between them, and none where two characters without blanks meet."""
    starts: list[int] = []
    parts: list[str] = []
    length = 0
    last = ""
    for said in turn:
        if last and said.text and not _are_without_blanks(last, said.text[0]):
            parts.append(" ")
            length += 1
        starts.append(length)
        parts.append(said.text)
        length += len(said.text)
        last = said.text[-1:] or last
    return PlainText(plain("".join(parts)), tuple(starts))


def _are_without_blanks(*characters: str) -> bool:
    return all(is_character(char) for char in characters)


def plain(text: str) -> str:
    """Full-width letters as usual ones, simplified characters for traditional ones, small letters: one for one."""
    return text.lower() if text.isascii() else text.translate(_PLAIN)


class _PlainCharacters(dict[int, str]):
    """Code point → character, for `str.translate`; filled as characters come."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        folded = unicodedata.normalize("NFKC", char).lower()
        one = folded if len(folded) == 1 else char
        found = self[point] = SIMPLIFIED.get(one, one)
        return found


_PLAIN = _PlainCharacters()
_PIECE = re.compile(r"\\Q.*?(?:\\E|$)|\\.|.", re.DOTALL)
"""What a regular expression is read by: a quoted stretch, an escaped character, or a character."""


def plain_pattern(pattern: str) -> str:
    """A regular expression of a rule for texts that are plain: its Chinese characters simplified, full-width letters,
    digits and signs as usual ones. A full-width sign stands for itself, so it is no sign of the pattern's language."""
    return pattern if pattern.isascii() else "".join(map(_plain_piece, _PIECE.findall(pattern)))


def _plain_piece(piece: str) -> str:
    if piece.isascii():
        return piece
    if piece.startswith("\\Q"):
        return "".join(char if char.isascii() else _PLAIN[ord(char)] for char in piece)
    char = _PLAIN[ord(piece[-1])]
    is_escaped = len(piece) > 1 or (char.isascii() and not char.isalnum() and not char.isspace())
    return "\\" * is_escaped + char
