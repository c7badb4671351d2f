"""What people write into an evaluation, checked before it is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa_pipeline.reviews.faults import BadReview
from qa_pipeline.reviews.values import GivenAnswer
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.scoring import BadAnswer, CallFacts, Given, NoOption, Score, needs_comment, score_call

NOT_BY_PEOPLE = (NoOption.CANNOT_TELL, NoOption.NOT_ASKED)
"""People give options and N/A, or take an answer back; what can't be told is said by machines, what is not asked by
the card."""

LONGEST_TEXT = 20_000


def missing_comments(card: Card, score: Score, given: Sequence[GivenAnswer]) -> list[str]:
    """The questions whose answers demand a comment that was not written."""
    written = {each.question for each in given if each.comment}
    questions = {question.id: question for question in card.questions}
    return [
        each.question
        for each in score.answers
        if needs_comment(questions[each.question], each.answer) and each.question not in written
    ]


def plain_facts(facts: CallFacts) -> CallFacts:
    """Facts as JSON keeps them: metrics as finite numbers, metadata as texts."""
    return CallFacts(
        {
            name: float(value) if value is not None and math.isfinite(value) else None
            for name, value in facts.metrics.items()
        },
        {name: None if value is None else str(value) for name, value in facts.metadata.items()},
    )


def require_answer(card: Card, question: str, answer: Given) -> None:
    """Raises BadReview where the card has no such question or answer, or people don't give it."""
    if isinstance(answer, str):
        plain_text(answer)
    if answer in NOT_BY_PEOPLE:
        raise BadReview(f"{question} is not answered with {answer} by people")
    try:
        score_call(card, {question: answer})
    except BadAnswer as error:
        raise BadReview(str(error)) from None


def rounded_seconds(seconds: float) -> float:
    if not math.isfinite(seconds) or seconds < 0:
        raise BadReview("seconds spent are a number from 0 on")
    return round(float(seconds), 1)


def plain_text(given: str | None) -> str | None:
    """A text of somebody's without blanks around it; None where nothing is left. Raises BadReview if it is too long."""
    said = (given or "").strip()
    if len(said) > LONGEST_TEXT:
        raise BadReview(f"a text has at most {LONGEST_TEXT:,} characters, and this one {len(said):,}")
    return said or None


def required_text(given: str, wanted: str) -> str:
    """As `plain_text`. Raises BadReview with `wanted` where nothing is left."""
    said = plain_text(given)
    if said is None:
        raise BadReview(wanted)
    return said
