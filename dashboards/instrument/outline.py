"""The outline of a call's sound by zoom level: nobody needs each 50 ms of twelve hours at once.

Level 0 is the stored outline, 20 pairs of signed bytes per second; each level above holds the lowest and highest of
two pairs of the one below. A call is first sent at the lowest level that has no more than `OVERVIEW_PAIRS`, and in
detail in tiles of `TILE_PAIRS` once somebody looks closer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PAIRS_PER_SECOND = 20
"""As `qa_pipeline.audio.peaks` stores them."""

OVERVIEW_PAIRS = 4096
TILE_PAIRS = 2048

Pairs = npt.NDArray[np.int8]


def pairs_of(waveform: bytes) -> Pairs:
    """The stored outline, shape (pairs, 2): lowest and highest sample of each 50 ms."""
    return np.frombuffer(waveform, np.int8, len(waveform) // 2 * 2).reshape(-1, 2)


def overview_level(pairs: int) -> int:
    """The lowest level at which so many pairs are no more than `OVERVIEW_PAIRS`."""
    level = 0
    while -(-pairs // 2**level) > OVERVIEW_PAIRS:
        level += 1
    return level


def at_level(pairs: Pairs, level: int) -> Pairs:
    """The outline at a level: shape (pairs / 2^level rounded up, 2)."""
    if not len(pairs):
        return pairs
    starts = np.arange(0, len(pairs), 2**level)
    low = np.minimum.reduceat(pairs[:, 0], starts)
    high = np.maximum.reduceat(pairs[:, 1], starts)
    return np.stack([low, high], axis=-1)


def tile(pairs: Pairs, level: int, number: int) -> bytes:
    """Tile `number` of a level, counted from 0, as bytes; empty beyond the end."""
    step = TILE_PAIRS * 2**level
    return at_level(pairs[number * step : (number + 1) * step], level).tobytes()
