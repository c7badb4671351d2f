"""Google Speech-to-Text, v1 and v2: `results`, each with its readings, on a channel or with the labels of speakers.

Where voices were told apart, v1 repeats all words with their labels in a last result without a text. Keys may be
written in camel or snake case, times as `"1.300s"`, as seconds and nanos, or as numbers; what is zero is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from qa_pipeline.transcription.imports.labels import clean_text, milliseconds
from qa_pipeline.transcription.imports.speakers import Speaker
from qa_pipeline.transcription.imports.speech_pieces import OddValue, SpeechPiece
from qa_pipeline.transcription.imports.vendors.documents import (
    VendorTranscript,
    best_of,
    confidence_in,
    objects,
    with_text,
)
from qa_pipeline.transcription.imports.vendors.words import SaidWord, sentences_of
from qa_pipeline.transcription.labels import known_language
from qa_pipeline.transcription.odd_values import described
from qa_pipeline.transcription.results import BadResult, Word

ENGINE = "import google speech-to-text"
_BEGIN = ("startTime", "start_time", "startOffset", "start_offset")
_END = ("endTime", "end_time", "endOffset", "end_offset")
_RESULT_END = ("resultEndTime", "result_end_time", "resultEndOffset", "result_end_offset")
_WRAPPERS = ("response", "transcript", "inlineResult", "inline_result")


def is_google(document: Any) -> bool:
    """Whether it is an answer, an operation with one in it, or the file of a batch."""
    return bool(_lists_in(document))


def read_google(document: dict[str, Any]) -> VendorTranscript:
    """The results of one recording.

    Raises:
        BadResult: of several recordings, without times, or of another form than it should be.
    """
    lists = _lists_in(document)
    if len(lists) > 1:
        raise BadResult(f"it holds the results of {len(lists)} recordings; put each beside its own")
    results = objects(lists[0], "results")
    *_, last = [_reading(result, "results", []) for result in results] or [{}]
    if _words_in(last) and not str(last.get("transcript") or "").strip() and len(results) > 1:
        results = results[-1:]  # all words of all results once more, with the voices that were told in the end
    pieces: list[SpeechPiece] = []
    channels: set[int] = set()
    ends_ms: dict[int | None, int] = {}
    for index, result in enumerate(results):
        channel_id = _channel(result, f"results[{index}]")
        found = _pieces(result, f"results[{index}]", channel_id, ends_ms.get(channel_id, 0))
        ends_ms[channel_id] = max([ends_ms.get(channel_id, 0), *(piece.end_ms for piece in found)])
        channels |= set() if channel_id is None else {channel_id}
        pieces += found
    return VendorTranscript(ENGINE, with_text(pieces), frozenset(channels))


def _lists_in(document: Any, depth: int = 0) -> list[list[Any]]:
    """The lists of results in a document, one per recording."""
    if not isinstance(document, dict) or depth > 4:
        return []
    results = document.get("results")
    if isinstance(results, list):
        is_theirs = bool(results) and all(isinstance(item, dict) and "alternatives" in item for item in results)
        return [results] if is_theirs else []
    inner = [*(results.values() if isinstance(results, dict) else ()), *(document.get(key) for key in _WRAPPERS)]
    return [found for item in inner for found in _lists_in(item, depth + 1)]


def _pieces(result: dict[str, Any], place: str, channel_id: int | None, begin_ms: int) -> tuple[SpeechPiece, ...]:
    odd: list[OddValue] = []
    reading = _reading(result, place, odd)
    language = known_language(_first(result, ("languageCode", "language_code")))
    words = [
        word
        for index, item in enumerate(_words_in(reading))
        if (word := _word(item, f"{place}.words[{index}]", channel_id, language)) is not None
    ]
    text = clean_text(reading.get("transcript") or "", f"{place}.transcript")
    if not words:
        end = _first(result, _RESULT_END)
        if not text:
            return ()
        if end is None:
            raise BadResult(f"{place} has neither words with times nor an end; ask for word time offsets")
        confidence = _sure(reading.get("confidence"), "confidence", odd)
        end_ms = max(begin_ms, _milliseconds(end, place))
        said = SpeechPiece(place, begin_ms, end_ms, text, (), channel_id, language, confidence=confidence)
        return (replace(said, odd_values=tuple(odd)),)
    first, *others = sentences_of(words)
    if text and not others:
        first = replace(first, text=text, confidence=_sure(reading.get("confidence"), "confidence", odd))
    return (replace(first, odd_values=(*first.odd_values, *odd)), *others)


def _word(item: dict[str, Any], place: str, channel_id: int | None, language: str | None) -> SaidWord | None:
    odd: list[OddValue] = []
    begin, end = _first(item, _BEGIN), _first(item, _END)
    text = clean_text(item.get("word") or "", f"{place}.word")
    if not text or (begin is None and end is None):
        return None
    begin_ms = 0 if begin is None else _milliseconds(begin, place)
    end_ms = begin_ms if end is None else _milliseconds(end, place)
    if end_ms < begin_ms:
        raise BadResult(f"{place} ends at {end_ms} ms, before it begins at {begin_ms} ms")
    label = _first(item, ("speakerLabel", "speaker_label", "speakerTag", "speaker_tag"))
    speaker: Speaker = (f"speaker {label}",) if label and channel_id is None else ()
    word = Word(begin_ms, end_ms, text, confidence=_sure(item.get("confidence"), "words.confidence", odd))
    return SaidWord(word, place, speaker, channel_id, language, tuple(odd))


def _sure(value: Any, field: str, odd: list[OddValue]) -> float | None:
    """A confidence; zero is what they write where there is none."""
    return None if value == 0 else confidence_in(value, field, odd)


def _reading(result: dict[str, Any], place: str, odd: list[OddValue]) -> dict[str, Any]:
    return best_of(result, "alternatives", place, odd)


def _words_in(reading: Mapping[str, Any]) -> list[dict[str, Any]]:
    return objects(reading.get("words") or [], "words")


def _channel(result: Mapping[str, Any], place: str) -> int | None:
    """From 0; they count from 1, and 0 is a recording of one channel."""
    tag = _first(result, ("channelTag", "channel_tag"))
    if tag in (None, 0):
        return None
    if not isinstance(tag, int) or isinstance(tag, bool) or tag < 0:
        raise BadResult(f"{place}.channelTag is {described(tag)}, which is no channel")
    return tag - 1


def _first(row: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((row[key] for key in keys if row.get(key) is not None), None)


def _milliseconds(value: Any, place: str) -> int:
    if isinstance(value, dict):
        seconds = milliseconds(value.get("seconds", 0), place)
        nanos = value.get("nanos", 0)
        return seconds + (round(nanos / 1e6) if isinstance(nanos, int) and 0 <= nanos < 1_000_000_000 else 0)
    return milliseconds(value.removesuffix("s") if isinstance(value, str) else value, place)
