"""From a channel's transcript to rows of `sentences` and `transcripts`, and from channels to a call's status."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qa_pipeline.transcription.confidence import sentence_confidence
from qa_pipeline.transcription.remarks import Remarks
from qa_pipeline.transcription.results import ChannelTranscript, Sentence, Word
from qa_pipeline.transcription.roles import ChannelRole

STILL_OPEN = "STILL_OPEN"
"""Reason of a call that is published although a channel of it has not come to its end."""

MISSING_RECORDING = "MISSING_RECORDING"
"""Reason of a call of which one of several recordings could not be taken."""

PAST_THE_END_MS = 1000
"""How far a sentence may end after the recording does: codecs pad their last frame, and services round up."""

EMOTIONS_KEPT: dict[str, frozenset[str]] = {
    "both": frozenset({"agent", "customer", "other", "mixed"}),
    "agent": frozenset({"agent"}),
    "customer": frozenset({"customer"}),
    "none": frozenset(),
}
"""Setting `emotion_roles` → the roles whose emotion is stored. What is dropped is never written to a table."""


@dataclass(frozen=True, slots=True)
class ChannelOfCall:
    """Which channel of which call a transcript belongs to; `duration_s` is the recording's."""

    call_id: str
    channel_id: int
    call_date: dt.date
    role: ChannelRole
    recording_id: str
    duration_s: float
    model: str
    engine: str


def fit_to_recording(transcript: ChannelTranscript, duration_s: float) -> ChannelTranscript:
    """The transcript with no time past the end of a recording of that length; what had to be changed is remarked.

    A sentence that begins inside and ends too late ends with the recording. One that begins after it was heard at a
    time that is not known.
    """
    duration_ms = round(duration_s * 1000)
    remarks = Remarks(transcript.remarks)
    sentences = tuple(_fit_sentence(sentence, duration_ms, remarks) for sentence in transcript.sentences)
    return dataclasses.replace(transcript, sentences=sentences, remarks=remarks.all())


def _fit_sentence(sentence: Sentence, duration_ms: int, remarks: Remarks) -> Sentence:
    words = tuple(
        fitted
        for word in sentence.words
        if (fitted := _fit_word(word, duration_ms, sentence.sentence_id, remarks)) is not None
    )
    kept = dataclasses.replace(sentence, words=words) if words != sentence.words else sentence
    begin_ms, end_ms = sentence.begin_ms, sentence.end_ms
    if begin_ms is None or end_ms is None or end_ms <= duration_ms + PAST_THE_END_MS:
        return kept
    if begin_ms <= duration_ms:
        remarks.note("end_time", "clipped", end_ms, sentence.sentence_id)
        return dataclasses.replace(kept, end_ms=duration_ms)
    remarks.note("begin_time", "null", begin_ms, sentence.sentence_id)
    remarks.note("end_time", "null", end_ms, sentence.sentence_id)
    return dataclasses.replace(kept, begin_ms=None, end_ms=None)


def _fit_word(word: Word, duration_ms: int, sentence_id: int, remarks: Remarks) -> Word | None:
    if word.end_ms <= duration_ms + PAST_THE_END_MS:
        return word
    if word.begin_ms <= duration_ms:
        remarks.note("words.end_time", "clipped", word.end_ms, sentence_id)
        return dataclasses.replace(word, end_ms=duration_ms)
    remarks.note("words", "dropped", dataclasses.asdict(word), sentence_id)
    return None


def sentence_rows(channel: ChannelOfCall, transcript: ChannelTranscript, *, emotion_roles: str) -> list[dict[str, Any]]:
    """Rows of `sentences`."""
    keeps_emotion = channel.role in EMOTIONS_KEPT[emotion_roles]
    return [
        {
            "call_id": channel.call_id,
            "channel_id": channel.channel_id,
            "sentence_id": sentence.sentence_id,
            "call_date": channel.call_date,
            "role": channel.role,
            "begin_ms": sentence.begin_ms,
            "end_ms": sentence.end_ms,
            "text": sentence.text,
            "language": sentence.language,
            "language_source": sentence.language_source or ("engine" if sentence.language else None),
            "emotion": sentence.emotion if keeps_emotion else None,
            "confidence": sentence_confidence(sentence),
            "segment": sentence.segment,
            "words": [_word_row(word) for word in sentence.words] or None,
        }
        for sentence in transcript.sentences
    ]


