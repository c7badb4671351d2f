"""The key `parts` of a sidecar: the files of which a call is made, who is on each, and when each begins."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qa_pipeline.recordings.keys import FILE_KEY, PARTS_KEY, folded
from qa_pipeline.recordings.parties import party_of

_OFFSETS = {"offsets": 1000.0, "offset": 1000.0, "offsetms": 1.0}
"""Keys of an offset → what they count, in ms."""


@dataclass(frozen=True, slots=True)
class DeclaredPart:
    """One entry: the file's name (NFC, without a path), who is on it, and how long after the call it begins."""

    file: str
    party: str
    offset_ms: int | None = None
    started_at: Any = None


def declared_parts(values: Mapping[str, Any]) -> tuple[tuple[DeclaredPart, ...], str | None]:
    """The parts that a sidecar names, and what is wrong with them; no parts where it names none or is wrong."""
    given = next((value for key, value in values.items() if folded(key) == PARTS_KEY), None)
    if given is None:
        return (), None
    if not isinstance(given, list) or not all(isinstance(item, Mapping) for item in given):
        return (), 'parts must be a list such as [{"file": "77-a.wav", "role": "agent"}]'
    try:
        parts = tuple(_part({folded(str(key)): value for key, value in item.items()}) for item in given)
    except ValueError as error:
        return (), str(error)
    names = [part.file for part in parts]
    if len(set(names)) < len(names):
        return (), "parts names a file twice"
    return parts, None


def _part(item: Mapping[str, Any]) -> DeclaredPart:
    name = next((item[key] for key in (FILE_KEY, "name", "filename") if item.get(key)), None)
    said = next((item[key] for key in ("role", "party") if item.get(key)), None)
    if not isinstance(name, str) or not isinstance(said, str):
        raise ValueError("each of parts needs a file and a role")
    offset = next(((item[key], unit) for key, unit in _OFFSETS.items() if item.get(key) is not None), None)
    party = party_of(said) or said.strip()
    file = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    return DeclaredPart(file, party, None if offset is None else _ms(*offset), item.get("startedat"))


def _ms(value: Any, unit: float) -> int:
    try:
        offset_ms = float(value) * unit
    except (TypeError, ValueError):
        offset_ms = math.nan
    if not 0 <= offset_ms < 24 * 3600 * 1000:
        raise ValueError(f"the offset {value!r} of one of parts is not a number of seconds from 0 on")
    return round(offset_ms)
