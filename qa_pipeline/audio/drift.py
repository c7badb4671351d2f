"""Whether the clocks of two channels run apart, told by a copy of one in the other that comes later and later.

Where one party is heard in the other's channel, however faintly (an echo, the sidetone of a telephone, a mix), the lag
of that copy stays the same in a good recording. If each channel was made by a clock of its own, it grows or shrinks by
the same amount every second. Lags are taken from windows of a quarter of a second, and a straight line is sought in
them that many more of them lie on than on any one lag, and than would by chance.

A call of which neither channel holds anything of the other one has no such lags: nothing is said of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.resampling import ANALYSIS_RATE
from qa_pipeline.audio.samples import Samples

KEPT_S = 60
"""How much of the beginning of both channels is kept, to be compared again once the drift is known: 2 MB."""

_FINER = 4
_HALVED = 2
_RATE = ANALYSIS_RATE // _HALVED
_WINDOW_S = 0.25
"""Longer windows would hold lags that differ: 1% of a second are 10 ms."""
_WINDOW = int(_WINDOW_S * _RATE)
_WINDOWS_PER_S = round(1 / _WINDOW_S)

_LEAST_PEAK = 7.0
"""By how many times the highest point of a window's correlation stands over all of it (its RMS) to count as a lag. Of
two voices that have nothing in common 2 to 9% of the windows reach it, of copies at -30 dB most."""
_MOST_LAGS = 4000
"""After so many, no more are sought: an echo of a quarter of an hour, or the chance likeness of ten hours."""
_TRIED = 80
"""Of the clearest lags, every two of them are tried as points of the line."""
_STEEPEST = 15.0
"""ms a second, so 1.5%: clocks of telephones differ by less, and rates taken for others by far more."""
_NEAR_MS = 1.0
"""How near to the line a lag is on it: an echo's own lag is as exact as that."""
_LEAST_ON_LINE = 8
_LEAST_BY_CHANCE = 6.0
"""Lags in excess of what lie on any line by chance, beside as many times their standard deviation."""
_AGAINST_ONE_LAG = 1.5
_LEAST_CHANGE_MS = 4.0

_TINY = 1e-3


@dataclass(frozen=True)
class Drift:
    """How much later channel 1 comes than channel 0: by `begin_ms` at the beginning of the recording (negative:
    earlier), and by `ms_per_min` more each minute (negative: its clock runs slower, and it gets ahead)."""

    begin_ms: float
    ms_per_min: float


