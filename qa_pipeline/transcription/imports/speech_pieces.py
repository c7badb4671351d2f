"""From pieces of speech with a voice and times to a transcript for each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_pipeline.transcription.imports.speakers import CallSpeakers, Speaker, channels_of, unknown_voice
from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.remarks import Action, Remarks
from qa_pipeline.transcription.results import ChannelTranscript, LanguageSource, Sentence, Word

OddValue = tuple[str, Action, Any]


@dataclass(frozen=True, slots=True)
class SpeechPiece:
    """One piece of speech as a transcript has it: times in ms, `place` for messages.

    `channel_id` is the channel that the transcript itself tells, and goes before `speaker`. `language_source` is set
    where the language is that of the whole transcript. `odd_values` are what confidences could not be taken as: field,
    what was done, value.
    """

    place: str
    begin_ms: int
    end_ms: int
    text: str
    speaker: Speaker = ()
    channel_id: int | None = None
    language: str | None = None
    emotion: str | None = None
    language_source: LanguageSource | None = None
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    odd_values: tuple[OddValue, ...] = ()


def transcripts(pieces: Sequence[SpeechPiece], channels: Mapping[Speaker, int]) -> tuple[ChannelTranscript, ...]:
    """The pieces by channel, each channel's in the order in which they begin, ids from 0.

    Raises:
        BadResult: nobody knows on which channel a piece was spoken.
    """
    sorted_in: dict[int, list[SpeechPiece]] = {}
    for piece in pieces:
        channel_id = piece.channel_id if piece.channel_id is not None else channels.get(piece.speaker)
        if channel_id is None:
            raise unknown_voice(piece.speaker, piece.place)
        sorted_in.setdefault(channel_id, []).append(piece)
    return tuple(_channel(channel_id, sorted_in[channel_id]) for channel_id in sorted(sorted_in))


def place_speakers(pieces: Sequence[SpeechPiece], voices: CallSpeakers) -> dict[Speaker, int]:
    """The channels of the speakers of these pieces. Raises `BadResult` as `channels_of` does."""
    return channels_of((piece.speaker for piece in pieces if piece.channel_id is None), voices)


def _channel(channel_id: int, pieces: Sequence[SpeechPiece]) -> ChannelTranscript:
    ordered = sorted(pieces, key=lambda piece: (piece.begin_ms, piece.end_ms))
    sentences = tuple(
        Sentence(
            number,
            piece.begin_ms,
            piece.end_ms,
            piece.text,
            piece.language,
            piece.emotion,
            piece.words,
            confidence=piece.confidence,
            language_source=piece.language_source,
        )
        for number, piece in enumerate(ordered)
    )
    remarks = Remarks()
    for number, piece in enumerate(ordered):
        for field, action, value in piece.odd_values:
            remarks.note(field, action, value, number)
    return ChannelTranscript(channel_id, join_texts(piece.text for piece in ordered), sentences, remarks.all())
