"""Spoken and written numbers as digits: single digits, pairs as people say them ("forty two", "soixante-dix-huit"),
repeats ("double four"), Chinese and Japanese digits, and whole numbers with hundreds and thousands.

Unlike `rules.numbers`, which makes amounts comparable, nothing is added up over a pause here: what counts is which
digits are said one after the other, in five languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qa_pipeline.privacy.normalized import Token, normalize


class Number(NamedTuple):
    """A number that begins at a token: its digits, the token after it, whether it is made of words, and whether of
    hundreds or thousands, as amounts are."""

    digits: str
    after: int
    is_spoken: bool
    is_scaled: bool = False


@dataclass(frozen=True)
class _Language:
    small: Mapping[str, int]
    """Words of numbers below twenty, and of such as are one word (veintiuno)."""
    tens: Mapping[str, int]
    joiner: str | None
    """Between tens and ones: treinta y uno."""
    hundreds: Mapping[str, int]
    """Words that are hundreds by themselves, or a hundred after a number."""
    thousands: Mapping[str, int]


def _numbered(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    return {word: first + place * step for place, word in enumerate(words.split())}


_ENGLISH = _Language(
    small=_numbered(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen"
    )
    | {"nought": 0, "oh": 0, "o": 0, "niner": 9},
    tens=_numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10) | {"fourty": 40},
    joiner=None,
    hundreds={"hundred": 100},
    thousands={"thousand": 1000, "million": 10**6, "billion": 10**9},
)
_SPANISH = _Language(
    small=_numbered(
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
        "dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
        "veintiocho veintinueve"
    )
    | {"un": 1, "una": 1},
    tens=_numbered("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10),
    joiner="y",
    hundreds={
        "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500,
        "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
    },
    thousands={"mil": 1000, "millon": 10**6, "millones": 10**6},
)  # fmt: skip
_FRENCH = _Language(
    small=_numbered(
        "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
    )
    | {"une": 1},
    tens=_numbered("vingt trente quarante cinquante soixante septante huitante nonante", 20, 10) | {"octante": 80},
    joiner="et",
    hundreds={"cent": 100, "cents": 100},
    thousands={"mille": 1000, "million": 10**6, "millions": 10**6},
)  # fmt: skip
_LANGUAGES = {"en": _ENGLISH, "es": _SPANISH, "fr": _FRENCH}

_AMBIGUOUS = frozenset({"once", "un", "una", "o", "cent", "cents", "mil", "mille", "six"})
"""Words that are numbers in one language and other words in another; they don't say that a text has numbers."""

_REPEATS = {"double": 2, "triple": 3, "treble": 3, "doble": 2, "quadruple": 4}

_HAN = {char: place for place, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "幺": 1, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9, "洞": 0,
}  # fmt: skip
_HAN_TENS = ("十", "拾")
_HAN_SCALES = {"百": 100, "千": 1000, "万": 10**4, "亿": 10**8}

_SCALES = frozenset(
    {*_HAN_SCALES, *(word for each in _LANGUAGES.values() for word in (*each.thousands, *each.hundreds))}
)

_KANA = {
    "ぜろ": 0, "れい": 0, "まる": 0, "いち": 1, "にい": 2, "に": 2, "さん": 3, "よん": 4, "し": 4, "ごお": 5, "ご": 5,
    "ろく": 6, "なな": 7, "しち": 7, "はち": 8, "きゅう": 9, "く": 9, "にー": 2, "ごー": 5, "きゅー": 9,
}  # fmt: skip
_LONGEST_KANA = max(map(len, _KANA))
_KANA_NUMBER = {"ぜろ"}
"""Readings that nothing else sounds like."""
_LEAST_KANA = 4
"""So many kana digits in a row are a number; fewer are particles and syllables."""

WORDS = frozenset(
    word
    for language in _LANGUAGES.values()
    for words in (language.small, language.tens)
    for word in words
    if word not in _AMBIGUOUS
)
"""Words of which one is in every spoken number of two digits or more that is worth a look."""

HAN_DIGITS = "".join(char for char in _HAN if char != "洞") + "十"


