"""An evaluation as the form shows it: the card, the answers, what they score, and what the person may do.

The score of a draft is worked out here by the card's own arithmetic, so that it is the one that a submission gets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dashboards.evaluating.counting import how_bonus_counts, how_choices_count, points_text
from dashboards.evaluating.wire import LONGEST_TEXT, answer_out, evidence_out
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.people.roles import Right
from qa_pipeline.published.snapshot import Row
from qa_pipeline.reviews.json_values import evidence_of
from qa_pipeline.reviews.rights import Person, ReviewPolicy, why_not_release, why_not_withdraw, why_not_write
from qa_pipeline.reviews.states import BLIND_TYPES, EvaluationState
from qa_pipeline.reviews.values import Evaluation, GivenAnswer
from qa_pipeline.scorecards.cards import Band, Card, Question
from qa_pipeline.scorecards.machine import Trust
from qa_pipeline.scorecards.scoring import CallFacts, Given, NoOption, needs_comment, score_call
from qa_pipeline.wording.clocks import moment
from qa_pipeline.wording.evaluations import NO_OPTIONS, score_text, state_label, type_label
from qa_pipeline.wording.figures import figure
from qa_pipeline.wording.languages import t

Json = Any


@dataclass(frozen=True, slots=True)
class Around:
    """What a form is shown with besides the evaluation: who looks, what the store's policy is, what conditions look at
    (None where the call is not published now, so that nobody knows), what was said (rows of `read_sentences`), what
    metrics and rules answer (rows of `read_machine_answers`, none where the evaluation is blind), and the time zone of
    clocks."""

    who: Person
    policy: ReviewPolicy
    facts: CallFacts | None
    sentences: Sequence[Row]
    machine_answers: Sequence[Row]
    timezone: str


def form_data(evaluation: Evaluation, around: Around) -> dict[str, Json]:
    """All that the browser gets to know of an evaluation. What a machine would answer is in it only for the person who
    is at an evaluation that is not blind."""
    writes = evaluation.state is EvaluationState.DRAFT and why_not_write(around.who, evaluation) is None
    is_blind = evaluation.evaluation_type in BLIND_TYPES
    quotes = {(str(row["role"]), int(row["sentence_id"])): str(row["text"]) for row in around.sentences}
    questions = {question.id: question for question in evaluation.card.questions}
    return {
        "evaluation": {
            "id": evaluation.evaluation_id,
            "revision": evaluation.revision,
            "title": evaluation.card.title,
            "about": _about(evaluation, around),
            "state": state_label(evaluation.state),
            "is_blind": is_blind,
        },
        "may": _may(evaluation, around, writes=writes),
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "instructions": section.instructions,
                "counting": how_bonus_counts(section),
                "questions": [_question(question) for question in section.questions],
            }
            for section in evaluation.card.sections
        ],
        "answers": {
            key: _answer(questions[key], given, around, quotes)
            for key, given in evaluation.answers.items()
            if key in questions and given.source == "person"
        },
        "comments": [
            {"at_ms": each.moment_ms, "text": each.text, "by": each.actor}
            for each in sorted(evaluation.comments, key=lambda each: (each.moment_ms or 0, each.at))
        ],
        "preview": _preview(evaluation, around.facts),
        "proposals": _proposals(evaluation.card, around, quotes) if writes and not is_blind else {},
    }


def proposal_of(evaluation: Evaluation, question: str, around: Around) -> Given | None:
    """What the form has shown as a proposal to a question of this evaluation; None where it has shown none."""
    if evaluation.evaluation_type in BLIND_TYPES:
        return None
    found = {each.id: answer for each, answer, _ in _proposed(evaluation.card, around)}
    return found.get(question)


def answer_text(question: Question, answer: Given) -> str:
    """An answer in words: the texts of its options, a number, a text, or that there is none."""
    match answer:
        case NoOption():
            return t(NO_OPTIONS[answer.value])
        case tuple():
            texts = {option.id: option.text for option in question.options}
            return ", ".join(texts.get(option, option) for option in answer)
        case str() | dt.date():
            return str(answer)
        case _:
            return f"{answer:g}"


def _about(evaluation: Evaluation, around: Around) -> str:
    parts = [type_label(evaluation.evaluation_type), evaluation.evaluator]
    if evaluation.due_at is not None and evaluation.state is EvaluationState.DRAFT:
        parts.append(t("due {moment}", moment=_clock(evaluation.due_at, around)))
    if evaluation.submitted_at is not None:
        parts.append(t("submitted {moment}", moment=_clock(evaluation.submitted_at, around)))
    if evaluation.released_at is not None:
        parts.append(t("released {moment}", moment=_clock(evaluation.released_at, around)))
    parts.append(t("card {version}", version=f"{evaluation.scorecard_id} {evaluation.scorecard_version[:6]}"))
    return " · ".join(parts)


def _clock(at: float, around: Around) -> str:
    return moment(dt.datetime.fromtimestamp(at, ZoneInfo(around.timezone)))


def _may(evaluation: Evaluation, around: Around, *, writes: bool) -> dict[str, bool]:
    who, state = around.who, evaluation.state
    may_release = why_not_release(who, evaluation, around.policy) is None
    return {
        "answer": writes,
        "submit": writes,
        "withdraw": state is EvaluationState.DRAFT and why_not_withdraw(who, evaluation) is None,
        "release": state is EvaluationState.SUBMITTED and may_release,
    }


def _question(question: Question) -> dict[str, Json]:
    return {
        "id": question.id,
        "text": question.text,
        "type": question.type,
        "instructions": question.instructions,
        "options": [
            {
                "id": option.id,
                "text": option.text,
                "points": option.points,
                "definition": option.definition,
                "auto_fail": option.auto_fail,
            }
            for option in question.options
        ],
        "bands": [_band(band) for band in question.bands],
        "not_applicable": question.not_applicable,
        "is_scored": question.is_scored,
        "bonus": question.bonus,
        "critical": list(question.critical),
        "counting": how_choices_count(question),
        "longest": LONGEST_TEXT,
    }


def _band(band: Band) -> str:
    points = points_text(band.points)
    low, high = band.at_least, band.below
    if low is None and high is None:
        said = t("any number: {points}", points=points)
    elif low is None:
        said = t("below {high}: {points}", high=f"{high:g}", points=points)
    elif high is None:
        said = t("from {low}: {points}", low=f"{low:g}", points=points)
    else:
        said = t("from {low} to below {high}: {points}", low=f"{low:g}", high=f"{high:g}", points=points)
    return f"{said}, {t('fails')}" if band.auto_fail else said


def _answer(
    question: Question, given: GivenAnswer, around: Around, quotes: Mapping[tuple[str, int], str]
) -> dict[str, Json]:
    is_other = given.actor != around.who.login
    return {
        "answer": answer_out(given.answer),
        "comment": given.comment or "",
        "evidence": evidence_out(given.evidence, quotes),
        "text": answer_text(question, given.answer),
        "by": (given.actor or "") if is_other else t("you, in another window"),
        "at": "" if given.answered_at is None else _clock(given.answered_at, around),
        "is_other": is_other,
    }


def _preview(evaluation: Evaluation, facts: CallFacts | None) -> dict[str, Json]:
    answers = {key: given.answer for key, given in evaluation.answers.items() if given.source == "person"}
    if evaluation.state in (EvaluationState.DRAFT, EvaluationState.WITHDRAWN):
        score = score_call(evaluation.card, answers, facts)
        given = {each.question: each.answer for each in score.answers}
        total = t("No score yet") if score.score is None else score_text(score.score)
        before, coverage, failed_by, sections = score.score_before_fail, score.coverage, score.failed_by, score.sections
    else:  # as it was submitted, whatever metrics say by now
        given = {key: kept.answer for key, kept in evaluation.answers.items()}
        total = score_text(evaluation.score)
        before, coverage = evaluation.score_before_fail, evaluation.coverage or 0.0
        failed_by, sections = evaluation.failed_by, evaluation.sections
    asked = [each for each in evaluation.card.questions if given.get(each.id) is not NoOption.NOT_ASKED]
    answered = sum(given.get(each.id, NoOption.UNANSWERED) is not NoOption.UNANSWERED for each in asked)
    least = f"{evaluation.card.min_coverage:.0%}"
    progress = (
        t("{n} of {all} answered", n=answered, all=len(asked)),
        t("coverage {share} (at least {least})", share=f"{coverage:.0%}", least=least),
    )
    return {
        "score": total,
        "progress": " · ".join(progress),
        "failed": _failed(evaluation.card, failed_by, before),
        "sections": {key: score_text(value) for key, value in sections.items() if value is not None},
        "asked": [each.id for each in asked],
        "needs_comment": [each.id for each in asked if needs_comment(each, given.get(each.id, NoOption.UNANSWERED))],
    }


def _failed(card: Card, failed_by: Sequence[str], before: float | None) -> str:
    """Which answers fail the card or a section, and what the score would be without them."""
    if not failed_by:
        return ""
    texts = {question.id: question.text for question in card.questions}
    said = t("Fails automatically: {questions}", questions="; ".join(texts[key] for key in failed_by))
    return said if before is None else f"{said} ({t('{score} without it', score=score_text(before))})"


def _proposals(card: Card, around: Around, quotes: Mapping[tuple[str, int], str]) -> dict[str, Json]:
    return {
        question.id: {
            "answer": answer_out(answer),
            "text": answer_text(question, answer),
            "by": _answered_by(row, around.facts),
            "evidence": evidence_out(evidence_of(row["evidence"]), quotes),
        }
        for question, answer, row in _proposed(card, around)
    }


def _answered_by(row: Row, facts: CallFacts | None) -> str:
    """The metric with its value, or the rule: Dead air 12.0 s; the rule Greeting."""
    if row["source"] == "metric":
        return _measured(row["actor"], facts)
    return t("the rule {rule}", rule=row["title"] or row["actor"])


def _measured(metric: str, facts: CallFacts | None) -> str:
    """A metric of the call with its value: Dead air 12.0 s."""
    value = None if facts is None else facts.metrics.get(metric)
    return f"{t(CATALOGUE[metric].label)} {figure(metric, value)}" if metric in CATALOGUE else f"{metric} {value}"


def _proposed(card: Card, around: Around) -> Iterator[tuple[Question, Given, Row]]:
    """What can be taken as it is: a machine's answer that only says what is missing proposes nothing, and one that is
    tried out is shown to nobody who evaluates."""
    questions = {question.id: question for question in card.questions}
    for row in around.machine_answers:
        question = questions.get(row["question_id"])
        if question is None or question.trusted in (None, Trust.DRAFT):
            continue
        if row["answer_kind"] == "options":
            yield question, tuple(row["options"]), row
        elif row["answer_kind"] == "number":
            yield question, float(row["number"]), row
        elif row["answer_kind"] == NoOption.NOT_APPLICABLE:
            yield question, NoOption.NOT_APPLICABLE, row


def may_look(who: Person) -> bool:
    """Whether the form is for such a person at all; an agent reads evaluations on a page of their own."""
    return who.may(Right.EVALUATE) or who.may(Right.SEE_EVALUATIONS)
