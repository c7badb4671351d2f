"""The numbers of a sentence, one after the other, and the runs of them that are said as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qa_pipeline.privacy.counting_words import MONTHS
from qa_pipeline.privacy.normalized import Token, normalize
from qa_pipeline.privacy.number_words import number_at
from qa_pipeline.privacy.sentences import SaidSentence
from qa_pipeline.privacy.shapes import Shape, shaped_numbers
from qa_pipeline.privacy.units import CODES


class Unit(NamedTuple):
    """A number as it is said or written: `begin` to `end` in the normalised text, `first` to `after` among its tokens.

    `shape`: a date, or groups of three digits as amounts have them."""

    digits: str
    begin: int
    end: int
    first: int
    after: int
    is_spoken: bool
    is_scaled: bool
    shape: Shape | None = None


class Run(NamedTuple):
    """Numbers of a sentence with nothing but pauses between them. `from_start` and `to_end`: nothing else is said
    before it, or after it, in the sentence."""

    sentence: int
    units: tuple[Unit, ...]
    from_start: bool
    to_end: bool

    @property
    def digits(self) -> str:
        """All its digits."""
        return "".join(unit.digits for unit in self.units)


_FILLERS = frozenset(
    normalize(
        "uh um er erm eh dash hyphen space then comma slash like plus the next are last finally "
        "ahm bindestrich leerzeichen dann danach "
        "guion este luego espacio despues siguientes tiret euh puis espace ensuite enfin "
        "嗯 呃 额 啊 这 然 后 杠 横 空 格 再 个 最 面 接 着 次 の ノ え ー っ と ハ イ フ ン"
    ).split()
)
"""Words between digits that belong to the way they are read out."""
_LEADING = _FILLERS | frozenset(
    normalize(
        "and so yes yeah okay ok it its it's is that's the ok sure right number "
        "ja also und gut genau das ist die es nummer "
        "y sí es el la vale et oui c'est le la alors "
        "是 对 好 的 那 还 有 就 下 来 位 は い つ ぎ"
    ).split()
)
"""Words before the digits of a sentence that goes on with a number."""
_TRAILING = _FILLERS | frozenset(
    normalize("and y et und bitte danke yes okay ok です で す 啊 吧 呢 please por favor merci 的").split()
)
_NOISE = frozenset(
    normalize(
        "inaudible unintelligible noise static crosstalk cough silence unclear ruido bruit rauschen unverstandlich "
        "杂 音"
    ).split()
)
_VOWELS, _LEAST_NOISE = frozenset("aeiouy"), 2
_CORRECTIONS = frozenset(
    normalize(
        "sorry hello wait no hold on pardon excuse me i mean scratch that "
        "perdon espera no digo "
        "pardon non attendez je veux dire "
        "moment nein entschuldigung halt sorry "
        "不 对 等 一 下 喂 好 意 思 听 到 吗 す み ま せ ん も し"
    ).split()
)
"""Words with which somebody breaks off within a number and goes on."""
_MOST_BETWEEN = 3
_GROUP, _AND = 4, frozenset(("and", "y", "et", "und", "和"))
"""Between two groups of four digits: four groups of a card, the last of them after an "and"."""
_LEAST_COMPOUND_DIGITS, _LEAST_COMPOUND = 4, 5


def runs_of(said: SaidSentence, sentence: int) -> list[Run]:
    """The runs of numbers of a sentence; `sentence` is its place in the call."""
    tokens = said.normalized.tokens
    units = _units(said)
    groups: list[list[Unit]] = []
    for unit in units:
        if groups and _goes_on(tokens, groups[-1][-1], unit):
            groups[-1].append(unit)
        else:
            groups.append([unit])
    return [
        Run(
            sentence,
            tuple(group),
            all(_is_pause(tokens[at].text, _LEADING) for at in range(group[0].first)),
            all(_is_pause(tokens[at].text, _TRAILING) for at in range(group[-1].after, len(tokens))),
        )
        for group in groups
    ]


def _is_pause(word: str, words: frozenset[str]) -> bool:
    return word in words or not word.isalnum() or _is_noise(word)


def _is_noise(word: str) -> bool:
    """Whether it is what a recognizer makes of a bad line, "krrr", or its name for that."""
    return word in _NOISE or (
        len(word) > _LEAST_NOISE and word.isascii() and word.isalpha() and not _VOWELS & set(word)
    )


def is_resumed(said: SaidSentence, before: Run, run: Run) -> bool:
    """Whether nothing but a disturbance, or a word of correction, stands between two runs of a sentence."""
    between = [token.text for token in said.normalized.tokens[before.units[-1].after : run.units[0].first]]
    is_short = sum(map(str.isalnum, between)) <= _MOST_BETWEEN + 1
    return bool(between) and is_short and all(_is_pause(word, _FILLERS | _CORRECTIONS) for word in between)


def _goes_on(tokens: Sequence[Token], unit: Unit, other: Unit) -> bool:
    between = [token.text for token in tokens[unit.after : other.first]]
    words = _FILLERS | _AND if len(unit.digits) == len(other.digits) == _GROUP else _FILLERS
    if sum(map(str.isalnum, between)) > _MOST_BETWEEN or not all(_is_pause(word, words) for word in between):
        return False
    return not {"%", "$", "€", "£", "¥", "=", "?"}.intersection(between)


def _units(said: SaidSentence) -> list[Unit]:
    tokens, text = said.normalized.tokens, said.normalized.text
    shaped = list(shaped_numbers(text)) if any(char.isdigit() for char in text) else []
    found: list[Unit] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        while shaped and shaped[0].end <= token.begin:
            del shaped[0]
        if shaped and shaped[0].begin <= token.begin:
            shape, begin, end = shaped[0]
            after = _after(tokens, place, end)
            digits = _ascii("".join(char for char in text[begin:end] if char.isdecimal()))
            if shape in ("date", "grouped"):
                found.append(Unit(digits, begin, end, place, after, is_spoken=False, is_scaled=False, shape=shape))
            place = after
            continue
        if compound := _compound(tokens, place):
            found.append(compound)
            place = compound.after
            continue
        number = number_at(tokens, place, said.language)
        if number is None:
            place += 1
            continue
        begin, end = token.begin, tokens[number.after - 1].end
        digits = _ascii(number.digits)
        found.append(Unit(digits, begin, end, place, number.after, number.is_spoken, number.is_scaled))
        place = number.after
    return found


def _ascii(digits: str) -> str:
    """Digits of other scripts, Arabic or Devanagari, as 0 to 9."""
    return digits if digits.isascii() else "".join(str(int(char)) for char in digits)


def _after(tokens: Sequence[Token], place: int, end: int) -> int:
    while place < len(tokens) and tokens[place].begin < end:
        place += 1
    return place


def _compound(tokens: Sequence[Token], place: int) -> Unit | None:
    """Letters and digits without a blank between them, as passports and licences have: E12345678, 12AB34567."""
    after, end = place, tokens[place].begin
    while after < len(tokens) and tokens[after].begin == end and _is_latin(tokens[after].text):
        end = tokens[after].end
        after += 1
    if after - place < 2:
        return None
    parts = [token.text for token in tokens[place:after]]
    digits = "".join(part for part in parts if part.isdecimal())
    letters = [part for part in parts if not part.isdecimal()]
    is_one = len(digits) >= _LEAST_COMPOUND_DIGITS and sum(map(len, parts)) >= _LEAST_COMPOUND
    if not is_one or any(len(part) > 4 for part in letters) or parts[-1] in _SUFFIXES | CODES or parts[0] in CODES:
        return None
    begin = tokens[place].begin
    return Unit(digits, begin, end, place, after, is_spoken=False, is_scaled=False)


_SUFFIXES = frozenset({"st", "nd", "rd", "th", "kg", "km", "gb", "mb", "tb", "ml", "k", "m", "h"})
"""What is written at a number without a blank and makes it none of these."""


def _is_latin(word: str) -> bool:
    return word.isascii() and word.isalnum()


def is_beside_month(said: SaidSentence, run: Run) -> bool:
    """Whether the name of a month stands before or after a run: it is a date then."""
    tokens = said.normalized.tokens
    beside = [tokens[at].text for at in (run.units[0].first - 1, run.units[-1].after) if 0 <= at < len(tokens)]
    return not MONTHS.isdisjoint(beside)
