"""What all parts of the store stand on: the database, what is in it, and writes that are done once."""

from __future__ import annotations

import datetime as dt
import functools
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, and_, exists, false, or_, select

from qa_pipeline.ledger.database_clock import DatabaseClock
from qa_pipeline.ledger.outlasting import outlast
from qa_pipeline.ledger.review_tables import (
    evaluation_answers_state,
    evaluations_state,
    review_log,
    review_tasks,
    scorecard_versions,
)
from qa_pipeline.people.roles import Right
from qa_pipeline.reviews.chain import Appending, appending, log_row
from qa_pipeline.reviews.faults import BadReview, Changed, NotAllowed, NotFound, WrongState
from qa_pipeline.reviews.projection import changes_of
from qa_pipeline.reviews.rights import PIPELINE, Person, ReviewPolicy, Standing, may_see
from qa_pipeline.reviews.rows import card_of, evaluation_of, given_answer_of, summary_of
from qa_pipeline.reviews.states import (
    ALLOWED_FROM,
    BLIND_TYPES,
    CURRENT_STATES,
    EvaluationState,
    LogKind,
    TaskState,
)
from qa_pipeline.reviews.values import Evaluation, EvaluationSummary, GivenAnswer, LogRow, Saved
from qa_pipeline.scorecards.cards import Card

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")

PATIENCE_S = 20.0
"""A person waits so long for a database that is away; the page has the request's id and can ask again."""

UNFINISHED = (TaskState.OPEN.value, TaskState.STARTED.value)
LONGEST_REQUEST_ID = 64


def new_request_id() -> str:
    """An id for one write: made once by the client, and given again when it does not know whether it was done."""
    return uuid.uuid4().hex


