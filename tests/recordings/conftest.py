"""A small landing zone to fill, file by file."""

from __future__ import annotations

import datetime as dt
import json
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from qa_pipeline.recordings.inspection import RecordingLimits

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def zone(tmp_path: Path) -> Path:
    """The root of an empty landing zone, with a folder beside it that doesn't belong to it."""
    root = tmp_path / "zone"
    root.mkdir()
    (tmp_path / "elsewhere").mkdir()
    return root


@pytest.fixture
def elsewhere(tmp_path: Path, zone: Path) -> Path:
    return tmp_path / "elsewhere"


@pytest.fixture
def timezone() -> dt.tzinfo:
    return SHANGHAI


@pytest.fixture
def limits() -> RecordingLimits:
    return RecordingLimits(max_bytes=2_000_000_000, max_duration_s=12 * 3600.0, formats=frozenset({"wav", "mp3"}))


@pytest.fixture
def put(zone: Path) -> Callable[..., Path]:
    """`put("2025-09-01/c1.wav")` writes a stereo call of half a second; other content is given as text or bytes."""

    def write(name: str, content: bytes | str | dict[str, Any] | None = None, *, pitch_hz: int = 300) -> Path:
        path = zone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            write_call(path, pitch_hz=pitch_hz)
        elif isinstance(content, dict):
            path.write_text(json.dumps(content), encoding="utf-8")
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def write_call(path: Path, *, pitch_hz: int = 300, channels: int = 2, seconds: float = 0.5) -> None:
    at_s = np.arange(round(8000 * seconds)) / 8000
    tones = [np.sin(2 * np.pi * (pitch_hz + 100 * channel) * at_s) for channel in range(channels)]
    samples = (np.stack(tones) * 9000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples.T.tobytes())
