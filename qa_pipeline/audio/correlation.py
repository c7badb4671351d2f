"""How much the two channels of a call are alike: one and the same, a weak copy of each other, or two parties.

Seconds are compared by cross-correlation over all lags up to `max_lag_ms` (in search of a weak copy `copy_lag_ms`), in
the frequency domain. Two results:

- over the whole recording, the largest correlation coefficient and its lag: tells dual mono;
- over the seconds in which one channel is louder by `dominance_db`, the mean of the seconds' own coefficients, after
  pre-emphasis. There the other party is mostly silent, so a copy 40 dB down still stands out; over the whole recording
  it would drown in the other's speech. Chance likeness changes its lag from second to second and averages out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.drift import KEPT_S, Drift, DriftMeter, fast_length, in_step
from qa_pipeline.audio.levels import power_of
from qa_pipeline.audio.resampling import ANALYSIS_RATE
from qa_pipeline.audio.samples import Samples

WINDOW_S = 1
WINDOW = WINDOW_S * ANALYSIS_RATE
PRE_EMPHASIS = 0.95
"""First-order, as in speech coding: evens out the spectrum of speech and takes mains hum, which two channels share
without hearing each other, 26 dB down."""


@dataclass(frozen=True)
class Likeness:
    """What the seconds of one kind have in common: `windows` seconds in which both channels have samples other than
    zero, `silent_windows` in which the one that may hold the copy has none. Of the former, `correlation`: signed mean
    coefficient at the best lag, -1 to 1; `lag_ms`: how much later the copy comes (negative: earlier); `gain_db`: the
    copy's level against the original."""

    windows: int
    silent_windows: int
    correlation: float
    lag_ms: float
    gain_db: float


@dataclass(frozen=True)
class PairLikeness:
    """Channels 0 and 1 against each other.

    `correlation`: signed, -1 to 1, over the whole recording at the best lag; None where a channel is all zero.
    `lag_ms`: how much later channel 1 comes. `level_difference_db`: channel 1's level over channel 0's.
    `copy_in[c]`: the other channel's sound in channel c, from the seconds in which the other is louder. `level`: the
    seconds in which neither is, with channel 1 as the copy. `drift`: how the clocks of both run apart; lags are those
    at the beginning then, and likenesses those of the first `KEPT_S` seconds.

    Lags are exact to an eighth of a millisecond.
    """

    correlation: float | None
    lag_ms: float | None
    level_difference_db: float | None
    copy_in: tuple[Likeness, Likeness]
    level: Likeness
    drift: Drift | None = None


_Spectrum = NDArray[np.complex128]
_Energies = NDArray[np.floating]


@dataclass
class _Sum:
    """Cross-spectra of the seconds of one kind: as they are, and each divided by its own energies."""

    bins: int
    windows: int = 0
    silent_windows: int = 0
    energies: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    plain: _Spectrum = field(init=False)
    scaled: _Spectrum = field(init=False)

    def __post_init__(self) -> None:
        self.plain, self.scaled = np.zeros(self.bins, np.complex128), np.zeros(self.bins, np.complex128)


