"""What must hold for any conversation at all."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.conversation.analysis import Conversation, analyse_call
from qa_pipeline.conversation.metrics import COLUMNS
from qa_pipeline.conversation.sentences import OTHER, SpokenSentence
from tests.conversation.building import CHANNEL, conversations

pytestmark = pytest.mark.thorough

Drawn = tuple[list[SpokenSentence], float]

POSITIONS = {
    "silence_s", "silence_ratio",  # the recording's length stays or grows, so what is outside the talk does
    "customer_valence_q1", "customer_valence_q2", "customer_valence_q3", "customer_valence_q4",
    "valence_shift", "trajectory", "escalated", "recovered", "duration_s",
}  # fmt: skip
"""Columns that say where in the recording something is."""

TIMES = (
    "agent_talk_s", "customer_talk_s", "talk_ratio", "overlap_s", "silence_s", "silence_ratio", "dead_air_count",
    "dead_air_s", "longest_silence_s", "agent_interruptions", "agent_interruptions_s", "customer_interruptions",
    "customer_interruptions_s", "agent_turns", "customer_turns", "agent_backchannels", "customer_backchannels",
    "response_ms_p50", "response_ms_p90",
)  # fmt: skip


@given(conversations())
@settings(deadline=None, max_examples=120)
def test_talk_overlap_and_silence_add_up_to_the_duration(drawn: Drawn) -> None:
    sentences, duration_s = drawn
    metrics = analyse_call(sentences, duration_s).metrics
    assert metrics.agent_talk_s is not None
    assert metrics.customer_talk_s is not None
    assert metrics.overlap_s is not None
    assert metrics.silence_s is not None
    parts_ms = [
        round(1000 * part)
        for part in (metrics.agent_talk_s, metrics.customer_talk_s, -metrics.overlap_s, metrics.silence_s)
    ]
    assert sum(parts_ms) == round(1000 * duration_s)
    assert min(metrics.agent_talk_s, metrics.customer_talk_s) >= metrics.overlap_s >= 0
    assert metrics.silence_s >= 0


def swapped_columns(conversation: Conversation) -> dict[str, object]:
    row = conversation.metrics.row()
    other = {"agent": "customer", "customer": "agent"}
    return {name: row[name.replace(role, other[role])] for name in COLUMNS if (role := name.partition("_")[0]) in other
            and not name.startswith(("customer_valence_q", "agent_channel"))}  # fmt: skip


@given(conversations())
@settings(deadline=None, max_examples=120)
def test_swapping_roles_swaps_the_metrics(drawn: Drawn) -> None:
    sentences, duration_s = drawn
    swapped = [s._replace(role=OTHER[s.role], channel_id=CHANNEL[OTHER[s.role]]) for s in sentences]
    straight, crossed = analyse_call(sentences, duration_s), analyse_call(swapped, duration_s)
    row, expected = crossed.metrics.row(), swapped_columns(straight)
    assert len(expected) == 32
    assert {name: row[name] for name in expected} == expected
    for name in ("overlap_s", "silence_s", "silence_ratio", "dead_air_count", "dead_air_s", "longest_silence_s",
                 "languages", "code_switches", "talk_speed_unit"):  # fmt: skip
        assert row[name] == straight.metrics.row()[name]
    if straight.metrics.talk_ratio is None:
        assert crossed.metrics.talk_ratio is None
    else:
        assert crossed.metrics.talk_ratio is not None
        assert abs(crossed.metrics.talk_ratio - (1 - straight.metrics.talk_ratio)) < 1e-12


@given(conversations(), st.integers(0, 30_000))
@settings(deadline=None, max_examples=120)
def test_shifting_all_times_changes_nothing_but_positions(drawn: Drawn, shift_ms: int) -> None:
    sentences, duration_s = drawn
    shifted = [
        s._replace(begin_ms=s.begin_ms + shift_ms, end_ms=s.end_ms + shift_ms)
        for s in sentences
        if s.begin_ms is not None and s.end_ms is not None
    ]
    before, after = analyse_call(sentences, duration_s), analyse_call(shifted, duration_s + 30)
    assert {n: v for n, v in after.metrics.row().items() if n not in POSITIONS} == {
        n: v for n, v in before.metrics.row().items() if n not in POSITIONS
    }
    assert list(after.turns) == [
        turn._replace(begin_ms=turn.begin_ms + shift_ms, end_ms=turn.end_ms + shift_ms) for turn in before.turns
    ]


@given(conversations(), st.data())
@settings(deadline=None, max_examples=120)
def test_splitting_a_sentence_in_two_changes_no_time_and_no_turn(drawn: Drawn, data: st.DataObject) -> None:
    sentences, duration_s = drawn
    if not sentences:
        return
    index = data.draw(st.integers(0, len(sentences) - 1))
    whole = sentences[index]
    assert whole.begin_ms is not None
    assert whole.end_ms is not None
    cut = data.draw(st.integers(whole.begin_ms, whole.end_ms))
    halves = [whole._replace(end_ms=cut), whole._replace(begin_ms=cut, sentence_id=1000)]
    one, two = (
        analyse_call(sentences, duration_s),
        analyse_call([*sentences[:index], *halves, *sentences[index + 1 :]], 60),
    )
    assert {n: two.metrics.row()[n] for n in TIMES} == {n: one.metrics.row()[n] for n in TIMES}
    spans = [[(t.role, t.begin_ms, t.end_ms, t.interrupts, t.is_backchannel) for t in c.turns] for c in (one, two)]
    assert spans[0] == spans[1]


@given(conversations())
@settings(deadline=None, max_examples=120)
def test_the_order_in_which_sentences_come_changes_nothing(drawn: Drawn) -> None:
    sentences, duration_s = drawn
    assert analyse_call(sentences[::-1], duration_s) == analyse_call(sentences, duration_s)


@given(conversations())
@settings(deadline=None, max_examples=120)
def test_every_sentence_is_in_one_turn_and_the_turns_add_up(drawn: Drawn) -> None:
    sentences, duration_s = drawn
    conversation = analyse_call(sentences, duration_s)
    metrics, turns = conversation.metrics, conversation.turns
    assert sum(turn.sentence_count for turn in turns) == len(sentences)
    assert [turn.turn_id for turn in turns] == list(range(len(turns)))
    assert [turn.begin_ms for turn in turns] == sorted(turn.begin_ms for turn in turns)
    for role in ("agent", "customer"):
        own = [turn for turn in turns if turn.role == role]
        assert all(earlier.end_ms <= later.begin_ms for earlier, later in itertools.pairwise(own))
        assert metrics.overlap_s is not None
        assert sum(turn.overlap_ms for turn in own) == round(1000 * metrics.overlap_s)
        assert metrics.row()[f"{role}_interruptions"] == sum(turn.interrupts for turn in own)
    assert all(
        turns[turn.interrupted_turn_id].role != turn.role for turn in turns if turn.interrupted_turn_id is not None
    )


@given(conversations())
@settings(deadline=None, max_examples=120)
def test_no_value_leaves_its_range(drawn: Drawn) -> None:
    sentences, duration_s = drawn
    row = analyse_call(sentences, duration_s).metrics.row()
    ends = {"talk_ratio": (0, 1), "silence_ratio": (0, 1), "negative_share": (0, 1), "valence_shift": (-10, 10)}
    ends |= {name: (-5, 5) for name in COLUMNS if "_valence" in name}
    for name, (lowest, highest) in ends.items():
        assert row[name] is None or lowest <= row[name] <= highest
    for name in COLUMNS:
        if name.endswith(("_s", "_count", "_sentences", "_turns")):
            assert row[name] is None or row[name] >= 0
