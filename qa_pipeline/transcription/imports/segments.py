"""Lists of segments with a beginning, an end, a text and somebody who speaks: what most vendors' JSON comes down to.

Read are the World Transcription Format (draft-howe-vcon-wtf-extension) and lists like it under the usual names.
Times are in seconds, in ms where the key says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_pipeline.transcription.imports.labels import clean_text, milliseconds
from qa_pipeline.transcription.imports.segment_words import with_confidence
from qa_pipeline.transcription.imports.speakers import CHANNELS, Speaker
from qa_pipeline.transcription.imports.speech_pieces import SpeechPiece
from qa_pipeline.transcription.labels import known_emotion, known_language
from qa_pipeline.transcription.odd_values import described
from qa_pipeline.transcription.results import BadResult

LISTS = ("segments", "utterances", "sentences", "turns", "entries", "transcript", "transcription")
_WRAPPERS = ("results", "result", "transcript", "transcription")
_BEGIN_S = ("start", "start_time", "startTime", "begin", "begin_time", "start_s", "begin_s")
_END_S = ("end", "end_time", "endTime", "end_s")
_BEGIN_MS = ("start_ms", "begin_ms", "startMs", "beginMs")
_END_MS = ("end_ms", "endMs")
_TEXT = ("text", "transcript", "content")
_SPEAKER = ("speaker", "speaker_label", "speaker_name", "speaker_id", "role", "name")
_CHANNEL = ("channel", "channel_id")
_PARTY = ("party", "party_id")


def segments_of(body: Any) -> list[Any] | None:
    """The list of segments in a JSON document; None if there is none."""
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        return None
    for key in LISTS:
        if isinstance(body.get(key), list):
            return list(body[key])
    inner = (segments_of(body[key]) for key in _WRAPPERS if isinstance(body.get(key), dict))
    return next((found for found in inner if found is not None), None)


def read_segments(body: Any, place: str, parties: Sequence[Speaker]) -> list[SpeechPiece]:
    """What the segments of a document say; those without text are left out.

    `parties` are the names of the conversation's parties by index. A number as speaker is the label of that number
    where the document has labels (`speakers`), else a party.

    Raises:
        BadResult: no list of segments, or one that can't be used; the message names the place.
    """
    rows = segments_of(body)
    if rows is None:
        raise BadResult(f"{place} has no list of segments with times; known are {', '.join(LISTS)}")
    labels = body.get("speakers") if isinstance(body, dict) else None
    language = _language_of(body)
    words = body.get("words") if isinstance(body, dict) else None
    pieces = []
    for index, row in enumerate(rows):
        where = f"{place}[{index}]" if isinstance(body, list) else f"{place}.segments[{index}]"
        piece = _piece(row, where, _Names(labels if isinstance(labels, dict) else {}, parties), language)
        if piece.text:
            pieces.append(with_confidence(piece, row, words))
    return pieces


class _Names:
    """Who is meant by what a segment says of its speaker."""

    def __init__(self, labels: Mapping[str, Any], parties: Sequence[Speaker]) -> None:
        self._labels = labels
        self._parties = parties

    def party(self, number: int, place: str) -> Speaker:
        if not 0 <= number < len(self._parties):
            raise BadResult(f"{place} is {described(number)}, there are {len(self._parties)} parties")
        return self._parties[number]

    def speaker(self, value: Any, place: str) -> Speaker:
        label = self._labels.get(str(value))
        name = label.get("label") or label.get("name") if isinstance(label, dict) else label
        if isinstance(name, str) and name.strip():
            number = int(value) if str(value).isdecimal() else len(self._parties)
            # the party's names too: the label may not tell the role, and they may
            return (name, *(self._parties[number] if number < len(self._parties) else ()))
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise BadResult(f"{place} is {described(value)}, neither a name nor a number")
        is_party = str(value).isdecimal() and bool(self._parties)
        return self.party(int(value), place) if is_party else (str(value).strip(),)


def _piece(row: Any, place: str, names: _Names, language: str | None) -> SpeechPiece:
    if not isinstance(row, dict):
        raise BadResult(f"{place} is not an object")
    begin_ms, end_ms = _times(row, place)
    key, text = _first(row, _TEXT)
    if key is None:
        raise BadResult(f"{place} has no text")
    channel_id, speaker = _voice(row, place, names)
    own_language = known_language(row.get("language"))
    return SpeechPiece(
        place=place,
        begin_ms=begin_ms,
        end_ms=end_ms,
        text=clean_text(text, f"{place}.{key}"),
        speaker=speaker,
        channel_id=channel_id,
        language=own_language or language,
        language_source="metadata" if language and not own_language else None,
        emotion=known_emotion(row.get("emotion")),
    )


def _voice(row: Mapping[str, Any], place: str, names: _Names) -> tuple[int | None, Speaker]:
    """The channel where the segment tells it, else who speaks: by party, then by speaker."""
    key, value = _first(row, _CHANNEL)
    if key is not None:
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if isinstance(number, bool) or number not in CHANNELS:
            raise BadResult(f"{place}.{key} is {described(value)}, a call has the channels 0 and 1")
        return int(number), ()
    key, value = _first(row, _PARTY)
    if isinstance(value, int) and not isinstance(value, bool):
        return None, names.party(value, f"{place}.{key}")
    key, value = _first(row, (*_SPEAKER, *_PARTY))
    return None, () if key is None else names.speaker(value, f"{place}.{key}")


def _times(row: Mapping[str, Any], place: str) -> tuple[int, int]:
    begin_ms = _time(row, place, _BEGIN_S, _BEGIN_MS)
    end_ms = _time(row, place, _END_S, _END_MS)
    if begin_ms is None:
        raise BadResult(f"{place} has no start")
    if end_ms is None and row.get("duration") is not None:
        end_ms = begin_ms + milliseconds(row["duration"], f"{place}.duration")
    if end_ms is None:
        raise BadResult(f"{place} has no end")
    if end_ms < begin_ms:
        raise BadResult(f"{place} ends at {end_ms} ms, before it begins at {begin_ms} ms")
    return begin_ms, end_ms


def _time(row: Mapping[str, Any], place: str, seconds: Sequence[str], thousandths: Sequence[str]) -> int | None:
    # ms first: a document that gives both is more exact in them
    for keys, per_unit in ((thousandths, 1), (seconds, 1000)):
        key, value = _first(row, keys)
        if key is not None:
            return milliseconds(value, f"{place}.{key}", per_unit=per_unit)
    return None


def _first(row: Mapping[str, Any], keys: Sequence[str]) -> tuple[str | None, Any]:
    """The first of the keys that says something, with its value."""
    return next(((key, row[key]) for key in keys if row.get(key) not in (None, "")), (None, None))


def _language_of(body: Any) -> str | None:
    """The language of a whole document."""
    if not isinstance(body, dict):
        return None
    transcript = body.get("transcript")
    inner = transcript.get("language") if isinstance(transcript, dict) else None
    return known_language(inner) or known_language(body.get("language"))
