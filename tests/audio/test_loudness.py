from __future__ import annotations

import math

import numpy as np
import pytest

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.loudness import Loudness, LoudnessMeter

RATE = 8000


def measured(samples: np.ndarray, *, piece_s: int = 10, options: AcousticOptions | None = None) -> Loudness:
    meter = LoudnessMeter(options or AcousticOptions())
    whole = samples.size - samples.size % RATE
    for start in range(0, whole, piece_s * RATE):
        meter.feed(samples[start : min(start + piece_s * RATE, whole)].reshape(-1, RATE))
    if whole < samples.size:
        meter.feed(samples[whole:][np.newaxis])
    return meter.finish()


def sine(amplitude: float, seconds: float, hertz: float = 440.0) -> np.ndarray:
    return np.rint(amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16)


def test_a_square_wave_at_full_scale_is_zero_and_a_sine_three_decibels_less() -> None:
    square = np.tile(np.repeat(np.array([32767, -32768], np.int16), 20), 200)
    assert measured(square).mean_db == 0.0
    assert measured(sine(32767, 1)).mean_db == pytest.approx(-3.0, abs=0.05)


@pytest.mark.parametrize("level_db", [-6.0, -26.0, -50.0])
def test_a_sine_has_the_level_it_was_made_with(level_db: float) -> None:
    tone = sine(32768 * math.sqrt(2) * 10 ** (level_db / 20), 2)
    assert measured(tone).per_second_db == pytest.approx((level_db, level_db), abs=0.11)


def test_each_second_has_its_own_level_and_a_begun_one_counts_for_what_it_lasts() -> None:
    found = measured(np.concatenate([sine(20000, 1), np.zeros(RATE, np.int16), sine(20000, 0.25)]))
    loud = found.per_second_db[0]
    assert found.per_second_db == (loud, -100.0, loud)


def test_digital_silence_is_written_as_a_number() -> None:
    assert measured(np.zeros(RATE, np.int16)) == Loudness((-100.0,), -100.0, -100.0, 0.0)


def test_nothing_at_all_is_silence_too() -> None:
    assert measured(np.zeros(0, np.int16)) == Loudness((), -100.0, -100.0, 0.0)


def test_the_peak_is_the_largest_sample_of_either_sign() -> None:
    samples = np.zeros(RATE, np.int16)
    samples[100] = -32768
    assert measured(samples).peak_db == 0.0
    samples[100] = -16384
    assert measured(samples).peak_db == pytest.approx(-6.0, abs=0.05)


def test_only_flat_tops_are_clipping_and_single_full_samples_are_not() -> None:
    samples = np.zeros(RATE, np.int16)
    samples[10:12] = 32767
    samples[50] = -32768
    assert measured(samples).clipping_ratio == 0
    samples[100:103] = 32767
    samples[200:204] = -32768
    assert measured(samples).clipping_ratio == 7 / RATE


def test_a_square_wave_is_made_of_flat_tops_of_both_signs() -> None:
    halves = np.tile(np.repeat(np.array([32767, -32768], np.int16), 2), RATE // 4)
    assert measured(halves).clipping_ratio == 0
    assert measured(np.repeat(halves, 2)).clipping_ratio == 1


@pytest.mark.parametrize("full_scale", [32124, 32256, 32767], ids=["µ-law", "A-law", "PCM"])
def test_full_scale_is_that_of_the_coding(full_scale: int) -> None:
    samples = np.zeros(RATE, np.int16)
    samples[:5] = full_scale
    assert measured(samples).clipping_ratio == 5 / RATE


def test_the_next_lower_step_of_mu_law_is_not_full_scale() -> None:
    assert measured(np.full(RATE, 31100, np.int16)).clipping_ratio == 0


def test_flat_tops_that_go_on_in_the_next_piece_are_counted_once_and_whole() -> None:
    chance = np.random.default_rng(1)
    samples = np.where(chance.random(12 * RATE) < 0.7, 32767, 0).astype(np.int16)
    samples[RATE - 2 : RATE + 1] = 32767
    samples[3 * RATE - 1 : 5 * RATE + 2] = -32768
    assert measured(samples, piece_s=1).clipping_ratio == measured(samples, piece_s=12).clipping_ratio
    by_hand = sum(len(run) for run in "".join("x" if s == 32767 else "-" if s else " " for s in samples).replace(
        "x-", "x -").replace("-x", "- x").split() if len(run) >= 3)  # fmt: skip
    assert measured(samples, piece_s=1).clipping_ratio == by_hand / samples.size
