"""The outline of a channel that a player draws, small enough to be stored with the call."""

from __future__ import annotations

import numpy as np

from qa_pipeline.audio.samples import Samples

PEAKS_PER_SECOND = 20
"""A pixel each 50 ms: a minute of a call over a whole screen; 2.4 kB per minute and channel."""


class WaveformPeaks:
    """Takes one channel's samples in whole seconds, shape (seconds, rate); only the last piece may be shorter."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._pixels = bytearray()

    def feed(self, seconds: Samples) -> None:
        # Rates that 20 doesn't divide get pixels of two lengths, so that pixel 20 is second 1 at every rate.
        starts = np.arange(PEAKS_PER_SECOND) * self._rate // PEAKS_PER_SECOND
        starts = starts[starts < seconds.shape[1]]
        low = np.minimum.reduceat(seconds, starts, axis=1)
        high = np.maximum.reduceat(seconds, starts, axis=1)
        self._pixels += (np.stack([low, high], axis=-1) >> 8).astype(np.int8).tobytes()

    def finish(self) -> bytes:
        """Signed bytes, lowest and highest sample of each pixel in turn, `PEAKS_PER_SECOND` pairs per second; a byte is
        1/128 of full scale, rounded down."""
        return bytes(self._pixels)
