"""What sounds on telephone lines and is not speech, a table by name, and lines of several kinds to carry it.

Cadences are those that the countries' networks document (ITU-T E.180 lists them); bells and electronic ringtones are
made by their partials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from tests.audio.line_sounds import Sound, cadenced, gain

KEYS = {"1": (697, 1209), "2": (697, 1336), "5": (770, 1336), "8": (852, 1336), "9": (852, 1477), "#": (941, 1477)}


@dataclass(frozen=True)
class Case:
    """`kinds`: names that are right for most of it. `make`: the sound at a rate, about 20 s."""

    kinds: tuple[str, ...]
    make: Callable[[int], Sound]


def _steady(
    *hertz: float, cadence: tuple[float, ...] = (), seconds: float = 20, modulated: float = 0
) -> Callable[[int], Sound]:
    return lambda rate: cadenced(*hertz, seconds=seconds, cadence=cadence, rate=rate, modulated=modulated)


def _turns(*notes: tuple[float, float], cadence: tuple[float, ...] = (), seconds: float = 20) -> Callable[[int], Sound]:
    """Pitches (Hz, 0 for a pause) one after the other, each for so many seconds, over and over in each on-part."""

    def make(rate: int) -> Sound:
        total = round(seconds * rate)
        sound = np.zeros(total)
        period, on = (sum(cadence), cadence[0]) if cadence else (seconds, seconds)
        for start in np.arange(0, seconds, period):
            at = round(start * rate)
            end = min(total, round((start + on) * rate))
            number = 0
            while at < end:
                hertz, length = notes[number % len(notes)]
                stop = min(end, at + round(length * rate))
                sound[at:stop] = np.sin(2 * np.pi * hertz * np.arange(stop - at) / rate)
                at, number = stop, number + 1
        return sound

    return make


def struck(
    partials: tuple[tuple[float, float, float], ...],
    times: Callable[[float], Iterator[tuple[float, float]]],
    seconds: float = 20,
) -> Callable[[int], Sound]:
    """Strokes of what rings on. `partials`: multiple of the stroke's pitch, strength, seconds in which it fades (to
    1/e). `times`: for the length, when strokes come and at which pitch."""

    def make(rate: int) -> Sound:
        total = round(seconds * rate)
        sound = np.zeros(total)
        at_s = np.arange(round(4 * rate)) / rate
        for begin_s, hertz in times(seconds):
            begin = round(begin_s * rate)
            stroke = np.sum(
                [
                    strength * np.sin(2 * np.pi * hertz * multiple * at_s) * np.exp(-at_s / fading)
                    for multiple, strength, fading in partials
                    if hertz * multiple < rate / 2
                ],
                axis=0,
            ) * np.minimum(1, at_s / 0.002)
            sound[begin : begin + stroke.size] += stroke[: total - begin]
        return sound / np.abs(sound).max()

    return make


def _clapper(
    hertz: tuple[float, float], times: float, cadence: tuple[float, ...]
) -> Callable[[float], Iterator[tuple[float, float]]]:
    """A bell's two gongs struck in turn."""

    def strokes(seconds: float) -> Iterator[tuple[float, float]]:
        for number, at in enumerate(np.arange(0, seconds, 1 / times)):
            if at % sum(cadence) < cadence[0]:
                yield float(at), hertz[number % 2]

    return strokes


def _notes(
    *notes: float, each_s: float, cadence: tuple[float, ...]
) -> Callable[[float], Iterator[tuple[float, float]]]:
    """The same notes in each on-part, 0 is a rest."""

    def strokes(seconds: float) -> Iterator[tuple[float, float]]:
        for start in np.arange(0, seconds, sum(cadence)):
            for number in range(round(cadence[0] / each_s)):
                begin_s, hertz = float(start + number * each_s), notes[number % len(notes)]
                if hertz and begin_s < seconds - 0.1:
                    yield begin_s, hertz

    return strokes


