"""Where in a call phrases, pairs of phrases, regular expressions and nearly said phrases are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

import re2
from rapidfuzz import fuzz

from qa_pipeline.rules.listening import HeardCall, Span
from qa_pipeline.rules.phrases import WILDCARD, Phrase, joined_phrase
from qa_pipeline.rules.plain_texts import plain_pattern
from qa_pipeline.rules.texts import BREAK, RoleText, Stretch, WordSpan
from qa_pipeline.rules.verdicts import Hit

ALMOST_AT_LEAST = 80
"""Percent alike from which a phrase that a rule waits for was perhaps said, and written down wrongly."""
ALMOST_WORDS = 3
"""Shorter phrases are like too much."""
SHARED_TRIGRAMS = 0.5
"""Where no window is given, turns with fewer of a phrase's trigrams are not looked at."""
WORDS_AT_ONCE = 200
"""So many words of a turn are compared with a phrase at once."""


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
    taken = _Places(place for other in phrases for place in text.occurrences(other))
    return [place for place in places if not _is_beside(text, place, taken, words, side)]


class _Places:
    """Places in order, to find those that are near another one without a look at all of them."""

    def __init__(self, places: Iterable[WordSpan]) -> None:
        self._by_first = sorted(places)
        self._firsts = [place.first for place in self._by_first]
        self._by_last = sorted(self._by_first, key=lambda place: place.last)
        self._lasts = [place.last for place in self._by_last]

    def beginning(self, first: int, last: int) -> Iterator[WordSpan]:
        """Those that begin with one of these words, the first ones first."""
        for number in range(bisect_left(self._firsts, first), bisect_right(self._firsts, last)):
            yield self._by_first[number]

    def ending(self, first: int, last: int) -> Iterator[WordSpan]:
        """Those that end with one of these words, the last ones first."""
        for number in reversed(range(bisect_left(self._lasts, first), bisect_right(self._lasts, last))):
            yield self._by_last[number]


def _is_beside(text: RoleText, place: WordSpan, others: _Places, words: int, side: str) -> bool:
    """Whether one of other places is in the same turn, at most `words` words away, on that side; not inside the place:
    "no risk" is not taken back by its own "no". The nearest one decides: no turn ends inside a place."""
    before = next(others.ending(place.first - words, place.first - 1), None) if side != "after" else None
    if before and BREAK not in text.words[before.last + 1 : place.first]:
        return True
    after = next(others.beginning(place.last + 1, place.last + words), None) if side != "before" else None
    return after is not None and BREAK not in text.words[place.last + 1 : after.first]


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
    others = _Places(place for phrase in second for place in text.occurrences(phrase)) if ones else _Places(())
    pairs: list[WordSpan] = []
    for one in ones:
        close = list(others.beginning(one.last + 1, one.last + 1 + within))
        if not is_ordered:
            close += others.ending(one.first - 1 - within, one.first - 1)
        joined = [WordSpan(min(one.first, other.first), max(one.last, other.last)) for other in close]
        shortest = sorted(joined, key=lambda pair: (pair.last - pair.first, pair))
        pairs += islice((pair for pair in shortest if BREAK not in text.words[pair.first : pair.last + 1]), 1)
    if without is None or not pairs:
        return pairs
    phrases, words, side = without
    taken = _Places(place for other in phrases for place in text.occurrences(other))
    return [pair for pair in pairs if not _is_between(pair, taken) and not _is_beside(text, pair, taken, words, side)]


def _is_between(pair: WordSpan, others: _Places) -> bool:
    """Whether something is said between the two phrases of a pair, or as a part of them."""
    return any(other.last <= pair.last for other in others.beginning(pair.first, pair.last))


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
    """Where words are so much alike a phrase; the best places, which don't overlap. `stretches` are those that may be
    looked at; without them, all turns whose trigrams are like those of the phrase."""
    wanted = joined_phrase(phrase)
    trigrams = _trigrams(wanted)
    for each in text.turns if stretches is None else stretches:
        said, starts = each.joined
        if stretches is None and len(trigrams & _trigrams(said)) < SHARED_TRIGRAMS * len(trigrams):
            continue
        for first, last in _alike(wanted, said, starts, at_least):
            yield WordSpan(each.first + first, each.first + last)


def _alike(wanted: str, said: str, starts: Sequence[int], at_least: float) -> Iterator[tuple[int, int]]:
    """The first and the last word of each place in a text that is so much alike. It is looked at in parts, so that
    long ones don't take longer than many short ones; a part reaches into the next one as far as a place may."""
    reach = len(wanted) + 1
    after_last = 0
    for begin in range(0, len(starts), WORDS_AT_ONCE):
        end = min(len(starts), begin + WORDS_AT_ONCE + reach)
        waiting = [(begin, end)]
        found: list[tuple[int, int]] = []
        while waiting:
            first, after = waiting.pop()
            if place := _best(wanted, said, starts, (first, after), at_least):
                found.append(place)
                waiting += [(first, place[0])] * (place[0] > first) + [(place[1] + 1, after)] * (place[1] + 1 < after)
        for place in sorted(found):
            if after_last <= place[0] < begin + WORDS_AT_ONCE:
                after_last = place[1] + 1
                yield place


def _best(
    wanted: str, said: str, starts: Sequence[int], words: tuple[int, int], at_least: float
) -> tuple[int, int] | None:
    """The first and the last word of the place that is most alike among some words."""
    first, after = words
    offset = starts[first]
    part = said[offset : starts[after] if after < len(starts) else len(said)].rstrip()
    if len(part) < len(wanted):  # the shorter of both would be looked for in the longer one
        return (first, after - 1) if fuzz.ratio(wanted, part, score_cutoff=at_least) >= at_least else None
    best = fuzz.partial_ratio_alignment(wanted, part, score_cutoff=at_least)
    if best is None or best.dest_end <= best.dest_start:
        return None
    begin = bisect_right(starts, offset + best.dest_start) - 1
    return begin, bisect_right(starts, offset + best.dest_end - 1) - 1


def almost_said(text: RoleText, phrase: Phrase, span: Span) -> Iterator[WordSpan]:
    """Where something like a phrase is said in a window, so that the phrase may have been said."""
    if len(phrase) < ALMOST_WORDS:
        return
    words, plain = bare_words(phrase)
    near = [each for each in text.stretches_in(span) if 2 * len(words & each.vocabulary) >= len(words)]
    if near:
        yield from fuzzy_places(text, plain, ALMOST_AT_LEAST, near)


@lru_cache(maxsize=16384)
def bare_words(phrase: Phrase) -> tuple[frozenset[str], Phrase]:
    """Its words without wildcards, as a set and in their order."""
    plain = tuple(word.rstrip(WILDCARD) for word in phrase)
    return frozenset(plain), plain


@lru_cache(maxsize=4096)
def _trigrams(text: str) -> frozenset[str]:
    return frozenset(text[place : place + 3] for place in range(max(1, len(text) - 2)))
