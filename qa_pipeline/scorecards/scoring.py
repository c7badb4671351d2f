"""The score of a call by a card. Only options count: whatever else was answered leaves numerator and denominator, and
no N/A is a pass.

    points       Σ earned ÷ Σ possible
    by_question  Σ w·s ÷ Σ w            w: the question's weight, s: its share of the points
    by_section   Σ W·m ÷ Σ W            W: the section's weight, m: the weighted mean of its questions

Coverage is the weight that was answered by the weight that was asked and applies; below the card's there is no score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from qa_pipeline.scorecards.cards import Card, Condition, Question, Scoring

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


Given = tuple[str, ...] | float | NoOption
"""Options by id, the number of a question with bands, or none of them."""


class BadAnswer(ValueError):
    """An answer that its question does not have; the message says which."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What one question gave: points, and the weight with which it counted; both None where it did not count."""

    question: str
    answer: Given
    earned: float | None = None
    possible: float | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """In percent. `score` is None with a `reason`; an automatic fail makes it 0 and is named in `failed_by`, and
    `score_before_fail` is what it would have been. `critical` are scores by tag, of the tagged questions alone."""

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
    scored = {question.id: _scored(question, given[question.id]) for question in card.questions}
    shares = {
        key: each.earned / each.possible for key, each in scored.items() if each.earned is not None and each.possible
    }
    coverage = _coverage(card, given)
    counted = {
        key: 0.0 if section.id in failed_sections else shares[key]
        for section in card.sections
        for key in (question.id for question in section.questions)
        if key in shares
    }
    sections = {section.id: _mean(card, section.questions, counted) for section in card.sections}
    before, after = _total(card, shares), _total(card, counted)
    reason = _why_none(card, coverage, before)
    if reason is not None:
        before = after = None
    if after is not None and "card" in failed.values():
        after = 0.0
    return Score(
        score=after,
        score_before_fail=before,
        coverage=coverage,
        failed_by=tuple(failed),
        reason=reason,
        sections=sections,
        critical=_critical(card, shares),
        answers=tuple(scored.values()),
    )


def needs_comment(question: Question, answer: Given) -> bool:
    """Whether the answer is so low that the card demands a comment."""
    found = _scored(question, answer)
    if question.comment_below is None or found.earned is None or not found.possible:
        return False
    return found.earned / found.possible < question.comment_below


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
    if isinstance(answer, tuple):
        known = {option.id for option in question.options}
        wrong = [option for option in answer if option not in known]
        if wrong or (question.type == "single" and len(answer) != 1) or len(set(answer)) < len(answer):
            raise BadAnswer(f"{question.id} has no answer {', '.join(answer) or 'without an option'}")
    elif question.type != "number":
        raise BadAnswer(f"{question.id} is not a question with a number")
    elif not any(band.holds(answer) for band in question.bands):
        raise BadAnswer(f"no band of {question.id} holds {answer:g}; give it one, or say cannot_tell")


def _holds(condition: Condition, given: Mapping[str, Given], facts: CallFacts) -> bool:
    if condition.all is not None:
        return all(_holds(each, given, facts) for each in condition.all)
    if condition.any is not None:
        return any(_holds(each, given, facts) for each in condition.any)
    if condition.not_ is not None:
        return not _holds(condition.not_, given, facts)
    if condition.question is not None:
        answer = given.get(condition.question)
        return isinstance(answer, tuple) and not set(answer).isdisjoint(condition.answers or ())
    if condition.metric is not None:
        value = facts.metrics.get(condition.metric)
        is_low = condition.at_least is not None and value is not None and value < condition.at_least
        is_high = condition.below is not None and value is not None and value >= condition.below
        return value is not None and not is_low and not is_high
    return facts.metadata.get(condition.metadata or "") in (condition.values or ())


def _auto_fail(question: Question, answer: Given) -> str | None:
    """The wider scope of what was chosen."""
    if isinstance(answer, tuple):
        scopes = {option.auto_fail for option in question.options if option.id in answer}
    elif isinstance(answer, NoOption):
        return None
    else:
        scopes = {band.auto_fail for band in question.bands if band.holds(answer)}
    return "card" if "card" in scopes else "section" if "section" in scopes else None


def _scored(question: Question, answer: Given) -> Scored:
    if isinstance(answer, NoOption) or not question.is_scored:
        return Scored(question.id, answer)
    if isinstance(answer, tuple):
        earned = sum(option.points for option in question.options if option.id in answer)
    else:
        earned = sum(band.points for band in question.bands if band.holds(answer))
    return Scored(question.id, answer, float(earned), float(question.possible), float(question.weight))


def _coverage(card: Card, given: Mapping[str, Given]) -> float:
    out = (NoOption.NOT_ASKED, NoOption.NOT_APPLICABLE)
    asked = answered = 0.0
    for section in card.sections:
        counting = [
            each for each in section.questions if each.is_scored and not each.bonus and given[each.id] not in out
        ]
        whole = sum(each.weight for each in counting)
        for question in counting:
            weight = {
                Scoring.POINTS: question.possible,
                Scoring.BY_QUESTION: question.weight,
                Scoring.BY_SECTION: section.weight * question.weight / whole,
            }[card.scoring]
            asked += weight
            answered += 0.0 if isinstance(given[question.id], NoOption) else weight
    return answered / asked if asked else 0.0


def _total(card: Card, shares: Mapping[str, float]) -> float | None:
    if card.scoring is Scoring.BY_SECTION:
        means = [(section.weight, _mean(card, section.questions, shares)) for section in card.sections]
        known = [(weight, mean) for weight, mean in means if mean is not None]
        total = sum(weight * mean for weight, mean in known) / sum(weight for weight, _ in known) if known else None
    else:
        total = _mean(card, card.questions, shares)
    return None if total is None else min(total, card.most)


def _mean(card: Card, questions: Sequence[Question], shares: Mapping[str, float]) -> float | None:
    """In percent; bonus questions add to it and are not divided by. None where no question but those was answered."""
    answered = [question for question in questions if question.id in shares]
    base = sum(_weight(card, question) for question in answered if not question.bonus)
    if not base:
        return None
    return PERCENT * sum(_weight(card, question) * shares[question.id] for question in answered) / base


def _weight(card: Card, question: Question) -> float:
    return question.possible if card.scoring is Scoring.POINTS else question.weight


def _critical(card: Card, shares: Mapping[str, float]) -> dict[str, float]:
    tags = sorted({tag for question in card.questions for tag in question.critical})
    means = {tag: _mean(card, list(_tagged(card.questions, tag)), shares) for tag in tags}
    return {tag: min(mean, PERCENT) for tag, mean in means.items() if mean is not None}


def _tagged(questions: Iterable[Question], tag: str) -> Iterable[Question]:
    return (question for question in questions if tag in question.critical)


def _why_none(card: Card, coverage: float, total: float | None) -> str | None:
    if total is None:
        return "no question that counts was answered"
    if coverage < card.min_coverage - ROUNDING:
        return f"{coverage:.0%} of the weight was answered, below min_coverage {card.min_coverage:.0%}"
    return None
