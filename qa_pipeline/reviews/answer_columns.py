"""Cards, answers and scores as the columns of the warehouse's tables have them, whoever answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from qa_pipeline.scorecards.cards import Card, Question, Section
from qa_pipeline.scorecards.question_versions import band_name, number_text, question_version

TAGS = ("customer", "business", "compliance")


def card_rows(card: Card) -> Iterator[dict[str, Any]]:
    """The rows of `scorecard_questions` of a card, but for when it was first used."""
    of_card = {
        "scorecard_id": card.scorecard,
        "scorecard_version": card.version,
        "title": card.title,
        "scoring": card.scoring.value,
        "min_coverage": card.min_coverage,
        "effective_from": card.effective_from,
        "effective_to": card.effective_to,
    }
    places = ((section, question) for section in card.sections for question in section.questions)
    for position, (section, question) in enumerate(places, 1):
        yield {**of_card, "position": position, **_question_columns(section, question)}


class CardColumns:
    """The columns of answers by one version of a card."""

    def __init__(self, card: Card) -> None:
        wanted = ("question_version", "section_id", "position")
        self.card = card
        self._questions = {question.id: question for question in card.questions}
        self._places = {row["question_id"]: {name: row[name] for name in wanted} for row in card_rows(card)}

    def of_answer(self, question_id: str, kind: str, value: Any) -> dict[str, Any]:
        """Which question it is, where in the card, and what was answered: the kind of an answer, and its value as the
        store has it."""
        options: list[str] = []
        if kind == "options":
            options = list(value)
        elif kind == "number":
            options = [band_name(band) for band in self._questions[question_id].bands if band.holds(value)]
        return {
            "question_id": question_id,
            **self._places[question_id],
            "answer_kind": kind,
            "answer": None if value is None else shown_answer(kind, value),
            "options": options,
            "number": float(value) if kind == "number" else None,
        }


def shown_answer(kind: str, value: Any) -> str:
    """An answer as text; one that is no option by its kind."""
    if value is None:
        return kind
    if kind == "options":
        return ", ".join(value)
    return number_text(value) if kind == "number" else str(value)


def score_columns(score: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an evaluation's score: of `json_values.score_json`, or the same values."""
    return {
        **{name: score[name] for name in ("score", "score_before_fail", "coverage", "reason")},
        "failed_by": list(score["failed_by"]),
        "section_scores": json.dumps(score["sections"], ensure_ascii=False) if score["sections"] else None,
        **{f"critical_{tag}": score["critical"].get(tag) for tag in TAGS},
    }


def _question_columns(section: Section, question: Question) -> dict[str, Any]:
    offered = [(each.id, each.text, each.points, each.auto_fail) for each in question.options]
    bands = [(band_name(each), band_name(each), each.points, each.auto_fail) for each in question.bands]
    return {
        "question_id": question.id,
        "question_version": question_version(question),
        "section_id": section.id,
        "section_title": section.title,
        "section_weight": section.weight,
        "text": question.text,
        "type": question.type,
        "weight": question.weight,
        "possible": float(question.possible),
        "is_scored": question.is_scored,
        "is_bonus": question.bonus,
        "may_be_not_applicable": question.not_applicable,
        "critical": list(question.critical),
        "answered_by": None if question.answered_by is None else question.answered_by.named,
        "options": [
            {"id": option, "text": text, "points": float(points), "auto_fail": auto_fail}
            for option, text, points, auto_fail in (*offered, *bands)
        ],
    }
