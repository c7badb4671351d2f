"""What waits for a person, read from the store of evaluations a moment ago. One entry per task or evaluation; it may be
of several kinds, as a task that is begun is a draft too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dashboards.evaluating.on_call_page import EVALUATION, TASK
from qa_pipeline.people.roles import Right
from qa_pipeline.reviews.rights import Person, why_not_release
from qa_pipeline.reviews.states import EvaluationState, TaskKind
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import CallRef, EvaluationFilter, EvaluationSummary, Task

MOST = 500
"""Entries of one kind that are read at once."""


class Kind(StrEnum):
    """Kinds of what waits, in the order of the inbox."""

    DUE = "due"
    """Assigned to the person and not submitted."""
    OVERDUE = "overdue"
    """Those past their time."""
    DRAFTS = "drafts"
    """Begun by the person."""
    DISPUTES = "disputes"
    """Disputes that the person may decide."""
    POOL = "pool"
    """Assigned to nobody: whoever begins one takes it, the person too."""
    RELEASE = "release"
    """Submitted, and released by the person."""
    OTHERS = "others"
    """Assigned to others, for whoever assigns."""
    TO_ASSIGN = "to_assign"
    """Assigned to nobody, and not for the person to take: blind ones for whoever sees what others answered."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits. `card` is the id of its card, `of` whose it is; `query` opens it on the page of the call,
    or of the evaluation where it `is_dispute`. Only what has a `task_id` can be assigned to somebody else, and only
    while it is not begun."""

    kinds: frozenset[Kind]
    call: CallRef
    card: str
    evaluation_type: str
    reason: str
    of: str | None
    due_at: float | None
    changed_at: float
    query: dict[str, list[str]]
    task_id: str | None = None
    is_begun: bool = False
    is_dispute: bool = False
    note: str | None = None
    score: float | None = None

    @property
    def key(self) -> str:
        """What it is known by."""
        return self.task_id or next(iter(self.query.get(EVALUATION, ())), "") or self.call.call_id


def waiting_for(reviews: Reviews, who: Person, now: float) -> list[Waiting]:
    """All that waits for the person, at most `MOST` of each kind, the ones due first at the top.

    Raises:
        ReviewError: the role has no inbox.
    """
    to_decide, to_take = reviews.decidable(who), reviews.takeable(who)
    tasks = [
        task
        for task in _tasks(reviews, who)
        if task.task_kind is not TaskKind.DISPUTE or task.evaluation_id in to_decide
    ]
    begun = {task.evaluation_id for task in tasks}
    drafts = _evaluations(reviews, who, EvaluationState.DRAFT, (who.login,))
    submitted = _evaluations(reviews, who, EvaluationState.SUBMITTED, () if who.may(Right.RELEASE) else (who.login,))
    found = [
        *(_of_task(task, who, now, may_take=task.task_id in to_take) for task in tasks),
        *(_of_evaluation(each, Kind.DRAFTS) for each in drafts if each.evaluation_id not in begun),
        *(
            _of_evaluation(each, Kind.RELEASE)
            for each in submitted
            if why_not_release(who, each, reviews.policy) is None
        ),
    ]
    return sorted(
        (each for each in found if each.kinds),
        key=lambda each: (each.due_at is None, each.due_at or 0.0, -each.changed_at),
    )


def _tasks(reviews: Reviews, who: Person) -> list[Task]:
    """Own ones, those of nobody, and for whoever assigns those of others; each kind has its own limit."""
    own = reviews.tasks(who, assignees=[who.login], with_pool=False, limit=MOST)
    others = reviews.tasks(who, limit=MOST) if who.may(Right.SEE_EVALUATIONS) else []
    pool = [each for each in reviews.tasks(who, assignees=[who.login], limit=MOST) if each.assignee is None]
    return list({task.task_id: task for task in (*own, *pool, *others)}.values())


def _evaluations(
    reviews: Reviews, who: Person, state: EvaluationState, evaluators: Iterable[str]
) -> Sequence[EvaluationSummary]:
    chosen = EvaluationFilter(states=frozenset({state}), evaluators=frozenset(evaluators))
    return reviews.evaluations(who, chosen, limit=MOST)


def _of_task(task: Task, who: Person, now: float, *, may_take: bool) -> Waiting:
    is_dispute = task.task_kind is TaskKind.DISPUTE
    is_own = task.assignee == who.login
    is_late = task.due_at is not None and task.due_at < now
    kinds = {
        Kind.DUE: is_own and not is_dispute,
        Kind.OVERDUE: is_own and is_late and not is_dispute,
        Kind.DRAFTS: is_own and task.evaluation_id is not None and not is_dispute,
        Kind.DISPUTES: is_dispute,
        Kind.POOL: may_take,
        Kind.OTHERS: not is_own and task.assignee is not None and not is_dispute,
        Kind.TO_ASSIGN: task.assignee is None and not is_dispute and not may_take and who.may(Right.ASSIGN),
    }
    opens = {EVALUATION: [task.evaluation_id]} if task.evaluation_id else {}
    if not opens and (is_own or may_take):
        opens = {TASK: [task.task_id]}
    return Waiting(
        kinds=frozenset(kind for kind, holds in kinds.items() if holds),
        call=task.call,
        card=task.scorecard_id,
        evaluation_type=task.evaluation_type,
        reason=task.task_kind,
        of=task.assignee,
        due_at=task.due_at,
        changed_at=task.assigned_at,
        query={"call": [task.call.call_id], **opens},
        task_id=None if is_dispute else task.task_id,
        is_begun=task.evaluation_id is not None,
        is_dispute=is_dispute,
        note=task.note,
    )


def _of_evaluation(found: EvaluationSummary, kind: Kind) -> Waiting:
    return Waiting(
        kinds=frozenset({kind}),
        call=found.call,
        card=found.scorecard_id,
        evaluation_type=found.evaluation_type,
        reason="",
        of=found.evaluator,
        due_at=found.due_at,
        changed_at=found.submitted_at or found.created_at,
        query={"call": [found.call.call_id], EVALUATION: [found.evaluation_id]},
        is_begun=True,
        score=found.score,
    )
