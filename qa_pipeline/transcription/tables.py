"""From a channel's transcript to rows of `sentences` and `transcripts`, and from channels to a call's status."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from qa_pipeline.transcription.results import BadResult, ChannelTranscript

Role = Literal["agent", "customer"]

PAST_THE_END_MS = 1000
"""How far a sentence may end after the recording does: codecs pad their last frame, and services round up."""

EMOTIONS_KEPT: dict[str, frozenset[str]] = {
    "both": frozenset({"agent", "customer"}),
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
    role: Role
    recording_id: str
    duration_s: float
    model: str
    engine: str


def role_of(channel_id: int, agent_channel: int) -> Role:
    """Who speaks on a channel."""
    return "agent" if channel_id == agent_channel else "customer"


def sentence_rows(channel: ChannelOfCall, transcript: ChannelTranscript, *, emotion_roles: str) -> list[dict[str, Any]]:
    """Rows of `sentences`.

    Raises:
        BadResult: a sentence or a word of it lies outside the recording.
    """
    keeps_emotion = channel.role in EMOTIONS_KEPT[emotion_roles]
    rows = []
    for sentence in transcript.sentences:
        if sentence.end_ms is not None:
            _refuse_late(f"sentence {sentence.sentence_id}", sentence.end_ms, channel)
        for word in sentence.words:
            _refuse_late(f"a word of sentence {sentence.sentence_id}", word.end_ms, channel)
        rows.append(
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
                "emotion": sentence.emotion if keeps_emotion else None,
                "words": [dataclasses.asdict(word) for word in sentence.words] or None,
            }
        )
    return rows


def _refuse_late(what: str, end_ms: int, channel: ChannelOfCall) -> None:
    duration_ms = round(channel.duration_s * 1000)
    if end_ms > duration_ms + PAST_THE_END_MS:
        raise BadResult(
            f"{what} of channel {channel.channel_id} ends at {end_ms} ms, the recording at {duration_ms} ms"
        )


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
    """How one channel ended: `ok`, `failed` (code, message) or `open` (still on its way)."""

    channel_id: int
    role: Role
    outcome: Literal["ok", "failed", "open"]
    code: str | None = None
    message: str | None = None


def call_status(outcomes: list[ChannelOutcome]) -> CallStatus:
    """The call's status from its channels': open beats all, then all ok, some ok, none ok."""
    if not outcomes or any(channel.outcome == "open" for channel in outcomes):
        return CallStatus("pending")
    failed = [channel for channel in outcomes if channel.outcome == "failed"]
    if not failed:
        return CallStatus("ok")
    first = failed[0]
    roles = " and ".join(f"{channel.role} (channel {channel.channel_id})" for channel in failed)
    status: Literal["partial", "failed"] = "failed" if len(failed) == len(outcomes) else "partial"
    return CallStatus(status, first.code, f"{roles}: {first.message or first.code}")


def group_by_call(outcomes: Mapping[tuple[str, int], ChannelOutcome]) -> dict[str, list[ChannelOutcome]]:
    """Outcomes keyed by (call_id, channel_id), collected by call in channel order."""
    calls: dict[str, list[ChannelOutcome]] = {}
    for (call_id, _), outcome in sorted(outcomes.items()):
        calls.setdefault(call_id, []).append(outcome)
    return calls
