"""What every reader of a vendor's JSON needs: objects and lists that must be there, and what was read of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from qa_pipeline.transcription.confidence import known_confidence
from qa_pipeline.transcription.imports.speech_pieces import OddValue, SpeechPiece
from qa_pipeline.transcription.odd_values import described
from qa_pipeline.transcription.results import BadResult


@dataclass(frozen=True, slots=True)
class VendorTranscript:
    """What a document says: its pieces, who made it, and the channels that it is about, also where nothing was said."""

    engine: str
    pieces: tuple[SpeechPiece, ...]
    channels: frozenset[int] = frozenset()


def objects(value: Any, place: str) -> list[dict[str, Any]]:
    """The objects of a list.

    Raises:
        BadResult: it is not a list, or something else is in it.
    """
    if not isinstance(value, list):
        raise BadResult(f"{place} is not a list")
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise BadResult(f"{place}[{index}] is not an object")
    return value


def best_of(row: dict[str, Any], key: str, place: str, odd: list[OddValue]) -> dict[str, Any]:
    """The first of several readings, which is the likeliest; the others are remarked as left out.

    Raises:
        BadResult: as `objects`.
    """
    readings = objects(row.get(key, []), f"{place}.{key}")
    if len(readings) > 1:
        odd.append((key, "dropped", None))
    return readings[0] if readings else {}


def confidence_in(value: Any, field: str, odd: list[OddValue]) -> float | None:
    """A confidence from 0 to 1, from what a vendor writes; what is odd about it is added to `odd`."""
    confidence, action = known_confidence(value)
    # numbers as text are how some of them write every one: nothing to remark
    if action is not None and (action != "converted" or not isinstance(value, str)):
        odd.append((field, action, value))
    return confidence


def channel_number(label: Any, place: str) -> int:
    """The number in a channel's name: `ch_1`, `1`.

    Raises:
        BadResult: there is none.
    """
    digits = str(label).rpartition("_")[2]
    if isinstance(label, bool) or not digits.isdecimal() or not digits.isascii() or len(digits) > 3:
        raise BadResult(f"{place} is {described(label)}, which names no channel")
    return int(digits)


def with_text(pieces: Iterable[SpeechPiece]) -> tuple[SpeechPiece, ...]:
    """The pieces in which something is said."""
    return tuple(piece for piece in pieces if piece.text)
