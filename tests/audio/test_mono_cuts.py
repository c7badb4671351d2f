"""Cuts for models that take little: the recording's own samples where they fit, a lower rate only where they don't."""

from __future__ import annotations

import math
import wave
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.decoding import channel_digests
from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.mono_cuts import cut_to_fit
from qa_pipeline.audio.probing import probe

PLENTY = 10**8


def two_tones(path: Path, *, rate: int, seconds: float = 2.0, tones: tuple[int, int] = (300, 700)) -> Path:
    """A stereo WAV with one sine on each channel."""
    at = np.arange(round(rate * seconds)) / rate
    samples = np.stack([np.rint(8000 * np.sin(2 * math.pi * tone * at)) for tone in tones], axis=1).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())
    return path


def loudest_hz(path: Path) -> float:
    with wave.open(str(path)) as cut:
        rate, samples = cut.getframerate(), np.frombuffer(cut.readframes(cut.getnframes()), "<i2")
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


def test_a_cut_that_fits_has_the_recordings_own_samples(tmp_path: Path) -> None:
    call = two_tones(tmp_path / "call.wav", rate=44_100)
    assert cut_to_fit(call, 1, tmp_path / "cut.wav", max_bytes=PLENTY) == 44_100
    assert channel_digests(tmp_path / "cut.wav").digests == channel_digests(call).digests[1:]


@pytest.mark.parametrize(("max_bytes", "rate"), [(176_443, 16_000), (64_076, 16_000), (64_075, 8_000)])
def test_a_cut_that_does_not_fit_comes_down_to_the_next_rate_that_does(
    tmp_path: Path, max_bytes: int, rate: int
) -> None:
    call = two_tones(tmp_path / "call.wav", rate=44_100)
    assert cut_to_fit(call, 1, tmp_path / "cut.wav", max_bytes=max_bytes) == rate
    found = probe(tmp_path / "cut.wav")
    assert (found.sample_rate, found.channels) == (rate, 1)
    assert found.duration_s == pytest.approx(2.0, abs=0.002)
    assert found.size_bytes <= max_bytes
    assert loudest_hz(tmp_path / "cut.wav") == pytest.approx(700, abs=2)


def test_what_lies_above_the_new_rate_does_not_fold_into_the_speech(tmp_path: Path) -> None:
    call = two_tones(tmp_path / "call.wav", rate=48_000, tones=(500, 11_000))
    cut_to_fit(call, 1, tmp_path / "cut.wav", max_bytes=70_000)
    with wave.open(str(tmp_path / "cut.wav")) as cut:
        samples = np.frombuffer(cut.readframes(cut.getnframes()), "<i2")[1000:-1000]
    assert np.abs(samples).max() < 80  # of 8000: 40 dB down


def test_what_fits_at_no_rate_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    call = two_tones(tmp_path / "call.wav", rate=16_000)
    with pytest.raises(UnusableAudio) as caught:
        cut_to_fit(call, 0, tmp_path / "cut.wav", max_bytes=10_000)
    assert caught.value.code is AudioFault.TOO_LONG
    assert "32,060 bytes as WAV at 8000 Hz" in caught.value.sentence
    assert [path.name for path in tmp_path.iterdir()] == ["call.wav"]


@pytest.mark.parametrize("max_bytes", [PLENTY, 70_000])
def test_a_channel_that_is_not_there_is_named(tmp_path: Path, max_bytes: int) -> None:
    call = two_tones(tmp_path / "call.wav", rate=44_100)
    with pytest.raises(UnusableAudio, match="channel 2 was asked for"):
        cut_to_fit(call, 2, tmp_path / "cut.wav", max_bytes=max_bytes)


def test_a_recording_that_breaks_off_leaves_no_part_of_a_cut(tmp_path: Path) -> None:
    call = two_tones(tmp_path / "call.wav", rate=44_100)
    broken = tmp_path / "broken.flac"
    broken.write_bytes(b"fLaC" + call.read_bytes()[:2000])
    with pytest.raises(UnusableAudio):
        cut_to_fit(broken, 0, tmp_path / "cut.wav", max_bytes=PLENTY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.flac", "call.wav"]
