"""Who has the floor: where a turn ends, and what only accompanies one."""

from __future__ import annotations

import pytest

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import SpokenSentence
from tests.conversation.building import said, talk


def floor(*sentences: SpokenSentence, **options: object) -> list[tuple[str, int, int]]:
    """(role, begin, end) of the turns that are no back-channels."""
    turns = talk(*sentences, **options).turns
    return [(turn.role, turn.begin_ms, turn.end_ms) for turn in turns if not turn.is_backchannel]


def test_sentences_of_one_role_are_one_turn_however_long_the_silence_between() -> None:
    assert floor(said("agent", 0, 1000), said("agent", 30_000, 31_000)) == [("agent", 0, 31_000)]


def test_a_turn_ends_where_the_other_speaks_in_its_pause() -> None:
    assert floor(said("agent", 0, 2000), said("customer", 2500, 4000), said("agent", 4500, 6000)) == [
        ("agent", 0, 2000),
        ("customer", 2500, 4000),
        ("agent", 4500, 6000),
    ]


@pytest.mark.parametrize(("pause_ms", "turns"), [(300, 2), (301, 3)])
def test_a_breath_does_not_end_a_turn(pause_ms: int, turns: int) -> None:
    resumed = said("agent", 5000 + pause_ms, 9000)
    assert len(floor(said("agent", 0, 5000), said("customer", 4000, 7000), resumed)) == turns


def test_a_murmur_inside_a_turn_takes_no_floor() -> None:
    turns = talk(
        said("agent", 0, 4000), said("customer", 3500, 4100, "Right."), said("agent", 4600, 8000), said("agent", 0, 0)
    ).turns
    assert [(turn.role, turn.begin_ms, turn.end_ms, turn.is_backchannel) for turn in turns] == [
        ("agent", 0, 8000, False),
        ("customer", 3500, 4100, True),
    ]


@pytest.mark.parametrize(("length_ms", "text", "murmurs"), [
    (699, "Stop it!", 1),
    (700, "Stop it!", 0),
    (1500, "Mm-hm, okay, right.", 1),
    (1500, "Okay, but wait.", 0),
])  # fmt: skip
def test_a_turn_inside_the_others_is_a_murmur_by_its_length_or_its_words(
    length_ms: int, text: str, murmurs: int
) -> None:
    inside = said("customer", 2000, 2000 + length_ms, text, language="en")
    metrics = talk(said("agent", 0, 6000), inside).metrics
    assert metrics.customer_backchannels == murmurs
    assert metrics.customer_turns == 1 - murmurs


def test_an_answer_after_a_question_is_a_turn_however_short() -> None:
    asked, answer, thanks = said("agent", 0, 2000), said("customer", 2400, 2700, "Yes."), said("agent", 3000, 5000)
    assert len(floor(asked, answer, thanks)) == 3


@pytest.mark.parametrize(("begin_ms", "murmurs"), [(1800, 1), (1801, 0)])
def test_a_short_answer_that_begins_as_the_question_ends_is_a_turn(begin_ms: int, murmurs: int) -> None:
    answer = said("customer", begin_ms, begin_ms + 500, "Yes.")
    assert talk(said("agent", 0, 2000), answer).metrics.customer_backchannels == murmurs


def test_words_of_a_setting_count_as_murmurs() -> None:
    sentences = said("agent", 0, 6000), said("customer", 2000, 3500, "Jawohl, jawohl!", language="de")
    assert talk(*sentences).metrics.customer_backchannels == 0
    thresholds = MetricThresholds(backchannel_words=("Jawohl",))
    assert talk(*sentences, thresholds=thresholds).metrics.customer_backchannels == 1


def test_a_murmur_inside_a_murmur_is_none() -> None:
    turns = talk(
        said("agent", 0, 5000), said("customer", 4500, 5150, "Yeah."), said("agent", 5100, 5600, "Okay."),
        thresholds=MetricThresholds(breath_ms=0),
    ).turns  # fmt: skip
    assert [turn.is_backchannel for turn in turns if turn.begin_ms == 4500] == [True]
    assert sum(turn.is_backchannel for turn in turns) == 1


def test_the_text_of_a_turn_is_its_sentences_in_order_of_time() -> None:
    [turn] = talk(said("customer", 3000, 4000, "a moment. "), said("customer", 0, 1000, "Wait,")).turns
    assert turn.text == "Wait, a moment."
    assert (turn.first_sentence_id, turn.last_sentence_id, turn.sentence_count) == (1, 0, 2)
    [turn] = talk(said("customer", 0, 1000, "请稍等，"), said("customer", 3000, 4000, "我看一下。")).turns
    assert turn.text == "请稍等，我看一下。"


def test_gap_and_overlap_say_how_a_turn_was_taken() -> None:
    turns = talk(said("agent", 500, 4000), said("customer", 3700, 6000), said("agent", 7000, 8000)).turns
    assert [(turn.gap_ms, turn.overlap_ms) for turn in turns] == [(None, 300), (0, 300), (1000, 0)]


def test_both_at_once_are_two_turns_and_no_interruption() -> None:
    conversation = talk(said("agent", 1000, 5000), said("customer", 1000, 5000))
    assert [(turn.role, turn.interrupts) for turn in conversation.turns] == [("agent", False), ("customer", False)]
    assert conversation.metrics.overlap_s == 4


def test_a_sentence_without_length_is_a_turn_without_time() -> None:
    conversation = talk(said("agent", 0, 2000), said("customer", 3000, 3000, "Yes."), said("agent", 4000, 6000))
    assert [(turn.role, turn.end_ms - turn.begin_ms) for turn in conversation.turns] == [
        ("agent", 2000), ("customer", 0), ("agent", 2000),
    ]  # fmt: skip
    assert conversation.metrics.customer_talk_s == 0
    assert conversation.metrics.longest_silence_s == 2
