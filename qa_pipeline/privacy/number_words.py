"""Spoken and written numbers as digits: single digits, pairs as people say them ("forty two", "soixante-dix-huit"),
repeats ("double four"), Chinese and Japanese digits, and whole numbers with hundreds and thousands.

Unlike `rules.numbers`, which makes amounts comparable, nothing is added up over a pause here: what counts is which
digits are said one after the other, in six languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from qa_pipeline.privacy.normalized import Token
from qa_pipeline.privacy.number_tables import (
    AMBIGUOUS,
    ENGLISH,
    FRENCH,
    GERMAN,
    GERMAN_ONES,
    HAN,
    HAN_SCALES,
    HAN_TENS,
    KANA,
    KANA_NUMBER,
    LANGUAGES,
    LEAST_KANA,
    LONGEST_KANA,
    REPEATS,
    SCALES,
    Language,
)


class Number(NamedTuple):
    """A number that begins at a token: its digits, the token after it, whether it is made of words, and whether of
    hundreds or thousands, as amounts are."""

    digits: str
    after: int
    is_spoken: bool
    is_scaled: bool = False


def number_at(tokens: Sequence[Token], place: int, language: str | None) -> Number | None:
    """The number that begins at a token, in whichever language, that of the sentence first."""
    word = tokens[place].text
    if word.isdecimal():
        return _written(tokens, place)
    if word in REPEATS:
        return _repeated(tokens, place, language)
    if word in HAN or word in HAN_TENS:
        return _han(tokens, place)
    if "ぁ" <= word <= "ヶ":
        return _kana(tokens, place)
    if word.startswith("oo") and not word.strip("o"):
        return _letters_for_zeros(tokens, place)
    for name in dict.fromkeys((language or "", "en", "es", "fr", "de")):
        if name in LANGUAGES and (found := _cardinal(tokens, place, name)) is not None:
            return found if _is_meant(tokens, place, found, name, language) else None
    return None


def _letters_for_zeros(tokens: Sequence[Token], place: int) -> Number | None:
    """O's right beside figures: 9OO, O77OO."""
    token = tokens[place]
    before, behind = tokens[max(0, place - 1)], tokens[min(place + 1, len(tokens) - 1)]
    is_beside = (before.text.isdecimal() and before.end == token.begin) or (
        behind.text.isdecimal() and behind.begin == token.end
    )
    return Number("0" * len(token.text), place + 1, is_spoken=True) if is_beside else None


def _written(tokens: Sequence[Token], place: int) -> Number:
    after = place + 1
    if after < len(tokens) and len(tokens[place].text) <= 4:
        word = tokens[after].text
        if word in SCALES:
            return Number(tokens[place].text, after + 1, is_spoken=True, is_scaled=True)
    return Number(str(tokens[place].text), after, is_spoken=False)


def _repeated(tokens: Sequence[Token], place: int, language: str | None) -> Number | None:
    if place + 1 >= len(tokens) or tokens[place + 1].text in REPEATS:
        return None
    found = number_at(tokens, place + 1, language)
    if found is None:
        return None
    if len(found.digits) == 1:
        return Number(found.digits * REPEATS[tokens[place].text], found.after, is_spoken=True)
    value = found.digits if found.is_spoken else None
    return Number(value * 2, found.after, is_spoken=True) if value and len(value) == 2 else None


def _is_meant(tokens: Sequence[Token], place: int, found: Number, name: str, language: str | None) -> bool:
    """Whether a word that may be another one is a number here: in its own language, or beside a number where nobody
    says which language it is."""
    if tokens[place].text not in AMBIGUOUS or name == language or found.after > place + 1:
        return True
    if language is not None:
        return False
    table = LANGUAGES[name]
    beside = [tokens[at].text for at in (place - 1, place + 1, place + 2) if 0 <= at < len(tokens)]
    return any(word.isdecimal() or word in table.small or word in table.tens for word in beside)


def _cardinal(tokens: Sequence[Token], place: int, name: str) -> Number | None:
    """A number in words: as far as it is one, and no further."""
    language = LANGUAGES[name]
    word = tokens[place].text
    if name == "de" and (value := _glued(word)) is not None:
        return Number(str(value), place + 1, is_spoken=True, is_scaled=True)
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


