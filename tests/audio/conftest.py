"""Small recordings made on the spot, and the real ones beside the repository."""

from __future__ import annotations

import csv
import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.audio.container_shapes import LAYOUTS, packets_of

Samples = NDArray[np.int16]
REAL_RECORDINGS = Path(__file__).parents[2].parent / "shared" / "audio"


@pytest.fixture(scope="session")
def real_recordings() -> Path:
    if not REAL_RECORDINGS.is_dir():
        pytest.skip("the real recordings (../shared/audio) are not on this machine")
    return REAL_RECORDINGS


@pytest.fixture(scope="session")
def manifest(real_recordings: Path) -> dict[str, dict[str, str]]:
    """What is known of each real recording, by its path below `real_recordings`."""
    with (real_recordings / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="session")
def voices() -> Callable[..., Samples]:
    return two_tones


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    """`record("a.mp3", codec="libmp3lame", rate=8000)` encodes two tones, one per channel, and gives the path."""

    def write(name: str, *, codec: str, rate: int = 8000, seconds: float = 2.0, channels: int = 2) -> Path:
        path = tmp_path / name
        encode(path, two_tones(rate=rate, seconds=seconds, channels=channels), codec=codec, rate=rate)
        return path

    return write


@pytest.fixture
def write_wav(tmp_path: Path) -> Callable[..., Path]:
    """`write_wav("a.wav", samples)` writes 16-bit PCM of shape (channels, samples) at 8 kHz and gives the path."""

    def write(name: str, samples: Samples) -> Path:
        path = tmp_path / name
        with wave.open(str(path), "wb") as out:
            out.setnchannels(len(samples))
            out.setsampwidth(2)
            out.setframerate(8000)
            out.writeframes(samples.T.astype("<i2").tobytes())
        return path

    return write


def two_tones(*, rate: int = 8000, seconds: float = 2.0, channels: int = 2) -> Samples:
    """Shape (channels, samples): a different tone on each channel, so that swapped channels are seen."""
    at_s = np.arange(round(rate * seconds)) / rate
    tones = [np.sin(2 * np.pi * (300 + 170 * channel) * at_s) for channel in range(channels)]
    return (np.stack(tones) * 12000).astype(np.int16)


def encode(path: Path, samples: Samples, *, codec: str, rate: int) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=LAYOUTS[len(samples)])
        for packet in packets_of(stream, samples, rate):
            container.mux(packet)
