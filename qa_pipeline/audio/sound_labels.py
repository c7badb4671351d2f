"""Decides for windows of some seconds which are ringing, a tone or music (see `sounds`)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.spectral_lines import FRAME_MS, LineFrames

NOTHING, RINGING, TONE, MUSIC = range(4)

_TONE_SHARE, _TONE_FRAMES = 0.7, 3
"""Of a tone's energy so much lies in lines over so many windows, as in 90 min of real speech no voice's does."""
_SHORT_SHARE, _SHORT_FRAMES = 0.9, 2
_BEEP_SHARE = 0.95
"""One window is enough for a beep that comes out of the quiet and goes back into it."""
_QUIETER_DB = 12
_FAINTEST_DB = -50
"""Fainter lines are of the line itself, heard where nobody speaks."""
_LOWEST_HZ = 365
"""Below are mains hum under speech, and voices that hum."""
_KEYS_SHARE, _KEYS_FRAMES = 0.4, 5
"""Keys that are pressed quickly: pauses spread the lines, but the strongest one stays where it is."""
_SAME_PITCH = 0.015
_ROWS_HZ, _COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_MAINS_HZ, _OFF_HUM_HZ = (50, 60), 2
_LOW_SHARE, _LOW_FRAMES = 0.9, 5
"""What is lower must be purer, and for longer than a voice hums at one pitch."""
_AGAIN_SHARE, _AGAIN_FRAMES = 0.3, 2
"""A pitch that was a tone twice is one again where less of it is seen: a codec or a modulation spreads it."""

_RING_HZ = (370, 520)
"""Ring tones of networks: 425 Hz, 440 and 480, 400 and 450, 400 modulated, and their like. Not dial tones of 350 and
440 Hz."""
_LONGEST_RING = 5_500 // FRAME_MS
_SHORTEST_RING = 300 // FRAME_MS
_LONE_RING = 650 // FRAME_MS
_SHORT_PAUSE = 800 // FRAME_MS
"""Between bursts of a busy tone, which are as short."""

_NEAR = 39
"""Windows on either side (2.5 s) over which music is judged."""
_NEAR_DB = 25
"""Windows fainter than the loudest one near by more say nothing: noise between words or notes."""
_HEARD_SHARE = 0.3
_MUSIC = 0.30
"""Mean of `moving` and `bands` together: real calls and announcements in many languages stay below 0.24 over 5 s, half
of all music is over 0.46."""
_SHORT = 8
_STILL_MUSIC = 0.20
"""The same over a second, for where music that was found begins and ends."""
_GAP = 1_500 // FRAME_MS
_NOTE = 500 // FRAME_MS
"""So near to music a tone is its first or last note."""
_LEAST_MUSIC = 3_000 // FRAME_MS
_SIGNAL_PITCHES, _SIGNAL_SHARE = 3, 0.85
"""Where so few pitches make up so much of all lines, it is a signal over and over and no melody."""
_PITCH_SHARE = 0.1
_IN_SIGNAL = 0.25
_BEFORE, _BEHIND = 2, 1
"""Windows at a burst's edges that hold part of it, and in which its lines are not found."""


@dataclass(frozen=True, slots=True)
class _Burst:
    """Windows in a row that are one tone; `high_hz` is `low_hz` for a single one."""

    begin: int
    end: int
    low_hz: float
    high_hz: float

    @property
    def frames(self) -> int:
        return self.end - self.begin

    @property
    def is_single(self) -> bool:
        return _same_pitch(self.low_hz, self.high_hz)

    @property
    def is_key(self) -> bool:
        """Of a telephone's keypad: one pitch of its row, one of its column."""
        return any(_same_pitch(self.low_hz, hertz) for hertz in _ROWS_HZ) and any(
            _same_pitch(self.high_hz, hertz) for hertz in _COLUMNS_HZ
        )

    @property
    def is_hum(self) -> bool:
        """At multiples of the mains: what never ends."""
        return any(
            all(abs(hertz - round(hertz / mains) * mains) <= _OFF_HUM_HZ for hertz in (self.low_hz, self.high_hz))
            for mains in _MAINS_HZ
        )

    def sounds_like(self, other: _Burst) -> bool:
        """The fainter of two pitches is not found in every burst."""
        return self._has(other.low_hz, other.high_hz) or other._has(self.low_hz, self.high_hz)

    def _has(self, *hertz: float) -> bool:
        return all(_same_pitch(pitch, self.low_hz) or _same_pitch(pitch, self.high_hz) for pitch in hertz)


