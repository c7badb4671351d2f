"""What a speaker network hears: the logarithm of mel bands, as the network `embedder.int8.onnx` was trained with.

16 kHz, power spectra of 512 points every 10 ms under a Hamming window of 25 ms in their middle, 40 triangular bands of
equal area from 0 to 8 kHz on Slaney's mel scale, log10 of the energy. Written from these figures.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.samples import Samples

VOICE_RATE = 16_000
BANDS = 40
FFT_POINTS, WINDOW_SAMPLES, HOP_SAMPLES = 512, 400, 160
FRAME_MS = 1000 * HOP_SAMPLES // VOICE_RATE
FAINTEST = 1e-10
"""Added to each energy, so that digital silence has a logarithm."""

_LINEAR_HZ_PER_MEL, _BREAK_HZ, _MELS_PER_LN = 200 / 3, 1000.0, 27 / np.log(6.4)
_FULL_SCALE = np.float32(32768)

Frames = NDArray[np.float32]
"""One row a frame of 10 ms, `BANDS` columns."""


class LogMelFrames:
    """Takes one channel's samples at `VOICE_RATE` in pieces of any length; gives frames as soon as they are whole."""

    def __init__(self) -> None:
        self._waiting: Samples = np.zeros(0, np.int16)

    def feed(self, samples: Samples) -> Frames:
        """The frames that are whole with these samples; frame n begins n × 10 ms after the first sample of all."""
        held = np.concatenate([self._waiting, samples])
        count = max(0, (len(held) - FFT_POINTS) // HOP_SAMPLES + 1)
        self._waiting = held[count * HOP_SAMPLES :]
        if not count:
            return np.zeros((0, BANDS), np.float32)
        pieces = np.lib.stride_tricks.sliding_window_view(held.astype(np.float32) / _FULL_SCALE, FFT_POINTS)
        spectra = np.fft.rfft(pieces[: count * HOP_SAMPLES : HOP_SAMPLES] * _window())
        power = spectra.real**2 + spectra.imag**2
        return np.log10(power @ _bands().T + FAINTEST).astype(np.float32)


@functools.cache
def _window() -> NDArray[np.float32]:
    """A periodic Hamming window of `WINDOW_SAMPLES`, with nothing around it."""
    window = np.zeros(FFT_POINTS, np.float32)
    begin = (FFT_POINTS - WINDOW_SAMPLES) // 2
    turns = 2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES
    window[begin : begin + WINDOW_SAMPLES] = 0.54 - 0.46 * np.cos(turns)
    return window


@functools.cache
def _bands() -> NDArray[np.float64]:
    """The weight of each frequency in each band, shape (bands, frequencies)."""
    edges = _hz(np.linspace(0.0, float(_mel(np.array(VOICE_RATE / 2))), BANDS + 2))
    frequencies = np.linspace(0.0, VOICE_RATE / 2, FFT_POINTS // 2 + 1)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (frequencies - low) / (middle - low), (high - frequencies) / (high - middle)
    weights: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling)) * 2 / (high - low)
    return weights


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's scale: linear up to 1 kHz, logarithmic above."""
    above = _BREAK_HZ / _LINEAR_HZ_PER_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) * _MELS_PER_LN
    return np.where(hz < _BREAK_HZ, hz / _LINEAR_HZ_PER_MEL, above)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    break_mel = _BREAK_HZ / _LINEAR_HZ_PER_MEL
    above = _BREAK_HZ * np.exp((mel - break_mel) / _MELS_PER_LN)
    return np.where(mel < break_mel, mel * _LINEAR_HZ_PER_MEL, above)
