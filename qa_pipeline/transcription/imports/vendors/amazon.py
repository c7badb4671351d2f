"""Amazon Transcribe: batch jobs, Call Analytics, and Contact Lens of Amazon Connect.

A batch job has words (`results.items`), by channel where channels were identified, by speaker label where voices were
told apart. Call Analytics and Contact Lens have turns with a role, their words among them or not.
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
    channel_number,
    confidence_in,
    objects,
    with_text,
)
from qa_pipeline.transcription.imports.vendors.words import SaidWord, sentences_of
from qa_pipeline.transcription.labels import known_language
from qa_pipeline.transcription.results import BadResult, Word

ENGINE = "import amazon transcribe"
CALL_ANALYTICS = "import amazon transcribe call analytics"
CONTACT_LENS = "import amazon connect contact lens"


def is_job(document: Any) -> bool:
    """Whether it is the result of a batch job."""
    results = document.get("results") if isinstance(document, dict) else None
    return isinstance(results, dict) and isinstance(results.get("items"), list) and "transcripts" in results


def read_job(document: dict[str, Any]) -> VendorTranscript:
    """The words of a job as sentences.

    Raises:
        BadResult: an item or label has another form than it should.
    """
    results = document["results"]
    language = known_language(results.get("language_code"))
    labels = results.get("channel_labels")
    if isinstance(labels, dict):
        channels = objects(labels.get("channels"), "results.channel_labels.channels")
        pieces: list[SpeechPiece] = []
        numbers = set()
        for index, channel in enumerate(channels):
            place = f"results.channel_labels.channels[{index}]"
            number = channel_number(channel.get("channel_label"), f"{place}.channel_label")
            numbers.add(number)
            items = objects(channel.get("items"), f"{place}.items")
            pieces += sentences_of(_words(items, f"{place}.items", {}, number))
        return VendorTranscript(ENGINE, _in_language(pieces, language), frozenset(numbers))
    items = objects(results["items"], "results.items")
    speakers = _speakers(results.get("speaker_labels"))
    pieces = list(sentences_of(_words(items, "results.items", speakers, None)))
    return VendorTranscript(ENGINE, _in_language(pieces, language))


def _in_language(pieces: Iterable[SpeechPiece], language: str | None) -> tuple[SpeechPiece, ...]:
    """The pieces; those that name no language of their own have the job's."""
    return tuple(
        piece if piece.language or not language else replace(piece, language=language, language_source="metadata")
        for piece in with_text(pieces)
    )


def _speakers(labels: Any) -> dict[tuple[str, str], str]:
    """Who says the item that begins and ends then; jobs of today say it at the items themselves too."""
    found = {}
    segments = (
        objects(labels.get("segments", []), "results.speaker_labels.segments") if isinstance(labels, dict) else []
    )
    for index, segment in enumerate(segments):
        for item in objects(segment.get("items", []), f"results.speaker_labels.segments[{index}].items"):
            label = item.get("speaker_label") or segment.get("speaker_label")
            found[str(item.get("start_time")), str(item.get("end_time"))] = str(label)
    return found


def _words(
    items: Iterable[dict[str, Any]],
    place: str,
    speakers: Mapping[tuple[str, str], str],
    channel_id: int | None,
) -> list[SaidWord]:
    found: list[SaidWord] = []
    for index, item in enumerate(items):
        where, odd = f"{place}[{index}]", list[OddValue]()
        reading = best_of(item, "alternatives", where, odd)
        text = clean_text(reading.get("content", ""), f"{where}.content")
        if item.get("type") == "punctuation" or item.get("start_time") is None:
            _add_mark(found, text)
            continue
        begin_ms, end_ms = _span(item, ("start_time", "end_time"), where, per_unit=1000)
        label = item.get("speaker_label") or speakers.get((str(item.get("start_time")), str(item.get("end_time"))))
        speaker: Speaker = (str(label),) if label and channel_id is None else ()
        confidence = confidence_in(reading.get("confidence"), "words.confidence", odd)
        own = known_language(item.get("language_code"))
        word = Word(begin_ms, end_ms, text, confidence=confidence)
        if text:
            found.append(SaidWord(word, where, speaker, channel_id, own, tuple(odd)))
    return found


