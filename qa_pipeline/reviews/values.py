"""The shapes that go into the store of evaluations and come out of it. Times are UTC epoch seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.reviews.states import (
    Decision,
    EvaluationState,
    EvaluationType,
    LogKind,
    TaskKind,
    TaskState,
)
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.scoring import Given


@dataclass(frozen=True, slots=True)
class CallRef:
    """A call as evaluations know it. `agent_id` says who sees what is released of it; None: no agent does."""

    call_id: str
    call_date: dt.date
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in a call; `sentence_ids` are those of the role's channel, times count from the recording's start."""

    role: str | None = None
    sentence_ids: tuple[int, ...] = ()
    begin_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer that a decision puts in the place of the disputed one."""

    answer: Given
    comment: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """One answer as it is kept. `source` is `person`, or `condition` for a question that was not asked. What it
    earned is known from the submission on. `shown_machine` is the machine's answer that the person was shown."""

    question: str
    answer: Given
    source: str
    actor: str | None
    comment: str | None
    evidence: tuple[Evidence, ...]
    seconds_spent: float
    shown_machine: Given | None
    answered_at: float | None
    earned: float | None
    possible: float | None
    weight: float | None


@dataclass(frozen=True, slots=True)
class MomentComment:
    """A remark on a call, at a moment of it (ms from the recording's start) or on the whole, to a question or none."""

    text: str
    moment_ms: int | None
    question: str | None
    actor: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSummary:
    """An evaluation without its answers. `revision` counts its changes: give it back with the next write. `score` and
    what is beside it are known from the submission on; see `qa_pipeline.scorecards.scoring.Score`."""

    evaluation_id: str
    call: CallRef
    scorecard_id: str
    scorecard_version: str
    evaluation_type: EvaluationType
    evaluator: str
    state: EvaluationState
    revision: int
    task_id: str | None
    sample_id: str | None
    inclusion_probability: float | None
    session_id: str | None
    is_expert: bool
    supersedes: str | None
    superseded_by: str | None
    due_at: float | None
    created_at: float
    updated_at: float
    submitted_at: float | None
    released_at: float | None
    released_by: str | None
    acknowledged_at: float | None
    disputed_at: float | None
    dispute_round: int
    dispute_reason: str | None
    dispute_questions: tuple[str, ...]
    decided_at: float | None
    decided_by: str | None
    decision: Decision | None
    decision_reason: str | None
    score: float | None
    score_before_fail: float | None
    coverage: float | None
    failed_by: tuple[str, ...]
    reason: str | None
    sections: Mapping[str, float | None]
    critical: Mapping[str, float]
    seconds_spent: float
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(EvaluationSummary):
    """An evaluation in whole, with the version of the card that it is by; `answers` by question."""

    card: Card
    answers: Mapping[str, GivenAnswer]
    comments: tuple[MomentComment, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a write came to: the evaluation's revision and state after it, and the number of its row in the log. A
    request that is repeated gets the answer of its first time."""

    evaluation_id: str
    revision: int
    state: EvaluationState
    seq: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """Something to do for `assignee`, or for whoever takes it. `task_id` is the caller's own: the same id is assigned
    once, so make it of what the task is for (`<plan>/<period>/<call>`). `session_id` ties calibrations and double
    scorings of one call; `is_expert` marks the evaluation that others are held against."""

    task_id: str
    task_kind: TaskKind
    call: CallRef
    scorecard_id: str
    evaluation_type: EvaluationType = EvaluationType.STANDARD
    assignee: str | None = None
    due_at: float | None = None
    sample_id: str | None = None
    inclusion_probability: float | None = None
    session_id: str | None = None
    is_expert: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as it stands. `evaluation_id` is the evaluation that was started for it, or the disputed one."""

    task_id: str
    task_kind: TaskKind
    state: TaskState
    call: CallRef
    scorecard_id: str
    evaluation_type: EvaluationType
    assignee: str | None
    due_at: float | None
    sample_id: str | None
    inclusion_probability: float | None
    session_id: str | None
    is_expert: bool
    note: str | None
    evaluation_id: str | None
    assigned_by: str
    assigned_at: float
    last_seq: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """How many tasks were new, and how many were there already."""

    new: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationFilter:
    """Which evaluations: all that are given must hold; an empty one holds for all. Days are those of the calls, both
    included; `changed_since` is a number of the log."""

    states: frozenset[EvaluationState] = frozenset()
    types: frozenset[EvaluationType] = frozenset()
    evaluators: frozenset[str] = frozenset()
    agent_ids: frozenset[str] = frozenset()
    call_ids: frozenset[str] = frozenset()
    scorecard_ids: frozenset[str] = frozenset()
    session_ids: frozenset[str] = frozenset()
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    changed_since: int | None = None


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How much waits for a person now: own open tasks, those of them past their time, tasks of nobody that may be
    taken, own drafts, and disputes that the person may decide."""

    open: int
    overdue: int
    pool: int
    drafts: int
    disputes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One row of the log, see docs/reviews.md."""

    seq: int
    at: float
    actor: str
    kind: LogKind
    evaluation_id: str | None
    call_id: str | None
    request_id: str | None
    payload: Mapping[str, Any] = field(default_factory=dict)
    previous_hash: str = ""
    hash: str = ""
