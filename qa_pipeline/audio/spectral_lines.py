"""Finds what stays at its pitch in a channel's sound: the lines of tones and of notes, which voices do not hold.

The spectrum below 2 kHz is looked at every 64 ms, in windows of 128 ms. A line is a peak that is found at the same
frequency, to 1 Hz, in the window before. A tone is nothing but lines and music has many; the partials of a voice move
by more from one window to the next, also in tonal languages and in a voice that seems level to the ear.

What lies above 2 kHz is folded to below, where a tone is a line all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.levels import decibels_of, power_of
from qa_pipeline.audio.resampling import ANALYSIS_RATE
from qa_pipeline.audio.samples import Samples

FRAME_MS = 64
"""From one window to the next."""

_RATE = ANALYSIS_RATE // 2
_HOP = _RATE * FRAME_MS // 1000
_WINDOW = 2 * _HOP
_BATCH = 128
"""Windows that are looked at together; a whole number of blocks."""
_BLOCK = 32
_EDGES_HZ = (230, 330, 440, 580, 760, 980, 1250, 1560, 1980)
"""Bands; below the first are mains hum and its strongest harmonics, which lie under many a voice."""
_FIRST, _LAST = _EDGES_HZ[0] * _WINDOW // _RATE, _EDGES_HZ[-1] * _WINDOW // _RATE
_STARTS = np.array([edge * _WINDOW // _RATE - _FIRST for edge in _EDGES_HZ[:-1]])
_BAND_OF = np.searchsorted(_STARTS, np.arange(_LAST - _FIRST), side="right") - 1
_SAME = np.float32(0.09)
"""How far a line moves at most: the centre of gravity of a peak's three bins, in bins."""
_EMPHASIS = 0.5
"""First-order: lifts the upper partials, in which a voice moves most."""
_BAND_SHARE = np.float32(1e-4)
"""A band with less of a window's energy than this says nothing."""
_STANDING_SHARE = 0.3
"""A line that is there in so many of a block's windows, loud or quiet, and in those of the block before (2 s each),
stands under the sound: hum, or a whine of the line."""
_WORTH_A_LOOK = np.float32(0.1)
"""Where less is in lines, nobody asks which they are."""
_APART = 4
"""Bins (31 Hz) between two lines of which one is not the flank of the other."""
_SECOND = np.float32(1 / 16)
"""The second line is at most 12 dB fainter than the first."""


@dataclass(frozen=True)
class LineFrames:
    """One element per window, in order; window t shows the time from t to t + 2 times `FRAME_MS`.

    `level_db`: dB of full scale, below 2 kHz. `share`: what of the energy lies in lines, 0 to 1. `moving` and `bands`:
    the same without lines that stand under the sound for seconds; of the energy, and as the mean over the bands in
    which there is sound, whatever their level. `first_hz`, `second_hz`: the strongest line, and the strongest one apart
    from it; 0 where there is none, or hardly anything is in lines. All but the level are 0 where it is below the floor.
    """

    level_db: NDArray[np.float32]
    share: NDArray[np.float32]
    moving: NDArray[np.float32]
    bands: NDArray[np.float32]
    first_hz: NDArray[np.float32]
    second_hz: NDArray[np.float32]

    def __len__(self) -> int:
        return int(self.level_db.size)

    def part(self, begin: int, end: int) -> LineFrames:
        """Windows from `begin` to before `end`."""
        return LineFrames(*(getattr(self, item.name)[begin:end] for item in fields(self)))

    @staticmethod
    def joined(parts: list[LineFrames]) -> LineFrames:
        """Parts one after the other; at least one."""
        return LineFrames(
            *(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(LineFrames))
        )


