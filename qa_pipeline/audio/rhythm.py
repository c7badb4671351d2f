"""Finds what beats in time, as drums do: music that has no notes to be known by (see `sound_labels`).

The moments at which it grows louder come again after a beat or a bar, to the hundredth of a second, for eight seconds
and more. Speech has its rhythm too, but never so exactly: also of people who count or read numbers not half of it does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEP_MS = 8
"""From one level to the next."""

_WINDOW, _HOP = 1024, 512
"""Steps: 8 s, looked at every 4 s. Pieces of levels begin at whole hops, so that what is found is the same in each."""
_SHORTEST, _LONGEST = 25, 320
"""Steps: 0.2 s, a beat or half of one, to 2.6 s, a bar."""
_SPAN = 3
_BLUR = np.array([0.25, 0.5, 0.5, 0.5, 0.25])
"""A drummer is off by a hundredth of a second."""
_FAINTEST_DB = -60.0
_LOUDER_DB = 6.0
_LEAST_ONSETS = 12
_ALIKE = 0.78
"""Of all real speech, read numbers among it, no eight seconds are over 0.6, of samples that a machine speaks 0.66."""
_GOES_ON = 0.7
_LEAST_PART = 37


def rhythmic(level_db: NDArray[np.floating]) -> list[tuple[int, int]]:
    """Steps (begin, end) that beat in time, in order, perhaps overlapping; `level_db`: one per `STEP_MS`."""
    if level_db.size < _WINDOW:
        return []
    rises = np.maximum(np.diff(np.maximum(level_db, _FAINTEST_DB), prepend=_FAINTEST_DB), 0)
    rises = np.convolve(rises, np.ones(_SPAN), "same")
    is_onset = rises >= _LOUDER_DB
    is_onset[1:] &= ~is_onset[:-1]
    onsets = np.convolve(rises, _BLUR, "same")
    found = []
    for begin in range(0, level_db.size - _WINDOW + 1, _HOP):
        if is_onset[begin : begin + _WINDOW].sum() >= _LEAST_ONSETS:
            period = _period(onsets[begin : begin + _WINDOW])
            if period:
                found.append(_as_far_as_it_goes(onsets, begin, begin + _WINDOW, period))
    return found


def _period(onsets: NDArray[np.floating]) -> int | None:
    """After how many steps all comes again, and once more after as many; None where it doesn't."""
    apart = onsets - onsets.mean()
    spectrum = np.fft.rfft(apart, 2 * _WINDOW)
    alike = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[: 2 * _LONGEST + 1]
    alike *= _WINDOW / (_WINDOW - np.arange(alike.size)) / (alike[0] + 1e-6)
    period = _SHORTEST + int(alike[_SHORTEST : _LONGEST + 1].argmax())
    again = alike[2 * period - 2 : 2 * period + 3].max()
    return period if alike[period] >= _ALIKE and again >= _GOES_ON else None


def _as_far_as_it_goes(onsets: NDArray[np.floating], begin: int, end: int, period: int) -> tuple[int, int]:
    """Less at its ends, which may be speech, and more around it, a part of a period at a time."""
    part = max(_LEAST_PART, period // 4)

    def goes_on(at: int, other: int) -> bool:
        return min(at, other) >= 0 and _alike(onsets[at : at + part], onsets[other : other + part])

    while end - begin > 2 * period and not goes_on(end - part, end - part - period):
        end -= part
    while end - begin > 2 * period and not goes_on(begin, begin + period):
        begin += part
    while end + part <= onsets.size and goes_on(end, end - period):
        end += part
    while goes_on(begin - part, begin - part + period):
        begin -= part
    return begin, end


def _alike(first: NDArray[np.floating], second: NDArray[np.floating]) -> bool:
    """Whether it grows louder at the same moments in both, or in neither."""
    if max(first.max(), second.max()) < _LOUDER_DB:
        return True
    first, second = first - first.mean(), second - second.mean()
    energy = np.sqrt((first @ first) * (second @ second))
    return bool(energy > 0 and first @ second >= _GOES_ON * energy)
