"""The recognizer `auto`: what a person wrote where the recording is known, else what Whisper hears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.local_service.test_whisper import SHARED
from tests.weights import whisper_tiny_en

UNKNOWN = SHARED / "calls" / "bank-16k.wav"


@pytest.fixture
def stranger() -> Path:
    if not UNKNOWN.exists():
        pytest.skip(f"the real recordings are not at {SHARED}")
    return UNKNOWN


@pytest.mark.recordings
def test_each_transcript_says_who_made_it(start: Any, references: Path, stranger: Path) -> None:
    folders = (references, stranger.parent)
    api = start(recognizer="auto", whisper_dir=whisper_tiny_en(), source_folders=folders)
    [known] = api.result(api.transcribe((references / "hotel.wav").as_uri(), channel_id=[1]))["transcripts"]
    assert (known["engine"], known["text"]) == ("local/reference", "Hello there.")
    assert api.local("/healthz")["recognizer"]["listening"] is None, "nothing was loaded for what is known"
    body = api.transcribe(stranger.as_uri(), channel_id=[0], enable_words=True)
    [heard] = api.result(body)["transcripts"]
    assert heard["engine"] == "local/whisper tiny.en 1a5afae0"
    assert all(0 <= word["confidence"] <= 1 for row in heard["sentences"] for word in row["words"])
    assert {row["language"] for row in heard["sentences"]} == {"en"}
    assert api.local("/healthz")["recognizer"]["listening"]["name"] == "whisper tiny.en 1a5afae0"
    assert api.local("/healthz")["engine"] == "local/auto"


@pytest.mark.recordings
def test_without_weights_the_failure_says_how_to_get_them(start: Any, stranger: Path, tmp_path: Path) -> None:
    api = start(recognizer="auto", whisper_dir=tmp_path / "none", source_folders=(stranger.parent,))
    output = api.transcribe(stranger.as_uri())["output"]
    assert output["code"] == "LOCAL_MODEL_NOT_INSTALLED"
    for part in ("`make whisper`", "`qa-pipeline models pull whisper`", "model.bin is missing", "DASHSCOPE_API_KEY"):
        assert part in output["message"]