BELL = ((1, 1, 0.5), (1.51, 0.6, 0.35), (2.29, 0.5, 0.3), (2.94, 0.4, 0.2), (3.76, 0.3, 0.15))
GONG = ((0.5, 0.5, 1.2), (1, 0.8, 0.9), (1.19, 0.9, 0.8), (1.5, 0.5, 0.6), (2, 0.8, 0.6), (2.74, 0.3, 0.3))
MARIMBA = ((1, 1, 0.25), (3.93, 0.35, 0.06), (9.2, 0.1, 0.03))
DULL = ((1, 1, 0.15), (1.7, 0.7, 0.1), (2.4, 0.5, 0.08))
DESK = ((1, 1, 0.8), (1.48, 0.4, 0.5))
THREE_NOTES = ((800, 0.06), (1000, 0.06), (1250, 0.06))
FOUR_NOTES = ((988, 0.12), (1319, 0.12), (784, 0.12), (1175, 0.12))
TUNE = (784, 988, 1175, 784, 0, 988, 1319, 0)
LOW_TUNE = (392, 523, 659, 523, 392, 0)
CHIME = ((1, 1, 0.6), (2.76, 0.4, 0.3), (5.4, 0.2, 0.15))


def _keyed(digits: str, on: float, off: float) -> Callable[[int], Sound]:
    def make(rate: int) -> Sound:
        parts = []
        for digit in digits:
            parts.append(cadenced(*KEYS[digit], seconds=on, rate=rate))
            parts.append(np.zeros(round(off * rate)))
        once = np.concatenate([*parts, np.zeros(2 * rate)])
        return np.tile(once, max(1, round(20 * rate / once.size)))

    return make


def _tri_tone(rate: int) -> Sound:
    parts = [cadenced(hertz, seconds=0.33, rate=rate) for hertz in (950, 1400, 1800)]
    return np.tile(np.concatenate([*parts, np.zeros(rate)]), 10)


def _modem(rate: int) -> Sound:
    """V.21: 1,080 Hz give or take 100, 300 times a second, behind the answer tone."""
    noise = np.random.default_rng(5)
    bits = np.repeat(noise.integers(0, 2, 3000), round(rate / 300))
    pitch = np.where(bits, 980.0, 1180.0)
    carrier = np.sin(2 * np.pi * np.cumsum(pitch) / rate)[: 8 * rate]
    return np.concatenate(
        [cadenced(2100, seconds=3.3, rate=rate), np.zeros(round(0.075 * rate)), carrier, np.zeros(rate)]
    )


def drums(kit: str, *, beats: float = 120, seconds: float = 20) -> Callable[[int], Sound]:
    """A beat without any melody: `kick` and snare, `hats` with them, or a `roll`."""

    def make(rate: int) -> Sound:
        noise = np.random.default_rng(17)
        total = round(seconds * rate)
        sound = np.zeros(total)
        step = 60 / beats / 2
        at_s = np.arange(round(0.4 * rate)) / rate
        kick = np.sin(2 * np.pi * (55 * at_s + 60 * 0.03 * (1 - np.exp(-at_s / 0.03)))) * np.exp(-at_s / 0.12)
        for number, begin_s in enumerate(np.arange(0, seconds - 0.4, step)):
            hit = np.zeros(at_s.size)
            if number % 4 in (0, 3):
                hit += kick
            if number % 4 == 2:
                hit += 0.5 * noise.standard_normal(at_s.size) * np.exp(-at_s / 0.07)
                hit += 0.6 * np.sin(2 * np.pi * 190 * at_s) * np.exp(-at_s / 0.08)
            if kit != "kick":
                hit += 0.25 * np.diff(noise.standard_normal(at_s.size + 1)) * np.exp(-at_s / 0.02)
            if kit == "toms":
                hit += np.sin(2 * np.pi * (140, 110, 90, 75)[number % 4] * at_s) * np.exp(-at_s / 0.15)
            at = round(begin_s * rate)
            sound[at : at + hit.size] += hit
        return sound / np.abs(sound).max()

    return make


