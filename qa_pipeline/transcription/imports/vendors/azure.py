"""Azure Speech: batch transcription (`recognizedPhrases`) and fast transcription (`phrases`).

Times come in units of 100 ns (`offsetInTicks`), in ms or as ISO 8601 durations, by version. Phrases that were not
recognized have no text and are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from qa_pipeline.transcription.imports.labels import clean_text, milliseconds
from qa_pipeline.transcription.imports.speakers import Speaker
from qa_pipeline.transcription.imports.speech_pieces import OddValue, SpeechPiece
from qa_pipeline.transcription.imports.vendors.documents import (
    VendorTranscript,
    best_of,
    channel_number,
    confidence_in,
    objects,
    with_text,
)
from qa_pipeline.transcription.labels import known_language
from qa_pipeline.transcription.odd_values import described
from qa_pipeline.transcription.results import BadResult, Word

ENGINE = "import azure speech"
_TICKS_PER_MS = 10_000
_ISO_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.ASCII)


def is_azure(document: Any) -> bool:
    """Whether it is of batch or fast transcription."""
    if not isinstance(document, dict):
        return False
    is_fast = isinstance(document.get("phrases"), list) and "combinedPhrases" in document
    return isinstance(document.get("recognizedPhrases"), list) or is_fast


def read_azure(document: dict[str, Any]) -> VendorTranscript:
    """The phrases, the likeliest reading of each.

    Raises:
        BadResult: a phrase has no times, or another form than it should.
    """
    is_batch = "recognizedPhrases" in document
    key = "recognizedPhrases" if is_batch else "phrases"
    rows = objects(document[key], key)
    combined = objects(document.get("combinedRecognizedPhrases" if is_batch else "combinedPhrases", []), "combined")
    channels = {
        channel_number(row["channel"], f"{key}.channel") for row in (*combined, *rows) if row.get("channel") is not None
    }
    has_voices = len(channels) < 2 and len({row.get("speaker") for row in rows} - {None}) > 1
    pieces = []
    for index, row in enumerate(rows):
        place, odd = f"{key}[{index}]", list[OddValue]()
        reading = best_of(row, "nBest", place, odd) if is_batch else row
        if row.get("recognitionStatus") in (None, "Success") and reading:
            pieces.append(_piece(row, reading, place, odd, has_voices=has_voices))
    # of a mono mix there is one channel, which says nothing of who speaks
    return VendorTranscript(ENGINE, with_text(pieces), frozenset(() if has_voices else channels))


def _piece(
    row: dict[str, Any], reading: dict[str, Any], place: str, odd: list[OddValue], *, has_voices: bool
) -> SpeechPiece:
    begin_ms = _time(row, "offset", place)
    end_ms = begin_ms + _time(row, "duration", place)
    text = next((reading[key] for key in ("display", "text", "itn", "lexical") if reading.get(key)), "")
    speaker: Speaker = (f"speaker {row['speaker']}",) if row.get("speaker") is not None else ()
    is_told = row.get("channel") is not None and not has_voices
    words = [
        _word(item, f"{place}.words[{at}]", begin_ms, end_ms, odd) for at, item in enumerate(_rows(reading, place))
    ]
    return SpeechPiece(
        place=place,
        begin_ms=begin_ms,
        end_ms=end_ms,
        text=clean_text(text, f"{place}.display"),
        speaker=() if is_told else speaker,
        channel_id=channel_number(row["channel"], f"{place}.channel") if is_told else None,
        language=known_language(row.get("locale")),
        confidence=confidence_in(reading.get("confidence"), "confidence", odd),
        words=tuple(word for word in words if word is not None),
        odd_values=tuple(odd),
    )


def _rows(reading: dict[str, Any], place: str) -> list[dict[str, Any]]:
    """The words: as they are displayed where that is there, as the text has their marks and numbers."""
    shown = reading.get("displayWords") or reading.get("displayPhraseElements") or reading.get("words") or []
    words = objects(shown, f"{place}.words")
    sure = objects(reading.get("words") or [], f"{place}.words")
    if words is sure or len(words) != len(sure):
        return words
    return [{"confidence": other.get("confidence"), **word} for word, other in zip(words, sure, strict=True)]


def _word(item: dict[str, Any], place: str, begin_ms: int, end_ms: int, odd: list[OddValue]) -> Word | None:
    """A word inside its phrase; None where it has no text or lies outside."""
    text = next((item[key] for key in ("displayText", "word", "text") if item.get(key)), "")
    begin = _time(item, "offset", place)
    end = min(end_ms, begin + _time(item, "duration", place))
    clean = clean_text(text, place)
    if not clean or not begin_ms <= begin <= end:
        return None
    return Word(begin, end, clean, confidence=confidence_in(item.get("confidence"), "words.confidence", odd))


def _time(row: Mapping[str, Any], name: str, place: str) -> int:
    """A time in ms, in the most exact of the forms that are there."""
    for key, per_unit in ((f"{name}InTicks", 1 / _TICKS_PER_MS), (f"{name}Milliseconds", 1), (f"{name}InMs", 1)):
        if row.get(key) is not None:
            value = row[key]
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise BadResult(f"{place}.{key} is {described(value)}, not a number")
            return milliseconds(value * per_unit, f"{place}.{key}", per_unit=1)
    value = row.get(name)
    if isinstance(value, str) and (match := _ISO_DURATION.fullmatch(value)) and value != "PT":
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return milliseconds(3600 * hours + 60 * minutes + seconds, f"{place}.{name}")
    if value is None:
        raise BadResult(f"{place} has no {name}")
    return milliseconds(value, f"{place}.{name}", per_unit=1)
