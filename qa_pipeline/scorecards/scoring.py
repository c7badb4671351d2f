"""The score of a call by a card. Only options count: whatever else was answered leaves numerator and denominator, and
no N/A is a pass.

    points       Σ earned ÷ Σ possible
    by_question  Σ w·s ÷ Σ w            w: the question's weight, s: its share of the points
    by_section   Σ W·m ÷ Σ W            W: the section's weight, m: the weighted mean of its questions

Coverage is the weight answered ÷ the weight enabled: all that counts but what a condition left out. N/A is enabled and
gives nothing to go by. Below the card's coverage there is no score, unless an answer fails the whole card:
that is 0, as nothing that is still to be answered could change it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from qa_pipeline.scorecards.cards import Card, Question, Scoring, Section
from qa_pipeline.scorecards.conditions import Condition

METADATA = ("queue", "direction", "language", "agent_id", "team", "supervisor", "customer_id")
"""What conditions of a card may ask of a call, besides its metrics."""

PERCENT = 100.0
ROUNDING = 1e-9


class NoOption(StrEnum):
    """Answers that are no option."""

    NOT_APPLICABLE = "not_applicable"
    """What it is about did not occur."""
    CANNOT_TELL = "cannot_tell"
    """Asked, and there is not enough to go by; never the same as No."""
    NOT_ASKED = "not_asked"
    """A condition left it out."""
    UNANSWERED = "unanswered"


Given = tuple[str, ...] | float | str | dt.date | NoOption
"""Options by id, the number of a question with bands, the text or the day of a question for one, or none of them."""

_WANTED = {"single": "an option", "several": "options", "number": "a number", "text": "a text", "date": "a date"}
"""Type of a question → what answers it."""


class BadAnswer(ValueError):
    """An answer that its question does not have; the message says which."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What one question gave: points, and the weight with which it counted beside the others that were answered; all
    None where it did not count. The score before a fail and before caps of sections is Σ weight · earned ÷ possible by
    Σ weight, the latter without bonus questions."""

    question: str
    answer: Given
    earned: float | None = None
    possible: float | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """In percent. `score` is None with a `reason`; an automatic fail makes it 0 and is named in `failed_by`, and
    `score_before_fail` is what it would have been, None where there would have been no score. `critical` are scores by
    tag, of the tagged questions alone."""

    score: float | None
    score_before_fail: float | None
    coverage: float
    failed_by: tuple[str, ...] = ()
    reason: str | None = None
    sections: Mapping[str, float | None] = field(default_factory=dict)
    critical: Mapping[str, float] = field(default_factory=dict)
    answers: tuple[Scored, ...] = ()


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What conditions look at besides answers."""

    metrics: Mapping[str, float | None] = field(default_factory=dict)
    metadata: Mapping[str, str | None] = field(default_factory=dict)


def score_call(card: Card, answers: Mapping[str, Given], facts: CallFacts | None = None) -> Score:
    """The score that these answers, by question, give. A question without one is unanswered; one whose condition does
    not hold is not asked, whatever was answered.

    Raises:
        BadAnswer: a question or an option that the card does not have, or N/A where the card does not allow it.
    """
    if unknown := sorted(set(answers) - {question.id for question in card.questions}):
        raise BadAnswer(f"the card {card.scorecard} has no question {unknown[0]}")
    given = _asked(card, answers, facts or CallFacts())
    failed = {question.id: scope for question in card.questions if (scope := _auto_fail(question, given[question.id]))}
    failed_sections = {
        section.id for section in card.sections if any(failed.get(each.id) == "section" for each in section.questions)
    }
    earned = {
        question.id: points
        for question in card.questions
        if (points := _points(question, given[question.id])) is not None
    }
    possible = {question.id: float(question.possible) for question in card.questions}
    shares = {key: points / possible[key] for key, points in earned.items()}
    weights = _weights(card, shares)
    coverage = _coverage(card, given, shares)
    counted = {
        key: 0.0 if section.id in failed_sections else shares[key]
        for section in card.sections
        for key in (question.id for question in section.questions)
        if key in shares
    }
    before, after = (_mean(card.sections, weights, each) for each in (shares, counted))
    reason = _why_none(card, coverage, before)
    if reason is not None:
        before = after = None
    if "card" in failed.values():
        after, reason = 0.0, None
    return Score(
        score=None if after is None else min(after, card.most),
        score_before_fail=None if before is None else min(before, card.most),
        coverage=coverage,
        failed_by=tuple(failed),
        reason=reason,
        sections={section.id: _mean([section], weights, counted) for section in card.sections},
        critical=_critical(card, shares),
        answers=tuple(
            Scored(key, answer, earned[key], possible[key], weights[key]) if key in earned else Scored(key, answer)
            for key, answer in given.items()
        ),
    )


def needs_comment(question: Question, answer: Given) -> bool:
    """Whether the card demands a comment with this answer: with any, or with one so low."""
    if question.comment_required and answer not in (NoOption.UNANSWERED, NoOption.NOT_ASKED):
        return True
    earned = _points(question, answer)
    return (
        question.comment_below is not None
        and earned is not None
        and earned / question.possible < question.comment_below
    )


def _asked(card: Card, answers: Mapping[str, Given], facts: CallFacts) -> dict[str, Given]:
    given: dict[str, Given] = {}
    for question in card.questions:  # a condition looks at earlier questions only
        answer = answers.get(question.id, NoOption.UNANSWERED)
        _check(question, answer)
        is_asked = question.asked_when is None or _holds(question.asked_when, given, facts)
        given[question.id] = answer if is_asked else NoOption.NOT_ASKED
    return given


