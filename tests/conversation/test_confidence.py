"""How much of what was said the engine was unsure of."""

from __future__ import annotations

from qa_pipeline.conversation.confidence import unsure_share
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import SpokenSentence
from tests.conversation.building import said, talk

DEFAULTS = MetricThresholds()


def heard(text: str, *confidences: float, confidence: float | None = None) -> SpokenSentence:
    return said("agent", 0, 1000, text)._replace(word_confidences=confidences, confidence=confidence)


def test_words_count_and_not_sentences() -> None:
    assert unsure_share([heard("No", 0.1), heard("I am quite sure", 0.9, 0.9, 0.9, 0.9)], DEFAULTS) == 0.2


def test_a_word_at_the_threshold_is_sure_and_the_threshold_is_a_setting() -> None:
    assert unsure_share([heard("a b", 0.5, 0.49)], DEFAULTS) == 0.5
    assert unsure_share([heard("a b", 0.5, 0.49)], MetricThresholds(unsure_below=0.4)) == 0


def test_a_sentence_without_words_counts_with_all_of_its_words() -> None:
    rows = [heard("four words of doubt", confidence=0.2), heard("yes", 0.9), heard("您好", confidence=0.3)]
    assert unsure_share(rows, DEFAULTS) == 6 / 7


def test_an_engine_without_confidence_is_not_taken_for_a_sure_one() -> None:
    metrics = talk(said("agent", 0, 1000), heard("sure", 0.9)._replace(role="customer", channel_id=1)).metrics
    assert (metrics.agent_unsure_share, metrics.customer_unsure_share) == (None, 0)
    assert unsure_share([heard("...", confidence=0.1)], DEFAULTS) is None
