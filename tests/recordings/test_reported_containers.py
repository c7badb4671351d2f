"""Containers as people reported them (../shared/audio/reported), each landed among good neighbours."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.acoustics import measure_acoustics
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.recordings.assessment import assess
from qa_pipeline.recordings.inspection import RecordingLimits, inspect
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.transcription.models import QWEN3_FILETRANS
from tests.recordings.scanning import scan

REPORTED = Path(__file__).parents[2].parent / "shared" / "audio" / "reported"
pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not REPORTED.is_dir(), reason="the reported recordings (../shared/audio) are not here"),
]

LIMITS = RecordingLimits(
    QWEN3_FILETRANS.max_bytes, QWEN3_FILETRANS.max_duration_s, QWEN3_FILETRANS.formats, on_truncated="keep"
)
LENGTHS_S = {
    "c08-webm-live/c.webm": 6.0,
    "c09-webm-gap/c.webm": 6.0,
    "c11-opus-chained/c.opus": 6.0,
    "c15-opus-granule-8k/c.opus": 6.0,
    "c24-webm-cat/c.webm": 6.0,
    "c27-fmp4-gap/c.mp4": 6.064,  # with the 1024 samples that its encoder put in front
    "c28-mp3-cat-32k-16k/c.mp3": 6.198,
    "c29-mp3-ape-tail/c.mp3": 6.0,
    "c29b-mp3-id3v24-tail/c.mp3": 6.0,
    "c31-webm-wallclock-duration/c.webm": 6.0,
    "a21-only-wav-truncated/c.wav": 6.0,
}
TRUNCATED = "a21-only-wav-truncated/c.wav"
ASIDE = {
    "c06b-mp3-stereo-then-mono/c.mp3": (
        "unreadable",
        "begins with 2 channels at 8000 Hz and turns to 1 channel at 8000 Hz",
    ),
}


def landed(folder: Path) -> Call:
    """The one call of a reported folder."""
    [file] = scan(folder).files
    metadata = CallMetadata("c1", call_date=dt.date(2025, 9, 1), source="sidecar")
    return assess(file, metadata, inspect(file, LIMITS), LIMITS)


@pytest.mark.parametrize("name", LENGTHS_S)
def test_a_reported_recording_is_taken_as_long_as_it_sounds(name: str) -> None:
    call = landed((REPORTED / name).parent)
    assert call.is_usable, call.status_message
    assert call.duration_s == pytest.approx(LENGTHS_S[name], abs=0.01)
    samples = np.concatenate(list(decode_blocks(call.path)), axis=1)
    assert call.sample_rate is not None
    assert call.duration_s == pytest.approx(samples.shape[1] / call.sample_rate, abs=0.01)
    found = measure_acoustics(call.path, expected_s=call.duration_s)
    assert (found.missing is not None) == (name == TRUNCATED)


@pytest.mark.parametrize("name", ["c09-webm-gap/c.webm", "c27-fmp4-gap/c.mp4"])
def test_behind_a_reported_gap_the_speech_is_where_it_was_spoken(name: str) -> None:
    whole = measure_acoustics(REPORTED / "c08-webm-live" / "c.webm")
    gapped = measure_acoustics(REPORTED / name)
    _, last = whole.channels[1].segments_ms[-1]
    assert gapped.channels[1].segments_ms[-1][1] == pytest.approx(last, abs=150)


@pytest.mark.parametrize("name", ASIDE)
def test_a_reported_recording_that_is_no_call_is_set_aside_for_what_it_is(name: str) -> None:
    reason, words = ASIDE[name]
    call = landed((REPORTED / name).parent)
    assert call.status_reason == reason
    assert words in (call.status_message or "")
