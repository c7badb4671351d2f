"""Turns a script into sound: espeak-ng speaks, and this room lays the sentences on one track per party.

Because every sentence is placed here, the begin and end it reports are exact, which no recognizer's are.

Levels are RMS in dB of full scale: speech -22 (agent) and -25 (customer) before emotion, noise near -62 and
-56, hold music -29. They are chosen to sound like a telephone, not measured on one; the customer's line is
the quieter and noisier.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samples.script import LANGUAGE_VOICES, ROLES, Event, SampleError, Script, Turn, Voice
from samples.word_times import SpokenWord, spoken_words

Samples = NDArray[np.float64]

MIX_RATE_HZ = 22050  # what espeak-ng speaks at
WAV_HEADER_BYTES = 44  # espeak-ng's own, before 16-bit samples
LEAD_IN_MS, TAIL_MS = 400, 600
SILENCE_FLOOR = 0.004  # espeak-ng pads with zeros; the onset of a consonant is louder than this
SPEECH_DBFS = {"agent": -22.0, "customer": -25.0}
NOISE_DBFS = {"agent": -62.0, "customer": -56.0}
MUSIC_DBFS = -29.0
MUSIC_NOTE_S = 0.4
MUSIC_HZ = (261.63, 329.63, 392.00, 523.25, 440.00, 349.23, 392.00, 329.63)  # C major and F major, broken

EVENTS_TOOL = Path(__file__).with_name("espeak_events.py")
DEBIAN_PACKAGES = {"espeak-ng": "espeak-ng", "ffmpeg": "ffmpeg", "sox": "sox libsox-fmt-all"}


@dataclass(frozen=True)
class Delivery:
    """What an emotion does to a voice: espeak-ng pitch steps, words per minute, loudness in dB."""

    pitch: int
    speed: int
    gain_db: float


DELIVERIES = {
    "neutral": Delivery(0, 0, 0.0),
    "happy": Delivery(10, 8, 1.0),
    "surprised": Delivery(20, 5, 2.0),
    "angry": Delivery(12, 22, 5.0),
    "fearful": Delivery(22, 25, -1.0),
    "sad": Delivery(-12, -25, -3.0),
    "disgusted": Delivery(-8, -15, 1.5),
}


@dataclass(frozen=True)
class PlacedWord:
    """A word, its punctuation, and its place: milliseconds from the start of the recording."""

    text: str
    punctuation: str
    begin_ms: int
    end_ms: int


@dataclass(frozen=True)
class Placed:
    """A sentence with its words and the place it got: milliseconds from the start of the recording."""

    turn: Turn
    begin_ms: int
    end_ms: int
    words: tuple[PlacedWord, ...]


@dataclass(frozen=True)
class Spoken:
    """Sound at MIX_RATE_HZ, and the words in it by their samples."""

    samples: Samples
    words: tuple[SpokenWord, ...] = ()


@dataclass(frozen=True)
class Mix:
    """A voiced call: one track per role at MIX_RATE_HZ, equally long, and where each sentence lies."""

    tracks: dict[str, Samples]
    sentences: list[Placed]


def run_tool(command: list[str], *, stdin: bytes) -> bytes:
    """What a program printed for this input.

    Raises SampleError that names a missing program and how to get it, or repeats a failed one's complaint.
    """
    program = command[0]
    if shutil.which(program) is None:
        package = DEBIAN_PACKAGES[program]
        raise SampleError(
            f"{program} is not installed; get it from your system's packages (Debian: apt install {package})"
        )
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    if done.returncode != 0:
        raise SampleError(f"{program} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def amplitude(level_db: float) -> float:
    """A level in dB below full scale as an amplitude, 1.0 being full scale."""
    return float(10.0 ** (level_db / 20.0))


def rms(samples: Samples) -> float:
    """Root mean square of samples in -1..1."""
    return float(np.sqrt(np.mean(np.square(samples))))


def sample_at(milliseconds: int) -> int:
    """Index of the mix's sample nearest to a time."""
    return round(milliseconds * MIX_RATE_HZ / 1000)


