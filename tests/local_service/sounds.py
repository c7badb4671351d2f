"""Sound for tests: tones, voice-like sound, silence, and recordings of them."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.decoding import channel_digests
from qa_pipeline.audio.probing import probe
from qa_pipeline.local_service.recognizers import RecordingAudio

RATE = 16_000
Sound = NDArray[np.float32]


def tone(frequency: int, seconds: float, level: float = 0.3) -> Sound:
    """A sine of full scale 1.0 at `RATE`."""
    return (level * np.sin(2 * np.pi * frequency * np.arange(round(RATE * seconds)) / RATE)).astype(np.float32)


def voice(frequency: int, seconds: float) -> Sound:
    """A tone that WebRTC's detector takes for a voice: it comes with harmonics and swells four times per second."""
    positions = np.arange(round(RATE * seconds)) / RATE
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * positions)
    body = sum(np.sin(2 * np.pi * pitch * positions) for pitch in (120, 240, 360, 480))
    return (swell * (0.25 * np.sin(2 * np.pi * frequency * positions) + 0.03 * body)).astype(np.float32)


def quiet(seconds: float) -> Sound:
    return np.zeros(round(RATE * seconds), np.float32)


def write_wav(path: Path, *channels: Sound, rate: int = RATE) -> RecordingAudio:
    """A recording of these channels; the shorter ones end in silence."""
    frames = max(map(len, channels))
    padded = np.stack([np.pad(channel, (0, frames - len(channel))) for channel in channels])
    with wave.open(str(path), "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((padded.T * 32767).astype("<i2").tobytes())
    return RecordingAudio(path, path.name, "0" * 64, probe(path), lambda: channel_digests(path))
