"""Whether a sentence is worth a close look: most hold no number at all, and a day has hundreds of thousands."""

from __future__ import annotations

import re

from qa_pipeline.privacy.counting_words import MONTHS, ORDINALS
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.number_tables import HAN_DIGITS, WORDS

_HAN = f"[{HAN_DIGITS}兩貳參陸]"
_OTHER_FIGURES = "[²³¹⁰-₉①-⓿❶-➓㈀-㏿🄀-🄌]"
"""Signs that are figures in their plain form."""
_NOT_ASCII = re.compile(
    rf"{_HAN}[^。？！]*?{_HAN}|\d|{_OTHER_FIGURES}|ぜろ|ゼロ|きゅう|キュウ|きゅー|キュー|なな|ナナ|はち|ハチ|ろく|ロク|よん|ヨン|いち|"
    "イチ"
)
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[a-z]+")
SHORT = 6
"""Characters of a sentence that may be a digit of a number and a word of its own else: un, a."""
_LOOKED_FOR = (
    WORDS | MONTHS | ORDINALS | {"once", "mil", "six", "elf", "null", "double", "doble", "doppel", "triple", "treble"}
)


def may_have_numbers(text: str) -> bool:
    """Whether a sentence may have a number, as digits or in words."""
    if len(text) <= SHORT:
        return True
    if text.isascii():
        return _DIGIT.search(text) is not None or not _LOOKED_FOR.isdisjoint(_WORD.findall(text.lower()))
    if _NOT_ASCII.search(text):
        return True
    return not _LOOKED_FOR.isdisjoint(_WORD.findall(normalize(text)))
