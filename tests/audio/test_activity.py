from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.activity import ActivityDetector, SpeechActivity, segments
from qa_pipeline.audio.decoding import decode_blocks

SAMPLES = Path(__file__).parents[2] / "samples" / "recordings"
CALL = SAMPLES / "2025-09-03" / "2025-09-03_a-chen_c0301.wav"


def detected(samples: np.ndarray, *, piece: int = 80_000, options: AcousticOptions | None = None) -> SpeechActivity:
    detector = ActivityDetector(options or AcousticOptions())
    for start in range(0, samples.size, piece):
        detector.feed(samples[start : start + piece])
    return detector.finish(samples.size // 8)


def channel(number: int) -> np.ndarray:
    return np.concatenate(list(decode_blocks(CALL)), axis=1)[number]


def spoken_ms(number: int) -> list[tuple[int, int]]:
    """Where the mixer of the sample call placed the sentences."""
    transcript = json.loads(CALL.with_name(f"{CALL.stem}.transcript.json").read_text(encoding="utf-8"))
    (found,) = (part for part in transcript["transcripts"] if part["channel_id"] == number)
    return [(sentence["begin_time"], sentence["end_time"]) for sentence in found["sentences"]]


def on_a_grid(parts: list[tuple[int, int]] | tuple[tuple[int, int], ...], duration_ms: int) -> np.ndarray:
    grid = np.zeros(duration_ms // 10, bool)
    for begin, end in parts:
        grid[begin // 10 : end // 10] = True
    return grid


@pytest.mark.parametrize("number", [0, 1])
def test_speech_is_found_where_it_was_spoken(number: int) -> None:
    samples = channel(number)
    found = on_a_grid(detected(samples).segments_ms, samples.size // 8)
    spoken = on_a_grid(spoken_ms(number), samples.size // 8)
    assert (spoken & ~found).sum() < 0.02 * spoken.sum()
    assert (found & ~spoken).sum() < 0.06 * spoken.sum()


@pytest.mark.parametrize("quieter_db", [0, 12, 24])
def test_a_faint_voice_is_found_too(quieter_db: int) -> None:
    samples = channel(0)
    faint = np.rint(samples * 10 ** (-quieter_db / 20)).astype(np.int16)
    assert detected(faint).speech_s > 0.8 * detected(samples).speech_s
    assert detected(faint).loudness_db == pytest.approx((detected(samples).loudness_db or 0) - quieter_db, abs=2.5)


@pytest.mark.parametrize("level", [0, 10, 25])
def test_silence_and_the_noise_of_a_quiet_line_are_no_speech(level: int) -> None:
    noise = (np.random.default_rng(4).standard_normal(30 * 8000) * level).astype(np.int16)
    assert detected(noise) == SpeechActivity((), 0.0, None)


TONES = {
    "dial 425": (425, 0, 30.0, 30.0),
    "dial 350+440": (350, 440, 30.0, 30.0),
    "ring 425": (425, 0, 1.0, 5.0),
    "ring 440+480": (440, 480, 2.0, 6.0),
    "busy 480+620": (480, 620, 0.5, 1.0),
    "recording beep 1400": (1400, 0, 0.25, 3.0),
    "short beep 1000": (1000, 0, 0.12, 2.0),
    "fax 1100": (1100, 0, 0.5, 3.5),
    "digits 770+1336": (770, 1336, 0.1, 0.3),
    "hum 50": (50, 150, 30.0, 30.0),
}


@pytest.mark.parametrize("name", TONES)
@pytest.mark.parametrize("level_db", [-12, -25, -35])
def test_tones_of_a_line_are_no_speech(name: str, level_db: int) -> None:
    first, second, lasting_s, every_s = TONES[name]
    at_s = np.arange(20 * 8000) / 8000
    tone = np.sin(2 * np.pi * first * at_s) + (np.sin(2 * np.pi * second * at_s) if second else 0)
    tone *= (at_s % every_s < lasting_s) * 32768 * 10 ** (level_db / 20)
    line = tone / (2 if second else 1) + np.random.default_rng(1).normal(0, 10, at_s.size)
    assert detected(np.rint(line).astype(np.int16)).speech_s < 0.5


@pytest.mark.parametrize("level", [60, 300, 3000])
def test_loud_noise_is_no_speech(level: int) -> None:
    noise = np.random.default_rng(2).normal(0, level, 20 * 8000)
    assert detected(noise.astype(np.int16)).speech_s < 0.5


def test_speech_behind_a_ring_tone_is_still_speech() -> None:
    at_s = np.arange(6 * 8000) / 8000
    ring = 4000 * np.sin(2 * np.pi * 425 * at_s) * (at_s % 5 < 1)
    call = channel(0)
    found = detected(np.concatenate([ring.astype(np.int16), call]))
    assert found.speech_s == pytest.approx(detected(call).speech_s, rel=0.02)


def test_the_length_of_the_pieces_does_not_show() -> None:
    samples = channel(1)
    assert detected(samples, piece=1234) == detected(samples, piece=samples.size)


def test_speech_time_is_the_length_of_the_segments_and_none_ends_behind_the_recording() -> None:
    samples = channel(0)[: 8 * 9_997]
    found = detected(samples)
    assert found.speech_s == pytest.approx(sum(end - begin for begin, end in found.segments_ms) / 1000)
    assert all(0 <= begin < end <= 9_997 for begin, end in found.segments_ms)


def test_less_than_a_frame_is_no_speech() -> None:
    assert detected(np.full(159, 20_000, np.int16)) == SpeechActivity((), 0.0, None)


def test_short_pauses_are_closed_and_clicks_are_dropped() -> None:
    options = AcousticOptions(vad_frame_ms=20, min_pause_ms=300, min_speech_ms=100)
    frames = "." * 5 + "s" * 10 + "." * 14 + "s" * 3 + "." * 15 + "s" * 4 + "." * 15 + "s" * 5
    active = np.array([frame == "s" for frame in frames])
    assert segments(active, options) == [(100, 640), (1320, 1420)]


@given(st.lists(st.booleans(), max_size=400), st.integers(0, 400), st.integers(0, 400))
def test_segments_are_apart_by_a_pause_and_last_as_long_as_speech(
    frames: list[bool], min_pause_ms: int, min_speech_ms: int
) -> None:
    options = AcousticOptions(min_pause_ms=min_pause_ms, min_speech_ms=min_speech_ms)
    found = segments(np.array(frames, bool), options)
    assert all(end - begin >= max(min_speech_ms, 20) for begin, end in found)
    assert all(later - earlier >= max(min_pause_ms, 20) for (_, earlier), (later, _) in pairwise(found))
    assert all(frames[begin // 20] and frames[end // 20 - 1] for begin, end in found)


@given(st.lists(st.booleans(), max_size=400))
def test_without_smoothing_the_segments_are_the_frames(frames: list[bool]) -> None:
    found = segments(np.array(frames, bool), AcousticOptions(min_pause_ms=0, min_speech_ms=0))
    assert [any(begin <= 20 * at < end for begin, end in found) for at in range(len(frames))] == frames
