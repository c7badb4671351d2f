"""Nobody speaks on a line that has nothing but signals, ringtones, bells or drums, and no words are written there."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.activity import ActivityDetector, SpeechActivity
from qa_pipeline.audio.decoding import channel_digests, decode_blocks
from qa_pipeline.audio.probing import probe
from qa_pipeline.audio.resampling import Resampler
from qa_pipeline.audio.sounds import Sound, SoundDetector
from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions, RecordingAudio
from qa_pipeline.local_service.recognizers.whisper import WhisperRecognizer
from tests.audio.telephone_sounds import CASES, HARD, NOT_TOLD, UNNAMED, on_line
from tests.weights import whisper_tiny_en

LINES = {
    "clean": (8000, None, None),
    "16 kHz": (16_000, 30, None),
    "30 dB": (8000, 30, None),
    "µ-law": (8000, 30, "pcm_mulaw"),
    "20 dB": (8000, 20, None),
    "AMR": (8000, 30, "libopencore_amrnb"),
    "AMR, 20 dB": (8000, 20, "libopencore_amrnb"),
}
"""Name → rate, how far the noise is under the sound, codec."""
HARD_LINES = ("20 dB", "AMR", "AMR, 20 dB")
QUICK = (
    *("keys 0.07 s", "beep 0.1 s, 1400 Hz", "beeps, double 0.08 s", "beeps, triple", "beeps 300 Hz", "two notes"),
    *("dial, stutter US", "congestion, quick", "ring, Australia", "special information", "answer, modulated"),
    *("ringtone, warble 10", "ringtone, marimba", "bell, telephone", "bell, door", "bell, church"),
    *("drums, kick and snare", "drums, toms"),
)


def heard(samples: np.ndarray, rate: int) -> tuple[SpeechActivity, list[Sound]]:
    options, resampler = AcousticOptions(), Resampler(rate)
    activity, detector = ActivityDetector(options), SoundDetector(options.activity_floor_db)
    analysed = np.concatenate([resampler.feed(samples), resampler.finish()])
    activity.feed(analysed)
    duration_ms = round(samples.size * 1000 / rate)
    sounds = [*detector.feed(analysed), *detector.finish(duration_ms)]
    return activity.finish(duration_ms, sounds), sounds


@pytest.mark.parametrize("name", QUICK)
def test_nobody_speaks_over_a_signal(name: str) -> None:
    speech, sounds = heard(on_line(CASES[name].make(8000), 8000, snr_db=30, codec="pcm_mulaw"), 8000)
    assert speech.segments_ms == ()
    assert {sound.kind for sound in sounds} & set(CASES[name].kinds)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "line", [pytest.param(line, marks=pytest.mark.chaos if at > 1 else ()) for at, line in enumerate(LINES)]
)
@pytest.mark.parametrize("name", CASES)
def test_nobody_speaks_over_any_signal_on_any_line(name: str, line: str) -> None:
    if name in NOT_TOLD or (name in HARD and line in HARD_LINES):
        pytest.skip("not told from speech: docs/acoustics.md says so")
    rate, snr_db, codec = LINES[line]
    speech, sounds = heard(on_line(CASES[name].make(rate), rate, snr_db=snr_db, codec=codec), rate)
    assert speech.segments_ms == ()
    assert name in UNNAMED or {sound.kind for sound in sounds} & set(CASES[name].kinds)


@pytest.fixture(scope="module")
def tiny() -> WhisperRecognizer:
    return WhisperRecognizer(whisper_tiny_en(), workers=1)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.chaos) for name in CASES]
)
def test_no_words_are_written_over_a_signal(name: str, tiny: WhisperRecognizer, tmp_path: Path) -> None:
    path = tmp_path / "line.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(on_line(CASES[name].make(8000), 8000, snr_db=30, codec="pcm_mulaw").astype("<i2").tobytes())
    recording = RecordingAudio(path, path.name, "0" * 64, probe(path), lambda: channel_digests(path))
    assert tiny.recognize(ChannelAudio(recording, 0), RecognitionOptions()).text == ""


SAMPLES = Path(__file__).parents[2] / "samples" / "recordings"


def spoken(seconds: float) -> np.ndarray:
    call = np.concatenate(list(decode_blocks(SAMPLES / "2025-09-03" / "2025-09-03_a-chen_c0301.wav")), axis=1)[0]
    return call[: round(seconds * 8000)]


@pytest.mark.parametrize("name", ["beep of recording, 0.2 s", "beeps, double 0.1 s", "drums, with hats"])
def test_what_is_said_before_and_behind_stays(name: str) -> None:
    voice = spoken(20)
    alone, _ = heard(voice, 8000)
    signal = on_line(CASES[name].make(8000), 8000, snr_db=None)
    together, _ = heard(np.concatenate([voice, signal, voice]), 8000)
    assert together.speech_s == pytest.approx(2 * alone.speech_s, abs=1.0)
    assert not [span for span in together.segments_ms if 20_500 < span[0] < 39_500]