RING, TONE, MUSIC = "ringing", "tone", "music"
CASES = {
    # networks
    "dial, US": Case((TONE,), _steady(350, 440)),
    "dial, UK stutter": Case((TONE, RING), _steady(350, 440, cadence=(0.75, 0.75))),
    "dial, Germany": Case((TONE,), _steady(425)),
    "dial, France": Case((TONE,), _steady(440)),
    "dial, Japan": Case((TONE,), _steady(400)),
    "dial, India": Case((TONE,), _steady(400, modulated=25)),
    "dial, Italy": Case((TONE, RING), _steady(425, cadence=(0.2, 0.2, 0.6, 1.0))),
    "dial, stutter US": Case((TONE,), _steady(350, 440, cadence=(0.1, 0.1))),
    "dial, low 150 Hz": Case((TONE,), _steady(150)),
    "ring, US": Case((RING,), _steady(440, 480, cadence=(2, 4))),
    "ring, UK": Case((RING,), _steady(400, 450, cadence=(0.4, 0.2, 0.4, 2))),
    "ring, Germany": Case((RING,), _steady(425, cadence=(1, 4))),
    "ring, France": Case((RING,), _steady(440, cadence=(1.5, 3.5))),
    "ring, Japan": Case((RING,), _steady(400, cadence=(1, 2), modulated=16)),
    "ring, China": Case((RING,), _steady(450, cadence=(1, 4))),
    "ring, Australia": Case((RING,), _steady(400, cadence=(0.4, 0.2, 0.4, 2), modulated=17)),
    "ring, Russia": Case((RING,), _steady(425, cadence=(0.8, 3.2))),
    "ring, old US 420x40": Case((RING,), _steady(420, cadence=(2, 4), modulated=40)),
    "busy, US": Case((TONE,), _steady(480, 620, cadence=(0.5, 0.5))),
    "busy, UK": Case((TONE,), _steady(400, cadence=(0.375, 0.375))),
    "busy, Germany": Case((TONE,), _steady(425, cadence=(0.48, 0.48))),
    "busy, Japan": Case((TONE,), _steady(400, cadence=(0.5, 0.5))),
    "busy, China": Case((TONE,), _steady(450, cadence=(0.35, 0.35))),
    "congestion, US": Case((TONE,), _steady(480, 620, cadence=(0.25, 0.25))),
    "congestion, UK": Case((TONE,), _steady(400, cadence=(0.4, 0.35, 0.225, 0.525))),
    "congestion, Germany": Case((TONE,), _steady(425, cadence=(0.24, 0.24))),
    "congestion, France 440": Case((TONE,), _steady(440, cadence=(0.25, 0.25))),
    "congestion, quick": Case((TONE,), _steady(425, cadence=(0.15, 0.15))),
    "special information": Case((TONE,), _tri_tone),
    "call waiting, US": Case((TONE,), _steady(440, cadence=(0.3, 9.7))),
    "call waiting, Germany": Case((TONE,), _steady(425, cadence=(0.2, 0.2, 0.2, 5))),
    "number unobtainable, UK": Case((TONE,), _steady(400)),
    "off hook, US": Case((TONE,), _steady(1400, 2060, 2450, 2600, cadence=(0.1, 0.1))),
    # keys, machines
    "keys 0.1 s": Case((TONE,), _keyed("12598#", 0.1, 0.1)),
    "keys 0.07 s": Case((TONE,), _keyed("5129", 0.07, 0.07)),
    "keys slow": Case((TONE,), _keyed("219", 0.25, 0.5)),
    "fax calling": Case((TONE,), _steady(1100, cadence=(0.5, 3))),
    "fax answering": Case((TONE,), _steady(2100, cadence=(3.3, 2))),
    "answer, modulated": Case((TONE,), _steady(2100, cadence=(3.3, 2), modulated=15)),
    "modem": Case((TONE, MUSIC), _modem),
    # beeps
    "beep of recording, 0.5 s": Case((TONE,), _steady(1400, cadence=(0.5, 14.5))),
    "beep of recording, 0.2 s": Case((TONE,), _steady(1400, cadence=(0.2, 14.8))),
    "beep 0.1 s, 1400 Hz": Case((TONE,), _steady(1400, cadence=(0.1, 14.9))),
    "beep 0.1 s, 800 Hz": Case((TONE,), _steady(800, cadence=(0.1, 4.9))),
    "beep 0.1 s, 3000 Hz": Case((TONE,), _steady(3000, cadence=(0.1, 4.9))),
    "beeps, double 0.1 s": Case((TONE,), _steady(1000, cadence=(0.1, 0.1, 0.1, 4.7))),
    "beeps, double 0.08 s": Case((TONE,), _steady(1400, cadence=(0.08, 0.06, 0.08, 4.8))),
    "beeps, double 440 Hz": Case((TONE,), _steady(440, cadence=(0.1, 0.1, 0.1, 9.7))),
    "beeps, triple": Case((TONE,), _steady(620, cadence=(0.1, 0.1, 0.1, 0.1, 0.1, 4.5))),
    "voice mail": Case((TONE,), _steady(1000, cadence=(0.5, 6))),
    "voice mail, 440 Hz": Case((TONE, RING), _steady(440, cadence=(0.3, 6))),
    "two notes": Case((TONE, MUSIC, RING), _turns((660, 0.2), (880, 0.2), (0, 4.6))),
    # low
    "hum 50 Hz": Case((TONE,), _steady(50, 100, 150, 250)),
    "hum 100 Hz": Case((TONE,), _steady(100)),
    "hum 120 Hz": Case((TONE,), _steady(60, 120, 180, 240, 300)),
    "tone 80 Hz": Case((TONE,), _steady(80)),
    "tone 200 Hz": Case((TONE,), _steady(200)),
    "tone 300 Hz": Case((TONE,), _steady(300)),
    "tone 350 Hz": Case((TONE,), _steady(350)),
    "beeps 300 Hz": Case((TONE,), _steady(300, cadence=(0.5, 0.5))),
    "beeps 200 Hz": Case((TONE,), _steady(200, cadence=(0.5, 2))),
    "ring, 133 Hz": Case((TONE,), _steady(133, 266, cadence=(1, 2))),
    # electronic ringtones
    "ringtone, warble 16": Case((RING,), _turns((1400, 1 / 32), (1700, 1 / 32), cadence=(1, 3))),
    "ringtone, warble 10": Case((RING,), _turns((800, 0.05), (1000, 0.05), cadence=(2, 4))),
    "ringtone, warble 20": Case((RING,), _turns((853, 0.025), (960, 0.025), cadence=(2, 4))),
    "ringtone, warble 6": Case((RING, MUSIC, TONE), _turns((1000, 1 / 12), (1300, 1 / 12), cadence=(1.2, 2))),
    "ringtone, warble of three": Case((RING, MUSIC, TONE), _turns(*THREE_NOTES, cadence=(1.5, 2.5))),
    "ringtone, four notes": Case((RING, MUSIC, TONE), _turns(*FOUR_NOTES, cadence=(1.92, 2))),
    "ringtone, wide warble": Case((RING,), _turns((600, 0.04), (1500, 0.04), cadence=(1, 2))),
    "ringtone, cordless": Case((RING,), _turns((1050, 0.03), (1400, 0.03), cadence=(0.8, 3.2))),
    "ringtone, marimba": Case((RING, MUSIC), struck(MARIMBA, _notes(*TUNE, each_s=0.15, cadence=(2.4, 1.6)))),
    "ringtone, marimba low": Case((RING, MUSIC), struck(MARIMBA, _notes(*LOW_TUNE, each_s=0.2, cadence=(3.6, 2)))),
    "ringtone, chime": Case((RING, MUSIC), struck(CHIME, _notes(1047, 784, 880, 523, each_s=0.45, cadence=(1.8, 2.2)))),
    # bells
    "bell, telephone": Case((RING, MUSIC, TONE), struck(BELL, _clapper((1200, 1450), 20, (2, 4)))),
    "bell, telephone UK": Case((RING, MUSIC, TONE), struck(BELL, _clapper((950, 1100), 25, (1.0, 2)))),
    "bell, telephone dull": Case((RING, MUSIC), struck(DULL, _clapper((1500, 1700), 22, (2, 4)))),
    "bell, slow clapper": Case((RING, MUSIC, TONE), struck(BELL, _clapper((1000, 1000), 8, (1.5, 2.5)))),
    "bell, door": Case((RING, MUSIC, TONE), struck(CHIME, _notes(659, 523, each_s=0.6, cadence=(1.2, 4.8)))),
    "bell, single strokes": Case((RING, MUSIC, TONE), struck(BELL, _notes(880, each_s=1.5, cadence=(1.5, 1.0)))),
    "bell, church": Case((RING, MUSIC, TONE), struck(GONG, _notes(440, each_s=2.0, cadence=(2, 0.5)))),
    "bell, desk": Case((RING, MUSIC, TONE), struck(DESK, _notes(2300, each_s=1, cadence=(1, 3)))),
    # drums
    "drums, kick and snare": Case((MUSIC,), drums("kick")),
    "drums, with hats": Case((MUSIC,), drums("hats", beats=100)),
    "drums, toms": Case((MUSIC,), drums("toms", beats=110)),
}  # fmt: skip


