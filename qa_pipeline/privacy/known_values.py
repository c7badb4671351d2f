"""Where what is known of a call is said: names, numbers, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rapidfuzz import fuzz

from qa_pipeline.privacy.counting_words import COUNTING_WORDS
from qa_pipeline.privacy.normalized import Token, normalize
from qa_pipeline.privacy.number_tables import HAN_DIGITS
from qa_pipeline.privacy.policy import Kind
from qa_pipeline.privacy.sentences import SaidSentence, Span

LIKE = 80.0
"""Likeness (0 to 100) from which a name that was misheard is the name."""

LEAST_FUZZY = 5
"""Letters of a name that must be there for it to be looked for fuzzily; shorter ones are like many words."""

LEAST_NAME, LEAST_NUMBER, LEAST_WORD = 2, 4, 4
LEAST_TAIL = 6
"""Digits of a known number that are the number where they are its end; of fewer it is the number only as a whole."""

_LEAST_ALONE = 3
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)*")

_COMMON = (
    frozenset(
        normalize(
            "will mark grace may june april august rose hope faith joy art bill rich rob sue pat drew chase frank "
            "grant miles dawn summer autumn ivy lily daisy iris pearl ruby amber jade sky page price young white "
            "black brown green gray grey long short small little king knight day night bell hill wood woods field "
            "fields stone banks brook rivers ford love best good bright wise strong hand head foot ray jack dean "
            "earl duke baker cook carter cooper mason miller porter potter smith taylor turner walker weaver "
            "angel cruz leon luz paz sol blanco rubio moreno bravo petit grand roux blanc noir leger martin bon "
            "rey flores campos rios mora vega and the for you not are was can but all our out mrs miss ms mr dr "
            "señor señora sr sra don doña mme mlle monsieur madame de del la las los van von der den le du des"
        ).split()
    )
    | COUNTING_WORDS
)
"""Names that are words too: they are a name where they are written with a capital, or with the rest of the name."""

_TITLES = ("先生", "女士", "小姐", "太太", "老师", "经理", "さん", "様", "さま", "氏", "君", "同学", "师傅")


@dataclass(frozen=True)
class KnownValue:
    """A value and its kind. Of `agent_name` the policy is that of agents' names."""

    kind: Kind | Literal["agent_name"]
    value: str


class KnownSearch:
    """Looks for known values in sentences."""

    def __init__(self, values: Sequence[KnownValue]) -> None:
        self._names: list[tuple[list[str], str]] = []
        self._compact: list[tuple[Kind, str]] = []
        self.numbers: list[tuple[Kind, str]] = []
        """Digits of numbers, for the runs of digits that are them."""
        for each in values:
            self._add(each.kind, normalize(each.value))

    def _add(self, kind: Any, value: str) -> None:
        letters = re.sub(r"[\W_]+", "", value)
        if not letters:
            return
        if kind in ("name", "agent_name") and not any(char.isdigit() for char in value):
            words = re.findall(r"[a-z]+(?:['’][a-z]+)*|[^\W\d_a-z]+", value)
            self._names.append((words, letters))
            return
        digits = "".join(char for char in value if char.isdecimal())
        own: Kind = "account" if kind in ("name", "agent_name") else kind
        if kind == "email":
            self._compact.append((own, letters))
        elif len(digits) >= LEAST_NUMBER and sum(map(str.isalpha, letters)) <= LEAST_WORD:
            self.numbers.append((own, digits))
        if len(letters) >= LEAST_WORD and kind != "email" and digits and letters != digits:
            self._compact.append((own, letters))

    def spans(self, said: Sequence[SaidSentence]) -> Iterator[Span]:
        """Where names and values that are no plain numbers are said in the sentences of a call."""
        if not (self._names or self._compact):
            return
        whole = normalize("\n".join(sentence.text for sentence in said))
        yield from self._compact_spans(said, whole)
        vocabulary = set(_WORD.findall(whole))
        for words, letters in self._names:
            is_apart = letters.isascii() or len(words) > 1
            own = _words_of_name(vocabulary, words) if is_apart else set()
            if not own and (is_apart or letters[0] not in whole):
                continue
            for place, sentence in enumerate(said):
                for begin, end in _name_spans(sentence, own) if is_apart else _unsegmented_name(sentence, letters):
                    yield Span(place, *sentence.normalized.original_span(begin, end), "name", "known")

    def _compact_spans(self, said: Sequence[SaidSentence], whole: str) -> Iterator[Span]:
        compact = re.sub(r"[\W_]+", "", _without_spoken_signs(whole)) if self._compact else ""
        for kind, letters in self._compact:
            if letters in compact:
                for place, sentence in enumerate(said):
                    yield from _compact_spans(sentence, place, kind, letters)

    def number(self, digits: str) -> Kind | None:
        """The kind of a known number that these digits are, or are the end of, or hold with few others."""
        for kind, known in self.numbers:
            tail = known[-LEAST_TAIL:]
            if digits == known:
                return kind
            is_long = len(tail) == LEAST_TAIL <= len(digits) < len(known) + LEAST_TAIL
            if is_long and (digits.endswith(tail) or known in digits):
                return kind
        return None

    def number_within(self, digits: str) -> Kind | None:
        """The kind of a known number that many more digits hold."""
        return next((kind for kind, known in self.numbers if len(known) >= LEAST_TAIL and known in digits), None)


