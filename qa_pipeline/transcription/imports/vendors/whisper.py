"""Whisper and its kin: the JSON of openai-whisper, faster-whisper, WhisperX, the API (`verbose_json`) and whisper.cpp;
and any other list of segments with beginning, end and text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qa_pipeline.transcription.confidence import known_confidence
from qa_pipeline.transcription.imports.labels import clean_text, milliseconds
from qa_pipeline.transcription.imports.segments import read_segments, segments_of
from qa_pipeline.transcription.imports.speech_pieces import SpeechPiece
from qa_pipeline.transcription.imports.vendors.documents import VendorTranscript, objects, with_text
from qa_pipeline.transcription.imports.vendors.words import SaidWord, sentences_of
from qa_pipeline.transcription.labels import known_language
from qa_pipeline.transcription.results import BadResult, Word

WHISPER, WHISPERX, WHISPER_CPP = "import whisper", "import whisperx", "import whisper.cpp"
SEGMENTS = "import segments"
_OF_WHISPER = frozenset({"avg_logprob", "no_speech_prob", "compression_ratio", "tokens"})


def is_whisper_cpp(document: Any) -> bool:
    """Whether it is of whisper.cpp (`--output-json`)."""
    rows = document.get("transcription") if isinstance(document, dict) else None
    return isinstance(rows, list) and all(isinstance(row, dict) and "offsets" in row for row in rows)


def read_whisper_cpp(document: dict[str, Any]) -> VendorTranscript:
    """Its segments, with the words of `--output-json-full`: tokens, of which those in brackets are no words.

    Raises:
        BadResult: a segment has no times.
    """
    result = document.get("result")
    language = known_language(result.get("language")) if isinstance(result, dict) else None
    pieces = []
    for index, row in enumerate(objects(document["transcription"], "transcription")):
        place = f"transcription[{index}]"
        begin_ms, end_ms = _offsets(row, place)
        pieces.append(
            SpeechPiece(
                place=place,
                begin_ms=begin_ms,
                end_ms=end_ms,
                text=clean_text(row.get("text"), f"{place}.text"),
                speaker=(str(row["speaker"]),) if row.get("speaker") not in (None, "", "?") else (),
                language=language,
                language_source="metadata" if language else None,
                words=_words_of_tokens(row, place, begin_ms, end_ms),
            )
        )
    return VendorTranscript(WHISPER_CPP, with_text(pieces))


def _offsets(row: dict[str, Any], place: str) -> tuple[int, int]:
    offsets = row.get("offsets")
    if not isinstance(offsets, dict):
        raise BadResult(f"{place} has no offsets")
    begin_ms, end_ms = (milliseconds(offsets.get(key), f"{place}.offsets.{key}", per_unit=1) for key in ("from", "to"))
    if end_ms < begin_ms:
        raise BadResult(f"{place} ends at {end_ms} ms, before it begins at {begin_ms} ms")
    return begin_ms, end_ms


def _words_of_tokens(row: dict[str, Any], place: str, begin_ms: int, end_ms: int) -> tuple[Word, ...]:
    """Tokens that a blank begins are words, those without one go on with the word before."""
    found: list[Word] = []
    sure: list[list[float]] = []
    for index, token in enumerate(objects(row.get("tokens") or [], f"{place}.tokens")):
        text = token.get("text")
        if not isinstance(text, str) or not text.strip() or text.startswith("[_") or "offsets" not in token:
            continue
        begin, end = _offsets(token, f"{place}.tokens[{index}]")
        begin, end = min(max(begin, begin_ms), end_ms), min(max(end, begin_ms), end_ms)
        probability, _ = known_confidence(token.get("p"))
        if found and not text.startswith(" "):
            last = found[-1]
            found[-1] = replace(last, text=last.text + text.rstrip(), end_ms=max(last.end_ms, end))
        else:
            found.append(Word(begin, max(begin, end), text.strip()))
            sure.append([])
        sure[-1] += [] if probability is None else [probability]
    return tuple(
        replace(word, confidence=sum(each) / len(each) if each else None)
        for word, each in zip(found, sure, strict=True)
    )


def is_segments(document: Any) -> bool:
    """Whether it has a list of segments, or of words, with times."""
    rows = segments_of(document)
    if rows is None and isinstance(document, dict):
        rows = document.get("words")
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, dict) for row in rows)


def read_any_segments(document: Any) -> VendorTranscript:
    """The segments of a document, with the words that are beside them.

    Raises:
        BadResult: as `segments.read_segments`.
    """
    words = document.get("words") if isinstance(document, dict) else None
    beside = _words_beside(words if isinstance(words, list) else [])
    if segments_of(document) is None:
        return VendorTranscript(_engine(document, []), sentences_of(beside))
    pieces = read_segments(document, "it", ())
    if beside and not any(piece.words for piece in pieces):
        pieces = [replace(piece, words=_within(piece, beside)) for piece in pieces]
    rows = segments_of(document) or []
    return VendorTranscript(_engine(document, rows), with_text(pieces))


def _engine(document: Any, rows: list[Any]) -> str:
    if isinstance(document, dict) and "word_segments" in document:
        return WHISPERX
    is_theirs = any(isinstance(row, dict) and not _OF_WHISPER.isdisjoint(row) for row in rows)
    is_api = isinstance(document, dict) and document.get("task") in ("transcribe", "translate")
    return WHISPER if is_theirs or is_api else SEGMENTS


def _words_beside(rows: list[Any]) -> list[SaidWord]:
    """The words of a document that lie beside its segments, as the API gives them; those without times are passed
    over."""
    found = []
    for index, row in enumerate(rows):
        place = f"words[{index}]"
        if not isinstance(row, dict) or row.get("start") is None or row.get("end") is None:
            continue
        begin_ms, end_ms = milliseconds(row["start"], f"{place}.start"), milliseconds(row["end"], f"{place}.end")
        text = clean_text(row.get("word") or row.get("text") or "", place)
        confidence, _ = known_confidence(row.get("probability", row.get("score", row.get("confidence"))))
        if text and begin_ms <= end_ms:
            speaker = row.get("speaker")
            label = (str(speaker),) if isinstance(speaker, str | int) and not isinstance(speaker, bool) else ()
            found.append(SaidWord(Word(begin_ms, end_ms, text, confidence=confidence), place, label))
    return found


def _within(piece: SpeechPiece, words: list[SaidWord]) -> tuple[Word, ...]:
    """The words whose middle lies in a piece."""
    middles = ((each.word, (each.word.begin_ms + each.word.end_ms) / 2) for each in words)
    return tuple(
        replace(word, begin_ms=max(word.begin_ms, piece.begin_ms), end_ms=min(word.end_ms, piece.end_ms))
        for word, middle in middles
        if piece.begin_ms <= middle <= piece.end_ms
    )
