"""A call of several recordings: what lies between them is not recorded, and each agent has figures of their own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.conversation.agents import RecordedStretch, analyse_agents, unrecorded_in
from qa_pipeline.conversation.analysis import analyse_call
from qa_pipeline.conversation.sentences import SpokenSentence
from tests.conversation.building import LONG_TEXT, conversations, number, said, talk

FIRST, SECOND = RecordedStretch(0, 0, 20_000, "a-1"), RecordedStretch(1, 80_000, 100_000, "a-2")
GAP = unrecorded_in([FIRST, SECOND], 100_000)


def in_second(sentence: SpokenSentence) -> SpokenSentence:
    return sentence._replace(segment=1)


def test_time_between_recordings_is_neither_silence_nor_dead_air_nor_a_response_time() -> None:
    metrics = talk(
        said("agent", 1000, 5000),
        said("customer", 6000, 19_000),
        in_second(said("agent", 81_000, 90_000)),
        in_second(said("customer", 91_000, 99_000)),
        duration_s=100,
        unrecorded=GAP,
    ).metrics
    assert metrics.unrecorded_s == 60
    assert metrics.silence_s == 6  # one before, one between, one after, in each recording
    assert metrics.silence_ratio == pytest.approx(6 / 40)
    assert (metrics.dead_air_count, metrics.dead_air_s, metrics.longest_silence_s) == (0, 0, 1)
    assert metrics.response_ms_p50 is None  # nobody knows when the customer was answered


def test_dead_air_on_both_sides_of_a_pause_is_two_silences() -> None:
    metrics = talk(
        said("agent", 1000, 14_000), in_second(said("customer", 84_000, 99_000)), duration_s=100, unrecorded=GAP
    ).metrics
    assert (metrics.dead_air_count, metrics.dead_air_s, metrics.longest_silence_s) == (2, 10, 6)


def test_no_turn_goes_on_in_the_next_recording_and_the_gap_before_it_is_what_was_silent() -> None:
    turns = talk(
        said("customer", 0, 500),
        said("agent", 1000, 19_000),
        in_second(said("agent", 81_000, 90_000)),
        duration_s=100,
        unrecorded=GAP,
    ).turns
    assert [(turn.role, turn.begin_ms, turn.gap_ms) for turn in turns[1:]] == [
        ("agent", 1000, 500),
        ("agent", 81_000, 2000),
    ]


def test_a_last_sentence_that_was_rounded_up_ends_with_its_recording() -> None:
    metrics = talk(
        said("agent", 1000, 20_700), in_second(said("customer", 80_000, 99_000)), duration_s=100, unrecorded=GAP
    ).metrics
    assert metrics.agent_talk_s == 19
    assert metrics.silence_s == 2


def test_quarters_are_of_the_time_that_was_recorded() -> None:
    metrics = talk(
        said("customer", 1000, 4000, emotion="angry"),
        in_second(said("customer", 81_000, 84_000, emotion="happy")),
        duration_s=100,
        unrecorded=GAP,
    ).metrics
    quarters = [getattr(metrics, f"customer_valence_q{number}") for number in (1, 2, 3, 4)]
    assert quarters == [-5, None, 5, None]


@given(conversations(), st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 9000)), max_size=4))
@settings(deadline=None, max_examples=60)
def test_talk_overlap_silence_and_unrecorded_time_add_up(
    drawn: tuple[list[SpokenSentence], float], breaks: list[tuple[int, int]]
) -> None:
    sentences, duration_s = drawn
    missing = [(begin, begin + length) for begin, length in breaks]
    row = analyse_call(sentences, duration_s, unrecorded=missing).metrics.row()
    parts = ("agent_talk_s", "customer_talk_s", "silence_s", "unrecorded_s")
    assert round(1000 * (sum(row[part] for part in parts) - row["overlap_s"])) == round(1000 * duration_s)
    assert row["silence_s"] >= 0


def test_each_agent_of_a_transferred_call_has_figures_of_their_own() -> None:
    sentences = number(
        said("agent", 0, 10_000),
        said("customer", 11_000, 19_000),
        in_second(said("customer", 80_500, 82_500, LONG_TEXT)),
        in_second(said("agent", 85_000, 100_000)),
    )
    own = analyse_agents(sentences, [FIRST, SECOND])
    assert {agent: (each.agent_talk_s, each.duration_s, each.unrecorded_s) for agent, each in own.items()} == {
        "a-1": (10, 20, 0),
        "a-2": (15, 20, 0),
    }
    assert own["a-1"].response_ms_p50 is None
    assert own["a-2"].response_ms_p50 == 2500
    alone = talk(said("customer", 500, 2500), said("agent", 5000, 20_000), duration_s=20).metrics
    assert own["a-2"].row() == alone.row()


def test_an_agent_who_comes_back_has_the_time_of_others_as_not_recorded() -> None:
    back = RecordedStretch(2, 110_000, 120_000, "a-1")
    speech = {"agent": [(0, 20_000), (80_000, 100_000)], "customer": []}
    found = analyse_agents(number(said("agent", 1000, 2000)), [FIRST, SECOND, back], speech=speech)  # type: ignore[arg-type]
    assert (found["a-1"].duration_s, found["a-1"].unrecorded_s) == (120, 90)
    assert found["a-2"].agent_talk_s == 0


def test_a_recording_without_an_agent_is_nobodys() -> None:
    unknown = SECOND._replace(agent_id=None)
    [(agent_id, metrics)] = analyse_agents(number(said("agent", 0, 900)), [FIRST, unknown]).items()
    assert (agent_id, metrics.duration_s) == ("a-1", 20)