def _word_row(word: Word) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies deeply and takes many times as long: a day has millions of words."""
    return {
        "begin_ms": word.begin_ms,
        "end_ms": word.end_ms,
        "text": word.text,
        "punctuation": word.punctuation,
        "confidence": word.confidence,
    }


def remark_rows(channel: ChannelOfCall, transcript: ChannelTranscript, *, emotion_roles: str) -> list[dict[str, Any]]:
    """Rows of `transcript_remarks`; an emotion that is not stored is not remarked on either."""
    keeps_emotion = channel.role in EMOTIONS_KEPT[emotion_roles]
    kept = [remark for remark in transcript.remarks if keeps_emotion or remark.field != "emotion"]
    return [
        {
            "call_id": channel.call_id,
            "channel_id": channel.channel_id,
            "remark_id": number,
            "call_date": channel.call_date,
            "role": channel.role,
            **dataclasses.asdict(remark),
        }
        for number, remark in enumerate(kept)
    ]


def channel_text_row(channel: ChannelOfCall, transcript: ChannelTranscript) -> dict[str, Any]:
    """What is known of a channel's transcript besides its sentences."""
    return {
        "call_id": channel.call_id,
        "channel_id": channel.channel_id,
        "call_date": channel.call_date,
        "role": channel.role,
        "text": transcript.text,
        "model": channel.model,
        "engine": channel.engine,
        "recording_id": channel.recording_id,
    }


@dataclass(frozen=True, slots=True)
class CallStatus:
    """A row's status, with a code and a sentence where it is not `ok`."""

    status: Literal["pending", "ok", "partial", "failed", "quarantined"]
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelOutcome:
    """How one channel ended: `ok`, `failed` (code, message) or `open` (still on its way, and why).

    With `is_incomplete` some of its recordings were transcribed and others not, as `outcome` says.
    """

    channel_id: int
    role: ChannelRole
    outcome: Literal["ok", "failed", "open"]
    code: str | None = None
    message: str | None = None
    is_incomplete: bool = False


def call_status(outcomes: list[ChannelOutcome], missing: Sequence[str] = ()) -> CallStatus:
    """The call's status from its channels': all ok, some ok, none ok. A channel that is open is not there yet, and the
    reason says so before any other. A call of which recordings are `missing` (a sentence each) is never ok."""
    if not outcomes:
        return CallStatus("pending")
    lacking = [channel for channel in outcomes if channel.outcome != "ok"]
    if not lacking:
        return CallStatus("partial", MISSING_RECORDING, " ".join(missing)) if missing else CallStatus("ok")
    has_nothing = len(lacking) == len(outcomes) and not any(channel.is_incomplete for channel in lacking)
    status: Literal["partial", "failed"] = "failed" if has_nothing else "partial"
    still_open = [channel for channel in lacking if channel.outcome == "open"]
    reason = STILL_OPEN if still_open else lacking[0].code
    parts = [(_roles(group), group[0].message or group[0].code) for group in (still_open, _failed(lacking)) if group]
    message = "; ".join([*(f"{roles}: {said}" for roles, said in parts), *missing])
    return CallStatus(status, reason, message)


def _failed(outcomes: list[ChannelOutcome]) -> list[ChannelOutcome]:
    return [channel for channel in outcomes if channel.outcome == "failed"]


def _roles(outcomes: list[ChannelOutcome]) -> str:
    return " and ".join(f"{channel.role} (channel {channel.channel_id})" for channel in outcomes)


def group_by_call(outcomes: Mapping[tuple[str, int], ChannelOutcome]) -> dict[str, list[ChannelOutcome]]:
    """Outcomes keyed by (call_id, channel_id), collected by call in channel order."""
    calls: dict[str, list[ChannelOutcome]] = {}
    for (call_id, _), outcome in sorted(outcomes.items()):
        calls.setdefault(call_id, []).append(outcome)
    return calls
