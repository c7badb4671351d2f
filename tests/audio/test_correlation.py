from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.correlation import PairCorrelator, PairLikeness

RATE = 8000


def compared(first: np.ndarray, second: np.ndarray, *, piece: int = 80_000, **options: int) -> PairLikeness:
    correlator = PairCorrelator(AcousticOptions(**options))  # type: ignore[arg-type]
    for start in range(0, first.size, piece):
        correlator.feed(as_samples(first[start : start + piece]), as_samples(second[start : start + piece]))
    return correlator.finish()


def as_samples(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)


def noise(seed: int, seconds: float = 12, level: float = 3000) -> np.ndarray:
    """Noise with the slope of speech, 6 dB an octave, so that neighbouring samples are alike."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * RATE) + 50)
    slow = np.convolve(white, 0.9 ** np.arange(50))[50 : 50 + round(seconds * RATE)]
    return slow * level / slow.std()


def taking_turns(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two parties on a quiet line, four seconds each in turn, 24 s."""
    speaks = (np.arange(24 * RATE) // (4 * RATE)) % 2 == 0
    first, second = noise(seed, 24), noise(seed + 1, 24)
    return first * speaks + noise(seed + 2, 24, 5), second * ~speaks + noise(seed + 3, 24, 5)


def delayed(samples: np.ndarray, milliseconds: float) -> np.ndarray:
    shift = round(milliseconds * RATE / 1000)
    moved = np.zeros_like(samples)
    if shift >= 0:
        moved[shift:] = samples[: samples.size - shift]
    else:
        moved[:shift] = samples[-shift:]
    return moved


@pytest.mark.parametrize("lag_ms", [-200, -33.375, 0, 0.125, 120])
def test_a_copy_is_known_at_its_lag_whichever_channel_comes_later(lag_ms: float) -> None:
    sound = noise(1)
    found = compared(sound, delayed(sound, lag_ms))
    assert found.correlation is not None
    assert found.correlation > 0.99  # the delay pushes up to 0.2 of 12 s out of the recording
    assert found.lag_ms == lag_ms


def test_a_copy_further_away_than_is_looked_is_not_seen() -> None:
    sound = noise(1)
    assert (compared(sound, delayed(sound, 60), max_lag_ms=50).correlation or 0) < 0.1
    assert (compared(sound, delayed(sound, 50), max_lag_ms=50).correlation or 0) > 0.99


def test_a_copy_turned_over_has_a_negative_sign() -> None:
    sound = noise(1)
    assert (compared(sound, -sound).correlation or 0) < -0.999


def test_the_level_difference_is_that_of_the_second_over_the_first() -> None:
    sound = noise(1)
    assert compared(sound, sound / 4).level_difference_db == pytest.approx(-12.0, abs=0.1)


def test_the_correlation_is_the_one_of_the_textbook() -> None:
    """At lag 0 the coefficient of Pearson, for sounds without a constant part."""
    sound, other = noise(1), noise(2)
    mixed = 0.6 * sound + 0.8 * other
    assert compared(sound, mixed).correlation == pytest.approx(np.corrcoef(sound, mixed)[0, 1], abs=0.01)


def test_two_parties_are_not_alike() -> None:
    found = compared(*taking_turns(10))
    assert abs(found.correlation or 0) < 0.1
    assert found.copy_in[0].windows >= 10
    assert found.copy_in[1].windows >= 10
    assert max(abs(copy.correlation) for copy in found.copy_in) < 0.1


@pytest.mark.parametrize("gain_db", [-10, -20, -35])
@pytest.mark.parametrize("lag_ms", [0, 5, 150])
def test_a_weak_copy_is_found_in_the_channel_that_holds_it_with_its_lag_and_gain(gain_db: int, lag_ms: int) -> None:
    first, second = taking_turns(20)
    found = compared(first, second + 10 ** (gain_db / 20) * delayed(first, lag_ms))
    clean, holding = found.copy_in
    assert holding.correlation > 0.5
    assert holding.lag_ms == lag_ms
    assert holding.gain_db == pytest.approx(gain_db, abs=0.7)
    assert abs(clean.correlation) < 0.1


def test_the_lag_of_a_copy_in_the_first_channel_counts_from_the_second() -> None:
    first, second = taking_turns(30)
    found = compared(first + 0.1 * delayed(second, 40), second)
    assert found.copy_in[0].lag_ms == 40
    assert found.copy_in[0].correlation > 0.5


def test_hum_of_the_mains_on_both_channels_is_no_copy() -> None:
    first, second = taking_turns(40)
    hum = 60 * np.sin(2 * np.pi * 50 * np.arange(first.size) / RATE)
    found = compared(first + hum, second + hum)
    assert max(abs(copy.correlation) for copy in found.copy_in) < 0.2


def test_a_silent_channel_is_not_compared_and_its_seconds_are_counted_as_silent() -> None:
    first, second = taking_turns(50)
    found = compared(first, second * 0)
    assert (found.correlation, found.lag_ms, found.level_difference_db) == (None, None, None)
    assert (found.copy_in[1].windows, found.copy_in[1].silent_windows) == (0, 12)


def test_seconds_with_noise_alone_are_not_compared() -> None:
    quiet = noise(60, level=20)
    found = compared(quiet, quiet)
    assert found.level.windows == 0
    assert found.correlation == 1.0


def test_the_length_of_the_pieces_does_not_show() -> None:
    first, second = (channel[: 23 * RATE + 777] for channel in taking_turns(70))
    second = second + 0.1 * first
    small, large = compared(first, second, piece=1111), compared(first, second, piece=first.size)
    assert small.correlation == pytest.approx(large.correlation, abs=2e-4)
    assert (small.lag_ms, small.level_difference_db) == (large.lag_ms, large.level_difference_db)
    for one, other in zip(small.copy_in, large.copy_in, strict=True):
        assert (one.windows, one.lag_ms) == (other.windows, other.lag_ms)
        assert one.correlation == pytest.approx(other.correlation, abs=2e-4)


@pytest.mark.parametrize("samples", [0, 1, 4000])
def test_a_recording_shorter_than_a_second_is_compared_as_far_as_it_goes(samples: int) -> None:
    sound = noise(80)[:samples]
    found = compared(sound, sound)
    assert found.correlation == (1.0 if samples else None)
