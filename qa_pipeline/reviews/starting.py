"""Who may begin an evaluation of a call, of which type, and what is kept of its beginning."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, and_, exists, select

from qa_pipeline.ledger.review_tables import evaluations_state, review_tasks, scorecard_versions
from qa_pipeline.people.roles import Right
from qa_pipeline.reviews.chain import Appending
from qa_pipeline.reviews.faults import BadReview, NotAllowed, NotFound, WrongState
from qa_pipeline.reviews.opened import OpenedReviews, has_seen, patient
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.rows import summary_of, task_of
from qa_pipeline.reviews.states import (
    BLIND_TYPES,
    CURRENT_STATES,
    EvaluationState,
    EvaluationType,
    LogKind,
    TaskKind,
    TaskState,
)
from qa_pipeline.reviews.values import CallRef, Evaluation, EvaluationSummary, Task
from qa_pipeline.scorecards.cards import Card


class Starting(OpenedReviews):
    """The part of the store that begins evaluations."""

    @patient
    def start(
        self,
        who: Person,
        call: CallRef,
        card: Card,
        *,
        request_id: str,
        evaluation_type: EvaluationType | None = None,
        task_id: str | None = None,
    ) -> Evaluation:
        """Begins a draft, and keeps the version of the card. With a task the type is the task's; otherwise it is
        `standard` unless given. A person has one draft per call and card: where it is there already, it is what is
        returned.

        Raises:
            NotAllowed: the role does not evaluate, the task is somebody else's, or the call is the person's own.
            NotFound: there is no such task.
            WrongState: the task is begun by somebody else, done or cancelled; the person has a draft of another type,
                or a blind task for this call; the card is not for calls of that day.
            BadReview: the type is none that people start, or the task is for another call or card.
        """
        if not who.may(Right.EVALUATE):
            raise NotAllowed("your role does not evaluate")
        if who.took(call):
            raise NotAllowed("nobody evaluates the own call")
        with self._writing() as log:
            connection = log.connection
            before = self._done_before(connection, who, request_id, LogKind.EVALUATION_STARTED)
            if before is not None:
                return self._whole(connection, self._summary(connection, before.evaluation_id or ""))
            task = None if task_id is None else self._startable(connection, who, task_id, call, card)
            chosen = task.evaluation_type if task else evaluation_type or EvaluationType.STANDARD
            if chosen in (EvaluationType.MACHINE, EvaluationType.DISPUTE):
                raise BadReview(f"nobody starts an evaluation of the type {chosen}")
            if draft := _own_draft(connection, who, call, card):
                if draft.evaluation_type is chosen and task_id in (None, draft.task_id):
                    return self._whole(connection, draft)
                raise WrongState(f"you have a {draft.evaluation_type} draft of this call; submit or withdraw it first")
            if task is None and chosen not in BLIND_TYPES and self._standing(connection, who, call.call_id).is_blind:
                raise WrongState("this call is to be evaluated blind, and by you: begin with that")
            if chosen in BLIND_TYPES and has_seen(connection, who.login, call.call_id):
                raise WrongState(
                    "you have begun an evaluation of this call that was not blind; somebody else does this"
                )
            _require_effective(card, call)
            evaluation_id = self._started(log, who, call, card, chosen, task=task, request_id=request_id)
            return self._whole(connection, self._summary(connection, evaluation_id))

    def _startable(self, connection: Connection, who: Person, task_id: str, call: CallRef, card: Card) -> Task:
        """The task. Raises as `start` does."""
        row = connection.execute(select(review_tasks).where(review_tasks.c.task_id == task_id)).mappings().first()
        if row is None:
            raise NotFound(f"there is no task {task_id}")
        task = task_of(row)
        if task.assignee not in (None, who.login):
            raise NotAllowed("this task is somebody else's")
        if task.task_kind is TaskKind.DISPUTE:
            raise WrongState("a dispute is decided, not evaluated")
        if task.state not in (TaskState.OPEN, TaskState.STARTED):
            raise WrongState(f"this task is {task.state}")
        if task.assignee is None and task.evaluation_type in BLIND_TYPES and not self._takes_blind_ones(who):
            raise WrongState("you see what others answered, so a blind task of nobody is not for you; assign it")
        if (task.call.call_id, task.scorecard_id) != (call.call_id, card.scorecard):
            raise BadReview(f"the task is for the call {task.call.call_id} and the card {task.scorecard_id}")
        if task.task_kind is TaskKind.DOUBLE and _has_evaluated(connection, who, call, card):
            raise NotAllowed("you have evaluated this call; the second evaluation is somebody else's")
        return task

    def _started(
        self,
        log: Appending,
        who: Person,
        call: CallRef,
        card: Card,
        chosen: EvaluationType,
        *,
        task: Task | None = None,
        request_id: str | None = None,
        supersedes: EvaluationSummary | None = None,
    ) -> str:
        """Appends the start of an evaluation, and its card where that is new; returns its id."""
        version = self._keep_card(log, who, card)
        origin = task or supersedes
        evaluation_id = uuid.uuid4().hex
        log.add(
            LogKind.EVALUATION_STARTED,
            who.login,
            {
                "revision": 1,
                "call_date": call.call_date.isoformat(),
                "agent_id": call.agent_id,
                "scorecard_id": card.scorecard,
                "scorecard_version": version,
                "evaluation_type": chosen.value,
                "task_id": task.task_id if task else None,
                "sample_id": origin.sample_id if origin else None,
                "inclusion_probability": origin.inclusion_probability if origin else None,
                "session_id": origin.session_id if origin else None,
                "is_expert": bool(origin and origin.is_expert),
                "supersedes": supersedes.evaluation_id if supersedes else None,
                "due_at": task.due_at if task else None,
                "dispute_round": supersedes.dispute_round if supersedes else 0,
            },
            evaluation_id=evaluation_id,
            call_id=call.call_id,
            request_id=request_id,
        )
        return evaluation_id

    def _keep_card(self, log: Appending, who: Person, card: Card) -> str:
        version = card.version
        columns = scorecard_versions.c
        known = exists().where(columns.scorecard_id == card.scorecard, columns.version == version)
        if not log.connection.execute(select(known)).scalar_one():
            content = card.model_dump(mode="json", by_alias=True)
            log.add(
                LogKind.CARD_KEPT,
                who.login,
                {"scorecard_id": card.scorecard, "version": version, "title": card.title, "content": content},
            )
        return version


def _require_effective(card: Card, call: CallRef) -> None:
    begins, ends = card.effective_from, card.effective_to
    if (begins and call.call_date < begins) or (ends and call.call_date > ends):
        raise WrongState(f"the card {card.scorecard} is not for calls of {call.call_date}")


def _own_draft(connection: Connection, who: Person, call: CallRef, card: Card) -> EvaluationSummary | None:
    columns = evaluations_state.c
    query = select(evaluations_state).where(
        columns.evaluator == who.login,
        columns.state == EvaluationState.DRAFT.value,
        columns.call_id == call.call_id,
        columns.scorecard_id == card.scorecard,
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else summary_of(row)


def _has_evaluated(connection: Connection, who: Person, call: CallRef, card: Card) -> bool:
    columns = evaluations_state.c
    own = and_(
        columns.evaluator == who.login,
        columns.call_id == call.call_id,
        columns.scorecard_id == card.scorecard,
        columns.state.in_([state.value for state in CURRENT_STATES]),
    )
    return bool(connection.execute(select(exists().where(own))).scalar_one())
