"""Reads of evaluations. What a person may not see is left out of lists, and refused where it is asked for by its id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from qa_pipeline.ledger.review_tables import (
    evaluation_answers_state,
    evaluations_state,
    review_log,
)
from qa_pipeline.people.roles import Right
from qa_pipeline.reviews.chain import head_of, log_row
from qa_pipeline.reviews.faults import NotAllowed
from qa_pipeline.reviews.opened import OpenedReviews, patient, took_call
from qa_pipeline.reviews.rights import Person, may_see
from qa_pipeline.reviews.rows import given_answer_of, summary_of
from qa_pipeline.reviews.states import EvaluationType, LogKind
from qa_pipeline.reviews.values import (
    Evaluation,
    EvaluationFilter,
    EvaluationSummary,
    GivenAnswer,
    LogRow,
)
from qa_pipeline.scorecards.cards import Card

IDS_AT_ONCE = 500

SEEN_BY_AGENTS = frozenset(
    {LogKind.RELEASED, LogKind.ACKNOWLEDGED, LogKind.DISPUTED, LogKind.DECIDED, LogKind.RETRACTED}
)
"""What an agent sees of the history of an own evaluation."""


class Looking(OpenedReviews):
    """The part of the store that reads evaluations."""

    @patient
    def evaluation(self, who: Person, evaluation_id: str) -> Evaluation:
        """An evaluation with its answers, its comments and its card.

        Raises:
            NotFound: there is none.
            NotAllowed: the person may not see it.
        """
        with self.engine.connect() as connection:
            return self._whole(connection, self._visible(connection, who, evaluation_id))

    @patient
    def history(self, who: Person, evaluation_id: str) -> list[LogRow]:
        """The rows of the log about an evaluation, oldest first; an agent sees those from the release on.

        Raises:
            NotFound, NotAllowed: as `evaluation`.
        """
        chosen = select(review_log).where(review_log.c.evaluation_id == evaluation_id).order_by(review_log.c.seq)
        with self.engine.connect() as connection:
            self._visible(connection, who, evaluation_id)
            rows = [log_row(row) for row in connection.execute(chosen).mappings()]
        return [row for row in rows if row.kind in SEEN_BY_AGENTS or not who.is_agent]

    @patient
    def of_call(self, who: Person, call_id: str) -> list[EvaluationSummary]:
        """The evaluations of a call that the person may see, oldest first; drafts and retracted ones too."""
        chosen = (
            select(evaluations_state)
            .where(evaluations_state.c.call_id == call_id)
            .order_by(evaluations_state.c.created_at, evaluations_state.c.evaluation_id)
        )
        with self.engine.connect() as connection:
            standing = self._standing(connection, who, call_id)
            found = [summary_of(row) for row in connection.execute(chosen).mappings()]
        return [each for each in found if may_see(who, each, standing)]

    @patient
    def blind_calls(self, who: Person) -> frozenset[str]:
        """The calls that the person is at a blind evaluation of, or is to evaluate blind."""
        with self.engine.connect() as connection:
            return frozenset(connection.execute(self._hidden_calls(who)).scalars())

    @patient
    def hides_answers(self, who: Person, call_id: str) -> bool:
        """Whether the person is at a blind evaluation of the call, or assigned one: answers of machines and of others
        are not to be shown then, wherever they come from."""
        with self.engine.connect() as connection:
            return self._standing(connection, who, call_id).is_blind

    @patient
    def evaluations(
        self, who: Person, chosen: EvaluationFilter | None = None, *, limit: int = 200, offset: int = 0
    ) -> list[EvaluationSummary]:
        """Evaluations that the person may see, the one changed last first: a lead's are those of everybody, an
        evaluator's the own ones, an agent's what was released of the own calls.

        Raises:
            NotAllowed: the role sees no evaluation.
        """
        columns = evaluations_state.c
        query = (
            select(evaluations_state)
            .where(self._seen_by(who), _holding(chosen or EvaluationFilter()))
            .order_by(columns.updated_at.desc(), columns.evaluation_id)
            .limit(limit)
            .offset(offset)
        )
        with self.engine.connect() as connection:
            return [summary_of(row) for row in connection.execute(query).mappings()]

    @patient
    def count_evaluations(self, who: Person, chosen: EvaluationFilter | None = None) -> int:
        """How many `evaluations` there are. Raises NotAllowed as that does."""
        where = and_(self._seen_by(who), _holding(chosen or EvaluationFilter()))
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(evaluations_state).where(where)).scalar_one()

    @patient
    def answers_of(self, who: Person, evaluation_ids: Collection[str]) -> Mapping[str, list[GivenAnswer]]:
        """The answers of many evaluations, by evaluation; those that the person may not see are left out.

        Raises:
            NotAllowed: the role sees no evaluation.
        """
        found: dict[str, list[GivenAnswer]] = defaultdict(list)
        ids = sorted(evaluation_ids)
        with self.engine.connect() as connection:
            for begin in range(0, len(ids), IDS_AT_ONCE):
                for row in self._answers_of_some(connection, who, ids[begin : begin + IDS_AT_ONCE]):
                    found[row["evaluation_id"]].append(given_answer_of(row))
        return dict(found)

    def _answers_of_some(self, connection: Connection, who: Person, ids: Collection[str]) -> list[Mapping[str, Any]]:
        own = evaluations_state.c
        query = (
            select(evaluation_answers_state)
            .join(evaluations_state, own.evaluation_id == evaluation_answers_state.c.evaluation_id)
            .where(own.evaluation_id.in_(ids), self._seen_by(who))
        )
        return [dict(row) for row in connection.execute(query).mappings()]

    @patient
    def since(self, who: Person, seq: int, *, limit: int = 1000) -> list[LogRow]:
        """Rows of the log after number `seq`, in their order, for whoever carries the log on. Rows about calls that
        the person is at a blind evaluation of are left out; the pipeline (`rights.PIPELINE`) never is.

        Raises:
            NotAllowed: the person does not see everybody's evaluations.
        """
        if not who.may(Right.SEE_EVALUATIONS):
            raise NotAllowed("your role does not see everybody's evaluations")
        hidden = self._hidden_calls(who)
        query = (
            select(review_log)
            .where(review_log.c.seq > seq, func.coalesce(review_log.c.call_id, "").not_in(hidden))
            .order_by(review_log.c.seq)
            .limit(limit)
        )
        with self.engine.connect() as connection:
            return [log_row(row) for row in connection.execute(query).mappings()]

    @patient
    def head(self) -> int:
        """The number of the log's last row, 0 where it is empty: what `since` and `changed_since` count from."""
        with self.engine.connect() as connection:
            return head_of(connection)[0]

    @patient
    def card(self, scorecard_id: str, version: str) -> Card:
        """A card by which something was evaluated, as it was then. Raises NotFound."""
        with self.engine.connect() as connection:
            return self._card(connection, scorecard_id, version)

    def _seen_by(self, who: Person) -> ColumnElement[bool]:
        """What `rights.may_see` says, as a condition; of an evaluator the own ones alone."""
        columns = evaluations_state.c
        if who.is_agent:
            return and_(
                took_call(who, columns),
                columns.released_at.is_not(None),
                columns.evaluation_type != EvaluationType.CALIBRATION.value,
            )
        if who.may(Right.SEE_EVALUATIONS):
            return (columns.evaluator == who.login) | columns.call_id.not_in(self._hidden_calls(who))
        if who.may(Right.EVALUATE):
            return columns.evaluator == who.login
        raise NotAllowed("your role sees no evaluations")


def _holding(chosen: EvaluationFilter) -> ColumnElement[bool]:
    columns = evaluations_state.c
    sets: list[tuple[Any, Collection[str]]] = [
        (columns.state, chosen.states),
        (columns.evaluation_type, chosen.types),
        (columns.evaluator, chosen.evaluators),
        (columns.agent_id, chosen.agent_ids),
        (columns.call_id, chosen.call_ids),
        (columns.scorecard_id, chosen.scorecard_ids),
        (columns.session_id, chosen.session_ids),
    ]
    parts: list[ColumnElement[bool]] = [
        column.in_([str(value) for value in values]) for column, values in sets if values
    ]
    if chosen.first_day is not None:
        parts.append(columns.call_date >= chosen.first_day.isoformat())
    if chosen.last_day is not None:
        parts.append(columns.call_date <= chosen.last_day.isoformat())
    if chosen.changed_since is not None:
        parts.append(columns.last_seq > chosen.changed_since)
    return and_(true(), *parts)
