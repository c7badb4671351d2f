"""Finds beeps and keys that are too short for `spectral_lines`: a tone of a tenth of a second between two silences.

A tone is switched on and off: it comes out of the quiet within some ms, stays as loud as it is, and goes as quickly. A
syllable swells and fades; the few that don't have partials at multiples of their pitch.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.levels import decibels_of
from qa_pipeline.audio.resampling import ANALYSIS_RATE
from qa_pipeline.audio.rhythm import STEP_MS
from qa_pipeline.audio.samples import Samples

_STEP = ANALYSIS_RATE * STEP_MS // 1000
_BATCH = 1024
"""Steps that are looked at together: 8 s."""
_MARGIN = 8
"""Steps before the first and behind the last that may begin, to see the quiet around it."""
_BEHIND = 50
"""Steps that must be known behind where one begins."""
_LONGEST, _SHORTEST, _SHORTEST_SINGLE = 42, 7, 9
"""Steps; the longest is one that `spectral_lines` finds."""
_RISE_DB, _FALL_DB = 12.0, 10.0
_FAINTEST_DB = -55.0
_SIZE = 1024
_BIN_HZ = ANALYSIS_RATE / _SIZE
_LEAST_HZ = 100
_SHARE = 0.975
"""Of the energy, in one pitch or two. With noise 20 dB below a tone it is 0.98."""
_TWO = 0.05
"""What the second pitch has of it at least, where there are two."""
_LOWEST_HZ, _LOWEST_OF_TWO_HZ = 365, 340
"""As in `sound_labels`: below are voices."""
_LEVEL_DB, _BEATING_DB = 2.0, 5.0
"""How much the level changes at most, from step to step of 8 ms; two pitches near to each other beat."""
_NEAR_HZ = 150
_OFF_MULTIPLE = 0.03


class BeepFinder:
    """Takes one channel's samples at `ANALYSIS_RATE`, in pieces of any length, and holds ten seconds of them."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(0, np.int16)
        self._steps = np.zeros((_MARGIN, _STEP), np.float32)
        self._level_db = decibels_of(np.zeros(_MARGIN))
        self._begin = -_MARGIN  # the step that is held first
        self._until = 0  # where the last beep ends

    def feed(self, samples: Samples) -> tuple[list[tuple[int, int]], NDArray[np.float64]]:
        """Beeps (begin, end) in ms, in order, at most ten seconds after they sounded, whatever the pieces; and the
        level of each step of `rhythm.STEP_MS` that is complete now, in dB of full scale."""
        held = np.concatenate([self._rest, samples])
        whole = held.size - held.size % _STEP
        steps, self._rest = held[:whole].reshape(-1, _STEP).astype(np.float32), held[whole:]
        level_db = decibels_of(np.einsum("ts,ts->t", steps, steps) / _STEP)
        self._steps = np.concatenate([self._steps, steps])
        self._level_db = np.concatenate([self._level_db, level_db])
        found = []
        while self._level_db.size >= _BATCH + _BEHIND + _MARGIN:
            found += self._look(_BATCH + _BEHIND + _MARGIN)
            self._steps, self._level_db = self._steps[_BATCH:], self._level_db[_BATCH:]
            self._begin += _BATCH
        return found, level_db

    def finish(self) -> list[tuple[int, int]]:
        """The rest, with silence behind it."""
        found, _ = self.feed(np.zeros((_BEHIND + _MARGIN) * _STEP, np.int16))
        return found + self._look(self._level_db.size)

    def _look(self, count: int) -> list[tuple[int, int]]:
        found = []
        for begin, end in _islands(self._level_db[:count]):
            if self._begin + begin >= self._until and _is_tone(self._steps, self._level_db, begin, end):
                self._until = self._begin + end
                found.append(((self._begin + begin) * STEP_MS, (self._begin + end) * STEP_MS))
        return found


def _islands(level_db: NDArray[np.float64]) -> list[tuple[int, int]]:
    """What is loud between two quiet times: first step, and the one behind the last; either may be half a step."""
    at = np.arange(_MARGIN, level_db.size - _BEHIND)
    on = np.minimum(level_db[at + 1], level_db[at + 2])
    rises = at[(on >= _FAINTEST_DB) & (on - _highest(level_db, at, -5, -1) >= _RISE_DB)]
    if not rises.size:
        return []
    at = np.arange(_MARGIN, level_db.size - 5)
    falls = np.zeros(level_db.size, bool)
    falls[at] = np.minimum(level_db[at - 2], level_db[at - 3]) - _highest(level_db, at, 3, 6) >= _FALL_DB
    found, behind = [], 0
    for begin in rises.tolist():
        if begin < behind:
            continue
        ends = begin + _SHORTEST - 1 + np.flatnonzero(falls[begin + _SHORTEST - 1 : begin + _LONGEST])
        if ends.size:
            # the last one of the first fall
            behind = int(ends[np.append(np.diff(ends) > 1, True).argmax()])
            found.append((begin, behind))
    return found


def _highest(level_db: NDArray[np.float64], at: NDArray[np.intp], first: int, behind: int) -> NDArray[np.float64]:
    """Of the steps from `first` to before `behind`, counted from each of `at`."""
    return np.asarray(np.max([level_db[at + offset] for offset in range(first, behind)], axis=0))


def _is_tone(steps: NDArray[np.float32], level_db: NDArray[np.float64], begin: int, end: int) -> bool:
    inside = level_db[begin + 2 : end - 2]
    spread_db = inside.max() - inside.min() if inside.size else 0.0
    if end - begin < _SHORTEST or spread_db > _BEATING_DB:
        return False
    body = steps[begin + 1 : end - 1].reshape(-1)[:_SIZE]
    spectrum = np.fft.rfft(body * _shape(body.size), _SIZE)
    power = spectrum.real**2 + spectrum.imag**2
    power[: round(_LEAST_HZ / _BIN_HZ)] = 0
    total = power.sum() + 1
    reach = 2 * _SIZE // body.size + 2
    first_hz, first = _take(power, reach)
    second_hz, second = _take(power, reach)
    if first >= _SHARE * total:
        return bool(first_hz >= _LOWEST_HZ and spread_db <= _LEVEL_DB and end - begin >= _SHORTEST_SINGLE)
    low, high = sorted((first_hz, second_hz))
    multiple = high / low
    return bool(
        first + second >= _SHARE * total
        and second >= _TWO * total
        and low >= _LOWEST_OF_TWO_HZ
        and abs(multiple - round(multiple)) > _OFF_MULTIPLE
        and spread_db <= (_BEATING_DB if high - low < _NEAR_HZ else _LEVEL_DB)
    )


@functools.cache
def _shape(size: int) -> NDArray[np.float32]:
    return np.hanning(size).astype(np.float32)


def _take(power: NDArray[np.floating], reach: int) -> tuple[float, float]:
    """The strongest pitch in Hz and its energy, which is taken out."""
    at = int(power.argmax())
    around = power[max(0, at - reach) : at + reach + 1]
    energy = float(around.sum())
    around[:] = 0
    return max(at, 1) * _BIN_HZ, energy
