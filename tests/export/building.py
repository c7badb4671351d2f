"""A call to export, with what matters to a test given and the rest usual."""

from __future__ import annotations

import datetime as dt
from typing import Any

from qa_pipeline.export.transcripts import ExportedCall, ExportedChannel, ExportedRecording
from qa_pipeline.transcription.results import Sentence
from qa_pipeline.transcription.roles import ChannelRole

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
STARTED = dt.datetime(2025, 9, 1, 9, 30, tzinfo=SHANGHAI)
ENGINE = "reference (local service)"


def sentence(number: int, begin_ms: int, end_ms: int, text: str, **more: Any) -> Sentence:
    return Sentence(number, begin_ms, end_ms, text, **more)


def channel(role: ChannelRole, *sentences: Sentence, **changes: Any) -> ExportedChannel:
    usual: dict[str, Any] = {
        "channel_id": {"agent": 0, "customer": 1}.get(role, 2), "role": role, "sentences": sentences,
        "text": " ".join(item.text for item in sentences), "model": "qwen3-asr-flash-filetrans", "engine": ENGINE,
    }  # fmt: skip
    return ExportedChannel(**usual | changes)


def call(*channels: ExportedChannel, **changes: Any) -> ExportedCall:
    usual: dict[str, Any] = {
        "call_id": "c1", "recording_id": "ab" * 32, "day_begins_at": STARTED.replace(hour=0, minute=0),
        "loaded_at": dt.datetime(2025, 9, 4, 1, tzinfo=dt.UTC), "duration_s": 60.0, "agent_channel": 0,
        "file_name": "c1.wav", "channels": channels, "started_at": STARTED, "container": "wav", "codec": "pcm_mulaw",
        "sample_rate": 8000, "agent_id": "a-1", "agent_name": "Lucía Ortiz", "customer_id": "k-1", "queue": "billing",
        "direction": "inbound",
    }  # fmt: skip
    return ExportedCall(**usual | changes)


TWO_RECORDINGS = (
    ExportedRecording("ab" * 32, "one.wav", 0, 61.5, agent_id="a-1", agent_name="Lucía Ortiz", queue="billing"),
    ExportedRecording("cd" * 32, "two.wav", 180_000, 60.0, agent_id="a-2"),
)
"""The files of a call that was transferred."""