class LineFinder:
    """Takes one channel's samples at `ANALYSIS_RATE`, in pieces of any length, and holds some seconds of them."""

    def __init__(self, floor_db: float) -> None:
        self._floor = power_of(floor_db)
        self._odd: Samples = np.zeros(0, np.int16)
        self._waiting: NDArray[np.float32] = np.zeros(0, np.float32)
        turn = 2 * np.pi * np.arange(_FIRST - 1, _LAST + 1) / _WINDOW
        self._weights = (np.abs(1 - _EMPHASIS * np.exp(-1j * turn)) ** 2).astype(np.float32)
        self._shape = np.hanning(_WINDOW).astype(np.float32)
        self._bins = np.arange(_FIRST, _LAST, dtype=np.float32)
        self._before = np.full((1, _LAST - _FIRST), -9, np.float32)
        self._often = np.zeros(_LAST - _FIRST, bool)

    def feed(self, samples: Samples) -> list[LineFrames]:
        """The windows that are complete, in batches that do not depend on the length of the pieces."""
        held = np.concatenate([self._odd, samples])
        even = held.size - held.size % 2
        self._odd = held[even:]
        pairs = held[:even].astype(np.float32)
        self._waiting = np.concatenate([self._waiting, (pairs[::2] + pairs[1::2]) / 2])
        found = []
        while self._waiting.size >= (_BATCH + 1) * _HOP:
            found.append(self._look(self._waiting[: (_BATCH + 1) * _HOP]))
            self._waiting = self._waiting[_BATCH * _HOP :]
        return found

    def finish(self) -> LineFrames:
        """The rest, filled up with silence to a whole window."""
        missing = -self._waiting.size % _HOP if self._waiting.size > _HOP else _WINDOW - self._waiting.size
        return self._look(np.concatenate([self._waiting, np.zeros(missing, np.float32)]))

    def _look(self, sound: NDArray[np.float32]) -> LineFrames:
        hops = sound.reshape(-1, _HOP)
        energy = np.einsum("hs,hs->h", hops, hops)
        power = (energy[:-1] + energy[1:]) / _WINDOW
        found = [decibels_of(power).astype(np.float32), *(np.zeros(power.size, np.float32) for _ in range(5))]
        loud = np.flatnonzero(power >= self._floor)
        if loud.size:
            windows = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP]
            for column, values in zip(found[1:], self._lines(windows[loud], loud, power.size), strict=True):
                column[loud] = values
        else:
            self._before[:] = -9
            self._often = np.zeros_like(self._often)
        return LineFrames(*found)

    def _lines(self, windows: NDArray[np.float32], at: NDArray[np.intp], count: int) -> list[NDArray[np.float32]]:
        spectra = np.fft.rfft(windows * self._shape)[:, _FIRST - 1 : _LAST + 1]
        power = (spectra.real**2 + spectra.imag**2) * self._weights
        left, middle, right = power[:, :-2], power[:, 1:-1], power[:, 2:]
        around = left + middle + right + np.float32(1)
        is_peak = (middle > left) & (middle >= right)
        places = np.where(is_peak, self._bins + (right - left) / around, np.float32(-9))
        is_line = self._stays(places, np.diff(at, prepend=-1) == 1) & is_peak
        self._before = places[-1:] if at[-1] == count - 1 else np.full_like(self._before, -9)
        windows_at, bins = np.nonzero(is_line)
        lines = _Lines(windows_at, bins, around[windows_at, bins])
        shares = _shares(
            np.add.reduceat(middle, _STARTS, axis=1) + np.float32(1), lines, self._stands(lines, at, count)
        )
        return [*shares, *_strongest(around * is_line, places, shares[0] >= _WORTH_A_LOOK)]

    def _stays(self, places: NDArray[np.float32], follows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether the window before has a peak at the same place; `follows`: whether it was loud enough to be looked
        at."""
        before = np.concatenate([self._before, places[:-1]])
        before[~follows] = -99
        stays: NDArray[np.bool_] = np.abs(places - before) < _SAME
        stays[:, 1:] |= np.abs(places[:, 1:] - before[:, :-1]) < _SAME
        stays[:, :-1] |= np.abs(places[:, :-1] - before[:, 1:]) < _SAME
        return stays

    def _stands(self, lines: _Lines, at: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
        """Which lines are of those that stand."""
        stands = np.zeros(lines.bins.size, bool)
        when = at[lines.windows]
        for begin in range(0, count, _BLOCK):
            inside = slice(*np.searchsorted(when, (begin, begin + _BLOCK)))
            counts = np.bincount(lines.bins[inside] + 1, minlength=_LAST - _FIRST + 2)
            # a line may lie between two bins
            often = counts[:-2] + counts[1:-1] + counts[2:] >= _STANDING_SHARE * min(_BLOCK, count - begin)
            stands[inside] = (often & self._often)[lines.bins[inside]]
            self._often = often
        return stands


@dataclass(frozen=True)
class _Lines:
    """Those of several windows, in order: which window, which bin, and the energy around it."""

    windows: NDArray[np.intp]
    bins: NDArray[np.intp]
    energies: NDArray[np.float32]


def _shares(bands: NDArray[np.float32], lines: _Lines, stands: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
    """`share`, `moving` and `bands` of each window, from the energy of each of its bands and from its lines."""
    count = len(bands)
    total = bands.sum(axis=1)
    cells = lines.windows * len(_STARTS) + _BAND_OF[lines.bins]

    def in_bands(which: NDArray[np.bool_]) -> NDArray[np.float32]:
        energies = np.bincount(cells[which], lines.energies[which], bands.size).reshape(count, -1)
        return np.minimum(energies.astype(np.float32), bands)

    moving, standing = in_bands(~stands), in_bands(stands)
    rest = np.maximum(bands - standing, 1)
    moving = np.minimum(moving, rest)
    heard = rest > _BAND_SHARE * total[:, np.newaxis]
    of_bands = np.where(heard, moving / rest, 0).sum(axis=1) / np.maximum(heard.sum(axis=1), 1)
    share = np.minimum(moving + standing, bands).sum(axis=1) / total
    return [share, moving.sum(axis=1) / rest.sum(axis=1), of_bands.astype(np.float32)]


def _strongest(
    lines: NDArray[np.float32], places: NDArray[np.float32], where: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Frequencies in Hz of the two strongest lines of the windows `where`."""
    first_hz, second_hz = (np.zeros(len(lines), np.float32) for _ in range(2))
    rows = np.flatnonzero(where)
    if rows.size:
        chosen = lines[rows]
        at = np.arange(rows.size)
        first = chosen.argmax(axis=1)
        height = chosen[at, first]
        first_hz[rows] = places[rows, first] * (_RATE / _WINDOW)
        flanks = np.clip(first[:, np.newaxis] + np.arange(-_APART, _APART + 1), 0, chosen.shape[1] - 1)
        chosen[at[:, np.newaxis], flanks] = 0
        second = chosen.argmax(axis=1)
        heard = chosen[at, second] > _SECOND * height
        second_hz[rows] = np.where(heard, places[rows, second] * (_RATE / _WINDOW), 0)
    return first_hz, second_hz
