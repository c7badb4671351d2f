"""What stands in a text instead of something personal: `[card]`, or `[card …1234]`. It is no word that anybody said."""

from __future__ import annotations

import re

PLACEHOLDER_KINDS = (
    "card", "phone", "email", "iban", "id_number", "account", "ip", "date_of_birth", "name", "digits", "order_number",
)  # fmt: skip
"""Kinds of personal values, by the names that placeholders have."""

_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(PLACEHOLDER_KINDS)})(?=\]| …\d{{1,4}}\])")


def has_placeholder(text: str) -> bool:
    """Whether something was taken out of a text."""
    return "[" in text and _PLACEHOLDER.search(text) is not None


def count_placeholders(text: str) -> int:
    """How many there are in a text."""
    return len(_PLACEHOLDER.findall(text)) if "[" in text else 0


def without_kinds(text: str) -> str:
    """A text with blanks instead of the names of kinds, letter for letter: who looks for "card" is not looking for
    what stands instead of a card. The last four digits stay."""
    return _PLACEHOLDER.sub(lambda match: " " * len(match[0]), text) if "[" in text else text