def _compact_spans(sentence: SaidSentence, place: int, kind: Kind, letters: str) -> Iterator[Span]:
    """Where the letters and digits of a value stand, whatever signs are between them."""
    text = _without_spoken_signs(sentence.normalized.text)
    kept = [(at, char) for at, char in enumerate(text) if char.isalnum()]
    compact = "".join(char for _, char in kept)
    begin = compact.find(letters)
    while begin >= 0:
        first, last = kept[begin][0], kept[begin + len(letters) - 1][0]
        if not (_is_joined(text, first) or _is_joined(text, last + 1)):
            yield Span(place, *sentence.normalized.original_span(first, last + 1), kind, "known")
        begin = compact.find(letters, begin + len(letters))


def _is_joined(text: str, at: int) -> bool:
    """Whether a word, or a number, goes on over this place."""
    pair = text[at - 1 : at + 1] if at else ""
    return len(pair) > 1 and pair.isascii() and (pair.isalpha() or pair.isdigit())


def _without_spoken_signs(text: str) -> str:
    """With blanks instead of words for signs, letter for letter."""
    return re.sub(
        r"\b(?:dot|at|arroba|arobase|punto|point|dash|hyphen|underscore)\b|艾特|点|アットマーク|ドット",
        lambda match: " " * len(match[0]),
        text,
    )


def _name_spans(sentence: SaidSentence, own: set[str]) -> Iterator[tuple[int, int]]:
    """Where words of a name stand, which are `own` as they are said in the call."""
    if not any(word in sentence.normalized.text for word in own):
        return
    tokens = sentence.normalized.tokens
    hits = [at for at, token in enumerate(tokens) if token.text in own]
    for at in hits:
        token = tokens[at]
        beside = {at - 1, at + 1}.intersection(hits)
        if token.text in _COMMON and not beside and not _is_capital(sentence, token):
            continue
        if len(token.text) >= _LEAST_ALONE or beside:
            yield token.begin, token.end


def _words_of_name(vocabulary: Iterable[str], words: Sequence[str]) -> set[str]:
    """Which words of a call are a word of the name."""
    begins = {word[0] for word in words}
    alike = [text for text in vocabulary if text[0] in begins]
    return {text for text in alike if any(_is_name(text, word) for word in words)}


def _is_name(said: str, word: str) -> bool:
    if said[0] != word[0]:
        return False
    text = said.removesuffix("'s")
    if text == word:
        return True
    if len(word) < LEAST_FUZZY or len(text) < LEAST_FUZZY - 1 or text in _COMMON:
        return False
    return fuzz.ratio(text, word) >= LIKE


def _is_capital(sentence: SaidSentence, token: Token) -> bool:
    begin, _ = sentence.normalized.original_span(token.begin, token.end)
    return sentence.text[begin].isupper() and begin > 0


def _unsegmented_name(sentence: SaidSentence, name: str) -> Iterator[tuple[int, int]]:
    """Chinese and Japanese names: whole, as surname with a title, or as the given name."""
    text = sentence.normalized.text
    parts = [name]
    if 3 <= len(name) <= 4 and text.find(name) < 0:
        parts.append(name[1:] if len(name) == 3 else name[2:])
    for part in parts:
        if all(char in HAN_DIGITS for char in part):
            continue  # a given name that is a number
        yield from ((match.start(), match.end()) for match in re.finditer(re.escape(part), text))
    titles = "|".join(normalize(title) for title in _TITLES)
    for length in (1, 2):
        if len(name) > length:
            pattern = rf"{re.escape(name[:length])}(?={titles})"
            yield from ((match.start(), match.end()) for match in re.finditer(pattern, text))
    yield from _misheard(text, name)


def _misheard(text: str, name: str) -> Iterator[tuple[int, int]]:
    """A name of three characters or more with one other character, right behind a word that says that it is one."""
    if len(name) < 3:
        return
    for match in re.finditer(r"(?:叫|姓名是|名字是|我是|本人是|名前は|と申します)", text):
        said = text[match.end() : match.end() + len(name)]
        if len(said) == len(name) and sum(one == other for one, other in zip(said, name, strict=True)) >= len(name) - 1:
            yield match.end(), match.end() + len(name)