def number_at(tokens: Sequence[Token], place: int, language: str | None) -> Number | None:
    """The number that begins at a token, in whichever language, that of the sentence first."""
    word = tokens[place].text
    if word.isdecimal():
        return _written(tokens, place)
    if word in _REPEATS:
        return _repeated(tokens, place, language)
    if word in _HAN or word in _HAN_TENS:
        return _han(tokens, place)
    if "ぁ" <= word <= "ヶ":
        return _kana(tokens, place)
    for name in dict.fromkeys((language or "", "en", "es", "fr")):
        if name in _LANGUAGES and (found := _cardinal(tokens, place, name)) is not None:
            return found if _is_meant(tokens, place, found, name, language) else None
    return None


def _written(tokens: Sequence[Token], place: int) -> Number:
    after = place + 1
    if after < len(tokens) and len(tokens[place].text) <= 4:
        word = tokens[after].text
        if word in _SCALES:
            return Number(tokens[place].text, after + 1, is_spoken=True, is_scaled=True)
    return Number(str(tokens[place].text), after, is_spoken=False)


def _repeated(tokens: Sequence[Token], place: int, language: str | None) -> Number | None:
    if place + 1 >= len(tokens) or tokens[place + 1].text in _REPEATS:
        return None
    found = number_at(tokens, place + 1, language)
    if found is None:
        return None
    if len(found.digits) == 1:
        return Number(found.digits * _REPEATS[tokens[place].text], found.after, is_spoken=True)
    value = found.digits if found.is_spoken else None
    return Number(value * 2, found.after, is_spoken=True) if value and len(value) == 2 else None


def _is_meant(tokens: Sequence[Token], place: int, found: Number, name: str, language: str | None) -> bool:
    """Whether a word that may be another one is a number here: in its own language, or beside a number where nobody
    says which language it is."""
    if tokens[place].text not in _AMBIGUOUS or name == language or found.after > place + 1:
        return True
    if language is not None:
        return False
    table = _LANGUAGES[name]
    beside = [tokens[at].text for at in (place - 1, place + 1, place + 2) if 0 <= at < len(tokens)]
    return any(word.isdecimal() or word in table.small or word in table.tens for word in beside)


def _cardinal(tokens: Sequence[Token], place: int, name: str) -> Number | None:
    """A number in words: as far as it is one, and no further."""
    language = _LANGUAGES[name]
    word = tokens[place].text
    if not (
        word in language.small
        or word in language.tens
        or word in language.hundreds
        or (word in language.thousands and name != "en")
    ):
        return None
    total, at, is_scaled, has_thousands = 0, place, False, False
    while at < len(tokens):
        group, after, of_hundreds = _below_thousand(tokens, at, language, name)
        if after == at and tokens[at].text in language.thousands and not has_thousands and name != "en":
            group, of_hundreds = 1, True  # mil, mille
        elif after == at:
            break
        if after < len(tokens) and tokens[after].text in language.thousands and group:
            total += group * language.thousands[tokens[after].text]
            at, is_scaled, has_thousands = after + 1, True, True
            at = _after_and(tokens, at, name)
            continue
        total, at = total + group, after
        is_scaled = is_scaled or of_hundreds
        break
    return None if at == place else Number(str(total), at, is_spoken=True, is_scaled=is_scaled)


def _after_and(tokens: Sequence[Token], at: int, name: str) -> int:
    is_and = name == "en" and at + 1 < len(tokens) and tokens[at].text == "and"
    return at + 1 if is_and and tokens[at + 1].text in {*_ENGLISH.small, *_ENGLISH.tens} else at


def _below_thousand(tokens: Sequence[Token], at: int, language: _Language, name: str) -> tuple[int, int, bool]:
    value, after = _below_hundred(tokens, at, language)
    if after < len(tokens) and tokens[after].text in language.hundreds:
        word = tokens[after].text
        if after == at:
            value = language.hundreds[word]
        elif language.hundreds[word] == 100 and 0 < value < 10:
            value *= 100
        else:
            return value, after, False
        after = _after_and(tokens, after + 1, name)
        rest, end = _below_hundred(tokens, after, language)
        return value + rest, end, True
    return value, after, False


def _below_hundred(tokens: Sequence[Token], at: int, language: _Language) -> tuple[int, int]:
    if at >= len(tokens):
        return 0, at
    word = tokens[at].text
    if word == "quatre" and language is _FRENCH:
        after = _past_hyphen(tokens, at + 1)
        if after < len(tokens) and tokens[after].text in ("vingt", "vingts"):
            return _with_ones(tokens, after + 1, 80, language, up_to=19)
    if word in language.small:
        value, after = language.small[word], at + 1
        if value == 10 and language is _FRENCH:
            return _with_ones(tokens, after, 10, language, up_to=9, least=7)
        return value, after
    if word in language.tens:
        value = language.tens[word]
        return _with_ones(tokens, at + 1, value, language, up_to=19 if word == "soixante" else 9)
    return 0, at


