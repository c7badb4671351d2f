"""Sound as Whisper takes it: the logarithm of the energy in 80 or 128 mel bands, a frame each 10 ms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.local_service.recognizers.mono_sound import SPEECH_RATE

FRAME_STEP = 160
"""Samples from one frame to the next: 10 ms."""

FRAME_LENGTH = 400
WINDOW_S = 30
WINDOW_FRAMES = WINDOW_S * SPEECH_RATE // FRAME_STEP
"""Whisper takes exactly this many frames at a time."""

_QUIETEST = 1e-10
_RANGE = 8.0
"""Powers of ten below the loudest band at which everything counts as equally quiet."""

_LINEAR_UP_TO_HZ = 1000.0
_HZ_PER_MEL = 200.0 / 3
_MELS_AT_1000_HZ = _LINEAR_UP_TO_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0
"""Slaney's mel scale: linear below 1 kHz, logarithmic above."""


class LogMel:
    """The filters of one number of bands, computed once."""

    def __init__(self, bands: int) -> None:
        self._filters = _mel_filters(bands)
        self._shape = np.hanning(FRAME_LENGTH + 1)[:-1].astype(np.float32)

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bands x `WINDOW_FRAMES` of at most `WINDOW_S` seconds at `SPEECH_RATE`, full scale 1.0; silence behind it."""
        frames = -(-len(samples) // FRAME_STEP)
        # half a frame before the first and behind the last, as the model was trained
        padded = np.pad(samples, (FRAME_LENGTH // 2, FRAME_LENGTH), mode="constant")
        if len(samples) > FRAME_LENGTH // 2:
            padded[: FRAME_LENGTH // 2] = samples[FRAME_LENGTH // 2 : 0 : -1]
        windows = np.lib.stride_tricks.sliding_window_view(padded, FRAME_LENGTH)[: frames * FRAME_STEP : FRAME_STEP]
        power = np.square(np.abs(np.fft.rfft(windows * self._shape, axis=1)))
        energy = np.log10(np.maximum(self._filters @ power.T.astype(np.float32), _QUIETEST))
        whole = np.full((len(self._filters), WINDOW_FRAMES), np.log10(_QUIETEST), np.float32)
        whole[:, :frames] = energy[:, :WINDOW_FRAMES]
        scaled: NDArray[np.float32] = (np.maximum(whole, whole.max() - _RANGE) + 4.0) / 4.0
        return np.ascontiguousarray(scaled, np.float32)


def _mel_filters(bands: int) -> NDArray[np.float32]:
    """Triangles of equal area, evenly spaced in mels from 0 Hz to half the rate: bands x frequencies."""
    frequencies = np.fft.rfftfreq(FRAME_LENGTH, 1 / SPEECH_RATE)
    corners = _hz(np.linspace(0.0, _mels(SPEECH_RATE / 2), bands + 2))
    rising = (frequencies - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - frequencies) / np.diff(corners)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    filters: NDArray[np.float32] = (triangles * (2.0 / (corners[2:] - corners[:-2]))[:, None]).astype(np.float32)
    return filters


def _hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    logarithmic = _LINEAR_UP_TO_HZ * np.exp(_LOG_STEP * (mels - _MELS_AT_1000_HZ))
    return np.where(mels < _MELS_AT_1000_HZ, mels * _HZ_PER_MEL, logarithmic)


def _mels(hz: float) -> float:
    """For frequencies above 1 kHz."""
    return float(_MELS_AT_1000_HZ + np.log(hz / _LINEAR_UP_TO_HZ) / _LOG_STEP)
