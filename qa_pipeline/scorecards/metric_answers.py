"""The answers that metrics of a call give to a card; what they can't tell is said, and never taken as No."""

from __future__ import annotations

import math
from collections.abc import Mapping

from qa_pipeline.scorecards.cards import Card, Question
from qa_pipeline.scorecards.scoring import Given, NoOption


def answers_of_metrics(card: Card, metrics: Mapping[str, float | None]) -> dict[str, Given]:
    """The answer to each question that a metric answers, by question. Flags count as 1 and 0. Whether a question is
    asked is for the score: it leaves answers to others out."""
    return {
        question.id: answer for question in card.questions if (answer := metric_answer(question, metrics)) is not None
    }


def metric_answer(question: Question, metrics: Mapping[str, float | None]) -> Given | None:
    """What the metric says: a number, an option, or `cannot_tell` where it is not known or nothing of the question
    holds it. None for a question that no metric answers."""
    if question.answered_by is None or question.answered_by.metric is None:
        return None
    value = metrics.get(question.answered_by.metric)
    if value is None or not math.isfinite(value):
        return NoOption.CANNOT_TELL
    if question.type == "number":
        return float(value) if any(band.holds(value) for band in question.bands) else NoOption.CANNOT_TELL
    chosen = [each.option for each in question.answered_by.options if each.holds(value)]
    return (chosen[0],) if chosen else NoOption.CANNOT_TELL
