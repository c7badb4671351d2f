"""Which word of a sentence is spoken when, as the transcription service writes it in `words`.

A word of a language with blanks keeps the blank after it; Chinese, Cantonese and Japanese have one word per character.
Punctuation stands in its own field, so that words and their punctuation, joined, are the sentence. espeak-ng says when
it spoke which part of the text that it read. Where that text is another one than the sentence (kana, numbers in
letters), words of both are matched first, and those between two matches share the time between them by their lengths.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

UNSPACED = r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
SPELLED_APART = frozenset({"zh", "yue", "ja"})
_LETTERS = rf"(?:(?![{UNSPACED}])\w)+"
_CHARACTERS = re.compile(rf"[{UNSPACED}]|{_LETTERS}(?:[.,:'’-]{_LETTERS})*")
_BLANKS = re.compile(r"\S*[\w€$£%]\S*")
_PUNCTUATION_AT_END = re.compile(r"[^\w€$£%]*$")

Part = tuple[int, int, int]
"""What espeak-ng says of a stretch: its first character in the text, its first sample, the sample after its last."""


@dataclass(frozen=True)
class Token:
    """A word in a text: where it begins there, its letters, and what stands between it and the next one."""

    begin: int
    text: str
    punctuation: str

    @property
    def folded(self) -> str:
        """For comparing."""
        return self.text.strip().casefold()


@dataclass(frozen=True)
class SpokenWord:
    """A word with its first sample and the sample after its last, counted from the start of what was synthesized."""

    text: str
    punctuation: str
    begin: int
    end: int


def tokens_of(text: str, language: str) -> list[Token]:
    """The words of a text. Joined with their punctuation they are the text."""
    pattern = _CHARACTERS if language in SPELLED_APART else _BLANKS
    found = list(pattern.finditer(text))
    begins = [0, *(match.start() for match in found[1:])][: len(found)]
    tokens = []
    for index, begin in enumerate(begins):
        end = begins[index + 1] if index + 1 < len(begins) else len(text)
        whole = text[begin:end]
        mark = _PUNCTUATION_AT_END.search(whole)
        cut = mark.start() if mark and whole[mark.start() :].strip() else len(whole)
        tokens.append(Token(begin, whole[:cut], whole[cut:]))
    return tokens


def spoken_words(text: str, language: str, read: str, parts: Sequence[Part]) -> list[SpokenWord]:
    """The words of the sentence `text` with their times; `read` is what espeak-ng read, `parts` when it did.

    Raises:
        ValueError: nothing was spoken, or the text has no words.
    """
    if not parts:
        raise ValueError("espeak-ng names no part of the text")
    tokens, said = tokens_of(text, language), tokens_of(read, language)
    if not tokens or not said:
        raise ValueError(f"there are no words in {text!r} or {read!r}")
    spans = _matched(tokens, said, _times_of(said, parts))
    return [SpokenWord(token.text, token.punctuation, *span) for token, span in zip(tokens, spans, strict=True)]


def _times_of(said: Sequence[Token], parts: Sequence[Part]) -> list[tuple[int, int]]:
    """When each word that was read was spoken. What espeak-ng names no part of belongs to the word before it."""
    owned: dict[int, list[Part]] = {}
    for part in parts:
        owner = max((index for index, token in enumerate(said) if token.begin <= part[0]), default=0)
        owned.setdefault(owner, []).append(part)
    starts = sorted(owned)
    spans: list[tuple[int, int]] = []
    for number, first in enumerate(starts):
        last = starts[number + 1] if number + 1 < len(starts) else len(said)
        group = said[0 if number == 0 else first : last]
        begin, end = min(part[1] for part in owned[first]), max(part[2] for part in owned[first])
        spans += shared(begin, end, [len(token.folded) for token in group])
    return spans


def _matched(tokens: Sequence[Token], said: Sequence[Token], times: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The times of `tokens` by those of the words that were read."""
    spans: list[tuple[int, int]] = []
    for first, last, said_first, said_last in _groups(tokens, said):
        begin, end = times[said_first][0], times[said_last - 1][1]
        spans += shared(begin, end, [len(token.folded) for token in tokens[first:last]])
    return spans


def _groups(tokens: Sequence[Token], said: Sequence[Token]) -> list[tuple[int, int, int, int]]:
    """Words that belong together, as first and last of `tokens` and of `said`; neither side is empty."""
    written, heard = ([token.folded for token in side] for side in (tokens, said))
    groups: list[tuple[int, int, int, int]] = []
    for kind, *bounds in difflib.SequenceMatcher(None, written, heard, autojunk=False).get_opcodes():
        first, last, said_first, said_last = bounds
        if kind == "equal":
            groups += [(first + n, first + n + 1, said_first + n, said_first + n + 1) for n in range(last - first)]
        else:
            groups.append((first, last, said_first, said_last))
    merged: list[tuple[int, int, int, int]] = []
    for group in groups:
        before = merged[-1] if merged else None
        if before and (_is_one_sided(group) or _is_one_sided(before)):
            merged[-1] = (before[0], group[1], before[2], group[3])
        else:
            merged.append(group)
    return merged


def _is_one_sided(group: tuple[int, int, int, int]) -> bool:
    first, last, said_first, said_last = group
    return first == last or said_first == said_last


def shared(begin: int, end: int, lengths: Sequence[int]) -> list[tuple[int, int]]:
    """The stretch from `begin` to `end` in pieces proportional to `lengths`, without gaps."""
    total = sum(lengths)
    bounds = [begin + round((end - begin) * done / total) for done in itertools.accumulate(lengths, initial=0)]
    return list(itertools.pairwise(bounds))
