"""Texts and numbers in the forms that a service may send them in."""

from __future__ import annotations

import math
import re
from typing import Any

from qa_pipeline.transcription.joining import join_texts

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?", re.ASCII)
WHOLE_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


def number_of(value: Any) -> float | int | None:
    """A number, or text that spells one: digits, or a clock's hours, minutes and seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None if isinstance(value, float) and not math.isfinite(value) else value
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds, rest = (part or "0" for part in clock.groups())
        return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest.ljust(3, "0"))
    return None


def text_of(value: Any) -> str | None:
    """Text that a database can hold, from text, a number or a list of texts; None where it is neither."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        value = join_texts(value)
    elif not isinstance(value, str) and number_of(value) is not None:
        value = str(value)
    if not isinstance(value, str):
        return None
    try:
        value.encode()
    except UnicodeEncodeError:  # JSON can spell half a surrogate pair, no database can hold one
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value