def _with_ones(
    tokens: Sequence[Token], after: int, tens: int, language: _Language, *, up_to: int, least: int = 1
) -> tuple[int, int]:
    """Tens with the ones that follow."""
    at = _past_hyphen(tokens, after)
    if at < len(tokens) and tokens[at].text == language.joiner:
        at = _past_hyphen(tokens, at + 1)
    elif language.joiner == "y":
        return tens, after
    if at >= len(tokens) or tokens[at].text not in language.small:
        return tens, after
    ones, end = _below_hundred(tokens, at, language) if up_to > 9 else (language.small[tokens[at].text], at + 1)
    return (tens + ones, end) if least <= ones <= up_to else (tens, after)


def _past_hyphen(tokens: Sequence[Token], at: int) -> int:
    return at + 1 if at < len(tokens) and tokens[at].text in ("-", "‐", "‑") else at


def _han(tokens: Sequence[Token], place: int) -> Number:
    """Chinese and Japanese digits: each by itself, or 五十六, or an amount."""
    after = place
    while after < len(tokens) and (tokens[after].text in _HAN or tokens[after].text in (*_HAN_TENS, *_HAN_SCALES)):
        after += 1
    run = [token.text for token in tokens[place:after]]
    if any(char in _HAN_SCALES for char in run):
        return Number("".join(str(_HAN[char]) for char in run if char in _HAN), after, is_spoken=True, is_scaled=True)
    first_ten = next((number for number, char in enumerate(run) if char in _HAN_TENS), None)
    if first_ten is None:
        return Number("".join(str(_HAN[char]) for char in run), after, is_spoken=True)
    if first_ten > 1:  # 一二三四五十: the digits before are a number of their own
        head = run[: first_ten - 1]
        return Number("".join(str(_HAN[char]) for char in head), place + len(head), is_spoken=True)
    tens = _HAN[run[0]] if first_ten else 1
    ones = _HAN.get(run[first_ten + 1], 0) if len(run) > first_ten + 1 else 0
    used = first_ten + (2 if len(run) > first_ten + 1 and run[first_ten + 1] in _HAN else 1)
    return Number(str(tens * 10 + ones), place + used, is_spoken=True)


def _kana(tokens: Sequence[Token], place: int) -> Number | None:
    """Digits written as they sound."""
    found: list[int] = []
    at, is_certain = place, False
    while True:
        reading, length = _reading(tokens, at)
        if reading is None:
            break
        is_certain = is_certain or reading in _KANA_NUMBER
        found.append(_KANA[reading])
        at += length
    if len(found) >= _LEAST_KANA or is_certain:
        return Number("".join(map(str, found)), at, is_spoken=True)
    return None


def _reading(tokens: Sequence[Token], at: int) -> tuple[str | None, int]:
    for length in range(min(_LONGEST_KANA, len(tokens) - at), 0, -1):
        text = "".join(_hiragana(token.text) for token in tokens[at : at + length])
        if text in _KANA:
            return text, length
    return None, 0


def _hiragana(char: str) -> str:
    return chr(ord(char) - 0x60) if len(char) == 1 and "ァ" <= char <= "ヶ" else char


_MONTHS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre "
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
)
MONTHS = frozenset(_MONTHS.split())
ORDINALS = frozenset(
    normalize(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth premier primero"
    ).split()
)
_FURTHER_ORDINALS = normalize(
    "primera segundo segunda tercero tercera cuarto cuarta quinto quinta sexto sexta septimo octavo noveno decimo "
    "premiere deuxieme seconde troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme"
).split()
COUNTING_WORDS = frozenset(
    {
        *(
            word
            for language in _LANGUAGES.values()
            for words in (language.small, language.tens, language.hundreds, language.thousands)
            for word in words
        ),
        *_REPEATS, *MONTHS, *ORDINALS, *_FURTHER_ORDINALS,
    }
)  # fmt: skip
"""Words of numbers, months and places in a row, in whichever language."""
