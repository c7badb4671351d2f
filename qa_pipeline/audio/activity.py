"""When somebody speaks on a channel: WebRTC's voice activity detector, and what smooths its frames into segments.

The detector knows voice-like sound from noise by its spectrum, nothing of words: a television counts as speech. What
was said is the transcripts' to tell; the two are held against each other later. It also takes ringing, tones and music
for voices, which `sounds` finds, and loud noise and hum: those are told by their level, which stays where it is as no
voice's does, and are no speech.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.levels import FULL_SCALE, decibels, decibels_of, power_of
from qa_pipeline.audio.resampling import ANALYSIS_RATE
from qa_pipeline.audio.samples import Samples
from qa_pipeline.audio.sounds import Sound, signals_ms

_LEVELS_PER_DB = 100
_STRETCH_MS = 100
"""Two tones of a dial or ring tone beat with each other up to 40 times a second, which is not to show."""
_LEAST_CHANGES = 2
_NONE: NDArray[np.floating] = np.zeros(0, np.float32)
_SHORT_MS = 400
_AROUND_MS = 300
_LOUDER_DB = 1.5
_NEAR_MS, _AT_ITS_EDGE_MS = 200, 40
"""So near to a signal, and shorter than a pause, what the detector takes for speech is the signal's edge."""


@dataclass(frozen=True)
class SpeechActivity:
    """`segments_ms`: (begin, end) from the start of the recording, in order, apart, none empty. `speech_s`: their
    length. `loudness_db`: RMS level of the frames that were taken for speech, pauses left out, in dB of full scale to
    0.1; None without speech."""

    segments_ms: tuple[tuple[int, int], ...]
    speech_s: float
    loudness_db: float | None