def _check(question: Question, answer: Given) -> None:
    if isinstance(answer, NoOption):
        if answer is NoOption.NOT_APPLICABLE and not question.not_applicable:
            raise BadAnswer(f"{question.id} may not be answered with not_applicable")
        return
    if not _is_of_type(question, answer):
        raise BadAnswer(f"{question.id} is answered with {_WANTED[question.type]}, not with {_written(answer)}")
    if isinstance(answer, tuple):
        known = {option.id for option in question.options}
        wrong = [option for option in answer if option not in known]
        if wrong or (question.type == "single" and len(answer) != 1) or len(set(answer)) < len(answer):
            raise BadAnswer(f"{question.id} has no answer {', '.join(answer) or 'without an option'}")
    elif isinstance(answer, int | float) and not any(band.holds(answer) for band in question.bands):
        raise BadAnswer(f"no band of {question.id} holds {answer:g}; give it one, or say cannot_tell")


def _written(answer: Given) -> str:
    return ", ".join(answer) if isinstance(answer, tuple) else str(answer)


def _is_of_type(question: Question, answer: Given) -> bool:
    match question.type:
        case "single" | "several":
            return isinstance(answer, tuple)
        case "number":
            return isinstance(answer, int | float) and not isinstance(answer, bool) and math.isfinite(answer)
        case "text":
            return isinstance(answer, str)
        case "date":  # a moment is a date to Python
            return isinstance(answer, dt.date) and not isinstance(answer, dt.datetime)


def _holds(condition: Condition, given: Mapping[str, Given], facts: CallFacts) -> bool:
    if condition.all is not None:
        return all(_holds(each, given, facts) for each in condition.all)
    if condition.any is not None:
        return any(_holds(each, given, facts) for each in condition.any)
    if condition.not_ is not None:
        return not _holds(condition.not_, given, facts)
    if condition.question is not None:
        answer = given.get(condition.question)
        if condition.has_bounds:
            return isinstance(answer, int | float) and condition.holds(answer)
        return isinstance(answer, tuple) and not set(answer).isdisjoint(condition.answers or ())
    if condition.metric is not None:
        value = facts.metrics.get(condition.metric)
        return value is not None and condition.holds(value)
    return facts.metadata.get(condition.metadata or "") in (condition.values or ())


def _auto_fail(question: Question, answer: Given) -> str | None:
    """The wider scope of what was chosen; texts and dates fail nothing."""
    if isinstance(answer, str | dt.date):  # so is a NoOption
        return None
    if isinstance(answer, tuple):
        scopes = {option.auto_fail for option in question.options if option.id in answer}
    else:
        scopes = {band.auto_fail for band in question.bands if band.holds(answer)}
    return "card" if "card" in scopes else "section" if "section" in scopes else None


def _points(question: Question, answer: Given) -> float | None:
    """What was earned; None where the answer does not count."""
    if not question.is_scored or isinstance(answer, str | dt.date):  # str: NoOption too
        return None
    if isinstance(answer, tuple):
        return question.earned(answer)
    return float(sum(band.points for band in question.bands if band.holds(answer)))


def _weights(card: Card, chosen: Container[str]) -> dict[str, float]:
    """The weight with which each of these questions counts where they are all that counts: by section, its part of the
    section's weight. Bonus questions take no part of it, and count nothing where they are alone in their section."""
    weights: dict[str, float] = {}
    for section in card.sections:
        own = [question for question in section.questions if question.id in chosen]
        whole = sum(question.weight for question in own if not question.bonus)
        for question in own:
            weight = _weight(card, question)
            if card.scoring is Scoring.BY_SECTION:
                weight = section.weight * weight / whole if whole else 0.0
            weights[question.id] = weight
    return weights


def _weight(card: Card, question: Question) -> float:
    return float(question.possible if card.scoring is Scoring.POINTS else question.weight)


def _coverage(card: Card, given: Mapping[str, Given], counted: Container[str]) -> float:
    """By the weights as they are applied where every enabled question is answered. Only not_asked is not enabled."""
    enabled = {
        question.id
        for question in card.questions
        if question.is_scored and not question.bonus and given[question.id] is not NoOption.NOT_ASKED
    }
    weights = _weights(card, enabled)
    answered = sum(weight for key, weight in weights.items() if key in counted)
    return answered / sum(weights.values()) if weights else 0.0


def _mean(sections: Sequence[Section], weights: Mapping[str, float], shares: Mapping[str, float]) -> float | None:
    """In percent; bonus questions add to it and are not divided by, as far as the cap of their section lets them. None
    where no question but those was answered."""
    gained = base = 0.0
    for section in sections:
        answered = [question for question in section.questions if question.id in shares]
        own_base = sum(weights[question.id] for question in answered if not question.bonus)
        own = sum(weights[question.id] * shares[question.id] for question in answered)
        gained += own if section.most is None else min(own, own_base * section.most / PERCENT)
        base += own_base
    return PERCENT * gained / base if base else None


def _critical(card: Card, shares: Mapping[str, float]) -> dict[str, float]:
    weights = {question.id: _weight(card, question) for question in card.questions}
    found: dict[str, float] = {}
    for tag in sorted({tag for question in card.questions for tag in question.critical}):
        tagged = [question for question in card.questions if tag in question.critical and question.id in shares]
        base = sum(weights[question.id] for question in tagged if not question.bonus)
        if base:
            gained = sum(weights[question.id] * shares[question.id] for question in tagged)
            found[tag] = min(PERCENT * gained / base, PERCENT)
    return found


def _why_none(card: Card, coverage: float, total: float | None) -> str | None:
    if total is None:
        return "no question that counts was answered"
    if coverage < card.min_coverage - ROUNDING:
        return f"{coverage:.0%} of the weight was answered, below min_coverage {card.min_coverage:.0%}"
    return None
