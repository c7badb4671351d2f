"""Silence to the sample, channel by channel, whichever part of a sound is looked at."""

from __future__ import annotations

import numpy as np
import pytest

from qa_pipeline.audio.muting import MARGIN_MS, TO_THE_END, Muting, muting, silenced

RATE = 8000
MARGIN = MARGIN_MS * RATE // 1000


def loud(seconds: float, channels: int = 2) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    return np.full((channels, round(seconds * RATE)), 1000, np.int16)


def test_a_span_is_silent_with_its_margin_on_its_channel_alone() -> None:
    made = muting({1: [(1000, 2000)]}, channels=2, sample_rate=RATE)
    assert made.channels == ((), ((RATE - MARGIN, 2 * RATE + MARGIN),))
    heard = made.silence(loud(4), 0)
    assert (heard[0] == 1000).all()
    assert (heard[1, RATE - MARGIN : 2 * RATE + MARGIN] == 0).all()
    assert (heard[1, : RATE - MARGIN] == 1000).all()
    assert (heard[1, 2 * RATE + MARGIN :] == 1000).all()


def test_any_part_is_the_part_of_the_whole() -> None:
    made = muting({0: [(500, 700), (650, 900), (3000, 3100)], 1: [(None, None)]}, channels=2, sample_rate=RATE)
    whole = made.silence(loud(5), 0)
    chance = np.random.default_rng(3)
    for first in (0, 1, 2 * RATE, *chance.integers(0, 4 * RATE, 50).tolist()):
        length = int(chance.integers(1, RATE))
        part = made.silence(loud(5)[:, first : first + length], first)
        assert (part == whole[:, first : first + length]).all()
        packed = np.ascontiguousarray(loud(5)[:, first : first + length].T).astype("<i2").tobytes()
        silent = np.ascontiguousarray(whole[:, first : first + length].T).astype("<i2").tobytes()
        assert made.silence_bytes(packed, first) == silent


def test_a_span_without_times_leaves_nothing_of_its_channel() -> None:
    for times in ((None, None), (1000, None), (None, 1000)):
        made = muting({0: [times]}, channels=2, sample_rate=RATE)
        assert made.channels == (((0, TO_THE_END),), ())
        assert not made.silence(loud(2), 10 * RATE)[0].any()


def test_times_between_two_samples_mute_both_and_none_is_before_the_beginning() -> None:
    made = muting({0: [(0, 0), (1001, 1001)]}, channels=1, sample_rate=11_025)
    (first, second) = made.channels[0]
    assert first == (0, 2757)
    assert second[0] == (1001 - MARGIN_MS) * 11_025 // 1000
    assert second[1] == -(-(1001 + MARGIN_MS) * 11_025 // 1000)


def test_blocks_one_after_the_other_are_muted_as_one() -> None:
    made = muting({0: [(900, 1100)]}, channels=1, sample_rate=RATE)
    sound = loud(3, 1)
    blocks = [sound[:, at : at + 777] for at in range(0, sound.shape[1], 777)]
    assert (np.concatenate(list(silenced(blocks, made)), axis=1) == made.silence(sound, 0)).all()
    assert (sound == 1000).all(), "what was handed over stays as it was"


def test_another_muting_has_another_mark_and_other_channels_are_refused() -> None:
    one, other = (muting({0: [(0, end)]}, channels=1, sample_rate=RATE) for end in (10, 11))
    assert one.mark != other.mark
    with pytest.raises(ValueError, match="1 channels are muted and 2 are there"):
        one.silence(loud(1), 0)
    assert Muting(((), ())).silence_bytes(b"\1\0\2\0", 0) == b"\1\0\2\0"
