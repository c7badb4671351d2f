"""How much of what a role said the engine was unsure of."""

from __future__ import annotations

from collections.abc import Iterable

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.scripts import count_words
from qa_pipeline.conversation.sentences import SpokenSentence


def unsure_share(sentences: Iterable[SpokenSentence], thresholds: MetricThresholds) -> float | None:
    """0 to 1: the words with a confidence below `unsure_below` among all words with one; None without any.

    A sentence whose words have none counts with all its words, by its own.
    """
    known = unsure = 0
    for sentence in sentences:
        if sentence.word_confidences:
            known += len(sentence.word_confidences)
            unsure += sum(confidence < thresholds.unsure_below for confidence in sentence.word_confidences)
        elif sentence.confidence is not None:
            words = count_words(sentence.text)
            known += words
            unsure += words if sentence.confidence < thresholds.unsure_below else 0
    return unsure / known if known else None
