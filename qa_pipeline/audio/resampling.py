"""Brings a channel to the rate at which speech is sought and channels are compared, or another one.

8 kHz is telephone bandwidth: the detector works on nothing above it, and two channels that are copies of each other
are so below 4 kHz.
"""

from __future__ import annotations

import av
import numpy as np

from qa_pipeline.audio.samples import Samples

ANALYSIS_RATE = 8_000


class Resampler:
    """Takes one channel's samples in pieces of any length and gives them back at the rate `to`, in time with the
    original; at that rate they pass through as they are."""

    def __init__(self, sample_rate: int, to: int = ANALYSIS_RATE) -> None:
        self._rate, self._to = sample_rate, to
        self._converter = av.AudioResampler(format="s16", layout="mono", rate=to)

    def feed(self, samples: Samples) -> Samples:
        if self._rate == self._to:
            return samples
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples)[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = self._rate
        return _joined(self._converter.resample(frame))

    def finish(self) -> Samples:
        """What the filter still holds."""
        if self._rate == self._to:
            return np.zeros(0, np.int16)
        return _joined(self._converter.resample(None))


def _joined(frames: list[av.AudioFrame]) -> Samples:
    pieces = [frame.to_ndarray()[0].astype(np.int16, copy=False) for frame in frames]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
