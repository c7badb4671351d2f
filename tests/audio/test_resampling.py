from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.audio.resampling import ANALYSIS_RATE, Resampler


def resampled(samples: np.ndarray, rate: int, piece: int) -> np.ndarray:
    resampler = Resampler(rate)
    pieces = [resampler.feed(samples[start : start + piece]) for start in range(0, samples.size, piece)]
    return np.concatenate([*pieces, resampler.finish()])


def beep(rate: int) -> np.ndarray:
    """Two seconds with a tone of 200 Hz from 0.9 to 1.1 s."""
    at_s = np.arange(2 * rate) / rate
    return (8000 * np.sin(2 * np.pi * 200 * at_s) * (np.abs(at_s - 1.0) < 0.1)).astype(np.int16)


@pytest.mark.parametrize("rate", [6000, 8000, 11025, 16000, 44100, 48000])
def test_a_sound_stays_where_it_is_in_time(rate: int) -> None:
    found, expected = resampled(beep(rate), rate, rate).astype(float), beep(ANALYSIS_RATE).astype(float)
    assert found.size == expected.size
    assert np.corrcoef(found, expected)[0, 1] > 0.999


@pytest.mark.parametrize("rate", [8000, 11025, 48000])
def test_the_length_of_the_pieces_does_not_show(rate: int) -> None:
    assert np.array_equal(resampled(beep(rate), rate, 2 * rate), resampled(beep(rate), rate, 333))


def test_what_telephones_cannot_carry_is_gone() -> None:
    at_s = np.arange(48000) / 48000
    whistle = (8000 * np.sin(2 * np.pi * 9000 * at_s)).astype(np.int16)
    assert np.abs(resampled(whistle, 48000, 48000)[200:-200]).max() < 100
