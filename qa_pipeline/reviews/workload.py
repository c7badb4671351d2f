"""How much each evaluator has to do, and has done lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, func, select

from qa_pipeline.ledger.review_tables import evaluations_state, review_tasks
from qa_pipeline.people.roles import Right
from qa_pipeline.reviews.faults import NotAllowed
from qa_pipeline.reviews.opened import UNFINISHED, OpenedReviews, patient
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.states import EvaluationState, TaskKind


@dataclass(frozen=True, slots=True)
class Workload:
    """Of one evaluator: tasks that are not done, those of them past their time, drafts, evaluations that wait for a
    release, and those submitted since a moment with the seconds spent on them."""

    evaluator: str
    unfinished: int
    overdue: int
    drafts: int
    unreleased: int
    submitted: int
    seconds: float


class Workloads(OpenedReviews):
    """The part of the store that counts work."""

    @patient
    def workloads(self, who: Person, *, since: float) -> list[Workload]:
        """Everybody who has something to do or has submitted something since then, by login.

        Raises:
            NotAllowed: the person assigns nothing.
        """
        if not who.may(Right.ASSIGN):
            raise NotAllowed("your role does not see the work of others")
        tasks, made = review_tasks.c, evaluations_state.c
        is_work = (
            tasks.state.in_(UNFINISHED) & tasks.assignee.is_not(None) & (tasks.task_kind != TaskKind.DISPUTE.value)
        )
        # whatever was submitted since then has changed since then, by which it is found
        lately = (made.updated_at >= since) & (made.submitted_at >= since)
        with self.engine.connect() as connection:
            unfinished = _counted(connection, review_tasks, tasks.assignee, is_work)
            overdue = _counted(connection, review_tasks, tasks.assignee, is_work & (tasks.due_at < self.clock()))
            drafts, unreleased = (
                _counted(connection, evaluations_state, made.evaluator, made.state == state.value)
                for state in (EvaluationState.DRAFT, EvaluationState.SUBMITTED)
            )
            submitted = _counted(connection, evaluations_state, made.evaluator, lately)
            spent = select(made.evaluator, func.sum(made.seconds_spent)).where(lately).group_by(made.evaluator)
            seconds = {evaluator: total or 0.0 for evaluator, total in connection.execute(spent)}
        people = sorted({*unfinished, *drafts, *unreleased, *submitted})
        return [
            Workload(
                each, unfinished.get(each, 0), overdue.get(each, 0), drafts.get(each, 0), unreleased.get(each, 0),
                submitted.get(each, 0), seconds.get(each, 0.0),
            )
            for each in people
        ]  # fmt: skip


def _counted(
    connection: Connection, table: Table, person: ColumnElement[str], where: ColumnElement[bool]
) -> Mapping[str, int]:
    query = select(person, func.count()).select_from(table).where(where).group_by(person)
    return {row[0]: row[1] for row in connection.execute(query)}