def speak(turn: Turn, voice: Voice) -> Spoken:
    """The sentence in -1..1, silent ends cut off, at the loudness of role and emotion; and when its words are said."""
    delivery = DELIVERIES[turn.emotion]
    language = voice.accents.get(turn.language, LANGUAGE_VOICES[turn.language])
    pitch = str(min(99, max(0, voice.pitch + delivery.pitch)))
    name, speed, text = f"{language}+{voice.variant}", str(voice.speed + delivery.speed), turn.say or turn.text
    command = ["espeak-ng", "--stdin", "--stdout", "-v", name, "-p", pitch, "-s", speed]
    spoken = run_tool(command, stdin=text.encode())[WAV_HEADER_BYTES:]
    samples = np.frombuffer(spoken, dtype="<i2").astype(np.float64) / 32768.0
    loud = np.flatnonzero(np.abs(samples) > SILENCE_FLOOR)
    if loud.size == 0:
        raise SampleError(f"espeak-ng said nothing for {turn.text!r}; add a `say` that it can read")
    first, length = int(loud[0]), int(loud[-1] + 1 - loud[0])
    samples = samples[first : first + length]
    samples = samples * (amplitude(SPEECH_DBFS[turn.role] + delivery.gain_db) / rms(samples))
    samples = np.asarray(np.tanh(samples * 1.2) / 1.2)  # rounds off the peaks instead of clipping them
    words = words_of(turn, text, ["--voice", name, "--pitch", pitch, "--speed", speed], spoken)
    return Spoken(samples, cut_words(words, first, length))


def words_of(turn: Turn, text: str, options: list[str], spoken: bytes) -> list[SpokenWord]:
    """The sentence's words by their samples in `spoken`.

    Raises SampleError where espeak-ng's library does not say what the program said, sample for sample.
    """
    told = json.loads(run_tool([sys.executable, str(EVENTS_TOOL), *options], stdin=text.encode()))
    if told["sha256"] != hashlib.sha256(spoken).hexdigest():
        raise SampleError(
            f"espeak-ng and its library, libespeak-ng, say {turn.text!r} differently; are both of one version?"
        )
    try:
        return spoken_words(turn.text, turn.language, text, [(begin, *span) for begin, _, *span in told["parts"]])
    except ValueError as error:
        raise SampleError(f"the words of {turn.text!r} have no times: {error}") from error


def cut_words(words: list[SpokenWord], first: int, length: int) -> tuple[SpokenWord, ...]:
    """The words in the sound from which all but `length` samples from `first` on was cut off, being silent.

    The sound begins with the first word and dies away with the last one.
    """
    bounds = [[min(max(sample - first, 0), length) for sample in (word.begin, word.end)] for word in words]
    bounds[0][0], bounds[-1][1] = 0, length
    cut = zip(words, bounds, strict=True)
    return tuple(SpokenWord(word.text, word.punctuation, begin, end) for word, (begin, end) in cut)


def hold_music(duration_ms: int) -> Samples:
    """A slow broken chord, as played to a caller on hold."""
    seconds = np.arange(sample_at(duration_ms)) / MIX_RATE_HZ
    note = (seconds / MUSIC_NOTE_S).astype(int)
    pitch = np.asarray(MUSIC_HZ)[note % len(MUSIC_HZ)]
    since = seconds - note * MUSIC_NOTE_S
    tone = np.sin(2 * np.pi * pitch * since) + 0.3 * np.sin(4 * np.pi * pitch * since)
    tone = tone * np.minimum(1.0, since / 0.01) * np.exp(-since * 4.0)
    return np.asarray(tone * amplitude(MUSIC_DBFS) / rms(tone))


def line_noise(role: str, length: int, *, seed: str) -> Samples:
    """Room and line noise of a party: pink for the agent's office, darker and breathing for the customer."""
    random = np.random.default_rng(zlib.crc32(seed.encode()))
    spectrum = np.fft.rfft(random.standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / MIX_RATE_HZ)
    slope = 0.5 if role == "agent" else 0.9
    noise = np.fft.irfft(spectrum / np.maximum(hertz, 60.0) ** slope, length)
    if role == "customer":
        noise = noise * (1.0 + 0.4 * np.sin(2 * np.pi * 0.11 * np.arange(length) / MIX_RATE_HZ))
    return np.asarray(noise * amplitude(NOISE_DBFS[role]) / rms(noise))