def label_frames(frames: LineFrames) -> NDArray[np.uint8]:
    """`NOTHING`, `RINGING`, `TONE` or `MUSIC` for each window."""
    labels = np.zeros(len(frames), np.uint8)
    in_signal = np.zeros(len(frames), bool)
    for begin, end in _melodic(frames):
        signal = _signal(frames.part(begin, end))
        if signal is None:
            labels[begin:end] = MUSIC
        else:
            in_signal[begin:end] = signal
    bursts = [burst for burst in _bursts(frames, in_signal) if not (labels[burst.begin : burst.end] == MUSIC).any()]
    is_music = labels == MUSIC
    for burst in bursts:
        stretch = labels[max(0, burst.begin - _BEFORE) : burst.end + _BEHIND]
        kind = RINGING if _is_ringing(burst, bursts) else TONE
        if kind == TONE and is_music[max(0, burst.begin - _NOTE) : burst.end + _NOTE].any():
            kind = MUSIC
        stretch[stretch == NOTHING] = kind
    return labels


def _bursts(frames: LineFrames, in_signal: NDArray[np.bool_]) -> list[_Burst]:
    pure = _runs((frames.share >= _TONE_SHARE) | in_signal)
    found = [_burst(frames, begin, end) for begin, end in pure]
    kept = [burst for burst in found if in_signal[burst.begin : burst.end].all() or _is_tone(burst, frames)]
    taken = np.zeros(len(frames), bool)
    for burst in kept:
        taken[burst.begin : burst.end] = True
    hertz = frames.first_hz
    stays = np.abs(np.diff(hertz, prepend=0)) <= _SAME_PITCH * hertz
    for begin, end in _runs(stays & (hertz > 0)):
        long_enough = end - begin >= _KEYS_FRAMES and not taken[begin:end].any()
        if long_enough and frames.share[begin:end].mean() >= _KEYS_SHARE:
            kept.append(_burst(frames, begin, end))
    heard = [burst for burst in kept if _is_no_voice(burst, frames) and _level_db(burst, frames) >= _FAINTEST_DB]
    return sorted([*heard, *_again(heard, frames)], key=lambda burst: burst.begin)


def _is_no_voice(burst: _Burst, frames: LineFrames) -> bool:
    if burst.high_hz >= _LOWEST_HZ:
        return True
    is_pure = burst.frames >= _LOW_FRAMES and frames.share[burst.begin : burst.end].mean() >= _LOW_SHARE
    return bool(is_pure) and (not burst.is_hum or _comes_alone(burst, frames))


def _again(heard: list[_Burst], frames: LineFrames) -> list[_Burst]:
    """More bursts at the pitch of those that were found."""
    free = frames.share >= _AGAIN_SHARE
    for burst in heard:
        free[max(0, burst.begin - 1) : burst.end + 1] = False
    pitches = [pitch for burst in heard for pitch in {burst.low_hz, burst.high_hz}]
    known = np.zeros(len(frames), bool)
    for pitch in {pitch for pitch in pitches if sum(_same_pitch(pitch, other) for other in pitches) > 1}:
        known |= np.abs(frames.first_hz - pitch) <= _SAME_PITCH * pitch
    found = [_burst(frames, begin, end) for begin, end in _runs(free & known) if end - begin >= _AGAIN_FRAMES]
    return [burst for burst in found if burst.high_hz >= _LOWEST_HZ and _level_db(burst, frames) >= _FAINTEST_DB]


def _level_db(burst: _Burst, frames: LineFrames) -> float:
    return float(np.median(frames.level_db[burst.begin : burst.end]))


def _burst(frames: LineFrames, begin: int, end: int) -> _Burst:
    first = float(np.median(frames.first_hz[begin:end]))
    second = float(np.median(frames.second_hz[begin:end])) or first
    return _Burst(begin, end, min(first, second), max(first, second))


def _is_tone(burst: _Burst, frames: LineFrames) -> bool:
    if burst.frames >= _TONE_FRAMES:
        return True
    share = frames.share[burst.begin : burst.end]
    if burst.frames >= _SHORT_FRAMES and share.min() >= _SHORT_SHARE:
        return True
    return bool(share.max() >= _BEEP_SHARE) and _comes_alone(burst, frames)


def _comes_alone(burst: _Burst, frames: LineFrames) -> bool:
    """Whether it is much fainter before and after; the windows next to a burst still hold part of it."""
    level = frames.level_db
    around = [*level[max(0, burst.begin - 4) : max(0, burst.begin - 3)], *level[burst.end + 2 : burst.end + 3]]
    return bool(max(around, default=-100.0) < level[burst.begin] - _QUIETER_DB)


