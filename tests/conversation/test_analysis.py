"""What is not known is None, what is known to be nothing is 0, and impossible input is refused by name."""

from __future__ import annotations

import math

import pytest

from qa_pipeline.conversation.analysis import analyse_call
from qa_pipeline.conversation.metrics import COLUMNS
from qa_pipeline.conversation.sentences import SpokenSentence
from tests.conversation.building import number, said, talk

ALWAYS = {"definition_version", "thresholds", "duration_s", "unrecorded_s"}


def given(row: dict[str, object]) -> set[str]:
    return {name for name, value in row.items() if value is not None} - ALWAYS


def test_a_call_in_which_nobody_speaks_has_silence_and_no_means() -> None:
    conversation = talk(duration_s=30)
    row = conversation.metrics.row()
    assert conversation.turns == ()
    assert row["silence_s"] == 30
    assert row["silence_ratio"] == 1
    known = {"silence_s", "silence_ratio", "agent_talk_s", "customer_talk_s", "overlap_s"}
    counts = ("sentences", "turns", "backchannels", "interruptions", "interruptions_s")
    assert given(row) == known | {f"{role}_{count}" for role in ("agent", "customer") for count in counts}


def test_a_call_with_one_sentence_has_values() -> None:
    metrics = talk(said("agent", 1000, 7000, "Hello, is anybody there?", language="en"), duration_s=10).metrics
    assert (metrics.agent_talk_s, metrics.customer_talk_s, metrics.talk_ratio) == (6.0, 0.0, 1.0)
    assert (metrics.silence_s, metrics.dead_air_count, metrics.longest_silence_s) == (4.0, 0, 0.0)
    assert (metrics.agent_talk_speed, metrics.talk_speed_unit) == (40.0, "words/min")
    assert (metrics.languages, metrics.agent_languages, metrics.customer_languages) == (1, 1, None)
    assert (metrics.response_ms_p50, metrics.valence_shift) == (None, None)


def test_sentences_without_times_still_give_what_needs_none() -> None:
    conversation = talk(
        said("agent", None, None, "你好", language="zh"),
        said("agent", None, None, "Hello", language="en"),
        said("customer", None, None, "Hi", language="en"),
    )
    row = conversation.metrics.row()
    assert conversation.turns == ()
    assert (row["agent_sentences"], row["agent_languages"], row["agent_code_switches"]) == (2, 2, 1)
    assert (row["languages"], row["code_switches"]) == (2, 1)
    assert given(row) == {
        "agent_sentences", "customer_sentences", "languages", "agent_languages", "customer_languages",
        "code_switches", "agent_code_switches", "customer_code_switches",
    }  # fmt: skip


def test_a_role_with_times_has_its_own_figures_beside_one_without() -> None:
    row = talk(said("agent", 0, 2000), said("customer", None, None, "Hi", emotion="happy")).metrics.row()
    assert row["agent_talk_s"] == 2
    assert row["customer_talk_s"] is row["silence_s"] is row["talk_ratio"] is row["customer_valence"] is None


def test_one_sentence_without_times_takes_the_times_of_its_role() -> None:
    row = talk(said("agent", 0, 2000), said("agent", None, None)).metrics.row()
    assert row["agent_sentences"] == 2
    assert row["agent_talk_s"] is None


def test_of_a_channel_nobody_transcribed_nothing_is_known() -> None:
    conversation = talk(said("agent", 0, 2000, language="en", emotion="happy"), known_roles=("agent",))
    row = conversation.metrics.row()
    assert conversation.turns == ()
    assert (row["agent_talk_s"], row["agent_valence"], row["agent_languages"]) == (2.0, 5.0, 1)
    assert {name for name in given(row) if not name.startswith("agent_")} == set()
    assert row["agent_turns"] is None
    assert row["agent_channel_suspect"] is None


def test_a_sentence_of_an_unknown_channel_is_refused() -> None:
    with pytest.raises(ValueError, match="sentences of customer, whose channel is said to be unknown"):
        talk(said("customer", 0, 2000), known_roles=("agent",))