class ActivityDetector:
    """Takes one channel's samples at `ANALYSIS_RATE`, in pieces of any length."""

    def __init__(self, options: AcousticOptions) -> None:
        self._options = options
        self._frame = ANALYSIS_RATE * options.vad_frame_ms // 1000
        self._floor = power_of(options.activity_floor_db)
        self._gain = np.float32(10.0 ** (options.vad_gain_db / 20.0))
        self._detector = webrtcvad.Vad(options.vad_mode)
        self._waiting: Samples = np.zeros(0, np.int16)
        self._active = bytearray()
        self._levels = bytearray()
        self._speech_power = 0.0
        self._speech_frames = 0

    def feed(self, samples: Samples) -> None:
        held = np.concatenate([self._waiting, samples])
        whole = held.size - held.size % self._frame
        frames, self._waiting = held[:whole].reshape(-1, self._frame), held[whole:]
        floats = frames.astype(np.float32)
        power = np.einsum("fs,fs->f", floats, floats) / self._frame
        active = self._speech_like(floats, power)
        self._active += active.tobytes()
        self._levels += np.rint(decibels_of(power) * _LEVELS_PER_DB).astype(np.int16).tobytes()
        self._speech_power += float(power[active].sum(dtype=np.float64))
        self._speech_frames += int(active.sum())

    def finish(self, duration_ms: int, sounds: Iterable[Sound] = ()) -> SpeechActivity:
        """Segments of all that was fed, without the `sounds` that are no speech; none ends behind `duration_ms`. Less
        than a frame at the end is left out."""
        active = np.frombuffer(self._active, bool).copy()
        levels_db = np.frombuffer(self._levels, np.int16) / np.float32(_LEVELS_PER_DB)
        kept: list[tuple[int, int]] = []
        power, frames = self._speech_power, self._speech_frames
        in_signal = np.zeros(active.size, bool)
        for begin, end in signals_ms(sounds):
            inside = slice(begin // self._options.vad_frame_ms, -(-end // self._options.vad_frame_ms))
            power -= _power_of_all(levels_db[inside][active[inside]])
            frames -= int(active[inside].sum())
            active[inside] = False
            in_signal[inside] = True
        for begin, end in segments(active, self._options, in_signal):
            inside = slice(begin // self._options.vad_frame_ms, end // self._options.vad_frame_ms)
            # the detector wavers on noise, a ring tone has pauses: each is whole only in one of the two ways
            everywhere = np.ones(inside.stop - inside.start, bool)
            steady = any(is_steady(levels_db[inside], where, self._options) for where in (active[inside], everywhere))
            if steady or self._is_noise_around(levels_db, active, inside):
                steady_db = levels_db[inside][active[inside]]
                power -= _power_of_all(steady_db)
                frames -= steady_db.size
            elif begin < duration_ms:
                kept.append((begin, min(end, duration_ms)))
        loud = round(decibels(max(power, 0.0) / frames), 1) if kept and frames else None
        return SpeechActivity(tuple(kept), sum(end - begin for begin, end in kept) / 1000, loud)

    def _is_noise_around(
        self, levels_db: NDArray[np.floating], active: NDArray[np.bool_], inside: slice[int, int, None]
    ) -> bool:
        """Whether a short piece is no louder than steady noise right before and behind it; for `is_steady` alone it is
        too short."""
        if (inside.stop - inside.start) * self._options.vad_frame_ms > _SHORT_MS:
            return False
        reach = _AROUND_MS // self._options.vad_frame_ms
        begin = max(0, inside.start - reach)
        outside = ~active[begin : inside.stop + reach]
        outside[inside.start - begin : inside.stop - begin] = False
        around = np.sort(levels_db[begin : inside.stop + reach][outside])
        if around.size < reach:
            return False
        of_piece, cut = levels_db[inside], around.size // 10
        return bool(
            around[-1 - cut] - around[cut] < self._options.steady_range_db
            and np.max(of_piece) < around[-1] + _LOUDER_DB
            and np.mean(of_piece) < np.mean(around) + _LOUDER_DB
        )

    def _speech_like(self, frames: NDArray[np.float32], power: NDArray[np.floating]) -> NDArray[np.bool_]:
        """The detector's word on each frame above the floor. It is asked in order: it learns the noise as it goes."""
        amplified = np.clip(frames * self._gain, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        data, size, length = amplified.tobytes(), 2 * self._frame, self._frame
        is_speech = self._detector.is_speech
        loud = np.flatnonzero(power >= self._floor)
        said = [is_speech(data[at : at + size], ANALYSIS_RATE, length) for at in (loud * size).tolist()]
        active = np.zeros(len(frames), bool)
        active[loud] = said
        return active


def _power_of_all(levels_db: NDArray[np.floating]) -> float:
    """The sum of the frames' mean squares."""
    return float((FULL_SCALE**2 * 10.0 ** (levels_db.astype(np.float64) / 10.0)).sum())


def segments(
    active: NDArray[np.bool_], options: AcousticOptions, in_signal: NDArray[np.bool_] | None = None
) -> list[tuple[int, int]]:
    """Frames as segments in ms: pauses under `min_pause_ms` are closed, then sounds under `min_speech_ms` dropped.

    Nothing is closed over a frame that is `in_signal`, and a piece that is left between two such, or at one, is dropped
    if it is shorter than a pause: it is the signal's own edge.
    """
    edges = np.flatnonzero(np.diff(active, prepend=False, append=False))
    begins, ends = edges[::2], edges[1::2]
    if not begins.size:
        return []
    until = np.concatenate([[0], np.cumsum(in_signal)]) if in_signal is not None else np.zeros(active.size + 1, np.intp)
    pause = options.min_pause_ms / options.vad_frame_ms
    apart = (begins[1:] - ends[:-1] >= pause) | (until[begins[1:]] > until[ends[:-1]])
    begins, ends = begins[np.append(True, apart)], ends[np.append(apart, True)]
    scale, length = options.vad_frame_ms, ends - begins
    kept = length * scale >= options.min_speech_ms
    for near_ms, shortest_ms in ((_NEAR_MS, options.min_pause_ms), (_AT_ITS_EDGE_MS, _SHORT_MS)):
        near = round(near_ms / scale)
        is_near = until[np.minimum(ends + near, active.size)] > until[np.maximum(begins - near, 0)]
        kept &= ~is_near | (length * scale >= shortest_ms)
    return list(zip((begins[kept] * scale).tolist(), (ends[kept] * scale).tolist(), strict=True))


def is_steady(levels_db: NDArray[np.floating], where: NDArray[np.bool_], options: AcousticOptions) -> bool:
    """Whether sound that was taken for speech is a tone or noise, by its level in each frame that is asked for.

    Over stretches of 100 ms a voice's level changes by 3 to 5 dB from one to the next (the median), that of white noise
    by 0.2 dB and a tone's not at all. From frame to frame a single tone's does not change either, also where it is too
    short for more, or a codec blurs its beginning and end.
    """
    frames = _STRETCH_MS // options.vad_frame_ms
    edges = np.flatnonzero(np.diff(where, prepend=False, append=False))
    stretches, changes, steps = [], [], []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        of_run = levels_db[begin:end]
        steps.append(np.abs(np.diff(of_run)))
        whole = of_run[: of_run.size - of_run.size % frames].reshape(-1, frames)
        if not whole.size:
            continue
        means = 10 * np.log10(np.mean(10.0 ** (whole / 10), axis=1))
        stretches.append(means)
        changes.append(np.abs(np.diff(means)))
    step, change = (np.sort(np.concatenate([_NONE, *parts])) for parts in (steps, changes))
    if step.size and _middle(step) < options.tone_step_db:
        return True
    if change.size < _LEAST_CHANGES or _middle(change) >= max(options.tone_step_db, options.steady_step_db):
        return False
    levels = np.sort(np.concatenate(stretches))
    outside = round(0.1 * (levels.size - 1))
    spread = float(levels[-1 - outside] - levels[outside])
    return _middle(change) < options.tone_step_db or spread < options.steady_range_db


def _middle(ordered: NDArray[np.floating]) -> float:
    """The median; NumPy's own takes longer than all the rest for as few."""
    return float(ordered[(ordered.size - 1) // 2] + ordered[ordered.size // 2]) / 2
