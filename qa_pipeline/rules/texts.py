"""What is said in a call as words that can be looked up, and the way back from a word to its sentence and its letters.

Words are folded as searches fold them (`qa_pipeline.search.folding`: width, case, accents, simplified characters; each
Chinese or Japanese character is a word), then numbers become digits; `%` and "per cent" are the word "percent". A text
of a role is all its turns, one after the other, with `BREAK` between them, so that no phrase reaches from one turn into
the next.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, partial
from itertools import pairwise
from typing import NamedTuple

from qa_pipeline.rules.calls import RuleSentence
from qa_pipeline.rules.numbers import STARTERS, Counted, join_numbers
from qa_pipeline.search.folding import fold, fold_lines, folded_words, is_character
from qa_pipeline.search.variants import SIMPLIFIED

BREAK = "\n"
_DIGIT = re.compile(r"\d")
WILDCARD = "*"
_PERCENT = re.compile(r"[%％﹪٪]|\b[Pp]er cent\b")
_PERCENT_PARTS = ("%", "％", "﹪", "٪", "er cent")
"""One of these is wherever `_PERCENT` fits; quicker to look for."""
_NUMBER_WORDS = STARTERS | {"oh", "o", "double", "triple", "treble", "百", "千", "万", "亿"}

Phrase = tuple[str, ...]
"""Folded words; one that ends with `*` stands for every word that begins so."""


@lru_cache(maxsize=16384)
def phrase_words(text: str) -> Phrase:
    """The words of a phrase; none where it is made of signs only."""
    words: list[str] = []
    signs: list[str] = []  # after each word
    starred: set[int] = set()
    for piece in _with_percent(text).split():
        bare = piece.rstrip(WILDCARD)
        found = _spans(bare)
        words += [word for word, _, _ in found]
        signs += [bare[one[2] : other[1]] for one, other in pairwise(found)] + [" "] * bool(found)
        if piece.endswith(WILDCARD) and words:
            starred.add(len(words) - 1)
    has_numbers = not STARTERS.isdisjoint(words) or _has_digits(words)
    counted = join_numbers(words, signs.__getitem__) if has_numbers else None
    if counted is None:
        return tuple(word + WILDCARD * (place in starred) for place, word in enumerate(words))
    return tuple(each.text + WILDCARD * (each.last in starred) for each in counted)


def lost_sign(text: str) -> str | None:
    """A sign of a phrase that would be lost and says something: of money, or of reckoning beside a digit. Without it
    "$100" would be any hundred."""
    for place, char in enumerate(text):
        category = unicodedata.category(char)
        if category == "Sc" and not fold(char):
            return char
        if (category in ("Sm", "So") or char in "‰‱@&#") and not fold(char):
            beside = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
            if any(other.isdigit() for other in beside):
                return char
    return None


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


@lru_cache(maxsize=16384)
def joined_phrase(phrase: Phrase) -> str:
    """A phrase as `joined_words` has it."""
    return joined_words(phrase)[0]


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
        lines_said = "\n".join(said.text.replace("\n", " ") for turn in turns for said in turn)
        folded = fold_lines(_with_percent(lines_said))
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
        if STARTERS.isdisjoint(said) and not (has_digits and _has_digits(said)):
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


def _with_percent(text: str) -> str:
    """A text with the word "percent" for its signs, as they would be lost."""
    return _PERCENT.sub(" percent ", text) if any(part in text for part in _PERCENT_PARTS) else text


@lru_cache(maxsize=4096)
def _spans(text: str) -> tuple[tuple[str, int, int], ...]:
    """The folded words of a sentence with the characters that they were made of."""
    text = text.replace("\n", " ")
    worded = _with_percent(text)
    found = ((word.text, word.begins[0], word.ends[-1]) for word in folded_words(worded))
    if worded == text:
        return tuple(found)
    begins, ends = _places_before(text)
    return tuple((word, begins[begin], ends[end - 1]) for word, begin, end in found)


def _places_before(text: str) -> tuple[list[int], list[int]]:
    """Of each character of `_with_percent(text)`, where what it was made of begins and ends in the text."""
    begins: list[int] = []
    ends: list[int] = []
    at = 0
    for match in _PERCENT.finditer(text):
        begins += [*range(at, match.start()), *([match.start()] * len(" percent "))]
        ends += [*range(at + 1, match.start() + 1), *([match.end()] * len(" percent "))]
        at = match.end()
    return [*begins, *range(at, len(text))], [*ends, *range(at + 1, len(text) + 1)]


def _signs_between(turn: Sequence[RuleSentence]) -> Callable[[int], str]:
    """What is written between a word of a turn and the next one. Between two sentences that is a blank where a number
    may go on, else the sign at the end of the first one."""
    spans = [(number, *span) for number, said in enumerate(turn) for span in _spans(said.text)]

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
    words = _spans(said.text)
    after = next((place for place, (word, _, _) in enumerate(words) if not _is_of_number(word)), len(words))
    return after > 0 and (after == len(words) or said.text[words[after - 1][2] : words[after][1]].strip() != "")


def _is_of_number(word: str) -> bool:
    return word.isdecimal() or word in _NUMBER_WORDS


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
