"""The sound of a recording as speech models take it: one channel, or all heard as one, at 16 kHz, piece by piece.

Twelve hours pass through here in the memory of a few seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.samples import Samples

SPEECH_RATE = 16_000
"""What SenseVoice, Whisper and Qwen3-ASR were trained on, in Hz."""

BLOCK_S = 5.0


def mono_sound(path: Path, sample_rate: int, channel_id: int | None) -> Iterator[Samples]:
    """16-bit samples at `SPEECH_RATE`, one-dimensional, in time with the recording, in pieces of any length.

    `channel_id` counts from 0; None is the average of all channels. `sample_rate` is the file's own. Raises
    `UnusableAudio` where the sound can't be decoded, also after some pieces were given.
    """
    blocks = (_one_channel(block, channel_id) for block in decode_blocks(path, block_s=BLOCK_S))
    return blocks if sample_rate == SPEECH_RATE else _resampled(blocks, sample_rate)


def _one_channel(block: Samples, channel_id: int | None) -> Samples:
    one: Samples = np.rint(block.mean(axis=0)).astype(np.int16) if channel_id is None else block[channel_id]
    return one


def _resampled(blocks: Iterator[Samples], sample_rate: int) -> Iterator[Samples]:
    converter = av.AudioResampler(format="s16", layout="mono", rate=SPEECH_RATE)
    for block in blocks:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block)[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = sample_rate
        yield from _samples(converter.resample(frame))
    yield from _samples(converter.resample(None))


def _samples(frames: list[av.AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        yield frame.to_ndarray()[0].astype(np.int16, copy=False)
