"""One channel as a mono file that is small enough for a model that averages channels and takes few megabytes.

A cut stays at the rate of its recording wherever it fits, so that its samples are those of the recording and a
channel that is known by them is known again. Only where it does not is the rate brought down, to what the models
listen at.
"""

from __future__ import annotations

import math
import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from qa_pipeline.audio.containers import open_audio
from qa_pipeline.audio.decoding import cut_channel, decode_blocks
from qa_pipeline.audio.faults import AudioFault, UnusableAudio, shown
from qa_pipeline.audio.probing import probe_what_is_there
from qa_pipeline.audio.samples import Samples

LOWER_RATES_HZ = (16_000, 8_000)
"""What speech models listen at, then what a telephone carries."""
WAV_HEADER_BYTES = 44
_BYTES_A_SAMPLE = 2


def cut_to_fit(path: Path, channel_id: int, out_path: Path, *, max_bytes: int) -> int:
    """Writes one channel (0-based) as a mono 16-bit WAV of at most `max_bytes`; returns its rate in Hz.

    At the recording's own rate if that fits, else at 16 kHz, else at 8 kHz. `out_path` appears only when it is
    complete. Raises `UnusableAudio`: no_such_channel, unreadable, too_long (nothing fits).
    """
    found = probe_what_is_there(path)
    rates = [found.sample_rate, *(rate for rate in LOWER_RATES_HZ if rate < found.sample_rate)]
    for rate in rates:
        if _wav_bytes(found.duration_s, rate) <= max_bytes:
            return _cut_at(path, channel_id, out_path, rate, own_rate=found.sample_rate)
    raise UnusableAudio(
        AudioFault.TOO_LONG,
        f"One channel of {shown(path)} has {_wav_bytes(found.duration_s, rates[-1]):,} bytes as WAV at {rates[-1]} Hz, "
        f"and {max_bytes:,} may be sent; split the file.",
    )


def _wav_bytes(duration_s: float, rate: int) -> int:
    """What a cut has at most: durations are known to the millisecond, and a resampler may round one sample up."""
    return WAV_HEADER_BYTES + math.ceil((duration_s + 0.001) * rate) * _BYTES_A_SAMPLE


def _cut_at(path: Path, channel_id: int, out_path: Path, rate: int, *, own_rate: int) -> int:
    if rate == own_rate:
        cut_channel(path, channel_id, out_path)
        return rate
    _check_channel(path, channel_id)
    part = out_path.with_name(out_path.name + ".part")
    try:
        with wave.open(str(part), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(_BYTES_A_SAMPLE)
            out.setframerate(rate)
            for samples in _at_rate(path, channel_id, own_rate, rate):
                out.writeframesraw(samples.astype("<i2", copy=False).tobytes())
        part.replace(out_path)
    finally:
        part.unlink(missing_ok=True)
    return rate


def _check_channel(path: Path, channel_id: int) -> None:
    with open_audio(path) as audio:
        if not 0 <= channel_id < audio.channels:
            raise UnusableAudio(
                AudioFault.NO_SUCH_CHANNEL,
                f"{shown(path)} has {audio.channels} channel(s), counted from 0; channel {channel_id} was asked for.",
            )


def _at_rate(path: Path, channel_id: int, own_rate: int, rate: int) -> Iterator[Samples]:
    """The channel's samples at another rate, filtered on the way down (FFmpeg's resampler)."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    for block in decode_blocks(path):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[channel_id : channel_id + 1]), "s16", "mono")
        frame.sample_rate = own_rate
        yield from (np.ascontiguousarray(piece.to_ndarray()[0]) for piece in resampler.resample(frame))
    yield from (np.ascontiguousarray(piece.to_ndarray()[0]) for piece in resampler.resample(None))