def _same_pitch(first_hz: float, second_hz: float) -> bool:
    return abs(first_hz - second_hz) <= _SAME_PITCH * max(first_hz, second_hz)


def _is_ringing(burst: _Burst, bursts: list[_Burst]) -> bool:
    """Bursts of a ring tone's pitches, or of two other ones in turn, with the pauses of ringing between them."""
    low, high = _RING_HZ
    is_ring_tone = low <= burst.low_hz and burst.high_hz <= high
    alike = [other for other in bursts if burst.sounds_like(other)]
    is_single = all(other.is_single for other in alike)
    if burst.is_key:
        return False
    if (is_single and not is_ring_tone) or burst.frames > _LONGEST_RING:
        return False
    gaps = [later.begin - earlier.end for earlier, later in pairwise(alike)]
    if not gaps:
        return is_ring_tone and burst.frames >= _LONE_RING
    if max(gaps) > _SHORT_PAUSE:
        return max(other.frames for other in alike) >= _SHORTEST_RING
    # a busy tone is as long as its pauses, the two bursts of a double ring are longer than theirs
    return is_ring_tone and len(alike) == 2 and burst.frames > gaps[0]


def _signal(frames: LineFrames) -> NDArray[np.bool_] | None:
    """The windows that hold one of a few pitches, where these make up nearly all lines; else None."""
    hertz, weights = frames.first_hz, np.where(frames.first_hz > 0, frames.share, 0)
    found, rest = np.zeros(len(frames), bool), weights.copy()
    for _ in range(_SIGNAL_PITCHES):
        pitch = _most_of(hertz, rest)
        near = np.abs(hertz - pitch) <= _SAME_PITCH * pitch
        if rest[near].sum() < _PITCH_SHARE * weights.sum():
            break
        found |= near
        rest[near] = 0
    if weights[found].sum() < _SIGNAL_SHARE * weights.sum():
        return None
    return np.asarray(found & (frames.share >= _IN_SIGNAL))


def _most_of(hertz: NDArray[np.floating], weights: NDArray[np.floating]) -> float:
    """The pitch around which most of the weight is."""
    order = np.argsort(hertz)
    sorted_hz, total = hertz[order], np.concatenate([[0], np.cumsum(weights[order])])
    first = np.searchsorted(sorted_hz, sorted_hz * (1 - _SAME_PITCH))
    behind = np.searchsorted(sorted_hz, sorted_hz * (1 + _SAME_PITCH), side="right")
    return float(sorted_hz[(total[behind] - total[first]).argmax()])


def _melodic(frames: LineFrames) -> list[tuple[int, int]]:
    """Where so much keeps its pitch, over seconds, as in music."""
    heard = frames.share > 0
    padded = np.pad(np.where(heard, frames.level_db, -200), _NEAR, constant_values=-200)
    loudest = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1).max(axis=1)
    counts = heard & (frames.level_db > loudest - _NEAR_DB)
    score = np.where(counts, frames.moving + frames.bands, 0)
    core = (_mean(score, counts, _NEAR) >= _MUSIC) & (_sum(counts, _NEAR) >= _HEARD_SHARE * 2 * _NEAR)
    still = (_mean(score, counts, _SHORT) >= _STILL_MUSIC) & (_sum(counts, _SHORT) > 0)
    return [
        (begin, end)
        for begin, end in _runs(_closed(still, _GAP))
        if end - begin >= _LEAST_MUSIC and (core & still)[begin:end].any()
    ]


def _mean(values: NDArray[np.floating], counts: NDArray[np.bool_], reach: int) -> NDArray[np.floating]:
    """Over what counts within `reach` windows."""
    return _sum(values, reach) / np.maximum(_sum(counts, reach), 1)


def _sum(values: NDArray[np.generic], reach: int) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    at = np.arange(values.size)
    return np.asarray(total[np.minimum(at + reach + 1, values.size)] - total[np.maximum(at - reach, 0)])


def _closed(values: NDArray[np.bool_], gap: int) -> NDArray[np.bool_]:
    """With gaps of at most `gap` filled."""
    closed = values.copy()
    runs = _runs(values)
    for (_, end), (begin, _) in pairwise(runs):
        if begin - end <= gap:
            closed[end:begin] = True
    return closed


def _runs(values: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(values, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
