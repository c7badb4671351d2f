"""Other vendors' bytes, times and texts, brought to the product's own."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.odd_values import described
from qa_pipeline.transcription.results import LONGEST_MS, MAX_RESULT_BYTES, BadResult

_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_MS_PER_S = 1000


def decoded(raw: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 where a byte-order mark says so.

    Raises:
        BadResult: it is neither.
    """
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadResult(
            f"byte {error.start} is not {encoding.removesuffix('-sig').upper()}; save it as UTF-8"
        ) from None


def json_value(raw: bytes | str, what: str) -> Any:
    """The JSON value that `raw` must be; `what` names it in the message.

    Raises:
        BadResult: not JSON, or longer than any transcript.
    """
    if len(raw) > MAX_RESULT_BYTES:
        raise BadResult(f"{what} is {len(raw):,} bytes; more than {MAX_RESULT_BYTES:,} is not a transcript")
    try:
        return json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadResult(f"{what} is not JSON: {error}") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def milliseconds(value: Any, place: str, *, per_unit: int = _MS_PER_S) -> int:
    """A time in ms; `per_unit` is 1000 where `value` is in seconds, 1 where it is in ms.

    Raises:
        BadResult: no number, not finite, below zero, or past any recording.
    """
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadResult(f"{place} is {described(value)}, not a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise BadResult(f"{place} is {described(value)}, not a number")
    if value < 0:
        raise BadResult(f"{place} is {described(value)}, below zero")
    if value > LONGEST_MS / per_unit:
        raise BadResult(f"{place} lies more than {LONGEST_MS:,} ms after the beginning, past any recording")
    return round(value * per_unit)


def clean_text(value: Any, place: str) -> str:
    """A text in one line, with single blanks between words.

    Raises:
        BadResult: no text, or half a surrogate pair in it, which no database can hold.
    """
    if not isinstance(value, str):
        raise BadResult(f"{place} is {described(value)}, not text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadResult(f"{place} holds characters that are not valid Unicode") from None
    lines = (" ".join(line.split()) for line in value.replace("\x00", "\ufffd").splitlines())
    return join_texts(line for line in lines if line)
