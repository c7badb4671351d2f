"""Where a line was not connected: sound without even the noise of a line.

A real line is never without noise. What is, was filled in: the leg had not joined yet, or its sound comes late. Phones
that gate or leave out silence do so between words too, all through the call, and so can be told from that.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qa_pipeline.audio.samples import Samples

DEAD_AMPLITUDE = 8
"""The smallest sample of A-law, which codes silence as it; PCM and µ-law have 0."""
BLOCKS_PER_SECOND = 50


@dataclass(frozen=True)
class SilenceOfLine:
    """`lead_s`: how long there is nothing before the first sound; `longest_s`: the longest stretch without anything
    between the first sound and the last. 0 without any sound, and where there is none."""

    lead_s: float
    longest_s: float


class LineSilenceMeter:
    """Takes one channel's samples in whole seconds, shape (seconds, rate); only the last piece may be shorter."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._lead = self._longest = self._run = 0
        self._has_sound = False

    def feed(self, seconds: Samples) -> None:
        starts = np.arange(BLOCKS_PER_SECOND) * self._rate // BLOCKS_PER_SECOND
        starts = starts[starts < seconds.shape[1]]
        low = np.minimum.reduceat(seconds, starts, axis=1)
        high = np.maximum.reduceat(seconds, starts, axis=1)
        dead = ((low >= -DEAD_AMPLITUDE) & (high <= DEAD_AMPLITUDE)).reshape(-1)
        for is_dead, length in _runs(dead):
            if is_dead:
                self._run += length
                continue
            if self._has_sound:
                self._longest = max(self._longest, self._run)
            else:
                self._lead, self._has_sound = self._run, True
            self._run = 0

    def finish(self) -> SilenceOfLine:
        return SilenceOfLine(self._lead / BLOCKS_PER_SECOND, self._longest / BLOCKS_PER_SECOND)


def _runs(values: np.ndarray) -> list[tuple[bool, int]]:
    """Equal neighbours and how many they are."""
    edges = np.flatnonzero(np.diff(values)) + 1
    bounds = pairwise([0, *edges.tolist(), values.size])
    return [(bool(values[begin]), end - begin) for begin, end in bounds if end > begin]
