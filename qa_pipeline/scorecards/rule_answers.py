"""The answers that outcomes of rules give to a card, by its explicit mapping: the first entry that fits counts.

A rule that was not evaluated might have come to any outcome. So an entry of it that gives another answer than the one
further below leaves only `cannot_tell`: want of evidence never becomes a No by way of the next entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qa_pipeline.scorecards.cards import Card, Question
from qa_pipeline.scorecards.machine import CANNOT_TELL, NOT_APPLICABLE, AnsweredBy, RuleAnswer
from qa_pipeline.scorecards.scoring import Given, NoOption

NOT_EVALUATED = "not_evaluated"


@dataclass(frozen=True, slots=True)
class Mapped:
    """An answer, and the rule that decided it: of `cannot_tell` the one that could not be evaluated; None where no
    entry was for what all rules came to."""

    answer: Given
    rule: str | None


def answers_of_rules(card: Card, outcomes: Mapping[str, str]) -> dict[str, Given]:
    """The answer to each question that rules answer, by question. `outcomes` are those of the rules in one call."""
    return {
        question.id: found.answer
        for question in card.questions
        if (found := rule_answer(question, outcomes)) is not None
    }


def rule_answer(question: Question, outcomes: Mapping[str, str]) -> Mapped | None:
    """What the outcomes of rules in one call mean: an option, `not_applicable`, or `cannot_tell`. A rule without an
    outcome counts as one that was not evaluated. None for a question that no rule answers."""
    if question.answered_by is None or not question.answered_by.rules:
        return None
    return _first(question.answered_by, outcomes)


def _first(answered_by: AnsweredBy, outcomes: Mapping[str, str]) -> Mapped:
    passed: list[RuleAnswer] = []
    for entry in answered_by.rules:
        outcome = outcomes.get(entry.rule, NOT_EVALUATED)
        if outcome == entry.outcome:
            doubtful = next((each for each in passed if each.answer != entry.answer), None)
            return Mapped(NoOption.CANNOT_TELL, doubtful.rule) if doubtful else Mapped(_given(entry.answer), entry.rule)
        if outcome == NOT_EVALUATED:
            passed.append(entry)
    return Mapped(NoOption.CANNOT_TELL, passed[0].rule if passed else None)


def _given(answer: str) -> Given:
    return NoOption(answer) if answer in (NOT_APPLICABLE, CANNOT_TELL) else (answer,)
