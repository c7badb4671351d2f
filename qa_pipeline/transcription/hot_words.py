"""Hot words that are sent along with a request, checked before: the service ignores or cuts what breaks its rules."""

from __future__ import annotations

import json
from typing import Any

MAX_WORDS = 2000
ORDINARY_WEIGHTS = range(1, 6)
SUPER_WEIGHT = 50
MAX_SUPER_WORDS = 50
MAX_CHARACTERS = 15
"""Of a word with any character beyond ASCII."""
MAX_PARTS = 7
"""Of a word in ASCII, counted by blanks."""

_EXAMPLE = '{"Bailian": 4}'


def read_hot_words(value: Any) -> str:
    """The canonical JSON of hot words: each word with its weight, 1 to 5, or 50 for words that must be heard.

    `value` is a table, or JSON text of one.

    Raises:
        ValueError: not such a table, or a word or weight that the service does not take; the message names it.
    """
    try:
        words = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"not JSON ({error}); write an object such as {_EXAMPLE}") from None
    if not isinstance(words, dict) or not words:
        raise ValueError(f"not a table of words and weights; write an object such as {_EXAMPLE}")
    if len(words) > MAX_WORDS:
        raise ValueError(f"{len(words):,} words are too many; the service takes {MAX_WORDS:,}")
    for word, weight in words.items():
        _require_word(word)
        if isinstance(weight, bool) or weight not in (*ORDINARY_WEIGHTS, SUPER_WEIGHT):
            raise ValueError(f"the weight of {word!r} is {weight!r}; it must be 1 to 5, or {SUPER_WEIGHT}")
    if (super_words := sum(weight == SUPER_WEIGHT for weight in words.values())) > MAX_SUPER_WORDS:
        raise ValueError(f"{super_words} words of weight {SUPER_WEIGHT} are too many; it takes {MAX_SUPER_WORDS}")
    return json.dumps(words, ensure_ascii=False, sort_keys=True)


def _require_word(word: str) -> None:
    if not word.strip():
        raise ValueError("a hot word is empty")
    if not word.isascii() and len(word) > MAX_CHARACTERS:
        raise ValueError(f"{word!r} has {len(word)} characters; a word beyond ASCII may have {MAX_CHARACTERS}")
    if word.isascii() and len(word.split()) > MAX_PARTS:
        raise ValueError(f"{word!r} has {len(word.split())} parts; a word may have {MAX_PARTS}")
