"""Rows of the tables as the values that the store gives."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from qa_pipeline.reviews.json_values import answer_of, evidence_of
from qa_pipeline.reviews.states import Decision, EvaluationState, EvaluationType, TaskKind, TaskState
from qa_pipeline.reviews.values import (
    CallRef,
    Evaluation,
    EvaluationSummary,
    GivenAnswer,
    LogRow,
    MomentComment,
    Task,
)
from qa_pipeline.scorecards.cards import Card


def _summary_fields(row: Mapping[Any, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in row.items() if name not in ("call_id", "call_date", "agent_id")}
    return {
        **fields,
        "call": _call(row),
        "evaluation_type": EvaluationType(row["evaluation_type"]),
        "state": EvaluationState(row["state"]),
        "dispute_questions": tuple(json.loads(row["dispute_questions"] or "[]")),
        "decision": None if row["decision"] is None else Decision(row["decision"]),
        "failed_by": tuple(json.loads(row["failed_by"] or "[]")),
        "sections": json.loads(row["sections"] or "{}"),
        "critical": json.loads(row["critical"] or "{}"),
    }


def summary_of(row: Mapping[Any, Any]) -> EvaluationSummary:
    """A row of `evaluations_state`."""
    return EvaluationSummary(**_summary_fields(row))


def evaluation_of(
    row: Mapping[Any, Any], card: Card, answers: Iterable[GivenAnswer], comments: Iterable[LogRow]
) -> Evaluation:
    """A row of `evaluations_state` with what belongs to it."""
    return Evaluation(
        **_summary_fields(row),
        card=card,
        answers={each.question: each for each in answers},
        comments=tuple(
            MomentComment(
                said.payload["text"], said.payload["moment_ms"], said.payload["question"], said.actor, said.at
            )
            for said in comments
        ),
    )


def given_answer_of(row: Mapping[Any, Any]) -> GivenAnswer:
    """A row of `evaluation_answers_state`."""
    shown = json.loads(row["shown_machine"]) if row["shown_machine"] is not None else None
    return GivenAnswer(
        question=row["question_id"],
        answer=answer_of(row["answer_kind"], None if row["answer"] is None else json.loads(row["answer"])),
        source=row["source"],
        actor=row["actor"],
        comment=row["comment"],
        evidence=evidence_of(json.loads(row["evidence"] or "[]")),
        seconds_spent=row["seconds_spent"] or 0.0,
        shown_machine=None if shown is None else answer_of(shown["kind"], shown["value"]),
        answered_at=row["answered_at"],
        earned=row["earned"],
        possible=row["possible"],
        weight=row["weight"],
    )


def task_of(row: Mapping[Any, Any]) -> Task:
    """A row of `review_tasks`."""
    fields = {name: value for name, value in row.items() if name not in ("call_id", "call_date", "agent_id")}
    return Task(
        **{
            **fields,
            "call": _call(row),
            "task_kind": TaskKind(row["task_kind"]),
            "state": TaskState(row["state"]),
            "evaluation_type": EvaluationType(row["evaluation_type"]),
        }
    )


def card_of(content: str) -> Card:
    """The card that was kept."""
    return Card.model_validate(json.loads(content))


def _call(row: Mapping[Any, Any]) -> CallRef:
    return CallRef(row["call_id"], dt.date.fromisoformat(row["call_date"]), row["agent_id"])
