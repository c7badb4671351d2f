"""The two checks on the recognizer: what it wrote where nothing sounds, and what sounds where it wrote nothing."""

from __future__ import annotations

import pytest

from tests.conversation.building import said, talk


def test_a_sentence_where_nothing_sounds_is_words_without_sound() -> None:
    metrics = talk(
        said("agent", 0, 2000), said("agent", 5000, 7000), speech={"agent": [(100, 1900)], "customer": []}
    ).metrics
    assert (metrics.agent_words_without_sound, metrics.agent_words_without_sound_s) == (1, 2.0)
    assert (metrics.customer_words_without_sound, metrics.customer_words_without_sound_s) == (0, 0.0)


@pytest.mark.parametrize(("heard_ms", "found"), [(199, 1), (200, 0)])
def test_a_sentence_is_heard_from_a_tenth_of_its_length(heard_ms: int, found: int) -> None:
    assert talk(said("agent", 0, 2000), speech={"agent": [(0, heard_ms)]}).metrics.agent_words_without_sound == found


@pytest.mark.parametrize(("end_ms", "found", "length_s"), [(3299, 0, 0.0), (3300, 1, 1.0)])
def test_sound_counts_as_wordless_from_one_second_beside_every_sentence(
    end_ms: int, found: int, length_s: float
) -> None:
    metrics = talk(said("customer", 0, 2000), speech={"customer": [(0, end_ms)]}).metrics
    assert (metrics.customer_sound_without_words, metrics.customer_sound_without_words_s) == (found, length_s)


def test_hold_music_on_a_channel_without_a_sentence_is_all_without_words() -> None:
    metrics = talk(said("customer", 0, 2000), speech={"agent": [(0, 20_000), (19_000, 30_000)]}).metrics
    assert (metrics.agent_sound_without_words, metrics.agent_sound_without_words_s) == (1, 30.0)
    assert metrics.customer_sound_without_words is None


def test_sound_past_the_end_of_the_recording_is_cut() -> None:
    metrics = talk(duration_s=10, speech={"agent": [(5000, 12_000)]}).metrics
    assert metrics.agent_sound_without_words_s == 5.0


def test_without_acoustics_nothing_is_said_of_sound() -> None:
    row = talk(said("agent", 0, 2000)).metrics.row()
    assert {row[name] for name in row if "_sound" in name} == {None}
