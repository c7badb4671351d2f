"""What is said in a call as words that can be looked up, and the way back from a word to its sentence and its letters.

Words are folded as those of phrases are (`rules.phrases`), then numbers become digits. A text of a role is all its
turns, one after the other, with `BREAK` between them, so that no phrase reaches from one turn into the next.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from itertools import pairwise
from typing import NamedTuple

from qa_pipeline.rules.calls import RuleSentence
from qa_pipeline.rules.numbers import STARTERS, Counted, join_numbers
from qa_pipeline.rules.phrases import (
    WILDCARD,
    Phrase,
    has_digit_words,
    has_wildcard,
    joined_words,
    longest_word,
    with_percent,
    word_spans,
)
from qa_pipeline.search.folding import fold_lines

BREAK = "\n"
_DIGIT = re.compile(r"\d")
_NUMBER_WORDS = STARTERS | {"oh", "o", "double", "triple", "treble", "百", "千", "万", "亿"}


class WordSpan(NamedTuple):
    """A stretch of words of a role's text: `first` to `last`, included."""

    first: int
    last: int


class Stretch:
    """Words of a role's text without a break, `first` to `last` (included)."""

    def __init__(self, words: Sequence[str], first: int, last: int) -> None:
        self.first, self.last = first, last
        self._words = words

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words, each once."""
        return frozenset(self._words[self.first : self.last + 1])

    @cached_property
    def joined(self) -> tuple[str, list[int]]:
        """`joined_words` of them."""
        return joined_words(self._words[self.first : self.last + 1])


class _NumberedTurn(NamedTuple):
    """A turn with numbers: its first sentence, the words with which its sentences begin, the place of its first word,
    and what became of its words."""

    sentence: int
    begins: tuple[int, ...]
    offset: int
    counted: tuple[Counted, ...]


class RoleText:
    """The words of some turns, one after the other."""

    def __init__(self, turns: Sequence[Sequence[RuleSentence]]) -> None:
        self.words: list[str] = []
        self.sentences: list[RuleSentence] = []
        """All sentences in their order."""
        self.starts: list[int] = []
        """Of each sentence, which word it begins with."""
        self._numbered: dict[int, _NumberedTurn] = {}
        self._in_spans: dict[tuple[int, int], list[Stretch]] = {}
        lines_said = "\n".join(said.text.replace("\n", " ") for turn in turns for said in turn)
        folded = fold_lines(with_percent(lines_said))
        has_digits = _DIGIT.search(folded) is not None
        lines = iter(folded.split("\n"))
        for turn in turns:
            self._add(turn, lines, has_digits=has_digits)
        self.vocabulary = frozenset(self.words)
        """Its words, each once."""

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Each two words that follow each other."""
        return frozenset(pairwise(self.words))

    def _add(self, turn: Sequence[RuleSentence], lines: Iterator[str], *, has_digits: bool) -> None:
        if self.words:
            self.words.append(BREAK)
        begins: list[int] = []
        said: list[str] = []
        for _ in turn:
            begins.append(len(said))
            said += next(lines).split()
        offset = len(self.words)
        first = len(self.sentences)
        self.sentences += turn
        if STARTERS.isdisjoint(said) and not (has_digits and has_digit_words(said)):
            self.words += said
            self.starts += [offset + begin for begin in begins]
            return
        counted = _counted(said, _signs_between(turn))
        self.words += [each.text for each in counted]
        firsts = [each.first for each in counted]
        # a number that two sentences share belongs to the one in which it begins
        self.starts += [offset + bisect_left(firsts, begin) for begin in begins]
        if len(counted) < len(said):
            numbered = _NumberedTurn(first, tuple(begins), offset, tuple(counted))
            self._numbered |= dict.fromkeys(range(first, len(self.sentences)), numbered)

    def sentence_at(self, word: int) -> int:
        """Which of `sentences` a word is in."""
        return bisect_right(self.starts, word) - 1

    @cached_property
    def turns(self) -> list[Stretch]:
        """The turns."""
        ends = [place for place, word in enumerate(self.words) if word == BREAK]
        bounds = zip([0, *(end + 1 for end in ends)], [*ends, len(self.words)], strict=True)
        return [Stretch(self.words, first, after - 1) for first, after in bounds if after > first]

    def stretches_in(self, span: tuple[int, int]) -> list[Stretch]:
        """The turns, or the parts of them, whose sentences lie at least in part in a stretch of time, ms."""
        known = self._in_spans.get(span)
        if known is None:
            known = self._in_spans[span] = [each for turn in self.turns for each in self._cut(turn, span)]
        return known

    def _cut(self, turn: Stretch, span: tuple[int, int]) -> Iterator[Stretch]:
        places = [
            place
            for place in range(self.sentence_at(turn.first), self.sentence_at(turn.last) + 1)
            if (self.sentences[place].begin_ms or 0) < span[1] and (self.sentences[place].end_ms or 0) > span[0]
        ]
        if places:
            after = self.starts[places[-1] + 1] if places[-1] + 1 < len(self.starts) else turn.last + 1
            first, last = max(turn.first, self.starts[places[0]]), min(turn.last, after - 1)
            if first <= last:
                yield Stretch(self.words, first, last)

    def characters(self, place: WordSpan) -> tuple[int, int, int, int]:
        """Where a stretch of words is written: the first sentence and its character, the last sentence and the
        character after the last one."""
        first, begin = self._source(place.first, at_end=False)
        last, end = self._source(place.last, at_end=True)
        return first, begin, last, end

    def _source(self, word: int, *, at_end: bool) -> tuple[int, int]:
        """The sentence and the character where a word begins, or ends."""
        sentence = self.sentence_at(word)
        number = word - self.starts[sentence]
        if turn := self._numbered.get(sentence):
            each = turn.counted[word - turn.offset]
            source = each.last if at_end else each.first
            in_turn = bisect_right(turn.begins, source) - 1
            sentence, number = turn.sentence + in_turn, source - turn.begins[in_turn]
        _, begin, end = word_spans(self.sentences[sentence].text)[number]
        return sentence, end if at_end else begin

    def may_have(self, phrase: Phrase) -> bool:
        """Whether all words of a phrase are said, wherever; a quick look before a search."""
        return self.vocabulary.issuperset(phrase) or has_wildcard(phrase)

    def occurrences(self, phrase: Phrase) -> Iterator[WordSpan]:
        """Every place where a phrase is said; they don't overlap."""
        if has_wildcard(phrase):
            yield from self._like(phrase)
            return
        if not self.vocabulary.issuperset(phrase):
            return
        longest, size, words, after = longest_word(phrase), len(phrase), self.words, 0
        for start in self._starts(phrase[longest], longest):
            if start >= after and tuple(words[start : start + size]) == phrase:
                after = start + size
                yield WordSpan(start, after - 1)

    def _starts(self, word: str, offset: int) -> Iterator[int]:
        """Where a word is said, so many words earlier."""
        find, place = self.words.index, -1
        while True:
            try:
                place = find(word, place + 1)
            except ValueError:
                return
            if place >= offset:
                yield place - offset

    def _like(self, phrase: Phrase) -> Iterator[WordSpan]:
        """As `occurrences`, of a phrase with a word of which only the begin is given."""
        first, after = phrase[0], 0
        if not any(_is_word(word, first) for word in self.vocabulary):
            return
        for start in (place for place, word in enumerate(self.words) if _is_word(word, first)):
            said = self.words[start : start + len(phrase)]
            if start >= after and len(said) == len(phrase) and all(map(_is_word, said, phrase)):
                after = start + len(phrase)
                yield WordSpan(start, after - 1)


