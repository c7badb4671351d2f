"""Ringing, tones and music are named with their times; nobody's speech is taken for any of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.probing import probe
from qa_pipeline.audio.sounds import Sound, SoundKind, find_sounds
from tests.audio.line_sounds import TIMBRES, cadenced, music, on_a_line, warbling

SAMPLES = Path(__file__).parents[2] / "samples" / "recordings"
CALL = SAMPLES / "2025-09-03" / "2025-09-03_a-chen_c0301.wav"


def found_in(samples: np.ndarray, *, rate: int = 8000, piece: int = 80_000) -> list[Sound]:
    return list(find_sounds((samples[at : at + piece] for at in range(0, samples.size, piece)), rate))


def length_s(sounds: list[Sound], kind: SoundKind) -> float:
    return sum(sound.end_ms - sound.begin_ms for sound in sounds if sound.kind is kind) / 1000


def speech(seconds: float) -> np.ndarray:
    return np.concatenate(list(decode_blocks(CALL)), axis=1)[0][: round(seconds * 8000)]


RINGING = {
    "425 Hz, 1 s in 5": lambda: cadenced(425, seconds=21, cadence=(1, 4)),
    "440 and 480 Hz, 2 s in 6": lambda: cadenced(440, 480, seconds=20, cadence=(2, 4)),
    "400 and 450 Hz, double": lambda: cadenced(400, 450, seconds=21, cadence=(0.4, 0.2, 0.4, 2)),
    "400 Hz with 16 Hz, 1 s in 3": lambda: cadenced(400, seconds=22, cadence=(1, 2), modulated=16),
    "400 Hz with 25 Hz, double": lambda: cadenced(400, seconds=21, cadence=(0.4, 0.2, 0.4, 2), modulated=25),
    "450 Hz, 1 s in 5": lambda: cadenced(450, seconds=21, cadence=(1, 4)),
    "440 Hz, 1.5 s in 5": lambda: cadenced(440, seconds=21, cadence=(1.5, 3.5)),
    "once": lambda: np.append(cadenced(425, seconds=1), np.zeros(16_000)),
    "an electronic telephone": lambda: warbling(1400, 1700, times=16, seconds=21, cadence=(1, 3)),
}


@pytest.mark.parametrize("name", RINGING)
@pytest.mark.parametrize(("level_db", "mulaw"), [(-10, False), (-25, True), (-38, True)])
def test_ringing_is_named(name: str, level_db: float, mulaw: bool) -> None:
    sound = RINGING[name]()
    heard_s = np.abs(sound).reshape(-1, 400).max(axis=1).astype(bool).sum() * 0.05
    found = found_in(on_a_line(sound, level_db=level_db, mulaw=mulaw))
    assert length_s(found, SoundKind.RINGING) == pytest.approx(heard_s, rel=0.3)
    assert length_s(found, SoundKind.TONE) + length_s(found, SoundKind.MUSIC) < 0.1 * heard_s


TONES = {
    "dial 350 and 440 Hz": lambda: cadenced(350, 440, seconds=20),
    "dial 425 Hz": lambda: cadenced(425, seconds=20),
    "busy 480 and 620 Hz": lambda: cadenced(480, 620, seconds=20, cadence=(0.5, 0.5)),
    "busy 425 Hz": lambda: cadenced(425, seconds=20, cadence=(0.5, 0.5)),
    "busy 400 Hz": lambda: cadenced(400, seconds=20, cadence=(0.375, 0.375)),
    "congestion 425 Hz": lambda: cadenced(425, seconds=20, cadence=(0.25, 0.25)),
    "recording 1400 Hz": lambda: cadenced(1400, seconds=21, cadence=(0.25, 5)),
    "voice mail 1000 Hz": lambda: cadenced(1000, seconds=21, cadence=(0.5, 6)),
    "fax 1100 Hz": lambda: cadenced(1100, seconds=21, cadence=(0.5, 3)),
    "answer 2100 Hz": lambda: cadenced(2100, seconds=21, cadence=(3, 2)),
    "keys": lambda: cadenced(770, 1336, seconds=20, cadence=(0.1, 0.1)),
    "three rising": lambda: np.concatenate([cadenced(hertz, seconds=0.33) for hertz in (950, 1400, 1800)]),
}


@pytest.mark.parametrize("name", TONES)
@pytest.mark.parametrize(("level_db", "mulaw"), [(-10, False), (-30, True)])
def test_tones_are_named(name: str, level_db: float, mulaw: bool) -> None:
    sound = TONES[name]()
    heard_s = np.abs(sound).max() and (np.abs(sound) > 0).sum() / 8000
    found = found_in(on_a_line(sound, level_db=level_db, mulaw=mulaw))
    assert 0.8 * heard_s < length_s(found, SoundKind.TONE) < 2.2 * heard_s
    assert length_s(found, SoundKind.RINGING) + length_s(found, SoundKind.MUSIC) == 0


@pytest.mark.parametrize("timbre", TIMBRES)
@pytest.mark.parametrize(("level_db", "noise", "key"), [(-10, 10, 262), (-32, 60, 196), (-24, 10, 330)])
def test_music_is_named(timbre: str, level_db: float, noise: float, key: float) -> None:
    sound = music(timbre, seconds=15, key=key)
    found = found_in(on_a_line(sound, level_db=level_db, noise=noise, mulaw=True))
    assert length_s(found, SoundKind.MUSIC) > 13


def test_sixteen_kilohertz_are_heard_as_well() -> None:
    ring = on_a_line(cadenced(440, 480, seconds=12, cadence=(2, 4), rate=16_000), level_db=-20)
    assert length_s(found_in(ring, rate=16_000), SoundKind.RINGING) == pytest.approx(4, abs=0.4)
    tune = on_a_line(music("piano", seconds=12, rate=16_000), level_db=-20)
    assert length_s(found_in(tune, rate=16_000), SoundKind.MUSIC) > 10


def test_times_are_those_of_the_sound() -> None:
    ring = np.concatenate([np.zeros(8000), cadenced(425, seconds=1), np.zeros(24_000)])
    (found,) = found_in(on_a_line(ring, level_db=-20))
    assert found.kind is SoundKind.RINGING
    assert (found.begin_ms, found.end_ms) == (pytest.approx(1000, abs=100), pytest.approx(2000, abs=100))


def test_music_ends_where_somebody_speaks() -> None:
    tune = on_a_line(music("piano", seconds=12), level_db=-22)
    found = found_in(np.concatenate([tune, speech(12), tune]))
    assert [sound.kind for sound in found] == [SoundKind.MUSIC, SoundKind.MUSIC]
    assert found[0].end_ms == pytest.approx(12_000, abs=1000)
    assert found[1].begin_ms == pytest.approx(24_000, abs=1000)


@pytest.mark.parametrize("under_db", [-34, -42])
def test_speech_over_music_is_not_music(under_db: float) -> None:
    voice = speech(30)
    tune = music("strings", seconds=30)[: voice.size]
    mixed = np.clip(voice + on_a_line(tune, level_db=under_db), -32768, 32767).astype(np.int16)
    spoken = [
        (sentence["begin_time"], sentence["end_time"]) for sentence in sentences(0) if sentence["end_time"] < 30_000
    ]
    covered = sum(overlap_ms(sound, begin, end) for sound in found_in(mixed) for begin, end in spoken)
    assert covered < 0.1 * sum(end - begin for begin, end in spoken)


def sentences(channel_id: int) -> list[dict[str, int]]:
    transcript = json.loads(CALL.with_name(f"{CALL.stem}.transcript.json").read_text(encoding="utf-8"))
    return next(part["sentences"] for part in transcript["transcripts"] if part["channel_id"] == channel_id)


def overlap_ms(sound: Sound, begin_ms: int, end_ms: int) -> int:
    return max(0, min(sound.end_ms, end_ms) - max(sound.begin_ms, begin_ms))


def test_hum_under_speech_is_not_named() -> None:
    voice = speech(30)
    hum = cadenced(50, 150, 250, 350, seconds=voice.size / 8000) * 900
    assert found_in(np.rint(voice + hum).astype(np.int16)) == []


def test_silence_noise_and_nothing_have_no_sounds() -> None:
    assert found_in(np.zeros(80_000, np.int16)) == []
    assert found_in(on_a_line(np.zeros(80_000), level_db=0, noise=900)) == []
    assert found_in(np.zeros(0, np.int16)) == []
    assert found_in(np.full(100, 9000, np.int16)) == []


def test_the_length_of_the_pieces_does_not_show() -> None:
    parts = [on_a_line(music("reed", seconds=30), level_db=-20), speech(20)]
    parts += [on_a_line(cadenced(425, seconds=50, cadence=(1, 4)), level_db=-20)]
    samples = np.concatenate(parts)
    assert found_in(samples, piece=997) == found_in(samples, piece=samples.size)


def all_channels(folder: Path) -> Iterator[tuple[str, np.ndarray, int]]:
    for path in sorted(folder.iterdir()):
        if path.suffix != ".json":
            rate = probe(path).sample_rate
            for number, samples in enumerate(np.concatenate(list(decode_blocks(path)), axis=1)):
                yield f"{path.name}:{number}", samples, rate


@pytest.mark.recordings
@pytest.mark.parametrize("folder", ["calls", "speech"])
def test_no_real_speech_is_taken_for_ringing_tones_or_music(folder: str, real_recordings: Path) -> None:
    """`nonspeech_phone_ringing.mp3` among them: whatever its name says, a person says "sound of phone ringing"."""
    found = {name: found_in(samples, rate=rate) for name, samples, rate in all_channels(real_recordings / folder)}
    assert len(found) > 15
    assert {name: sounds for name, sounds in found.items() if sounds} == {}


@pytest.mark.thorough
def test_of_the_sample_calls_only_those_on_hold_have_sounds() -> None:
    for name, begin_s in (("2025-09-01/c0102.opus", 32), ("2025-09-03/2025-09-03_a-ortiz_c0302.mp3", 17)):
        path = SAMPLES / name
        samples = np.concatenate(list(decode_blocks(path)), axis=1)[0]
        (hold,) = found_in(samples, rate=probe(path).sample_rate)
        assert hold.kind is SoundKind.MUSIC
        assert hold.begin_ms == pytest.approx(begin_s * 1000, abs=1500)
        assert hold.end_ms - hold.begin_ms > 6000
    assert found_in(speech(60)) == []
