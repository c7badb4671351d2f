"""Turns FFmpeg's decoded frames into 16-bit integers, one row per channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from qa_pipeline.audio.containers import OpenAudio
from qa_pipeline.audio.faults import AudioFault, UnusableAudio, shown

Samples = NDArray[np.int16]

MAX_PLANAR_CHANNELS = 8
"""PyAV 18 looks for the end of the list of planes behind FFmpeg's own array when there are more."""

_DTYPES = {
    name: np.dtype(dtype)
    for name, dtype in (
        ("u8", np.uint8),
        ("s16", np.int16),
        ("s32", np.int32),
        ("s64", np.int64),
        ("flt", np.float32),
        ("dbl", np.float64),
    )
}


def frame_to_int16(path: Path, audio: OpenAudio, frame: AudioFrame) -> Samples:
    """One decoded frame; raises `UnusableAudio` (unreadable) when it isn't of the shape the file announced."""
    if (frame.sample_rate, frame.layout.nb_channels) != (audio.sample_rate, audio.channels):
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} has {audio.channels} channel(s) at {audio.sample_rate} Hz in one part and "
            f"{frame.layout.nb_channels} at {frame.sample_rate} Hz in another; export it again with one setting.",
        )
    return np.ascontiguousarray(as_int16(_raw_samples(path, audio, frame)))


def _raw_samples(path: Path, audio: OpenAudio, frame: AudioFrame) -> NDArray[np.generic]:
    """The frame's samples as they are stored, shape (channels, samples).

    Not `frame.to_ndarray()`: with eight planar channels PyAV 18 counts a ninth plane and reads where nothing is.
    """
    dtype = _DTYPES.get(frame.format.name.removesuffix("p"))
    planar = frame.format.is_planar
    if dtype is None or (planar and audio.channels > MAX_PLANAR_CHANNELS):
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} stores {audio.channels} channels of {frame.format.name} samples, which can't be used; "
            "export it as 16-bit WAV.",
        )
    planes: Any = frame.planes  # each is a buffer, which PyAV's type stubs don't say
    if not planar:
        packed = np.frombuffer(planes[0], dtype=dtype, count=frame.samples * audio.channels)
        return packed.reshape(-1, audio.channels).T
    return np.stack([np.frombuffer(plane, dtype, frame.samples) for plane in planes[: audio.channels]])


def as_int16(raw: NDArray[np.generic]) -> Samples:
    """8, 16, 32 or 64-bit integers or floating point (full scale 1.0) as 16-bit integers, in the same shape."""
    if raw.dtype == np.int16:
        return raw.astype(np.int16, copy=False)
    if raw.dtype == np.uint8:
        return (raw.astype(np.int16) - 128) << 8
    if raw.dtype.kind == "i":
        return (raw.astype(np.int64) >> (8 * raw.dtype.itemsize - 16)).astype(np.int16)
    # Floating point files may hold infinities and NaN; they become full scale and silence.
    scaled = np.nan_to_num(raw.astype(np.float64), nan=0.0, posinf=1.0, neginf=-1.0) * 32768.0
    return np.clip(np.rint(scaled), -32768, 32767).astype(np.int16)
