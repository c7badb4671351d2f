"""Words of numbers in six languages, and which of them are other words too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
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


ENGLISH = Language(
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
_SPANISH = Language(
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
FRENCH = Language(
    small=_numbered(
        "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
    )
    | {"une": 1},
    tens=_numbered("vingt trente quarante cinquante soixante septante huitante nonante", 20, 10) | {"octante": 80},
    joiner="et",
    hundreds={"cent": 100, "cents": 100},
    thousands={"mille": 1000, "million": 10**6, "millions": 10**6},
)  # fmt: skip
_GERMAN_TENS = _numbered("zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig", 20, 10)
GERMAN_ONES = _numbered("ein zwei drei vier funf sechs sieben acht neun", 1)
GERMAN = Language(
    small=_numbered(
        "null eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn "
        "siebzehn achtzehn neunzehn"
    )
    | {"zwo": 2}
    | _GERMAN_TENS
    | {f"{one}und{ten}": tens + ones for ten, tens in _GERMAN_TENS.items() for one, ones in GERMAN_ONES.items()},
    tens={},
    joiner=None,
    hundreds={"hundert": 100},
    thousands={"tausend": 1000, "million": 10**6, "millionen": 10**6},
)
"""Up to 99 each number is one word."""
LANGUAGES = {"en": ENGLISH, "es": _SPANISH, "fr": FRENCH, "de": GERMAN}

AMBIGUOUS = frozenset({"once", "un", "una", "o", "cent", "cents", "mil", "mille", "six", "null", "elf", "million"})
"""Words that are numbers in one language and other words in another; they don't say that a text has numbers."""

REPEATS = {"double": 2, "triple": 3, "treble": 3, "doble": 2, "doppel": 2, "quadruple": 4}

HAN = {char: place for place, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "幺": 1, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9, "洞": 0,
}  # fmt: skip
HAN_TENS = ("十", "拾")
HAN_SCALES = {"百": 100, "千": 1000, "万": 10**4, "亿": 10**8}

SCALES = frozenset({*HAN_SCALES, *(word for each in LANGUAGES.values() for word in (*each.thousands, *each.hundreds))})

KANA = {
    "ぜろ": 0, "れい": 0, "まる": 0, "いち": 1, "にい": 2, "に": 2, "さん": 3, "よん": 4, "し": 4, "ごお": 5, "ご": 5,
    "ろく": 6, "なな": 7, "しち": 7, "はち": 8, "きゅう": 9, "く": 9, "にー": 2, "ごー": 5, "きゅー": 9,
}  # fmt: skip
LONGEST_KANA = max(map(len, KANA))
KANA_NUMBER = {"ぜろ"}
"""Readings that nothing else sounds like."""
LEAST_KANA = 4
"""So many kana digits in a row are a number; fewer are particles and syllables."""

WORDS = frozenset(
    word
    for language in LANGUAGES.values()
    for words in (language.small, language.tens)
    for word in words
    if word not in AMBIGUOUS
)
"""Words of which one is in every spoken number of two digits or more that is worth a look."""

HAN_DIGITS = "".join(char for char in HAN if char != "洞") + "十"
