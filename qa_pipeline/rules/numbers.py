"""Spoken numbers as digits, so that "twenty four hours" and "24 hours", 二十四小时 and 24小时 are the same words.

English and Chinese. Numbers that follow each other are one: "four four one two" is 4412, "nineteen eighty four" is
1984, as people read out cards and years. "double four" is 44, and "oh" between digits is 0. Chinese 幺 is 1 and
两 is 2. What only looks like a number (千万 in 千万不要, "a" alone) stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_UNITS = {word: number for number, word in enumerate(_SMALL)} | {"nought": 0}
_ROUND = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS = {word: 10 * (number + 2) for number, word in enumerate(_ROUND)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_DIGITS_ZH = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "幺": 1, "两": 2}
_UNITS_ZH = {"十": 10, "百": 100, "千": 1000}
_SCALES_ZH = {"万": 10**4, "亿": 10**8}
_ZH = frozenset({*_DIGITS_ZH, *_UNITS_ZH, *_SCALES_ZH})
_MOST_DIGITS = 15
"""Longer written numbers are read as digits only, never as an amount."""
_TOO_MUCH = 10 ** (_MOST_DIGITS + 1)
_LONGEST_RUN = 64
"""So many characters are looked at for one number; what follows is the next one."""

STARTERS = frozenset({*_UNITS, *_TENS, *_SCALES, *_DIGITS_ZH, "十", "hundred"})
"""Words of which one is in every spoken number."""


class Counted(NamedTuple):
    """A word after numbers became digits: it was made of the words `first` to `last` (included) of what was given."""

    text: str
    first: int
    last: int


def join_numbers(words: Sequence[str], sign_between: Callable[[int], str]) -> list[Counted]:
    """The words with their numbers as digits. `sign_between(n)` is what is written between word n and the next one: by
    it "3.5" is one number, "4111 1111" too, and "9:30" are two."""
    found: list[Counted] = []
    place = 0
    while place < len(words):
        digits, after = _run(words, place, sign_between)
        if after == place:
            found.append(Counted(words[place], place, place))
            place += 1
        else:
            found.append(Counted(digits, place, after - 1))
            place = after
    return found


def _run(words: Sequence[str], place: int, sign_between: Callable[[int], str]) -> tuple[str, int]:
    """The number that begins here, with all that belong to it; the place itself where there is none."""
    digits, at = _number(words, place)
    while at < len(words) and at > place:
        if words[at] == "point" and at + 1 < len(words):
            more, after = _number(words, at + 1)
            if after > at + 1:
                digits, at = f"{digits}.{more}", after
                continue
        more, after = _number(words, at)
        if after == at and words[at] in ("oh", "o") and _is_digit(words, at - 1) and _is_digit(words, at + 1):
            more, after = "0", at + 1
        if after == at:
            break
        sign = sign_between(at - 1)
        if sign == "." and words[at].isdigit():
            more = f".{more}"
        elif sign.strip() not in ("", "-"):
            break
        digits, at = digits + more, after
    return digits, at


def _is_digit(words: Sequence[str], place: int) -> bool:
    return place < len(words) and (words[place].isdigit() or words[place] in _UNITS or words[place] in ("oh", "o"))


def _number(words: Sequence[str], place: int) -> tuple[str, int]:
    """One number from here, and the place after it."""
    word = words[place]
    is_scaled = place + 1 < len(words) and words[place + 1] in (*_SCALES, *_SCALES_ZH, "hundred")
    if word.isdecimal() and (not is_scaled or len(word) > _MOST_DIGITS):
        return word, place + 1
    if word in _REPEATS and place + 1 < len(words):
        digit = words[place + 1]
        value = str(_UNITS[digit]) if digit in _UNITS else "0" if digit in ("oh", "o") else digit
        return (value * _REPEATS[word], place + 2) if len(value) == 1 and value.isdigit() else ("", place)
    if word in _DIGITS_ZH or word == "十" or (word.isdecimal() and words[place + 1] in _SCALES_ZH):
        return _chinese(words, place)
    if word in ("oh", "o"):
        is_digits = _is_digit(words, place + 1) and _is_digit(words, place + 2)
        return ("0", place + 1) if is_digits else ("", place)
    return _english(words, place)


def _english(words: Sequence[str], place: int) -> tuple[str, int]:
    total, at = 0, place
    below: int | None = None
    while at < len(words):
        small, after = _below_hundred(words, at)
        if small is None and words[at] == "a" and at == place and at + 1 < len(words):
            is_amount = words[at + 1] == "hundred" or words[at + 1] in _SCALES
            small, after = (1, at + 1) if is_amount else (None, at)
        if small is None or below is not None:
            break
        group, at = small, after
        if at < len(words) and words[at] == "hundred" and group:
            group, at = group * 100, at + 1
            more, after = _below_hundred(words, _after_and(words, at))
            group, at = (group, at) if more is None else (group + more, after)
        if at < len(words) and words[at] in _SCALES and group:
            total, at = total + group * _SCALES[words[at]], at + 1
            if _below_hundred(words, _after_and(words, at))[0] is None:
                break
            at = _after_and(words, at)
            continue
        below = group
        if not total or group < 1000:
            break
    return ("", place) if at == place else (str(total + (below or 0)), at)


def _after_and(words: Sequence[str], at: int) -> int:
    return at + 1 if at < len(words) and words[at] == "and" else at


def _below_hundred(words: Sequence[str], at: int) -> tuple[int | None, int]:
    """The number of tens and units, or of digits, from here."""
    if at >= len(words):
        return None, at
    word = words[at]
    if word in _TENS:
        unit = _UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        return (_TENS[word] + unit, at + 2) if 0 < unit < 10 else (_TENS[word], at + 1)
    if word in _UNITS:
        return _UNITS[word], at + 1
    if word.isascii() and word.isdigit() and len(word) <= _MOST_DIGITS:
        return int(word), at + 1
    return None, at


def _chinese(words: Sequence[str], place: int) -> tuple[str, int]:
    after, end = place, min(len(words), place + _LONGEST_RUN)
    while after < end and (words[after] in _ZH or (after == place and words[after].isdecimal())):
        after += 1
    run = words[place:after]
    units = [number for number, char in enumerate(run) if char in _UNITS_ZH or char in _SCALES_ZH]
    if not units or units[0] > _MOST_DIGITS:
        digits = run[: units[0]] if units else run
        return "".join(str(_DIGITS_ZH.get(char, char)) for char in digits), place + len(digits)
    amount, used = _amount(run)
    return str(amount), place + used


def _amount(run: Sequence[str]) -> tuple[int, int]:
    """三百二十 → 320, 一万零五 → 10005, and as people say it 三百五 → 350, 两万三 → 23000; and how many characters are
    of it: what would make it longer than any amount (亿亿亿) is not."""
    total = section = 0
    digit: int | None = None
    unit = 1
    used = 0
    for char in run:
        before = total, section, digit, unit
        if char in _DIGITS_ZH or char.isdecimal():
            value = _DIGITS_ZH[char] if char in _DIGITS_ZH else int(char)
            digit = value if digit is None else digit * 10 + value
            unit = 10 if char in ("零", "〇") else unit
        elif char in _UNITS_ZH:
            unit = _UNITS_ZH[char]
            section += (1 if digit is None else digit) * unit
            digit = None
        else:
            unit = _SCALES_ZH[char]
            total = (total + section + (digit or 0)) * unit
            section, digit = 0, None
        if max(total, section, digit or 0) >= _TOO_MUCH and used:
            total, section, digit, unit = before
            break
        used += 1
    if digit is not None:
        section += digit * (unit // 10) if unit > 10 and digit < 10 else digit
    return total + section, used