class DriftMeter:
    """Takes whole seconds of both channels at `ANALYSIS_RATE`, channel 1 with what lies around them."""

    def __init__(self, reach: int) -> None:
        """`reach`: samples by which channel 1 is given from before each stretch of seconds to behind it."""
        self._reach = reach // _HALVED
        self._size = fast_length(_WINDOW + 2 * self._reach)
        self._seconds = 0
        self._at_s: list[NDArray[np.floating]] = []
        self._lag_ms: list[NDArray[np.floating]] = []
        self._peaks: list[NDArray[np.floating]] = []
        self._found = 0

    def feed(self, first: NDArray[np.float32], second: NDArray[np.float32], heard: NDArray[np.bool_]) -> None:
        """`first` of shape (seconds, `ANALYSIS_RATE`); `second` in one row with `reach` before and behind; `heard`:
        seconds in which one of them may be a copy."""
        begin = self._seconds
        self._seconds += len(first)
        if self._found >= _MOST_LAGS or not heard.any():
            return
        own = _halved(first.reshape(-1)).reshape(-1, _WINDOW)
        around = np.lib.stride_tricks.sliding_window_view(_halved(second), _WINDOW + 2 * self._reach)[::_WINDOW]
        chosen = np.flatnonzero(np.repeat(heard, _WINDOWS_PER_S) & own.any(axis=1))
        chosen = chosen[around[chosen].any(axis=1)]
        lags, peaks = self._lags(own[chosen], around[chosen])
        clear = peaks >= _LEAST_PEAK
        self._found += int(clear.sum())
        self._at_s.append(begin + (chosen[clear] + 0.5) * _WINDOW_S)
        self._lag_ms.append(lags[clear])
        self._peaks.append(peaks[clear])

    def _lags(
        self, own: NDArray[np.float32], around: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The lag (ms) at which each window is most alike, and how clearly. Spectra are evened by half: without it the
        pitch of a voice gives several lags that are nearly as high."""
        cross = np.conj(np.fft.rfft(own, self._size)) * np.fft.rfft(around, self._size)
        # by parts: NumPy's absolute value and division of complex numbers take several times as long
        evened = 1 / np.sqrt(np.sqrt(cross.real**2 + cross.imag**2) + np.float32(_TINY))
        cross.real *= evened
        cross.imag *= evened
        likeness = np.fft.irfft(cross, self._size)[:, : 2 * self._reach + 1]
        rows, last = np.arange(len(likeness)), likeness.shape[1] - 1
        at = np.abs(likeness).argmax(axis=1)
        before, highest, after = (
            np.abs(likeness[rows, np.clip(at + step, 0, last)]).astype(np.float64) for step in (-1, 0, 1)
        )
        # between samples, where a parabola through the three has its top
        exact = at + (before - after) / np.minimum(2 * (before - 2 * highest + after), -_TINY)
        overall = np.sqrt(np.einsum("wl,wl->w", likeness, likeness) / likeness.shape[1])
        return (exact - self._reach) * 1000.0 / _RATE, highest / np.maximum(overall, _TINY)

    def finish(self) -> Drift | None:
        """The drift; None where there is none, or nothing to tell it by."""
        if self._found < _LEAST_ON_LINE:
            return None
        at_s, lag_ms = np.concatenate(self._at_s), np.concatenate(self._lag_ms)
        line = _steadiest_line(at_s, lag_ms, np.concatenate(self._peaks))
        if line is None:
            return None
        begin_ms, slope = line
        on_line = _on_line(at_s, lag_ms, begin_ms, slope)
        many, change_ms = int(on_line.sum()), abs(slope) * _span(at_s[on_line])
        by_chance = len(at_s) * 2 * _half_width_ms(slope) / (2 * self._reach * 1000 / _RATE)
        least = max(_LEAST_ON_LINE, by_chance + _LEAST_BY_CHANCE * (1 + math.sqrt(by_chance)))
        if many < least or change_ms < _LEAST_CHANGE_MS or many < _AGAINST_ONE_LAG * _most_at_one_lag(lag_ms):
            return None
        return Drift(begin_ms=begin_ms, ms_per_min=slope * 60)


def in_step(first: Samples, second: Samples, drift: Drift) -> Samples:
    """Channel 1 as if it had the clock of channel 0, and came at the same time: of the length of `first`, silent where
    there is nothing of it."""
    at = np.arange(first.size, dtype=np.float64)
    wanted = at * (1 + drift.ms_per_min / 60_000) + drift.begin_ms * ANALYSIS_RATE / 1000
    fine = _finer(second)
    moved = np.interp(wanted * _FINER, np.arange(fine.size), fine, left=0.0, right=0.0)
    return np.clip(np.rint(moved), -32768, 32767).astype(np.int16)


def _finer(samples: Samples) -> NDArray[np.float64]:
    """At four times the rate: a straight line between samples as they are would take the treble off."""
    length = fast_length(samples.size)
    fine = np.fft.irfft(np.fft.rfft(samples, length), length * _FINER) * _FINER
    return np.asarray(fine[: samples.size * _FINER])


def fast_length(least: int) -> int:
    """The next length whose prime factors are 2, 3 and 5, which transform quickly."""
    length = least
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


def _halved(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """At half the rate: what tells a lag of a copy lies below 2 kHz."""
    return samples[::2] + samples[1::2]


def _half_width_ms(slope: float) -> float:
    return _NEAR_MS + abs(slope) * _WINDOW_S / 2


def _on_line(
    at_s: NDArray[np.float64], lag_ms: NDArray[np.float64], begin_ms: float, slope: float
) -> NDArray[np.bool_]:
    return np.asarray(np.abs(lag_ms - begin_ms - slope * at_s) <= _half_width_ms(slope))


def _steadiest_line(
    at_s: NDArray[np.float64], lag_ms: NDArray[np.float64], peaks: NDArray[np.float64]
) -> tuple[float, float] | None:
    """(lag at the beginning in ms, ms a second) of the line through two of the clearest lags that most lie on, then
    fitted to all of these."""
    clearest = np.sort(np.argsort(-peaks, kind="stable")[:_TRIED])
    left, right = (clearest[index] for index in np.triu_indices(len(clearest), 1))
    apart = at_s[right] - at_s[left] > 1.0
    left, right = left[apart], right[apart]
    slopes = (lag_ms[right] - lag_ms[left]) / (at_s[right] - at_s[left])
    possible = np.abs(slopes) <= _STEEPEST
    left, slopes = left[possible], slopes[possible]
    if not len(slopes):
        return None
    begins = lag_ms[left] - slopes * at_s[left]
    counts = [int(_on_line(at_s, lag_ms, *line).sum()) for line in zip(begins, slopes, strict=True)]
    best = int(np.argmax(counts))
    begin_ms, slope = float(begins[best]), float(slopes[best])
    for width_ms in (_half_width_ms(slope), _half_width_ms(slope), _NEAR_MS):
        on_line = np.abs(lag_ms - begin_ms - slope * at_s) <= width_ms
        if _span(at_s[on_line]) <= 1.0:
            break
        slope, begin_ms = (float(value) for value in np.polyfit(at_s[on_line], lag_ms[on_line], 1))
    return begin_ms, slope


def _span(values: NDArray[np.float64]) -> float:
    return float(np.ptp(values)) if values.size else 0.0


def _most_at_one_lag(lag_ms: NDArray[np.float64]) -> int:
    ordered = np.sort(lag_ms)
    ends = np.searchsorted(ordered, ordered + 2 * _NEAR_MS, side="right")
    return int((ends - np.arange(len(ordered))).max(initial=0))
