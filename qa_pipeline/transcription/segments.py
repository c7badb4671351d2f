"""Transcripts of the recordings that make up one channel, put on the call's clock and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.remarks import Remark
from qa_pipeline.transcription.results import ChannelTranscript, Sentence, Word
from qa_pipeline.transcription.tables import ChannelOutcome

Timed = TypeVar("Timed", Sentence, Word)


@dataclass(frozen=True, slots=True)
class Part:
    """The transcript of one recording of a channel: its number in the call, where it begins (ms), what was said."""

    segment: int
    offset_ms: int
    transcript: ChannelTranscript


def join_segments(channel_id: int, parts: Sequence[Part]) -> ChannelTranscript:
    """The transcript of a channel from those of its recordings, in the order of time.

    Sentences are numbered anew where there are several; one recording that begins with the call stays as it is but for
    the channel's number. Those of recordings that overlap are put in the order of time.
    """
    shifted = [_in_call(part) for part in parts]
    if len(shifted) == 1:
        return replace(shifted[0], channel_id=channel_id)
    sentences: list[Sentence] = []
    remarks: list[Remark] = []
    for transcript in shifted:
        numbers = {said.sentence_id: len(sentences) + index for index, said in enumerate(transcript.sentences)}
        sentences += [replace(said, sentence_id=numbers[said.sentence_id]) for said in transcript.sentences]
        remarks += [
            replace(remark, sentence_id=None if remark.sentence_id is None else numbers.get(remark.sentence_id))
            for remark in transcript.remarks
        ]
    sentences, remarks = _in_order(sentences, remarks)
    return ChannelTranscript(
        channel_id, join_texts(transcript.text for transcript in shifted), tuple(sentences), tuple(remarks)
    )


def _in_call(part: Part) -> ChannelTranscript:
    shifted = shift(part.transcript, part.offset_ms)
    if not part.segment:
        return shifted
    return replace(shifted, sentences=tuple(replace(said, segment=part.segment) for said in shifted.sentences))


def _in_order(sentences: list[Sentence], remarks: list[Remark]) -> tuple[list[Sentence], list[Remark]]:
    """Sentences by their begin, where all have one, with numbers in that order."""
    begins = [said.begin_ms for said in sentences if said.begin_ms is not None]
    if len(begins) < len(sentences) or begins == sorted(begins):
        return sentences, remarks
    ordered = sorted(sentences, key=lambda said: (said.begin_ms or 0, said.segment))
    numbers = {said.sentence_id: number for number, said in enumerate(ordered)}
    return (
        [replace(said, sentence_id=number) for number, said in enumerate(ordered)],
        [
            replace(remark, sentence_id=None if remark.sentence_id is None else numbers.get(remark.sentence_id))
            for remark in remarks
        ],
    )


def shift(transcript: ChannelTranscript, offset_ms: int) -> ChannelTranscript:
    """The transcript with all times later by `offset_ms`; a time that is not known stays unknown."""
    if not offset_ms:
        return transcript
    sentences = tuple(
        replace(_later(said, offset_ms), words=tuple(_later(word, offset_ms) for word in said.words))
        for said in transcript.sentences
    )
    return replace(transcript, sentences=sentences)


def _later(timed: Timed, offset_ms: int) -> Timed:
    if timed.begin_ms is None or timed.end_ms is None:
        return timed
    return replace(timed, begin_ms=timed.begin_ms + offset_ms, end_ms=timed.end_ms + offset_ms)


def join_outcomes(outcomes: Sequence[tuple[str, ChannelOutcome]]) -> ChannelOutcome:
    """How a channel ended whose recordings ended like this: (what people call the recording, its outcome), in order.

    The first that is still open speaks for the channel, else the first that failed, named; what the others brought
    stays.
    """
    lacking = [(name, outcome) for name, outcome in outcomes if outcome.outcome != "ok"]
    if not lacking or len(outcomes) == 1:
        return outcomes[0][1]
    name, first = next((item for item in lacking if item[1].outcome == "open"), lacking[0])
    more = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
    return replace(
        first, message=f"{name}{more}: {first.message or first.code}", is_incomplete=len(lacking) < len(outcomes)
    )
