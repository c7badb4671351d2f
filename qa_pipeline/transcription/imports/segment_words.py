"""What segments of other vendors say of how sure they were, for the segment and for its words.

A segment's words are in it, or in a list of the document that it points into. They are extra: words that can't be
placed are left out, and cost the segment nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qa_pipeline.transcription.confidence import from_logarithm, known_confidence
from qa_pipeline.transcription.imports.labels import clean_text, milliseconds
from qa_pipeline.transcription.imports.speech_pieces import OddValue, SpeechPiece
from qa_pipeline.transcription.results import BadResult, Word

_CONFIDENCE = ("confidence", "avg_confidence", "conf", "probability")
_OF_A_WORD = (*_CONFIDENCE, "score")
"""A segment's score may be anything, its mood for one."""
_LOGARITHM = "avg_logprob"
"""What Whisper's own JSON has: the mean logarithm of the probabilities of half a minute's tokens. Its words know
better, where they say."""

_WORD_TEXT = ("punctuated_word", "word", "text", "content")
_TIMES = (
    (("start_ms", "begin_ms", "startMs"), ("end_ms", "endMs"), 1),
    (("start", "start_time"), ("end", "end_time"), 1000),
)


def with_confidence(piece: SpeechPiece, row: Mapping[str, Any], words: Any) -> SpeechPiece:
    """The piece with what its row says of confidence and words; `words` is the document's own list, if it has one."""
    odd: list[OddValue] = []
    confidence = _confidence(row, _CONFIDENCE, "confidence", odd)
    found = [_word(item, piece, odd) for item in _own_words(row.get("words"), words)]
    placed = tuple(word for word in found if word is not None)
    if confidence is None and all(word.confidence is None for word in placed):
        confidence = from_logarithm(row.get(_LOGARITHM))
    return replace(piece, confidence=confidence, words=placed, odd_values=tuple(odd))


def _own_words(value: Any, words: Any) -> list[Any]:
    if not isinstance(value, list):
        return []
    of_all = words if isinstance(words, list) else []
    return [of_all[item] if type(item) is int and 0 <= item < len(of_all) else item for item in value]


def _word(item: Any, piece: SpeechPiece, odd: list[OddValue]) -> Word | None:
    """A word inside its piece; None where it has no text, no times, or times outside."""
    if not isinstance(item, dict):
        return None
    try:
        text = clean_text(next((item[key] for key in _WORD_TEXT if item.get(key)), ""), piece.place)
        begin_ms, end_ms = _times(item, piece.place)
    except BadResult:
        return None
    if not text or begin_ms is None or end_ms is None or not piece.begin_ms <= begin_ms <= min(end_ms, piece.end_ms):
        return None
    return Word(
        begin_ms, min(end_ms, piece.end_ms), text, confidence=_confidence(item, _OF_A_WORD, "words.confidence", odd)
    )


def _times(item: Mapping[str, Any], place: str) -> tuple[int | None, int | None]:
    for begins, ends, per_unit in _TIMES:
        begin, end = (next((item[key] for key in keys if item.get(key) is not None), None) for keys in (begins, ends))
        if begin is not None and end is not None:
            return milliseconds(begin, place, per_unit=per_unit), milliseconds(end, place, per_unit=per_unit)
    return None, None


def _confidence(row: Mapping[str, Any], keys: Sequence[str], field: str, odd: list[OddValue]) -> float | None:
    value = next((row[key] for key in keys if row.get(key) is not None), None)
    confidence, action = known_confidence(value)
    if action is not None:
        odd.append((field, action, value))
    return confidence