def pause_before(script: Script, index: int) -> int:
    """Gap in ms before a turn or event: its own, or a breath, shorter within a role, that varies a little."""
    turn = script.turns[index]
    if index == 0:
        return LEAD_IN_MS
    if isinstance(turn, Turn) and turn.pause_ms is not None:
        return turn.pause_ms
    breath_ms = 180 if turn.role == script.turns[index - 1].role else 320
    return breath_ms + zlib.crc32(f"{script.call_id}/{index}".encode()) % 250


def mix(script: Script) -> Mix:
    """Speaks every turn and lays the turns on the two tracks, one after another by their pauses.

    Raises SampleError when a negative pause would let a party talk over itself.
    """
    pieces: list[tuple[str, int, Samples]] = []
    sentences: list[Placed] = []
    free_at_ms = dict.fromkeys(ROLES, 0)
    now_ms = 0
    for index, turn in enumerate(script.turns):
        if isinstance(turn, Event) and turn.event == "silence":
            now_ms += turn.duration_ms
            continue
        begin_ms = now_ms + pause_before(script, index)
        if begin_ms < free_at_ms[turn.role]:
            raise SampleError(
                f"{script.call_id}: the {turn.role} talks over itself in turn {index}; raise its pause_ms"
            )
        spoken = sound_of(turn, script)
        end_ms = begin_ms + -(-len(spoken.samples) * 1000 // MIX_RATE_HZ)  # rounded up
        pieces.append((turn.role, begin_ms, spoken.samples))
        if isinstance(turn, Turn):
            sentences.append(Placed(turn, begin_ms, end_ms, place_words(spoken.words, begin_ms)))
        free_at_ms[turn.role] = end_ms
        now_ms = max(now_ms, end_ms)
    return Mix(lay(pieces, whole_tenths(now_ms + TAIL_MS), seed=script.call_id), sentences)


def place_words(words: tuple[SpokenWord, ...], begin_ms: int) -> tuple[PlacedWord, ...]:
    """The words of a sentence that begins at `begin_ms`."""
    return tuple(
        PlacedWord(
            word.text,
            word.punctuation,
            begin_ms + round(word.begin * 1000 / MIX_RATE_HZ),
            begin_ms + round(word.end * 1000 / MIX_RATE_HZ),
        )
        for word in words
    )


def sound_of(turn: Turn | Event, script: Script) -> Spoken:
    """The sound of a sentence or of the music."""
    if isinstance(turn, Event):
        return Spoken(hold_music(turn.duration_ms))
    return speak(turn, script.voices[turn.voice or turn.role])


def whole_tenths(milliseconds: int) -> int:
    """Rounded up to 100 ms: such a length is a whole number of samples at every rate used."""
    return -(-milliseconds // 100) * 100


def lay(pieces: list[tuple[str, int, Samples]], duration_ms: int, *, seed: str) -> dict[str, Samples]:
    """Puts pieces (role, begin in ms, samples) on one noisy track a role."""
    tracks = {role: line_noise(role, sample_at(duration_ms), seed=f"{seed}/{role}") for role in ROLES}
    for role, begin_ms, samples in pieces:
        begin = sample_at(begin_ms)
        tracks[role][begin : begin + len(samples)] += samples
    return tracks


def to_telephone(track: Samples, sample_rate: int) -> Samples:
    """Band-limits a track as a telephone does and resamples it from MIX_RATE_HZ, in one Fourier step.

    300-3400 Hz up to 8 kHz (ITU-T G.712's band), 80-7000 Hz above (near G.722's 50-7000).
    """
    low_hz, high_hz = (300.0, 3400.0) if sample_rate <= 8000 else (80.0, 7000.0)
    hertz = np.fft.rfftfreq(len(track), 1 / MIX_RATE_HZ)
    rise = 1 / np.sqrt(1 + (low_hz / np.maximum(hertz, 1.0)) ** 6)
    fall = np.clip((high_hz * 1.12 - hertz) / (high_hz * 0.12), 0, 1)
    length = round(len(track) * sample_rate / MIX_RATE_HZ)
    spectrum = (np.fft.rfft(track) * rise * fall)[: length // 2 + 1]
    return np.asarray(np.fft.irfft(spectrum, length) * sample_rate / MIX_RATE_HZ)
