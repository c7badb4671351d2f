"""Sounds of telephone lines, made on the spot: tones with their cadences, and music of several timbres."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]
"""Samples with an amplitude of about 1."""


def gain(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def cadenced(
    *hertz: float, seconds: float, cadence: tuple[float, ...] = (), rate: int = 8000, modulated: float = 0
) -> Sound:
    """Tones together; `cadence` is seconds on and off in turn, over and over. `modulated`: all louder and fainter so
    many times a second."""
    at_s = np.arange(round(seconds * rate)) / rate
    sound: Sound = np.sum([np.sin(2 * np.pi * pitch * at_s) for pitch in hertz], axis=0) / len(hertz)
    if modulated:
        sound *= (1 + np.sin(2 * np.pi * modulated * at_s)) / 2
    return sound * _is_on(at_s, cadence)


def warbling(first: float, second: float, *, times: float, seconds: float, cadence: tuple[float, ...]) -> Sound:
    """Two tones in turn, so many `times` a second, as an electronic telephone rings."""
    at_s = np.arange(round(seconds * 8000)) / 8000
    pitch = np.where((at_s * times) % 1 < 0.5, first, second)
    return np.sin(2 * np.pi * np.cumsum(pitch) / 8000) * _is_on(at_s, cadence)


def _is_on(at_s: Sound, cadence: tuple[float, ...]) -> NDArray[np.bool_]:
    if not cadence:
        return np.ones(at_s.size, bool)
    edges = np.cumsum(cadence)
    return np.asarray(np.searchsorted(edges, at_s % edges[-1], side="right") % 2 == 0)


MELODY = (0, 4, 7, 12, 9, 7, 5, 4, 2, 5, 9, 7, 11, 7, 4, 2)
"""Semitones over the key note."""
TIMBRES = {
    "piano": ((1, 0.5, 0.3, 0.2, 0.1), 0.35),
    "organ": ((1, 0.8, 0.1, 0.6), 50.0),
    "strings": ((1, 0.7, 0.5, 0.4, 0.3, 0.2, 0.2), 50.0),
    "pure": ((1,), 50.0),
    "reed": ((1, 0.05, 0.6, 0.05, 0.4, 0.05, 0.3), 2.0),
}
"""Name → strengths of the partials, and seconds in which a note fades."""


def music(timbre: str, *, seconds: float, key: float = 262.0, beat_s: float = 0.36, rate: int = 8000) -> Sound:
    """A melody over chords, with a drum on each beat."""
    strengths, fading_s = TIMBRES[timbre]
    total = round(seconds * rate)
    sound = np.zeros(total)
    noise = np.random.default_rng(11)
    length = round(beat_s * rate)
    at_s = np.arange(length) / rate
    for number, begin in enumerate(range(0, total - length, length)):
        note = MELODY[number % len(MELODY)]
        chord = MELODY[number // 4 * 4 % len(MELODY)]
        for semitones, loudness in ((note, 1.0), (chord, 0.4), (chord + 4, 0.3), (chord + 7, 0.3)):
            pitch = key * 2 ** (semitones / 12)
            partials = [
                strength * np.sin(2 * np.pi * pitch * (order + 1) * at_s) for order, strength in enumerate(strengths)
            ]
            sound[begin : begin + length] += loudness * np.sum(partials, axis=0) * np.exp(-at_s / fading_s)
        sound[begin : begin + 400] += noise.standard_normal(400) * np.exp(-np.arange(400) / 80)
    return sound / np.abs(sound).max()


def on_a_line(sound: Sound, *, level_db: float, noise: float = 10, mulaw: bool = False) -> NDArray[np.int16]:
    """As a line carries it: at that level (its loudest against full scale), over noise, coded if asked for."""
    heard = sound * 32768 * gain(level_db) + np.random.default_rng(3).standard_normal(sound.size) * noise
    heard = np.clip(heard, -32768, 32767)
    if mulaw:
        coded = np.round(np.sign(heard) * np.log1p(255 * np.abs(heard) / 32768) / np.log(256) * 127) / 127
        heard = np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255 * 32768
    return np.rint(np.clip(heard, -32768, 32767)).astype(np.int16)