def _add_mark(words: list[SaidWord], mark: str) -> None:
    """A mark belongs to the word before it."""
    if words and mark:
        last = words[-1]
        words[-1] = replace(last, word=replace(last.word, punctuation=last.word.punctuation + mark))


def is_call_analytics(document: Any) -> bool:
    """Whether it is of Call Analytics or Contact Lens."""
    turns = document.get("Transcript") if isinstance(document, dict) else None
    return isinstance(turns, list) and all(isinstance(turn, dict) and "Content" in turn for turn in turns)


def read_call_analytics(document: dict[str, Any]) -> VendorTranscript:
    """The turns of a call. A sentiment is none of the seven emotions and is left out, with a remark.

    Raises:
        BadResult: a turn has no times, or another form than it should.
    """
    roles = {
        str(each.get("ParticipantId")): str(each.get("ParticipantRole"))
        for each in objects(document.get("Participants", []), "Participants")
        if each.get("ParticipantId") and each.get("ParticipantRole")
    }
    language = known_language(document.get("LanguageCode"))
    turns = enumerate(objects(document["Transcript"], "Transcript"))
    is_lens = any("ParticipantId" in turn for turn in document["Transcript"])
    pieces = with_text(_turn(turn, f"Transcript[{index}]", roles, language) for index, turn in turns)
    return VendorTranscript(CONTACT_LENS if is_lens else CALL_ANALYTICS, pieces)


def _turn(turn: dict[str, Any], place: str, roles: Mapping[str, str], language: str | None) -> SpeechPiece:
    begin_ms, end_ms = _span(turn, ("BeginOffsetMillis", "EndOffsetMillis"), place, per_unit=1)
    odd: list[OddValue] = []
    if turn.get("Sentiment"):
        odd.append(("Sentiment", "dropped", turn["Sentiment"]))
    name = turn.get("ParticipantRole") or roles.get(str(turn.get("ParticipantId"))) or turn.get("ParticipantId")
    own = known_language(turn.get("LanguageCode"))
    return SpeechPiece(
        place=place,
        begin_ms=begin_ms,
        end_ms=end_ms,
        text=clean_text(turn["Content"], f"{place}.Content"),
        speaker=(str(name),) if name else (),
        language=own or language,
        language_source="metadata" if language and not own else None,
        words=_words_of_turn(turn, place, begin_ms, end_ms, odd),
        odd_values=tuple(odd),
    )


def _words_of_turn(
    turn: dict[str, Any], place: str, begin_ms: int, end_ms: int, odd: list[OddValue]
) -> tuple[Word, ...]:
    found: list[SaidWord] = []
    for index, item in enumerate(objects(turn.get("Items") or [], f"{place}.Items")):
        where = f"{place}.Items[{index}]"
        text = clean_text(item.get("Content", ""), f"{where}.Content")
        if item.get("BeginOffsetMillis") is None:
            _add_mark(found, text)
            continue
        begin, end = _span(item, ("BeginOffsetMillis", "EndOffsetMillis"), where, per_unit=1)
        confidence = confidence_in(item.get("Confidence"), "words.confidence", odd)
        if text and begin_ms <= begin <= end_ms:
            found.append(SaidWord(Word(begin, min(end, end_ms), text, confidence=confidence), where))
    return tuple(each.word for each in found)


def _span(row: Mapping[str, Any], keys: tuple[str, str], place: str, *, per_unit: int) -> tuple[int, int]:
    begin_ms, end_ms = (milliseconds(row.get(key), f"{place}.{key}", per_unit=per_unit) for key in keys)
    if end_ms < begin_ms:
        raise BadResult(f"{place} ends at {end_ms} ms, before it begins at {begin_ms} ms")
    return begin_ms, end_ms
