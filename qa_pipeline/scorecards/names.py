"""Ids of cards for what other systems call otherwise."""

from __future__ import annotations

import re
import unicodedata

ID_CHARS = 40
_ID = re.compile(r"\w[\w.-]{0,79}")


def slug(text: str) -> str:
    """An id that a text gives: its words in small letters, joined by underscores."""
    word = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", text).casefold()).strip("_")
    return word[:ID_CHARS].rstrip("_") or "item"


def unique(name: str, taken: set[str]) -> str:
    """The name, or with a number where it is taken; takes it."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found)
    return found


def is_id(name: str) -> bool:
    """Whether a card can use it as an id as it is."""
    return _ID.fullmatch(name) is not None
