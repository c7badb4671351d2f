"""Dates of birth: dates in a sentence that speaks of birth, or that answers a question for it. Other dates stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.privacy.contexts import speaks_of_birth
from qa_pipeline.privacy.counting_words import MONTHS, ORDINALS
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.number_words import number_at
from qa_pipeline.privacy.sentences import SaidSentence, Span
from qa_pipeline.privacy.shapes import shaped_numbers

LOOKS_BACK = 2
"""Sentences before a date in which a question for it is looked for."""

_BETWEEN = frozenset(
    normalize("of the de del el le la en der des st nd rd th er - / . , ' ’ ， 、 年 月 日 号 生").split()
)
_EDGES = frozenset(normalize("of de del en el la - / . , ' ’ ， 、 生").split())
_OF_DAYS = ("年", "月", "日", "号")
_LEAST_PARTS, _ALL_PARTS = 2, 3


def birth_dates(said: Sequence[SaidSentence], numbered: Sequence[bool]) -> Iterator[Span]:
    """Where dates of birth stand; `numbered` says which sentences may have numbers."""
    if not speaks_of_birth(normalize("\n".join(sentence.text for sentence in said))):
        return
    for place, sentence in enumerate(said):
        if not numbered[place]:
            continue
        if any(cue.topic == "birth" for cue in sentence.cues) or _is_asked(said, place):
            yield from _dates(sentence, place)


def _is_asked(said: Sequence[SaidSentence], place: int) -> bool:
    """Whether somebody else has just asked for it."""
    for before in range(place - 1, max(-1, place - 1 - LOOKS_BACK), -1):
        if said[before].role != said[place].role or said[before].role == "mixed":
            topics = [cue.topic for cue in said[before].cues]
            if topics:
                return topics[-1] == "birth"
    return False


def _dates(sentence: SaidSentence, place: int) -> Iterator[Span]:
    """All dates of a sentence."""
    tokens = sentence.normalized.tokens
    no_dates = [each for each in shaped_numbers(sentence.normalized.text) if each.shape in ("time", "decimal")]
    at = 0
    while at < len(tokens):
        first, found = at, _Parts()
        while at < len(tokens) and not any(each.begin <= tokens[at].begin < each.end for each in no_dates):
            word = tokens[at].text
            number = None if word in _BETWEEN else number_at(tokens, at, sentence.language)
            if number is not None:
                at = found.add(number.digits, number.after)
            elif word in MONTHS or word in ORDINALS:
                at = found.add("", at + 1)
            elif word in _BETWEEN and (found.count or word in ("the", "le")):
                at += 1
                if word in _OF_DAYS and found.count:
                    found.has_name, found.after = True, at
            else:
                break
        if found.is_date:
            while tokens[first].text in _EDGES:
                first += 1
            begin, end = sentence.normalized.original_span(tokens[first].begin, tokens[found.after - 1].end)
            is_spoken = not any(char.isdecimal() for char in sentence.text[begin:end])
            yield Span(place, begin, end, "date_of_birth", "spoken" if is_spoken else "shape")
        at = max(at, first + 1)


@dataclass
class _Parts:
    """The numbers and names of a date, as they come; `after` is the token behind the last one."""

    count: int = 0
    digits: str = ""
    after: int = 0
    has_name: bool = False

    def add(self, digits: str, after: int) -> int:
        """Another one, a number, or a name where it has no digits."""
        self.count, self.digits, self.after = self.count + 1, self.digits + digits, after
        self.has_name = self.has_name or not digits
        return after

    @property
    def is_date(self) -> bool:
        """A day and a month, three numbers, a whole date in figures, or a year."""
        is_year = len(self.digits) == 4 and self.digits[:2] in ("19", "20")
        is_named = self.has_name and self.count >= _LEAST_PARTS
        return is_named or self.count >= _ALL_PARTS or len(self.digits) in (6, 8) or is_year