_GLUED = re.compile(r"(?:(\w*?)(tausend))?(?:(\w*?)(hundert))?(?:und)?(\w*)")


def _glued(word: str) -> int | None:
    """A German number of hundreds or thousands, which is one word: zweihundertfunfzigtausend."""
    found = _GLUED.fullmatch(word) if "hundert" in word or "tausend" in word else None
    if found is None or not (found[2] or found[4]):
        return None
    thousands = (_part(found[1]) if found[1] else 1) if found[2] else 0
    hundreds = (_part(found[3]) if found[3] else 1) if found[4] else 0
    rest = _part(found[5]) if found[5] else 0
    if thousands is None or hundreds is None or rest is None:
        return None
    return thousands * 1000 + hundreds * 100 + rest


def _part(word: str) -> int | None:
    return GERMAN_ONES.get(word, GERMAN.small[word] if word in GERMAN.small else _glued(word))


def _after_and(tokens: Sequence[Token], at: int, name: str) -> int:
    is_and = name == "en" and at + 1 < len(tokens) and tokens[at].text == "and"
    return at + 1 if is_and and tokens[at + 1].text in {*ENGLISH.small, *ENGLISH.tens} else at


def _below_thousand(tokens: Sequence[Token], at: int, language: Language, name: str) -> tuple[int, int, bool]:
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


def _below_hundred(tokens: Sequence[Token], at: int, language: Language) -> tuple[int, int]:
    if at >= len(tokens):
        return 0, at
    word = tokens[at].text
    if word == "quatre" and language is FRENCH:
        after = _past_hyphen(tokens, at + 1)
        if after < len(tokens) and tokens[after].text in ("vingt", "vingts"):
            return _with_ones(tokens, after + 1, 80, language, up_to=19)
    if word in language.small:
        value, after = language.small[word], at + 1
        if value == 10 and language is FRENCH:
            return _with_ones(tokens, after, 10, language, up_to=9, least=7)
        return value, after
    if word in language.tens:
        value = language.tens[word]
        return _with_ones(tokens, at + 1, value, language, up_to=19 if word == "soixante" else 9)
    return 0, at


def _with_ones(
    tokens: Sequence[Token], after: int, tens: int, language: Language, *, up_to: int, least: int = 1
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
    while after < len(tokens) and (tokens[after].text in HAN or tokens[after].text in (*HAN_TENS, *HAN_SCALES)):
        after += 1
    run = [token.text for token in tokens[place:after]]
    if any(char in HAN_SCALES for char in run):
        return Number("".join(str(HAN[char]) for char in run if char in HAN), after, is_spoken=True, is_scaled=True)
    first_ten = next((number for number, char in enumerate(run) if char in HAN_TENS), None)
    if first_ten is None:
        return Number("".join(str(HAN[char]) for char in run), after, is_spoken=True)
    if first_ten > 1:  # 一二三四五十: the digits before are a number of their own
        head = run[: first_ten - 1]
        return Number("".join(str(HAN[char]) for char in head), place + len(head), is_spoken=True)
    tens = HAN[run[0]] if first_ten else 1
    ones = HAN.get(run[first_ten + 1], 0) if len(run) > first_ten + 1 else 0
    used = first_ten + (2 if len(run) > first_ten + 1 and run[first_ten + 1] in HAN else 1)
    return Number(str(tens * 10 + ones), place + used, is_spoken=True)


def _kana(tokens: Sequence[Token], place: int) -> Number | None:
    """Digits written as they sound."""
    found: list[int] = []
    at, is_certain = place, False
    while True:
        reading, length = _reading(tokens, at)
        if reading is None:
            break
        is_certain = is_certain or reading in KANA_NUMBER
        found.append(KANA[reading])
        at += length
    if len(found) >= LEAST_KANA or is_certain:
        return Number("".join(map(str, found)), at, is_spoken=True)
    return None


def _reading(tokens: Sequence[Token], at: int) -> tuple[str | None, int]:
    for length in range(min(LONGEST_KANA, len(tokens) - at), 0, -1):
        text = "".join(_hiragana(token.text) for token in tokens[at : at + length])
        if text in KANA:
            return text, length
    return None, 0


def _hiragana(char: str) -> str:
    return chr(ord(char) - 0x60) if len(char) == 1 and "ァ" <= char <= "ヶ" else char