def patient(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """A method that is begun again where the database was away for a moment. Reads may, and writes are done once by
    their request's id."""

    @functools.wraps(method)
    def patiently(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return outlast(lambda: method(self, *args, **kwargs), PATIENCE_S)

    return patiently


class OpenedReviews:
    """The evaluations of one operations database; safe to share between threads and processes."""

    def __init__(
        self, engine: Engine, policy: ReviewPolicy | None = None, clock: Callable[[], float] | None = None
    ) -> None:
        """`clock` gives UTC epoch seconds; the database's own where several machines share it, else this machine's."""
        self.policy = policy or ReviewPolicy()
        self.engine = engine
        self.clock = clock or (time.time if engine.dialect.name == "sqlite" else DatabaseClock(engine))
        self._cards: dict[tuple[str, str], Card] = {}

    def close(self) -> None:
        """Closes the database's connections."""
        self.engine.dispose()

    def _writing(self, evaluation_id: str | None = None) -> AbstractContextManager[Appending]:
        return appending(self.engine, self.clock, evaluation_id)

    def _done_before(
        self, connection: Connection, who: Person, request_id: str, kind: LogKind, evaluation_id: str | None = None
    ) -> LogRow | None:
        """What this request wrote, where it came before.

        Raises:
            BadReview: the id was used for something else, or is none.
        """
        if not request_id or len(request_id) > LONGEST_REQUEST_ID:
            raise BadReview(f"a request's id has 1 to {LONGEST_REQUEST_ID} characters")
        found = connection.execute(select(review_log).where(review_log.c.request_id == request_id)).mappings().first()
        if found is None:
            return None
        row = log_row(found)
        is_other = evaluation_id is not None and row.evaluation_id != evaluation_id
        if row.actor != who.login or row.kind is not kind or is_other:
            raise BadReview("this request's id was used for something else; make a new one for each write")
        return row

    def _saved(self, row: LogRow) -> Saved:
        """What a row of the log came to."""
        states = [
            change.values["state"]
            for change in changes_of(row)
            if change.table is evaluations_state and "state" in change.values
        ]
        state = EvaluationState(states[-1]) if states else EvaluationState.DRAFT
        return Saved(row.evaluation_id or "", row.payload["revision"], state, row.seq, row.at)

    def _for_change(
        self,
        log: Appending,
        evaluation_id: str,
        revision: int,
        kind: LogKind,
        why_not: Callable[[EvaluationSummary], str | None],
    ) -> EvaluationSummary:
        """The evaluation that is to be changed.

        Raises:
            NotFound: there is none.
            NotAllowed: `why_not` gave a reason.
            Changed: it is not as the writer saw it.
            WrongState: this can't be done to it.
        """
        found = self._summary(log.connection, evaluation_id) if log.held is None else summary_of(log.held)
        if reason := why_not(found):
            raise NotAllowed(reason)
        if found.revision != revision:
            raise Changed(self._whole(log.connection, found))
        if found.state not in ALLOWED_FROM[kind]:
            raise WrongState(f"it is {found.state} and can't be {kind} now")
        return found

    def _change(
        self,
        who: Person,
        evaluation_id: str,
        kind: LogKind,
        why_not: Callable[[EvaluationSummary], str | None],
        made: Callable[[Appending, EvaluationSummary], dict[str, Any]],
        *,
        revision: int,
        request_id: str,
        then: Callable[[Appending, EvaluationSummary], None] | None = None,
    ) -> Saved:
        """Appends one row about an evaluation, once: `made` gives its payload besides the revision, and `then` appends
        what follows from it. Both are given the evaluation as it was before.

        Raises:
            NotFound, NotAllowed, Changed, WrongState: as `_for_change`.
            BadReview: as `_done_before`.
        """
        with self._writing(evaluation_id) as log:
            if before := self._done_before(log.connection, who, request_id, kind, evaluation_id):
                return self._saved(before)
            found = self._for_change(log, evaluation_id, revision, kind, why_not)
            row = log.add(
                kind,
                who.login,
                {"revision": found.revision + 1, **made(log, found)},
                evaluation_id=evaluation_id,
                call_id=found.call.call_id,
                request_id=request_id,
            )
            if then is not None:
                then(log, found)
            return self._saved(row)

    def _summary(self, connection: Connection, evaluation_id: str) -> EvaluationSummary:
        chosen = select(evaluations_state).where(evaluations_state.c.evaluation_id == evaluation_id)
        row = connection.execute(chosen).mappings().one_or_none()
        if row is None:
            raise NotFound(f"there is no evaluation {evaluation_id}")
        return summary_of(row)

    def _visible(self, connection: Connection, who: Person, evaluation_id: str) -> EvaluationSummary:
        """Raises NotFound or NotAllowed."""
        found = self._summary(connection, evaluation_id)
        if not may_see(who, found, self._standing(connection, who, found.call.call_id)):
            raise NotAllowed("you may not see this evaluation")
        return found

    def _whole(self, connection: Connection, found: EvaluationSummary) -> Evaluation:
        """An evaluation with what belongs to it. Answers may be newer than its revision, never older."""
        chosen = select(evaluations_state).where(evaluations_state.c.evaluation_id == found.evaluation_id)
        row = connection.execute(chosen).mappings().one()
        said = (
            select(review_log)
            .where(review_log.c.evaluation_id == found.evaluation_id, review_log.c.kind == LogKind.COMMENT_ADDED.value)
            .order_by(review_log.c.seq)
        )
        return evaluation_of(
            row,
            self._card(connection, found.scorecard_id, found.scorecard_version),
            self._answers(connection, found.evaluation_id),
            [log_row(each) for each in connection.execute(said).mappings()],
        )

    def _answers(self, connection: Connection, evaluation_id: str) -> list[GivenAnswer]:
        chosen = select(evaluation_answers_state).where(evaluation_answers_state.c.evaluation_id == evaluation_id)
        return [given_answer_of(row) for row in connection.execute(chosen).mappings()]

    def _card(self, connection: Connection, scorecard_id: str, version: str) -> Card:
        """Raises NotFound."""
        key = (scorecard_id, version)
        if key not in self._cards:
            chosen = select(scorecard_versions.c.content).where(
                scorecard_versions.c.scorecard_id == scorecard_id, scorecard_versions.c.version == version
            )
            content = connection.execute(chosen).scalar_one_or_none()
            if content is None:
                raise NotFound(f"no evaluation is by the card {scorecard_id} {version}")
            self._cards[key] = card_of(content)
        return self._cards[key]

    def _standing(self, connection: Connection, who: Person, call_id: str) -> Standing:
        own = and_(evaluations_state.c.evaluator == who.login, evaluations_state.c.call_id == call_id)
        counts = evaluations_state.c.state.in_([state.value for state in CURRENT_STATES])
        blind, submitted = connection.execute(
            select(
                or_(
                    exists().where(own, _is_blind_draft()),
                    exists().where(self._is_blind_task(who), _of_call(call_id)),
                ),
                exists().where(own, counts),
            )
        ).one()
        return Standing(bool(blind), bool(submitted))

    def _hidden_calls(self, who: Person) -> Any:
        """The calls that the person is at a blind evaluation of, as a condition's subquery."""
        drafts = select(evaluations_state.c.call_id).where(
            evaluations_state.c.evaluator == who.login, _is_blind_draft()
        )
        return drafts.union(select(review_tasks.c.call_id).where(self._is_blind_task(who)))

    def _is_blind_task(self, who: Person) -> Any:
        """A blind task that is the person's to do, or the person's to take: what was answered is hidden before it is
        taken too. Who sees everybody's evaluations takes none of nobody, unless there is nobody else."""
        columns = review_tasks.c
        is_own = columns.assignee == who.login
        if who.may(Right.EVALUATE) and self._takes_blind_ones(who):
            is_own = or_(is_own, and_(columns.assignee.is_(None), columns.call_id.not_in(seen_calls(who.login))))
        return and_(
            is_own,
            columns.state.in_(UNFINISHED),
            columns.evaluation_type.in_([each.value for each in BLIND_TYPES]),
        )

    def _takes_blind_ones(self, who: Person) -> bool:
        """Whether blind tasks of nobody are for the person."""
        is_sole = self.policy.is_sole_person and who != PIPELINE
        return is_sole or not who.may(Right.SEE_EVALUATIONS)


def _of_call(call_id: str) -> Any:
    return review_tasks.c.call_id == call_id


def _is_blind_draft() -> Any:
    return and_(
        evaluations_state.c.state == EvaluationState.DRAFT.value,
        evaluations_state.c.evaluation_type.in_([each.value for each in BLIND_TYPES]),
    )


def took_call(who: Person, columns: Any) -> ColumnElement[bool]:
    """What `Person.took` says, as a condition on columns with agent_id and call_date."""
    if not who.own_ids:
        return columns.agent_id == who.agent_id if who.agent_id is not None else false()
    return or_(
        *(
            and_(
                columns.agent_id == own.agent_id,
                columns.call_date >= (own.valid_from or dt.date.min).isoformat(),
                columns.call_date <= (own.valid_to or dt.date.max).isoformat(),
            )
            for own in who.own_ids
        )
    )


def seen_calls(login: str) -> Any:
    """The calls that somebody can't evaluate blind any more: begun otherwise, also where that was given up."""
    columns = evaluations_state.c
    return select(columns.call_id).where(
        columns.evaluator == login, columns.evaluation_type.not_in([each.value for each in BLIND_TYPES])
    )


def has_seen(connection: Connection, login: str, call_id: str) -> bool:
    """Whether somebody has begun an evaluation of the call that was not blind, with what machines and others said."""
    found = connection.execute(seen_calls(login).where(evaluations_state.c.call_id == call_id).limit(1))
    return found.first() is not None
