"""Valence and its course, with the borders of the quarters and of the trajectories."""

from __future__ import annotations

import pytest

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.metrics import CallMetrics
from qa_pipeline.conversation.sentences import SpokenSentence
from tests.conversation.building import said, talk

DURATION_S = 40


def felt(emotion: str | None, begin_ms: int, length_ms: int = 2000) -> SpokenSentence:
    return said("customer", begin_ms, begin_ms + length_ms, emotion=emotion)


def course(*sentences: SpokenSentence, **thresholds: float) -> CallMetrics:
    return talk(*sentences, duration_s=DURATION_S, thresholds=MetricThresholds(**thresholds)).metrics  # type: ignore[arg-type]


@pytest.mark.parametrize(("emotion", "valence"), [
    ("happy", 5.0), ("surprised", 0.0), ("neutral", 0.0), ("angry", -5.0),
    ("sad", pytest.approx(-10 / 3)), ("fearful", pytest.approx(-10 / 3)), ("disgusted", pytest.approx(-10 / 3)),
])  # fmt: skip
def test_an_emotion_alone_has_its_place_on_the_scale(emotion: str, valence: float) -> None:
    assert course(felt(emotion, 0)).customer_valence == valence


def test_emotions_weigh_as_long_as_their_sentences() -> None:
    assert course(felt("happy", 0, 3000), felt("neutral", 4000, 1000)).customer_valence == pytest.approx(3.75)
    assert course(felt("angry", 0, 1000), felt("neutral", 4000, 2000)).customer_valence == pytest.approx(-5 / 3)


def test_a_sentence_nobody_labelled_is_not_neutral() -> None:
    metrics = course(felt("angry", 0), felt(None, 4000, 20_000))
    assert metrics.customer_valence == -5
    assert metrics.negative_share == 1


def test_the_agents_valence_is_given_and_has_no_course() -> None:
    metrics = talk(said("agent", 0, 1000, emotion="happy")).metrics
    assert (metrics.agent_valence, metrics.customer_valence, metrics.trajectory) == (5.0, None, None)


def test_weights_are_thresholds_and_the_scale_ends_at_the_heaviest() -> None:
    metrics = course(felt("sad", 0), valence_sad=-3.0)
    assert metrics.customer_valence == -5
    assert course(felt("happy", 0), valence_happy=-1.0, valence_angry=-2.0).customer_valence == -2.5


@pytest.mark.parametrize(("begin_ms", "quarter"), [(0, 1), (8999, 1), (9000, 2), (29_000, 4), (38_000, 4)])
def test_a_sentence_belongs_to_the_quarter_of_its_midpoint(begin_ms: int, quarter: int) -> None:
    row = course(felt("happy", begin_ms)).row()
    expected = [5.0 if number == quarter else None for number in (1, 2, 3, 4)]
    assert [row[f"customer_valence_q{number}"] for number in (1, 2, 3, 4)] == expected


def test_the_shift_goes_from_the_first_quarter_with_speech_to_the_last() -> None:
    metrics = course(felt("angry", 12_000), felt("happy", 25_000))
    assert (metrics.customer_valence_q1, metrics.customer_valence_q4) == (None, None)
    assert (metrics.valence_shift, metrics.trajectory) == (10.0, "improving")


def test_one_quarter_alone_has_no_shift() -> None:
    metrics = course(felt("angry", 1000), felt("happy", 5000))
    assert (metrics.valence_shift, metrics.escalated, metrics.recovered) == (None, False, False)


@pytest.mark.parametrize(("first", "last", "trajectory"), [
    ("neutral", "angry", "worsening"),
    ("sad", "happy", "improving"),
    ("happy", "happy", "positive"),
    ("sad", "sad", "negative"),
    ("angry", "sad", "negative"),
    ("neutral", "surprised", "neutral"),
])  # fmt: skip
def test_the_trajectory_is_the_change_or_else_the_level(first: str, last: str, trajectory: str) -> None:
    assert course(felt(first, 0), felt(last, 35_000)).trajectory == trajectory


@pytest.mark.parametrize(("happy_ms", "trajectory"), [(800, "improving"), (799, "neutral")])
def test_a_change_counts_from_its_threshold(happy_ms: int, trajectory: str) -> None:
    late = felt("happy", 33_000, happy_ms), felt("neutral", 36_000, 2000 - happy_ms)
    assert course(felt("neutral", 0, 4000), *late).trajectory == trajectory


def test_escalation_is_anger_at_the_end_and_not_at_the_beginning() -> None:
    assert course(felt("neutral", 0), felt("angry", 35_000)).escalated is True
    assert course(felt("angry", 0), felt("angry", 35_000)).escalated is False
    assert course(felt("neutral", 0), felt("sad", 35_000)).escalated is False
    assert course(felt("neutral", 0), felt("angry", 15_000), felt("neutral", 35_000)).escalated is False


def test_recovery_is_a_bad_first_half_and_no_bad_end() -> None:
    assert course(felt("sad", 12_000), felt("neutral", 35_000)).recovered is True
    assert course(felt("sad", 22_000), felt("neutral", 35_000)).recovered is False
    assert course(felt("sad", 0), felt("disgusted", 35_000)).recovered is False
    assert course(felt("sad", 0), felt("neutral", 15_000), felt(None, 35_000)).recovered is True
    assert course(felt("neutral", 0), felt("neutral", 35_000)).recovered is False


def test_sentences_without_length_have_no_weight() -> None:
    assert course(felt("angry", 0, 0)).customer_valence is None
    assert course(felt("angry", 0, 0), felt("happy", 100)).escalated is False


def test_an_emotion_the_service_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'bored', which has no valence"):
        course(felt("bored", 0))
