"""Each clause of the definition from both sides of its threshold."""

from __future__ import annotations

import pytest

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import SpokenSentence
from tests.conversation.building import said, talk


def interruptions(*sentences: SpokenSentence, **thresholds: int) -> tuple[int | None, int | None]:
    """(by the agent, by the customer)."""
    metrics = talk(*sentences, thresholds=MetricThresholds(**thresholds)).metrics
    return metrics.agent_interruptions, metrics.customer_interruptions


@pytest.mark.parametrize(("begin_ms", "found"), [(299, 0), (300, 1)])
def test_who_begins_together_with_the_other_interrupts_nobody(begin_ms: int, found: int) -> None:
    assert interruptions(said("agent", 0, 5000), said("customer", begin_ms, 4000)) == (0, found)


@pytest.mark.parametrize(("end_ms", "found"), [(2999, 0), (3000, 1)])
def test_talking_over_the_other_counts_from_one_second_if_the_other_goes_on(end_ms: int, found: int) -> None:
    assert interruptions(said("agent", 0, 9000), said("customer", 2000, end_ms)) == (0, found)


@pytest.mark.parametrize(("begin_ms", "found"), [(4801, 0), (4800, 1), (4500, 1)])
def test_a_turn_that_stops_was_interrupted_unless_it_was_ending_anyway(begin_ms: int, found: int) -> None:
    assert interruptions(said("agent", 0, 5000), said("customer", begin_ms, 8000)) == (0, found)


def test_without_the_turn_taking_threshold_any_overlap_that_stops_a_turn_counts() -> None:
    sentences = said("agent", 0, 5000), said("customer", 4999, 8000)
    assert interruptions(*sentences) == (0, 0)
    assert interruptions(*sentences, turn_taking_ms=0) == (0, 1)


def test_beginning_as_the_other_ends_is_no_interruption_under_any_threshold() -> None:
    assert interruptions(said("agent", 0, 5000), said("customer", 5000, 8000), turn_taking_ms=0) == (0, 0)


def test_a_murmur_interrupts_nobody() -> None:
    inside = said("customer", 2000, 3500, "Okay, okay, I see.", language="en")
    assert interruptions(said("agent", 0, 5000), inside) == (0, 0)


def test_a_turn_cut_into_sentences_is_interrupted_as_a_whole() -> None:
    first, second = said("agent", 0, 3000), said("agent", 3100, 8000)
    assert interruptions(first, second, said("customer", 2500, 4000)) == (0, 1)


def test_each_time_somebody_cuts_in_counts() -> None:
    running = said("agent", 0, 20_000)
    assert interruptions(running, said("customer", 3000, 5000), said("customer", 9000, 11_000)) == (0, 2)


def test_both_can_interrupt_each_other_in_turn() -> None:
    assert interruptions(
        said("agent", 0, 4000), said("customer", 3000, 7000), said("agent", 6000, 9000)
    ) == (1, 1)  # fmt: skip


def test_the_row_of_a_turn_names_what_it_interrupted_and_for_how_long() -> None:
    conversation = talk(said("agent", 0, 4000), said("customer", 3000, 7000))
    turn = conversation.turns[1]
    assert (turn.interrupts, turn.interrupted_turn_id, turn.interruption_ms) == (True, 0, 1000)
    assert conversation.metrics.customer_interruptions_s == 1
    assert conversation.metrics.agent_interruptions_s == 0
