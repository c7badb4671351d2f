from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.audio.peaks import PEAKS_PER_SECOND, WaveformPeaks


def drawn(samples: np.ndarray, rate: int, piece_s: int = 2) -> np.ndarray:
    peaks = WaveformPeaks(rate)
    whole = samples.size - samples.size % rate
    for start in range(0, whole, piece_s * rate):
        peaks.feed(samples[start : min(start + piece_s * rate, whole)].reshape(-1, rate))
    if whole < samples.size:
        peaks.feed(samples[whole:][np.newaxis])
    return np.frombuffer(peaks.finish(), np.int8).reshape(-1, 2)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 48000])
def test_every_rate_gives_twenty_pixels_a_second(rate: int) -> None:
    chance = np.random.default_rng(2)
    samples = chance.integers(-32768, 32767, size=3 * rate + rate // 2, dtype=np.int16)
    pixels = drawn(samples, rate)
    assert len(pixels) == 70
    for number in (0, 19, 20, 33, 59, 69):
        second, part = divmod(number, PEAKS_PER_SECOND)
        begin, end = (second * rate + (part + more) * rate // PEAKS_PER_SECOND for more in (0, 1))
        assert pixels[number].tolist() == [samples[begin:end].min() >> 8, samples[begin:end].max() >> 8]


def test_full_scale_fills_the_pixel_and_silence_is_a_line() -> None:
    samples = np.zeros(8000, np.int16)
    samples[0], samples[1] = 32767, -32768
    assert drawn(samples, 8000)[:2].tolist() == [[-128, 127], [0, 0]]


def test_a_recording_shorter_than_a_pixel_has_one() -> None:
    assert drawn(np.full(3, 5000, np.int16), 8000).tolist() == [[19, 19]]


def test_the_length_of_the_pieces_does_not_show() -> None:
    samples = np.random.default_rng(3).integers(-9000, 9000, size=7 * 8000, dtype=np.int16)
    assert np.array_equal(drawn(samples, 8000, piece_s=1), drawn(samples, 8000, piece_s=7))
