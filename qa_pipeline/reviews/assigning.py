"""What is to be done, and by whom: tasks of draws, double scorings, calibrations and leads, and disputes to decide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, false, func, or_, select, true

from qa_pipeline.ledger.review_tables import evaluations_state, review_tasks
from qa_pipeline.people.roles import Right
from qa_pipeline.reviews.chain import Appending
from qa_pipeline.reviews.disputes import decidable
from qa_pipeline.reviews.faults import BadReview, NotAllowed, NotFound, WrongState
from qa_pipeline.reviews.opened import UNFINISHED, OpenedReviews, has_seen, patient, seen_calls, took_call
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.rows import task_of
from qa_pipeline.reviews.states import (
    BLIND_TYPES,
    CURRENT_STATES,
    EvaluationState,
    EvaluationType,
    LogKind,
    TaskKind,
    TaskState,
)
from qa_pipeline.reviews.values import Assigned, InboxCounts, NewTask, Task

TASKS_AT_ONCE = 100
LONGEST_TASK_ID = 128


class Assigning(OpenedReviews):
    """The part of the store that says what is to be done."""

    @patient
    def assign(self, who: Person, tasks: Sequence[NewTask]) -> Assigned:
        """Makes tasks; one whose id is known is left as it is, so the same draw can be assigned again. They are
        written in parts of 100, each of which is kept whole or not at all: others save their answers between them. A
        blind one for somebody who has evaluated the call otherwise is for whoever takes it.

        Raises:
            NotAllowed: the role assigns nothing.
            BadReview: a task that can't be meant: nothing is written then; or a calibration for somebody who has begun
                another evaluation of the call: its part is not written.
        """
        if not who.may(Right.ASSIGN):
            raise NotAllowed("your role assigns no tasks")
        for task in tasks:
            _require_task(task)
        new = 0
        for begin in range(0, len(tasks), TASKS_AT_ONCE):
            with self._writing() as log:
                new += _assigned(log, who, tasks[begin : begin + TASKS_AT_ONCE])
        return Assigned(new, len(tasks) - new)

    @patient
    def reassign(
        self,
        who: Person,
        task_id: str,
        *,
        assignee: str | None,
        due_at: float | None,
        request_id: str,
        reason: str | None = None,
    ) -> Task:
        """Gives an open task to somebody else, or to whoever takes it, with this time; both as they are from now on.

        Raises:
            NotAllowed, NotFound: see `faults`.
            WrongState: it is begun (its draft must be withdrawn first), done or cancelled; or it is blind, and this
                person has begun another evaluation of the call.
        """
        said = {"task_id": task_id, "assignee": assignee, "due_at": due_at, "reason": reason}
        return self._changed(who, task_id, LogKind.TASK_REASSIGNED, said, request_id)

    @patient
    def cancel(self, who: Person, task_id: str, *, request_id: str, reason: str | None = None) -> Task:
        """Gives an open task up.

        Raises:
            NotAllowed, NotFound, WrongState: as `reassign`.
        """
        return self._changed(who, task_id, LogKind.TASK_CANCELLED, {"task_id": task_id, "reason": reason}, request_id)

    @patient
    def tasks(
        self,
        who: Person,
        *,
        states: Collection[TaskState] = (TaskState.OPEN, TaskState.STARTED),
        kinds: Collection[TaskKind] = (),
        assignees: Collection[str] = (),
        with_pool: bool = True,
        call_id: str | None = None,
        session_id: str | None = None,
        sample_id: str | None = None,
        due_before: float | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[Task]:
        """Tasks that the person may see, the ones due first at the top: an evaluator's own, and those of nobody; a
        lead's all. Disputes are seen by those who decide. With `assignees` those of these people only, and with
        `with_pool` also those of nobody.

        Raises:
            NotAllowed: the role sees no tasks.
        """
        columns = review_tasks.c
        where = [self._tasks_seen_by(who)]
        if states:
            where.append(columns.state.in_([state.value for state in states]))
        if kinds:
            where.append(columns.task_kind.in_([kind.value for kind in kinds]))
        if assignees:
            theirs = columns.assignee.in_(list(assignees))
            where.append(or_(theirs, columns.assignee.is_(None)) if with_pool else theirs)
        elif not with_pool:
            where.append(columns.assignee.is_not(None))
        given = ((columns.call_id, call_id), (columns.session_id, session_id), (columns.sample_id, sample_id))
        where += [column == value for column, value in given if value is not None]
        if due_before is not None:
            where.append(columns.due_at < due_before)
        query = (
            select(review_tasks)
            .where(*where)
            .order_by(case((columns.due_at.is_(None), 1), else_=0), columns.due_at, columns.task_id)
            .limit(limit)
            .offset(offset)
        )
        with self.engine.connect() as connection:
            return [task_of(row) for row in connection.execute(query).mappings()]

    @patient
    def task(self, who: Person, task_id: str) -> Task:
        """Raises NotFound where there is none, or none that the person sees."""
        query = select(review_tasks).where(review_tasks.c.task_id == task_id, self._tasks_seen_by(who))
        with self.engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(f"there is no task {task_id}")
        return task_of(row)

    @patient
    def inbox(self, who: Person) -> InboxCounts:
        """How much waits for the person.

        Raises:
            NotAllowed: the role sees no tasks.
        """
        columns = review_tasks.c
        unfinished = and_(self._tasks_seen_by(who), columns.state.in_(UNFINISHED))
        is_own = columns.assignee == who.login
        is_dispute = columns.task_kind == TaskKind.DISPUTE.value
        drafts = and_(
            evaluations_state.c.evaluator == who.login, evaluations_state.c.state == EvaluationState.DRAFT.value
        )
        with self.engine.connect() as connection:

            def counted(*where: ColumnElement[bool]) -> int:
                query = select(func.count()).select_from(review_tasks).where(unfinished, *where)
                return connection.execute(query).scalar_one()

            return InboxCounts(
                open=counted(is_own),
                overdue=counted(is_own, columns.due_at < self.clock()),
                pool=counted(self._is_takeable(who)),
                drafts=connection.execute(
                    select(func.count()).select_from(evaluations_state).where(drafts)
                ).scalar_one(),
                disputes=counted(is_dispute, columns.evaluation_id.in_(decidable(connection, who, self.policy)))
                if who.may(Right.DECIDE)
                else 0,
            )

    @patient
    def takeable(self, who: Person) -> frozenset[str]:
        """The ids of the tasks of nobody that the person can begin.

        Raises:
            NotAllowed: the role sees no tasks.
        """
        query = select(review_tasks.c.task_id).where(self._tasks_seen_by(who), self._is_takeable(who))
        with self.engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    @patient
    def decidable(self, who: Person) -> frozenset[str]:
        """The ids of the disputed evaluations that the person may decide about."""
        with self.engine.connect() as connection:
            return decidable(connection, who, self.policy)

    def _is_takeable(self, who: Person) -> ColumnElement[bool]:
        """What `start` says of a task of nobody, as a condition."""
        columns, made = review_tasks.c, evaluations_state.c
        if not who.may(Right.EVALUATE):
            return false()
        is_blind = columns.evaluation_type.in_([each.value for each in BLIND_TYPES])
        is_open_to = columns.call_id.not_in(seen_calls(who.login)) if self._takes_blind_ones(who) else false()
        evaluated = exists().where(
            made.evaluator == who.login,
            made.call_id == columns.call_id,
            made.scorecard_id == columns.scorecard_id,
            made.state.in_([state.value for state in CURRENT_STATES]),
        )
        return and_(
            columns.assignee.is_(None),
            columns.state.in_(UNFINISHED),
            columns.task_kind != TaskKind.DISPUTE.value,
            ~func.coalesce(took_call(who, columns), false()),
            or_(~is_blind, is_open_to),
            or_(columns.task_kind != TaskKind.DOUBLE.value, ~evaluated),
        )

    def _tasks_seen_by(self, who: Person) -> ColumnElement[bool]:
        columns = review_tasks.c
        if who.may(Right.SEE_EVALUATIONS):
            return true() if who.may(Right.DECIDE) else columns.task_kind != TaskKind.DISPUTE.value
        if not who.may(Right.EVALUATE):
            raise NotAllowed("your role has no tasks")
        own = or_(columns.assignee == who.login, columns.assignee.is_(None))
        return and_(own, columns.task_kind != TaskKind.DISPUTE.value)

    def _changed(self, who: Person, task_id: str, kind: LogKind, said: dict[str, Any], request_id: str) -> Task:
        if not who.may(Right.ASSIGN):
            raise NotAllowed("your role assigns no tasks")
        with self._writing() as log:
            if self._done_before(log.connection, who, request_id, kind) is None:
                found = _task(log.connection, task_id)
                if found.state is not TaskState.OPEN:
                    also = "; withdraw its draft first" if found.state is TaskState.STARTED else ""
                    raise WrongState(f"this task is {found.state}{also}")
                if (assignee := said.get("assignee")) and _is_spoilt(log.connection, found, assignee):
                    raise WrongState(f"{assignee} has begun an evaluation of this call that was not blind")
                log.add(kind, who.login, said, call_id=found.call.call_id, request_id=request_id)
            return _task(log.connection, task_id)


def _require_task(task: NewTask) -> None:
    if not task.task_id or len(task.task_id) > LONGEST_TASK_ID:
        raise BadReview(f"a task's id has 1 to {LONGEST_TASK_ID} characters: {task.task_id!r}")
    if task.task_kind is TaskKind.DISPUTE or task.evaluation_type in (EvaluationType.DISPUTE, EvaluationType.MACHINE):
        raise BadReview(f"task {task.task_id}: disputes come from agents, and machines need no task")
    if task.inclusion_probability is not None and not 0 < task.inclusion_probability <= 1:
        raise BadReview(f"task {task.task_id}: an inclusion probability is more than 0 and at most 1")


def _assigned(log: Appending, who: Person, tasks: Sequence[NewTask]) -> int:
    """Appends the tasks that are new, and says how many."""
    columns = review_tasks.c
    ids = [task.task_id for task in tasks]
    known = set(log.connection.execute(select(columns.task_id).where(columns.task_id.in_(ids))).scalars())
    new = 0
    for task in tasks:
        if task.task_id in known:
            continue
        known.add(task.task_id)
        new += 1
        is_spoilt = _is_spoilt(log.connection, task, task.assignee)
        if is_spoilt and task.evaluation_type is EvaluationType.CALIBRATION:
            raise BadReview(f"{task.assignee} has begun an evaluation of {task.call.call_id} that was not blind")
        log.add(
            LogKind.TASK_ASSIGNED,
            who.login,
            {
                "task_id": task.task_id,
                "task_kind": task.task_kind.value,
                "call_date": task.call.call_date.isoformat(),
                "agent_id": task.call.agent_id,
                "scorecard_id": task.scorecard_id,
                "evaluation_type": task.evaluation_type.value,
                "assignee": None if is_spoilt else task.assignee,
                "due_at": task.due_at,
                "sample_id": task.sample_id,
                "inclusion_probability": task.inclusion_probability,
                "session_id": task.session_id,
                "is_expert": task.is_expert,
                "note": task.note,
            },
            call_id=task.call.call_id,
        )
    return new


def _is_spoilt(connection: Connection, task: NewTask | Task, login: str | None) -> bool:
    """Whether the task is blind, and the person can't be any more."""
    is_blind = task.evaluation_type in BLIND_TYPES
    return login is not None and is_blind and has_seen(connection, login, task.call.call_id)


def _task(connection: Connection, task_id: str) -> Task:
    row = connection.execute(select(review_tasks).where(review_tasks.c.task_id == task_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no task {task_id}")
    return task_of(row)
