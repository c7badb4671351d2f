"""Dates of birth: dates in a sentence that speaks of birth, or that answers a question for it. Other dates stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.number_words import MONTHS, ORDINALS, number_at
from qa_pipeline.privacy.sentences import SaidSentence, Span

LOOKS_BACK = 2
"""Sentences before a date in which a question for it is looked for."""

_BETWEEN = frozenset(normalize("of the de del el le la en st nd rd th er - / . , ' ’ ， 、 年 月 日 号 生").split())
_EDGES = frozenset(normalize("of de del en el la - / . , ' ’ ， 、 生").split())
_LEAST_PARTS = 2


def birth_dates(said: Sequence[SaidSentence], numbered: Sequence[bool]) -> Iterator[Span]:
    """Where dates of birth stand; `numbered` says which sentences may have numbers."""
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
    at = 0
    while at < len(tokens):
        first, last, parts, digits = at, at, 0, 0
        while at < len(tokens):
            word = tokens[at].text
            number = None if word in _BETWEEN else number_at(tokens, at, sentence.language)
            if number is not None:
                parts, digits, at = parts + 1, digits + len(number.digits), number.after
                last = at
            elif word in MONTHS or word in ORDINALS:
                parts, digits, at = parts + 1, digits + 1, at + 1
                last = at
            elif word in _BETWEEN and (parts or word in ("the", "le")):
                at += 1
                last = at if word in ("年", "月", "日", "号") and parts else last
            else:
                break
        if parts >= _LEAST_PARTS or digits >= 4:
            while tokens[first].text in _EDGES:
                first += 1
            begin, end = sentence.normalized.original_span(tokens[first].begin, tokens[last - 1].end)
            yield Span(
                place, begin, end, "date_of_birth", "spoken" if _is_spoken(sentence.text[begin:end]) else "shape"
            )
        at = max(at, first + 1)


def _is_spoken(text: str) -> bool:
    return not any(char.isdecimal() for char in text)
