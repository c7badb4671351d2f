"""How a text is counted, which depends on its script: some are written without blanks between words."""

from __future__ import annotations

import re
import unicodedata

CHARACTER_LANGUAGES = frozenset({"zh", "yue", "ja", "ko", "th"})
"""Languages whose speed is counted in characters; Korean has blanks, but they stand between phrases, not words."""

# Han with its signs for repetition and zero, kana with the sign for a long vowel, Hangul, Thai letters. Thai signs
# above and below a letter belong to it and are not counted.
_CHARACTERS = (
    "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u3041-\u3096\u309d\u309e\u30a1-\u30fa\u30fc-\u30fe\u31f0-\u31ff\uff66-\uff9d"
    "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"
)
_CHARACTER = re.compile(f"[{_CHARACTERS}]")
_CHARACTER_UNITS = re.compile(rf"[{_CHARACTERS}]|\d|[^\W\d_{_CHARACTERS}]+(?:['’-][^\W\d_{_CHARACTERS}]+)*")
_WORD = re.compile(r"(?=\S*?[^\W_])\S+")


def count_characters(text: str) -> int:
    """Characters as word processors count them: each of Han, kana, Hangul and Thai, each digit, a Latin word as one.

    A call in Chinese holds "OK", "Wi-Fi" and names; counted by letters they would make it fast.
    """
    return len(_CHARACTER_UNITS.findall(unicodedata.normalize("NFC", text)))


def count_words(text: str) -> int:
    """Words between blanks that hold a letter or a digit; a character of an unspaced script counts as a word."""
    if not is_written_tight(text):
        return len(_WORD.findall(text))
    return len(_CHARACTER.findall(text)) + len(_WORD.findall(_CHARACTER.sub(" ", text)))


def is_counted_in_characters(language: str | None, text: str) -> bool:
    """Whether a sentence's speed is in characters: by its language, else by whether most of its units are such."""
    if language is not None:
        return language in CHARACTER_LANGUAGES
    return not text.isascii() and 2 * len(_CHARACTER.findall(text)) > count_words(text)


def is_written_tight(text: str) -> bool:
    """Whether `text` holds characters of a script that is counted in characters, so that blanks mean nothing in it."""
    return not text.isascii() and _CHARACTER.search(text) is not None
