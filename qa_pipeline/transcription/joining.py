"""How texts are put together, which depends on their script: some are written without blanks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def join_texts(texts: Iterable[str]) -> str:
    """Texts as one: a blank between two, but none where both sides are of a script that is written without."""
    joined = ""
    for text in (text.strip() for text in texts):
        if joined and text and not (is_unspaced(joined[-1]) and is_unspaced(text[0])):
            joined += " "
        joined += text
    return joined


def is_unspaced(character: str) -> bool:
    """Whether it is written without blanks around it: Chinese, Japanese, Thai, wide punctuation. Korean has blanks.

    The empty text is not: nothing stands there.
    """
    if not character:
        return False
    if unicodedata.east_asian_width(character) in "WF":
        return not unicodedata.name(character, "").startswith("HANGUL")
    return "\u0e00" <= character <= "\u0e7f" or character == "…"