def _is_word(said: str, wanted: str) -> bool:
    return said == wanted or (wanted.endswith(WILDCARD) and said.startswith(wanted[:-1]) and said != BREAK)


def _signs_between(turn: Sequence[RuleSentence]) -> Callable[[int], str]:
    """What is written between a word of a turn and the next one. Between two sentences that is a blank where a number
    may go on, else the sign at the end of the first one."""
    spans = [(number, *span) for number, said in enumerate(turn) for span in word_spans(said.text)]

    def between(place: int) -> str:
        (number, word, _, end), (following, next_word, begin, _) = spans[place], spans[place + 1]
        if number == following:
            return turn[number].text[end:begin]
        sign = turn[number].text[end:].strip()
        if sign in ("", "-") or (word.isdecimal() and next_word.isdecimal()) or _begins_with_number(turn[following]):
            return " "
        return _PARTED

    return between


def _counted(words: Sequence[str], sign_between: Callable[[int], str]) -> list[Counted]:
    """As `join_numbers`, of each part by itself: no number goes over the end of a sentence."""
    found: list[Counted] = []
    begin = 0
    for place in range(len(words)):
        is_last = place + 1 == len(words)
        if is_last or (
            _is_of_number(words[place])
            and _is_of_number(words[place + 1])
            and _PARTING.search(sign_between(place)) is not None
        ):
            part = join_numbers(words[begin : place + 1], partial(_later, sign_between, begin))
            found += [Counted(each.text, each.first + begin, each.last + begin) for each in part]
            begin = place + 1
    return found


def _later(sign_between: Callable[[int], str], begin: int, place: int) -> str:
    return sign_between(begin + place)


_PARTED = ";"
"""A sign that no number goes over, of those of `_PARTING`."""
_PARTING = re.compile(r"[;；!?！？。]|\.\s")


def _begins_with_number(said: RuleSentence) -> bool:
    """Whether the number with which a sentence begins is all that is said there, or a sign follows it: "zero six." may
    go on with the number before, "one moment please" does not."""
    words = word_spans(said.text)
    after = next((place for place, (word, _, _) in enumerate(words) if not _is_of_number(word)), len(words))
    return after > 0 and (after == len(words) or said.text[words[after - 1][2] : words[after][1]].strip() != "")


def _is_of_number(word: str) -> bool:
    return word.isdecimal() or word in _NUMBER_WORDS
