"""Where in a call phrases, pairs of phrases, regular expressions and nearly said phrases are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

import re2
from rapidfuzz import fuzz

from qa_pipeline.rules.listening import HeardCall, Span
from qa_pipeline.rules.texts import (
    BREAK,
    WILDCARD,
    Phrase,
    RoleText,
    Stretch,
    WordSpan,
    joined_words,
    plain_pattern,
)
from qa_pipeline.rules.verdicts import Hit

ALMOST_AT_LEAST = 80
"""Percent alike from which a phrase that a rule waits for was perhaps said, and written down wrongly."""
ALMOST_WORDS = 3
"""Shorter phrases are like too much."""
SHARED_TRIGRAMS = 0.5
"""Where no window is given, turns with fewer of a phrase's trigrams are not looked at."""


class BadPattern(ValueError):
    """A regular expression that can't be used; the message says why, and what to do."""


def compiled(pattern: str) -> re2._Regexp:
    """A regular expression of a rule, for plain texts.

    Raises:
        BadPattern: it is not one of RE2.
    """
    try:
        found = re2.compile(plain_pattern(pattern), options())
    except re2.error as error:
        raise BadPattern(_explained(error)) from None
    if found.search("") is not None:
        raise BadPattern("it fits an empty text, so it would be found everywhere; let it ask for something")
    return found


def options() -> re2.Options:
    """Without difference of case, and silent."""
    chosen = re2.Options()
    chosen.log_errors = False
    chosen.case_sensitive = False
    return chosen


def _explained(error: re2.error) -> str:
    said = error.args[0]
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if any(sign in text for sign in ("(?=", "(?!", "(?<")) and "invalid" in text:
        return f"{text}: look-around can't be used, as it makes matching slow; say it by near, without or sequence"
    if text.startswith("invalid escape sequence: \\") and text[-1].isdigit():
        return f"{text}: a rule can't refer back to a group; write what it stands for"
    return f"{text}; see https://github.com/google/re2/wiki/Syntax"


def phrase_places(
    text: RoleText, phrase: Phrase, without: tuple[tuple[Phrase, ...], int, str] | None
) -> list[WordSpan]:
    """Where a phrase is said, but for places next to which something is said that takes it back."""
    places = list(text.occurrences(phrase))
    if not places or without is None:
        return places
    phrases, words, side = without
    taken = [place for other in phrases for place in text.occurrences(other)]
    return [place for place in places if not any(_is_beside(text, place, other, words, side) for other in taken)]


def _is_beside(text: RoleText, place: WordSpan, other: WordSpan, words: int, side: str) -> bool:
    """Whether another place is in the same turn, at most `words` words away, on that side; not inside the place: "no
    risk" is not taken back by its own "no"."""
    if BREAK in text.words[min(place.first, other.first) : max(place.last, other.last) + 1]:
        return False
    is_before = side in ("before", "either") and other.last < place.first and place.first - other.last <= words
    is_after = side in ("after", "either") and other.first > place.last and other.first - place.last <= words
    return is_before or is_after


def near_places(
    text: RoleText,
    first: Sequence[Phrase],
    second: Sequence[Phrase],
    *,
    within: int,
    is_ordered: bool,
    without: tuple[tuple[Phrase, ...], int, str] | None,
) -> list[WordSpan]:
    """From the one to the other of each pair: every first phrase with the nearest second one."""
    ones = sorted(place for phrase in first for place in text.occurrences(phrase))
    others = sorted(place for phrase in second for place in text.occurrences(phrase)) if ones else []
    pairs: list[WordSpan] = []
    for one in ones:
        close = [
            other
            for other in others
            if (one.last < other.first and other.first - one.last - 1 <= within)
            or (not is_ordered and other.last < one.first and one.first - other.last - 1 <= within)
        ]
        joined = [WordSpan(min(one.first, other.first), max(one.last, other.last)) for other in close]
        whole = [pair for pair in joined if BREAK not in text.words[pair.first : pair.last + 1]]
        if whole:
            pairs.append(min(whole, key=lambda pair: pair.last - pair.first))
    if without is None or not pairs:
        return pairs
    phrases, words, side = without
    taken = [place for other in phrases for place in text.occurrences(other)]
    return [
        pair
        for pair in pairs
        if not any(_is_between(pair, other) or _is_beside(text, pair, other, words, side) for other in taken)
    ]


def _is_between(pair: WordSpan, other: WordSpan) -> bool:
    """Whether something is said between the two phrases of a pair, or as a part of them."""
    return pair.first <= other.first and other.last <= pair.last


def regex_hits(heard: HeardCall, role: str, pattern: re2._Regexp) -> Iterator[Hit]:
    """Every place where a pattern fits, turn by turn; one that fits nothing at a place is left out."""
    for turn, text in heard.plain_turns(role):
        for match in pattern.finditer(text.text):
            begin, end = match.span()
            if end > begin:
                first, from_char, last, to_char = text.characters(begin, end)
                length = len(turn[first].text)
                yield heard.evidence(turn[first : last + 1], min(from_char, length), min(to_char, len(turn[last].text)))


def fuzzy_places(
    text: RoleText, phrase: Phrase, at_least: float, stretches: Sequence[Stretch] | None
) -> Iterator[WordSpan]:
    """Where words are so much alike a phrase, the best place of each turn. `stretches` are those that may be looked at;
    without them, all turns whose trigrams are like those of the phrase."""
    wanted, _ = joined_words(phrase)
    trigrams = _trigrams(wanted)
    for each in text.turns if stretches is None else stretches:
        said, starts = each.joined
        if stretches is None and len(trigrams & _trigrams(said)) < SHARED_TRIGRAMS * len(trigrams):
            continue
        if len(said) < len(wanted):  # the shorter of both would be looked for in the longer one
            if fuzz.ratio(wanted, said, score_cutoff=at_least) >= at_least:
                yield WordSpan(each.first, each.last)
            continue
        best = fuzz.partial_ratio_alignment(wanted, said, score_cutoff=at_least)
        if best is not None:
            begin = bisect_right(starts, best.dest_start) - 1
            end = bisect_right(starts, max(best.dest_end - 1, best.dest_start)) - 1
            yield WordSpan(each.first + begin, each.first + end)


def is_almost_said(text: RoleText, phrase: Phrase, span: Span) -> bool:
    """Whether something like a phrase is said in a window, so that the phrase may have been said."""
    if len(phrase) < ALMOST_WORDS:
        return False
    words, plain = bare_words(phrase)
    near = [each for each in text.stretches_in(span) if 2 * len(words & each.vocabulary) >= len(words)]
    return bool(near) and any(True for _ in fuzzy_places(text, plain, ALMOST_AT_LEAST, near))


@lru_cache(maxsize=16384)
def bare_words(phrase: Phrase) -> tuple[frozenset[str], Phrase]:
    """Its words without wildcards, as a set and in their order."""
    plain = tuple(word.rstrip(WILDCARD) for word in phrase)
    return frozenset(plain), plain


@lru_cache(maxsize=4096)
def _trigrams(text: str) -> frozenset[str]:
    return frozenset(text[place : place + 3] for place in range(max(1, len(text) - 2)))
