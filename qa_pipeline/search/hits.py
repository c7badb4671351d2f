"""Where in a call's sentences the words of a search are: what pages mark."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from qa_pipeline.search.documents import BREAK, ChannelText, SearchedSentence, channel_texts
from qa_pipeline.search.folding import FoldedWord, folded_words
from qa_pipeline.search.query import SearchQuery, SearchTerm


class HitPart(NamedTuple):
    """The characters `begin` to `end` (excluded) of the text of sentence `sentence`, a place in what was given."""

    sentence: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a term is said: one part, or one per sentence where it crosses their border."""

    term: SearchTerm
    parts: tuple[HitPart, ...]


def hits_in(sentences: Sequence[SearchedSentence], query: SearchQuery) -> list[Hit]:
    """Every place where something is said that `query` looks for, in the order of the sentences; what it rules out is
    not marked. Hits of one term never overlap; those of several may."""
    texts = channel_texts(sentences)
    found = [
        Hit(term, parts)
        for term in query.wanted
        if term.needle
        for text in texts
        if term.role in (None, text.role)
        for parts in _places(text, term, sentences)
    ]
    return sorted(found, key=lambda hit: (hit.parts[0], len(hit.term.source)))


def matching_terms(sentences: Sequence[SearchedSentence], query: SearchQuery) -> list[int]:
    """How often each of `query.terms` is said, in their order; 0 for one that is about ids."""
    texts = channel_texts(sentences)
    return [
        sum(_count(text.body, term) for text in texts if term.role in (None, text.role)) if term.needle else 0
        for term in query.terms
    ]


def times_in_lines(lines: str, term: SearchTerm) -> int | None:
    """How often a term is said in a channel's sentences, of which `lines` is `folding.fold_lines` between two blanks.

    None where that depends on what others say between two sentences, which `matching_terms` knows.
    """
    times = _count(lines, term)
    is_across = len(term.words) > 1 and _count(lines.replace(BREAK, " "), term) != times
    return None if is_across else times


def _count(body: str, term: SearchTerm) -> int:
    return sum(1 for _ in _occurrences(body, term))


def _occurrences(body: str, term: SearchTerm) -> Iterator[tuple[int, int]]:
    """Begin and end of each, without the blanks around it; the blank after a word is the one before the next."""
    needle, shared = term.needle, 1 if term.is_exact else 0
    begin = body.find(needle)
    while begin >= 0:
        end = begin + len(needle) - shared
        yield begin + shared, end
        begin = body.find(needle, end)


def _places(
    text: ChannelText, term: SearchTerm, sentences: Sequence[SearchedSentence]
) -> Iterator[tuple[HitPart, ...]]:
    for begin, end in _occurrences(text.body, term):
        parts = []
        first = bisect_right(text.begins, begin) - 1
        for number in range(first, len(text.begins)):
            offset = text.begins[number]
            if offset >= end:
                break
            place = text.sentences[number]
            found = _source_range(sentences[place].text, begin - offset, end - offset)
            parts += [HitPart(place, *found)] if found else []
        yield tuple(parts)


@lru_cache(maxsize=256)
def _words_of(text: str) -> list[FoldedWord]:
    """`folded_words`, once for all hits of a sentence."""
    return folded_words(text)


def _source_range(text: str, begin: int, end: int) -> tuple[int, int] | None:
    """The characters of a sentence that made the characters `begin` to `end` of its folded text."""
    low = high = None
    offset = 0
    for word in _words_of(text):
        first, last = max(begin - offset, 0), min(end - offset, len(word.text))
        if first < last:
            low = word.begins[first] if low is None else low
            high = word.ends[last - 1]
        offset += len(word.text) + 1
        if offset >= end:
            break
    return None if low is None or high is None else (low, high)
