"""The odd values of remarks without what is personal. They are odd, so no field is trusted to hold what it should."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from qa_pipeline.transcription.labels import known_language

_TIMES_AND_SHARES = ("begin_time", "end_time", "begin_ms", "end_ms", "confidence")
_NUMBERS = (*_TIMES_AND_SHARES, "speaker_id", "sentence_id", "channel_id")
"""Fields of numbers. A number in any other may have been said."""
_OWN = "|".join((*_NUMBERS, "language"))
_PARTS = re.compile(
    rf'(?:"(?P<key>{_OWN})"\s*:\s*)?(?:(?P<text>"(?:[^"\\]|\\.)*"?)|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?))'
)
"""The texts and numbers of JSON, the last text perhaps cut off, with the key before them where it is one of these."""
_SHORT = re.compile(r"-?\d{1,8}(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
"""A number within a day's milliseconds."""
_SPELT = re.compile(r"[+-]?\d{1,8}(?:\.\d{1,3})?|[01]?\.\d{1,17}|(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?", re.ASCII)
"""A time or share as text: ms or s, or a clock's hours, minutes and seconds."""
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4}){0,2}(?:[-_]\d{3})?", re.ASCII)
_CUT = re.compile(r"(?:\\(?:u[0-9a-fA-F]{0,3})?)?…?$")
_DIGITS = re.compile(r"\d(?:[\s-]?\d){2,}")


def masked_value(field: str, value: str | None, masked: Callable[[str], str]) -> str | None:
    """The JSON of a remark's value in which each text is `masked`, and no text or number holds a part of a number that
    was said. Times, shares and ids stay in their own fields, and so do the codes of languages."""
    if value is None:
        return None

    def replace(part: re.Match[str]) -> str:
        own_field = field.rpartition(".")[2] if part[0] == value else ""
        name, shown = part["key"] or own_field, part["text"] or part["number"]
        new = _number(name, shown) if part["text"] is None else _text(name, shown, masked)
        return part[0].removesuffix(shown) + new

    return _PARTS.sub(replace, value)


def _number(name: str, written: str) -> str:
    return written if name in _NUMBERS and _SHORT.fullmatch(written) else _DIGITS.sub("[digits]", written)


def _text(name: str, quoted: str, masked: Callable[[str], str]) -> str:
    said, is_whole = _said(quoted)
    if name in _TIMES_AND_SHARES and _SPELT.fullmatch(said):
        return quoted
    text = masked(said)
    if not (name == "language" and _TAG.fullmatch(text) and known_language(text)):
        text = _DIGITS.sub("[digits]", text)
    if text == said:
        return quoted
    return _quoted(text) if is_whole else _quoted(text)[:-1] + "…"


def _said(quoted: str) -> tuple[str, bool]:
    """What a text of JSON says, and whether that is all of it: it may be cut off, also within an escape."""
    for written, is_whole in ((quoted, True), (_CUT.sub("", quoted) + '"', False)):
        try:
            return json.loads(written), is_whole
        except ValueError:
            continue
    return "", False


def _quoted(text: str) -> str:
    shown = json.dumps(text, ensure_ascii=False)
    return shown if shown.isprintable() else json.dumps(text)
