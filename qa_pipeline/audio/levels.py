"""Decibels of full scale, as the whole room counts them (see `acoustic_options`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 32_768.0
SILENCE_DB = -100.0
"""What digital silence is written as, 10 dB below the smallest step of 16 bits: a table holds no minus infinity."""


def decibels(power: float) -> float:
    """Mean square of 16-bit samples as dB of full scale, never below `SILENCE_DB`."""
    return float(decibels_of(np.array([power]))[0])


def decibels_of(power: NDArray[np.floating]) -> NDArray[np.float64]:
    """`decibels` of every element."""
    floor = 10.0 ** (SILENCE_DB / 10.0)
    return np.asarray(10.0 * np.log10(np.maximum(power.astype(np.float64) / FULL_SCALE**2, floor)))


def power_of(decibels: float) -> float:
    """Mean square of 16-bit samples at a level in dB of full scale."""
    return float(FULL_SCALE**2 * 10.0 ** (decibels / 10.0))