class PairCorrelator:
    """Takes both channels at `ANALYSIS_RATE` in pieces of any, but equal, length."""

    def __init__(self, options: AcousticOptions, *, seeks_drift: bool = True) -> None:
        self._options = options
        self._reach = options.max_lag_ms * ANALYSIS_RATE // 1000
        self._copy_reach = min(self._reach, options.copy_lag_ms * ANALYSIS_RATE // 1000)
        self._size = fast_length(WINDOW + 2 * self._reach)
        bins = self._size // 2 + 1
        turn = np.exp(-2j * np.pi * np.arange(bins) / self._size)
        self._emphasis = (np.abs(1 - PRE_EMPHASIS * turn) ** 2).astype(np.float32)
        self._floor = power_of(options.window_floor_db) * WINDOW
        self._ratio = 10.0 ** (options.dominance_db / 10.0)
        # Channel 1 is looked at from `reach` before each window to `reach` behind it.
        self._waiting = np.zeros((2, self._reach), np.float32)
        self._begin = self._end = np.zeros((2, 0), np.float32)
        self._drift = DriftMeter(self._reach) if seeks_drift else None
        self._kept = [np.zeros((2, 0), np.int16)]
        self._whole = _Sum(bins)
        self._first_louder, self._second_louder, self._level = _Sum(bins), _Sum(bins), _Sum(bins)

    def feed(self, first: Samples, second: Samples) -> None:
        if self._drift and (left := KEPT_S * ANALYSIS_RATE - sum(kept.shape[1] for kept in self._kept)) > 0:
            self._kept.append(np.stack([first[:left], second[:left]]))
        both = np.stack([first, second]).astype(np.float32)
        if self._begin.shape[1] < self._reach:
            self._begin = np.concatenate([self._begin, both], axis=1)[:, : self._reach]
        end = both if both.shape[1] >= self._reach else np.concatenate([self._end, both], axis=1)
        self._end = end[:, -self._reach :].copy() if self._reach else end[:, :0]
        self._look(both)

    def _look(self, both: NDArray[np.float32]) -> None:
        self._waiting = np.concatenate([self._waiting, both], axis=1)
        count = (self._waiting.shape[1] - 2 * self._reach) // WINDOW
        if count > 0:
            self._compare(count)
            self._waiting = self._waiting[:, count * WINDOW :]

    def finish(self) -> PairLikeness:
        """The last, incomplete second is filled up with silence."""
        missing = self._reach + -(self._waiting.shape[1] - self._reach) % WINDOW
        self._look(np.zeros((2, missing), np.float32))
        correlation, lag_ms, difference_db = self._over_all()
        found = PairLikeness(
            correlation=correlation,
            lag_ms=lag_ms,
            level_difference_db=difference_db,
            copy_in=(self._likeness(self._second_louder, original=1), self._likeness(self._first_louder, original=0)),
            level=self._likeness(self._level, original=0),
        )
        drift = self._drift.finish() if self._drift else None
        if drift is None or abs(drift.ms_per_min) < self._options.drift_ms_per_min:
            return found
        return replace(self._without(drift), level_difference_db=difference_db, drift=drift)

    def _without(self, drift: Drift) -> PairLikeness:
        """The beginning compared as it would be if both channels had one clock."""
        first, second = np.concatenate(self._kept, axis=1)
        again = PairCorrelator(self._options, seeks_drift=False)
        again.feed(first, in_step(first, second, drift))
        found = again.finish()
        at_begin = (_shifted(found.copy_in[0], -drift.begin_ms), _shifted(found.copy_in[1], drift.begin_ms))
        lag_ms = None if found.lag_ms is None else round(found.lag_ms + drift.begin_ms, 3)
        return replace(found, lag_ms=lag_ms, copy_in=at_begin, level=_shifted(found.level, drift.begin_ms))

    def _compare(self, count: int) -> None:
        """Adds `count` windows. Wrapping round is no danger: a transform is as long as a window and its lags."""
        length = WINDOW + 2 * self._reach
        first = self._waiting[0, self._reach : self._reach + count * WINDOW].reshape(count, WINDOW)
        second = np.lib.stride_tricks.sliding_window_view(self._waiting[1], length)[::WINDOW][:count]
        energies = np.stack([_energies(first), _energies(second[:, self._reach : self._reach + WINDOW])])
        self._whole.energies += energies.sum(axis=1, dtype=np.float64)
        both = np.flatnonzero(first.any(axis=1) & second.any(axis=1))
        spectra = np.fft.rfft(first[both], self._size), np.fft.rfft(second[both], self._size)
        cross = np.conj(spectra[0]) * spectra[1]
        emphasised = np.stack([self._emphasised_energies(spectrum) for spectrum in spectra])
        # Channel 1 was looked at for longer than the window; in the mean its energy is in proportion.
        emphasised[1] *= WINDOW / length
        if self._drift:
            heard = energies.max(axis=0) >= self._floor
            self._drift.feed(first, self._waiting[1, : count * WINDOW + 2 * self._reach], heard)
        weights = [np.ones(len(both), np.float32)]
        kinds = list(self._kinds_of(energies))
        for kind, chosen in kinds:
            of_both = chosen[both]
            kind.silent_windows += int(chosen.sum()) - int(of_both.sum())
            kind.windows += int(of_both.sum())
            kind.energies += emphasised[:, of_both].sum(axis=1, dtype=np.float64)
            scale = np.zeros(len(both), np.float32)
            scale[of_both] = 1 / np.sqrt(emphasised[0, of_both] * emphasised[1, of_both])
            weights += [of_both.astype(np.float32), scale]
        # All sums in one product: a spectrum of real weights is that of its parts. Not by @, which has a thread of each
        # core wait for the next product at full load: that doubled the processor time on two cores.
        whole, *sums = np.einsum("kw,wf->kf", np.stack(weights), cross.view(np.float32)).view(np.complex64)
        self._whole.plain += whole
        for (kind, _), plain, scaled in zip(kinds, sums[::2], sums[1::2], strict=True):
            kind.plain += plain * self._emphasis
            kind.scaled += scaled * self._emphasis

    def _kinds_of(self, energies: _Energies) -> Iterator[tuple[_Sum, NDArray[np.bool_]]]:
        heard = energies.max(axis=0) >= self._floor
        first_louder, second_louder = energies > self._ratio * energies[::-1]
        yield self._first_louder, heard & first_louder
        yield self._second_louder, heard & second_louder
        yield self._level, heard & ~first_louder & ~second_louder

    def _emphasised_energies(self, spectra: NDArray[np.complexfloating]) -> _Energies:
        """Energies after pre-emphasis, in the measure in which an inverse transform of a cross-spectrum comes out."""
        power = spectra.real**2 + spectra.imag**2
        return np.asarray(np.einsum("wf,f->w", power, self._emphasis) * np.float32(2 / self._size))

    def _over_all(self) -> tuple[float | None, float | None, float | None]:
        first, second = self._whole.energies.tolist()
        if not (first and second):
            return None, None, None
        lags = self._lags(self._whole.plain) / np.sqrt(self._overlapping_energies(first, second))
        at = int(np.abs(lags).argmax())
        return _coefficient(lags[at]), self._milliseconds(at), round(10 * math.log10(second / first), 1)

    def _overlapping_energies(self, first: float, second: float) -> NDArray[np.float64]:
        """The product of both channels' energies at each lag, of what lies over each other there alone: at a lag of
        half a second a short call loses much at its ends. Where less than half is left, of all."""
        begin, end = (np.cumsum(part.astype(np.float64) ** 2, axis=1) for part in (self._begin, self._end[:, ::-1]))
        lags = np.arange(-self._reach, self._reach + 1)
        shifts = np.minimum(np.abs(lags), begin.shape[1])
        lost = np.zeros((2, lags.size))
        # whose end and whose beginning lie over nothing
        for ends, begins, lies in ((1, 0, lags < 0), (0, 1, lags > 0)):
            lies &= shifts > 0
            lost[ends, lies], lost[begins, lies] = end[ends, shifts[lies] - 1], begin[begins, shifts[lies] - 1]
        kept = np.array([[first], [second]]) - lost
        enough = (kept[0] >= first / 2) & (kept[1] >= second / 2)
        return np.where(enough, kept[0] * kept[1], first * second)

    def _likeness(self, kind: _Sum, *, original: int) -> Likeness:
        if not kind.windows:
            return Likeness(0, kind.silent_windows, 0.0, 0.0, 0.0)
        lags = self._lags(kind.scaled) / kind.windows
        nearest = self._reach - self._copy_reach
        at = nearest + int(np.abs(lags[nearest : self._reach + self._copy_reach + 1]).argmax())
        share = abs(float(self._lags(kind.plain)[at])) / kind.energies[original]
        return Likeness(
            windows=kind.windows,
            silent_windows=kind.silent_windows,
            correlation=_coefficient(lags[at]),
            lag_ms=self._milliseconds(at if original == 0 else 2 * self._reach - at),
            gain_db=round(20 * math.log10(max(share, 1e-5)), 1),
        )

    def _lags(self, spectrum: _Spectrum) -> NDArray[np.float64]:
        """Cross-correlation at lags from -reach to +reach samples."""
        return np.fft.irfft(spectrum, self._size)[: 2 * self._reach + 1]

    def _milliseconds(self, at: int) -> float:
        return (at - self._reach) * 1000 / ANALYSIS_RATE


def _energies(windows: NDArray[np.float32]) -> _Energies:
    return np.asarray(np.einsum("ws,ws->w", windows, windows))


def _coefficient(value: float) -> float:
    """Rounding may take two equal channels a hair over 1, and the mean energy of a longer look further."""
    return round(min(1.0, max(-1.0, float(value))), 4)


def _shifted(likeness: Likeness, by_ms: float) -> Likeness:
    return replace(likeness, lag_ms=round(likeness.lag_ms + by_ms, 3)) if likeness.windows else likeness
