"""Check digits. They say what a number is called, never whether it is masked: a misheard digit breaks each of them."""

from __future__ import annotations

import re

IBAN_LENGTHS = {
    "ad": 24, "ae": 23, "al": 28, "at": 20, "az": 28, "ba": 20, "be": 16, "bg": 22, "bh": 22, "br": 29, "ch": 21,
    "cr": 22, "cy": 28, "cz": 24, "de": 22, "dk": 18, "do": 28, "ee": 20, "eg": 29, "es": 24, "fi": 18, "fo": 18,
    "fr": 27, "gb": 22, "ge": 22, "gi": 23, "gl": 18, "gr": 27, "gt": 28, "hr": 21, "hu": 28, "ie": 22, "il": 23,
    "is": 26, "it": 27, "jo": 30, "kw": 30, "kz": 20, "lb": 28, "li": 21, "lt": 20, "lu": 20, "lv": 21, "mc": 27,
    "md": 24, "me": 22, "mk": 19, "mr": 27, "mt": 31, "mu": 30, "nl": 18, "no": 15, "pk": 24, "pl": 28, "ps": 29,
    "pt": 25, "qa": 29, "ro": 24, "rs": 22, "sa": 24, "se": 24, "si": 19, "sk": 24, "sm": 27, "tn": 24, "tr": 26,
    "ua": 29, "va": 22, "vg": 24, "xk": 20,
}  # fmt: skip
"""Country → characters of its account numbers (registry of ISO 13616)."""

_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|35\d{14}|6(?:011|5\d\d|4[4-9]\d)\d{12}"
    r"|62\d{14,17}"
)
"""Begin and length of the numbers of the large networks."""


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of cards (ISO/IEC 7812-1)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_card(digits: str) -> bool:
    """Whether it has the length, the begin and the check digit of a payment card."""
    return _CARD.fullmatch(digits) is not None and is_luhn(digits)


def is_chinese_id(digits: str, last: str = "") -> bool:
    """Whether 18 characters are a number of GB 11643 by their date and check character."""
    number = digits + last
    if len(number) != 18 or not _is_date(number[6:14]):
        return False
    total = sum(int(char) * (2 ** (17 - place) % 11) for place, char in enumerate(number[:17]))
    return "10x98765432"[total % 11] == number[17]


def has_id_date(digits: str) -> bool:
    """Whether 17 or 18 digits have a date where Chinese numbers have that of birth."""
    return len(digits) in (17, 18) and _is_date(digits[6:14])


def _is_date(digits: str) -> bool:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    return 1900 <= year <= 2099 and 1 <= month <= 12 and 1 <= day <= 31
