"""Words with the marks behind them, for any script."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from qa_pipeline.transcription.joining import is_unspaced
from qa_pipeline.transcription.results import Word

_WORD_MARKS = frozenset("'’-")
"""Marks that stand inside words: don't, twenty-two."""


@dataclass(slots=True)
class SpokenPiece:
    """A piece of a word or a whole one, with what is written before it (a leading space begins a word)."""

    text: str
    begin_ms: int


def is_mark(character: str) -> bool:
    """Whether the character is punctuation that stands between words."""
    return unicodedata.category(character).startswith("P") and character not in _WORD_MARKS


def words_of(pieces: Iterable[SpokenPiece], end_ms: int) -> tuple[Word, ...]:
    """Pieces put together to words, marks in a field of their own; a word lasts until the next begins.

    Joined by `join_words` they give the pieces' text again: a following space comes after the word, or after its
    mark where it has one.
    """
    words: list[_Growing] = []
    for piece in pieces:
        body = piece.text.strip(" ")
        if words and piece.text.startswith(" "):
            words[-1].add_space()
        core, mark = split_marks(body)
        if core and (not words or words[-1].is_closed or is_unspaced(core[0])):
            words.append(_Growing(core, piece.begin_ms))
        elif core:
            words[-1].text += core
        if mark and words:
            words[-1].mark += mark
        elif mark:
            words.append(_Growing(mark, piece.begin_ms))
        if words and body and piece.text.endswith(" "):
            words[-1].add_space()
    ends = [*(word.begin_ms for word in words[1:]), end_ms][: len(words)]
    return tuple(
        Word(word.begin_ms, max(word.begin_ms, end), word.text, word.mark)
        for word, end in zip(words, ends, strict=True)
    )


def split_marks(text: str) -> tuple[str, str]:
    """A word and the marks at its end."""
    core = text.rstrip("".join(filter(is_mark, set(text))))
    return core, text[len(core) :]


@dataclass(slots=True)
class _Growing:
    text: str
    begin_ms: int
    mark: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether what comes next begins a new word."""
        return bool(self.mark) or self.text.endswith(" ") or is_unspaced(self.text[-1:])

    def add_space(self) -> None:
        if self.mark:
            self.mark = self.mark.rstrip(" ") + " "
        else:
            self.text = self.text.rstrip(" ") + " "