HARD = {
    "off hook, US",
    "special information",
    "two notes",
    "congestion, Germany",
    "beep 0.1 s, 3000 Hz",
    "beeps 200 Hz",
    "ringtone, warble 6",
    "ringtone, warble 20",
    "ringtone, warble of three",
    "ringtone, four notes",
    "ringtone, cordless",
    "bell, desk",
    "drums, kick and snare",
}
"""Not always told from speech with noise 20 dB below them, or through AMR."""
NOT_TOLD = {"bell, telephone dull"}
UNNAMED = {
    "dial, low 150 Hz",
    "hum 50 Hz",
    "hum 100 Hz",
    "hum 120 Hz",
    "tone 80 Hz",
    "tone 200 Hz",
    "tone 300 Hz",
    "tone 350 Hz",
    "beeps 200 Hz",
    "ring, 133 Hz",
}
"""No speech by their level, but too low to be named."""

LEVEL_DB = -18


def on_line(sound: Sound, rate: int, *, snr_db: float | None, codec: str | None = None) -> NDArray[np.int16]:
    """The sound with its loudest at -18 dB of full scale, over noise by so much fainter than its loud parts, coded."""
    noise = np.random.default_rng(3).standard_normal(sound.size)
    loud = np.sqrt(np.mean(sound[np.abs(sound) > 0.02] ** 2))
    floor = 4 / 32768 if snr_db is None else loud * gain(LEVEL_DB - snr_db)
    heard = sound * gain(LEVEL_DB) + noise * floor
    samples = np.rint(np.clip(heard * 32768, -32768, 32767)).astype(np.int16)
    return coded(samples, rate, codec) if codec else samples


def coded(samples: NDArray[np.int16], rate: int, codec: str) -> NDArray[np.int16]:
    """Through an FFmpeg codec and back: `pcm_mulaw`, `libopencore_amrnb`, `g726`, `libopus`; of some other length."""
    encoder = av.CodecContext.create(codec, "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate, "mono", "s16"
    if codec == "libopencore_amrnb":
        encoder.bit_rate = 12200
    encoder.open()
    decoder = av.CodecContext.create({"libopencore_amrnb": "amrnb"}.get(codec, codec), "r")
    decoder.sample_rate, decoder.layout = rate, "mono"
    if encoder.extradata:
        decoder.extradata = encoder.extradata
    step = encoder.frame_size or 160
    found = []
    for at in range(0, samples.size - samples.size % step, step):
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis, at : at + step], format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, at
        for packet in encoder.encode(frame):
            found += decoder.decode(packet)
    for packet in encoder.encode(None):
        found += decoder.decode(packet)
    pieces = [piece.to_ndarray().reshape(-1) for piece in found]
    joined = np.concatenate(pieces)
    if joined.dtype.kind == "f":
        joined = np.rint(np.clip(joined, -1, 1) * 32767)
    return np.asarray(joined, np.int16)