@pytest.mark.parametrize(("begin_ms", "end_ms", "why"), [
    (None, 5, "has only one of begin and end"),
    (-1, 5, "begins at -1 ms, before the recording"),
    (9, 5, "ends at 5 ms, before it begins at 9 ms"),
])  # fmt: skip
def test_an_impossible_time_is_refused_by_its_sentence(begin_ms: int | None, end_ms: int, why: str) -> None:
    with pytest.raises(ValueError, match=f"sentence 0 of channel 1 {why}"):
        talk(said("customer", begin_ms, end_ms))


@pytest.mark.parametrize("duration_s", [-1, math.nan, math.inf])
def test_an_impossible_duration_is_refused(duration_s: float) -> None:
    with pytest.raises(ValueError, match="which is no length"):
        talk(duration_s=duration_s)


def test_a_recording_without_length_has_no_shares() -> None:
    row = talk(said("agent", 0, 0, emotion="happy"), duration_s=0).metrics.row()
    assert (row["silence_s"], row["silence_ratio"], row["agent_valence"]) == (0.0, None, None)


def test_a_sentence_that_runs_past_the_recording_is_cut_at_its_end() -> None:
    conversation = talk(said("agent", 8000, 10_800), said("customer", 10_100, 10_800), duration_s=10)
    assert conversation.metrics.agent_talk_s == 2
    assert conversation.metrics.customer_talk_s == 0
    assert conversation.metrics.silence_s == 8
    assert [turn.end_ms for turn in conversation.turns] == [10_000, 10_000]


@pytest.mark.parametrize(("silence_ms", "count", "length_s"), [(3000, 0, 0.0), (3001, 1, 3.001)])
def test_dead_air_is_longer_than_its_threshold_and_between_sentences(
    silence_ms: int, count: int, length_s: float
) -> None:
    metrics = talk(said("agent", 20_000, 21_000), said("customer", 21_000 + silence_ms, 26_000)).metrics
    assert (metrics.dead_air_count, metrics.dead_air_s) == (count, length_s)
    assert metrics.longest_silence_s == silence_ms / 1000


def test_a_response_is_the_gap_from_a_customers_turn_to_the_agents() -> None:
    rows: list[SpokenSentence] = []
    for turn, gap_ms in enumerate((-400, 100, 300, 500, 700)):
        begin = turn * 10_000
        rows += [said("customer", begin, begin + 2000), said("agent", begin + 2000 + gap_ms, begin + 5000)]
    metrics = talk(*rows).metrics
    assert (metrics.response_ms_p50, metrics.response_ms_p90) == (300.0, pytest.approx(620.0))


def test_a_murmur_of_the_agent_is_no_response() -> None:
    metrics = talk(said("customer", 0, 5000), said("agent", 2000, 2300, "Mhm."), said("agent", 6000, 8000)).metrics
    assert metrics.response_ms_p50 == 1000


@pytest.mark.thorough
def test_twelve_hours_of_talk_are_no_trouble() -> None:
    rows = [
        said("agent" if turn % 2 else "customer", turn * 1000, turn * 1000 + 1200, language="zh", emotion="sad")
        for turn in range(12 * 3600)
    ]
    conversation = analyse_call(number(*rows), 12 * 3600 + 1)
    assert len(conversation.turns) == 12 * 3600
    assert conversation.metrics.overlap_s == pytest.approx(0.2 * (12 * 3600 - 1))
    assert conversation.metrics.agent_talk_s == pytest.approx(1.2 * 6 * 3600)


def test_a_row_has_every_column_in_order() -> None:
    assert tuple(talk().metrics.row()) == COLUMNS


def test_a_change_of_language_counts_from_one_labelled_sentence_to_the_next() -> None:
    metrics = talk(
        said("customer", 0, 1000, language="zh"), said("customer", 1000, 2000),
        said("customer", 2000, 3000, language="en"), said("agent", 3000, 4000, language="en"),
        said("customer", 4000, 5000, language="zh"),
    ).metrics  # fmt: skip
    assert (metrics.customer_code_switches, metrics.agent_code_switches, metrics.code_switches) == (2, 0, 2)
    assert (metrics.customer_languages, metrics.agent_languages, metrics.languages) == (2, 1, 2)
