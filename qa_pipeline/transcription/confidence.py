"""How sure an engine was, from 0 to 1: what others write of it, and a sentence's from its words'."""

from __future__ import annotations

import math
import re
from typing import Any

from qa_pipeline.transcription.remarks import Action
from qa_pipeline.transcription.results import Sentence, is_confidence

_NUMBER = re.compile(r"[+-]?\d{0,15}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?(?<=\d)", re.ASCII)

_ROUNDING = 0.01
"""A number this little outside 0 to 1 is one of them, rounded or added up."""

_PERCENT_FROM = 2.0
"""A number from here to 100 is a percentage. Between 1 and 2 nobody knows which is meant."""


def known_confidence(value: Any) -> tuple[float | None, Action | None]:
    """The confidence that `value` means, and what had to be done to it; None where it means none.

    Taken are numbers from 0 to 1, percentages, and both as text (`"0.93"`, `"93 %"`).
    """
    if value is None or value == "":
        return None, None
    if is_confidence(value):
        return float(value), None
    number, is_percent = _number(value)
    if number is None or not math.isfinite(number):
        return None, "null"
    if is_percent or _PERCENT_FROM <= number <= 100 * (1 + _ROUNDING):
        number /= 100
        is_percent = True
    if 0 <= number <= 1:
        return number, "converted"
    if -_ROUNDING <= number <= 1 + _ROUNDING:
        return (0.0 if number < 0 else 1.0), "converted" if is_percent else "clipped"
    return None, "null"


def from_logarithm(value: Any) -> float | None:
    """The probability of a mean logarithm of probabilities (Whisper's `avg_logprob`); None for what is none."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and value <= 0
    return math.exp(value) if is_one else None


def sentence_confidence(sentence: Sentence) -> float | None:
    """What the engine gave the sentence; else the mean of its words', each weighted by its characters.

    By characters, since every word has some, and "I" should not weigh as much as "reservation". None where neither
    says anything; words without one are left out.
    """
    if sentence.confidence is not None:
        return sentence.confidence
    sure = [(len(word.text.strip()) or 1, word.confidence) for word in sentence.words if word.confidence is not None]
    weight = sum(characters for characters, _ in sure)
    # a mean of equal numbers may come out a hair past them
    return min(1.0, sum(characters * confidence for characters, confidence in sure) / weight) if sure else None


def _number(value: Any) -> tuple[float | None, bool]:
    """A number, and whether it says that it is a percentage."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (float(value) if abs(value) < 1e9 else None), False
    if not isinstance(value, str):
        return None, False
    text = value.strip()
    is_percent = text.endswith("%")
    text = text.removesuffix("%").strip()
    return (float(text) if _NUMBER.fullmatch(text) else None), is_percent
