"""A made-up call of any length that can be listened to: a sentence every three seconds, with words and an outline."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from benchmarks.sound import RATE, call_body, write_mulaw
from qa_pipeline.audio.peaks import PEAKS_PER_SECOND
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.warehouse.database import empty_database, insert_columns, insert_rows

LONG_CALL = "long"
STEP_MS, SENTENCE_MS, WORDS, WORD_MS = 3000, 2000, 4, 450
RINGS_EVERY_S, RING_MS = 600, 2000
_DAY = dt.date(2025, 9, 1)
_ROLES = ("agent", "customer")
_MODEL = {"model": "qwen3-asr-flash-filetrans", "engine": "made up"}


def publish_long_call(home: Path, landing: Path, seconds: float) -> None:
    """Writes the recording, G.711 µ-law with two channels, below `landing`, and makes `home` with a snapshot of it."""
    path = landing / f"{LONG_CALL}.wav"
    write_mulaw(path, call_body(noisy=False), seconds)
    home.mkdir()
    now = dt.datetime.now(dt.UTC)
    known = {"call_id": LONG_CALL, "call_date": _DAY, "recording_id": recording_id(path)}
    with empty_database(home / "qa.duckdb") as connection:
        insert_rows(connection, "calls", [
            {**known, "source_uri": path.as_uri(), "duration_s": seconds, "codec": "pcm_mulaw", "channels": 2,
             "sample_rate": RATE, "status": "ok", "form": "stereo", "recordings": 1, "loaded_at": now}
        ])  # fmt: skip
        for channel, role in enumerate(_ROLES):
            of_channel = {**known, "channel_id": channel, "role": role, "loaded_at": now}
            insert_rows(connection, "call_channels", [
                {"call_id": LONG_CALL, "call_date": _DAY, "channel_id": channel, "role": role, "segment": 0,
                 "recording_id": known["recording_id"], "source_uri": path.as_uri(), "source_channel": channel,
                 "offset_ms": 0, "duration_s": seconds}
            ])  # fmt: skip
            insert_rows(connection, "transcripts", [
                {**of_channel, "text": "", "sentence_count": len(_said(seconds, channel)), **_MODEL}
            ])  # fmt: skip
            insert_rows(connection, "acoustics", [of_channel | _sounding(seconds)])
            insert_columns(connection, "sentences", _sentences(seconds, channel, role))


def _said(seconds: float, channel: int) -> range:
    """Begins of a channel's sentences: the parties take turns."""
    return range(channel * STEP_MS, int(seconds * 1000) - SENTENCE_MS, 2 * STEP_MS)


def _sentences(seconds: float, channel: int, role: str) -> dict[str, list[Any]]:
    begins = _said(seconds, channel)
    return {
        "call_id": [LONG_CALL] * len(begins),
        "call_date": [_DAY] * len(begins),
        "channel_id": [channel] * len(begins),
        "sentence_id": list(range(len(begins))),
        "role": [role] * len(begins),
        "begin_ms": list(begins),
        "end_ms": [begin + SENTENCE_MS for begin in begins],
        "text": [f"one two three four, number {begin // STEP_MS}" for begin in begins],
        "words": [_words(begin) for begin in begins],
    }


def _words(begin: int) -> list[dict[str, Any]]:
    step = SENTENCE_MS // WORDS
    return [
        {"begin_ms": begin + number * step, "end_ms": begin + number * step + WORD_MS, "text": text, "punctuation": ""}
        for number, text in enumerate(("one", "two", "three", "four"))
    ]


def _sounding(seconds: float) -> dict[str, Any]:
    """What the sound would have been measured as: an outline, and a telephone that rings every ten minutes."""
    rings = range(RINGS_EVERY_S, int(seconds), RINGS_EVERY_S)
    sounds = [{"begin_ms": at * 1000, "end_ms": at * 1000 + RING_MS, "kind": "ringing"} for at in rings]
    return {
        "action": "transcribe", "defects": [], "speech_s": seconds / 3, "speech_ratio": 1 / 3, "loudness_db": -26.0,
        "loudness_per_s_db": [], "peak_db": -6.0, "clipping_ratio": 0.0, "segments": [], "sounds": sounds,
        "waveform": bytes((0x81, 0x7F, 0xE0, 0x20)) * int(seconds * PEAKS_PER_SECOND / 2), "channel_sha256": "",
        "definition_version": "", "options": "{}",
    }  # fmt: skip
