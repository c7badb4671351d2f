"""What is said in a call as words that can be looked up, and the way back from a word to its sentence and its letters.

Words are folded as searches fold them (`qa_pipeline.search.folding`: width, case, accents, simplified characters; each
Chinese or Japanese character is a word), then numbers become digits. A text of a role is all its turns, one after the
other, with `BREAK` between them, so that no phrase reaches from one turn into the next.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from qa_pipeline.rules.calls import RuleSentence
from qa_pipeline.rules.numbers import STARTERS, Counted, join_numbers
from qa_pipeline.search.folding import fold, fold_lines, folded_words, is_character
from qa_pipeline.search.variants import SIMPLIFIED

BREAK = "\n"
_DIGIT = re.compile(r"\d")
WILDCARD = "*"

Phrase = tuple[str, ...]
"""Folded words; one that ends with `*` stands for every word that begins so."""


@lru_cache(maxsize=16384)
def phrase_words(text: str) -> Phrase:
    """The words of a phrase; none where it is made of signs only."""
    words: list[str] = []
    starred: set[int] = set()
    for piece in text.split():
        is_prefix = piece.endswith(WILDCARD)
        words += fold(piece.rstrip(WILDCARD)).split()
        if is_prefix and words:
            starred.add(len(words) - 1)
    counted = join_numbers(words, lambda _: " ") if not STARTERS.isdisjoint(words) or _has_digits(words) else None
    if counted is None:
        return tuple(word + WILDCARD * (place in starred) for place, word in enumerate(words))
    return tuple(each.text + WILDCARD * (each.last in starred) for each in counted)


def _has_digits(words: Iterable[str]) -> bool:
    return any(word.isdecimal() for word in words)


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


def joined_words(words: Sequence[str]) -> tuple[str, list[int]]:
    """Words as one text, without blanks between characters of scripts without blanks; and where each begins."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for place, word in enumerate(words):
        if place and not (is_character(word) and is_character(words[place - 1])):
            parts.append(" ")
            length += 1
        starts.append(length)
        parts.append(word)
        length += len(word)
    return "".join(parts), starts


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
        folded = fold_lines("\n".join(said.text.replace("\n", " ") for turn in turns for said in turn))
        has_digits = _DIGIT.search(folded) is not None
        lines = iter(folded.split("\n"))
        for turn in turns:
            self._add(turn, lines, has_digits=has_digits)
        self.vocabulary = frozenset(self.words)
        """Its words, each once."""

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
        if STARTERS.isdisjoint(said) and not (has_digits and _has_digits(said)):
            self.words += said
            self.starts += [offset + begin for begin in begins]
            return
        counted = join_numbers(said, _signs_between(turn))
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
        _, begin, end = _spans(self.sentences[sentence].text)[number]
        return sentence, end if at_end else begin

    def may_have(self, phrase: Phrase) -> bool:
        """Whether all words of a phrase are said, wherever; a quick look before a search."""
        return self.vocabulary.issuperset(phrase) or _has_wildcard(phrase)

    def occurrences(self, phrase: Phrase) -> Iterator[WordSpan]:
        """Every place where a phrase is said; they don't overlap."""
        if _has_wildcard(phrase):
            yield from self._like(phrase)
            return
        if not self.vocabulary.issuperset(phrase):
            return
        longest, size, words, after = _longest(phrase), len(phrase), self.words, 0
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


@lru_cache(maxsize=16384)
def _longest(phrase: Phrase) -> int:
    """The place of its longest word, which is mostly the rarest one."""
    return max(range(len(phrase)), key=lambda place: len(phrase[place]))


@lru_cache(maxsize=16384)
def _has_wildcard(phrase: Phrase) -> bool:
    return any(word.endswith(WILDCARD) for word in phrase)


@lru_cache(maxsize=4096)
def _spans(text: str) -> tuple[tuple[str, int, int], ...]:
    """The folded words of a sentence with the characters that they were made of."""
    return tuple((word.text, word.begins[0], word.ends[-1]) for word in folded_words(text))


def _signs_between(turn: Sequence[RuleSentence]) -> Callable[[int], str]:
    """What is written between a word of a turn and the next one."""
    spans = [(said, begin, end) for said in turn for _, begin, end in _spans(said.text)]

    def between(place: int) -> str:
        (said, _, end), (following, begin, _) = spans[place], spans[place + 1]
        return said.text[end:begin] if said is following else " "

    return between


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
    for said in turn:
        if parts and parts[-1] and said.text and not _are_without_blanks(parts[-1][-1], said.text[0]):
            parts.append(" ")
            length += 1
        starts.append(length)
        parts.append(said.text)
        length += len(said.text)
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


def plain_pattern(pattern: str) -> str:
    """A regular expression of a rule for texts that are plain: its Chinese characters simplified, full-width letters
    and digits as usual ones; signs stay, as they are its language."""
    return "".join(_PLAIN[ord(char)] if char.isalnum() and not char.isascii() else char for char in pattern)
