"""Draws a period, keeps the draw and assigns it.

Killed at any moment, it is finished by being run again: what was drawn is kept first, with who is to evaluate it, and
tasks have ids of plan, period and call, so that each is made once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_pipeline.drawing.store import DrawnMeanwhile, DrawStore
from qa_pipeline.reviews.faults import WrongState
from qa_pipeline.reviews.rights import PIPELINE
from qa_pipeline.reviews.states import EvaluationType, TaskKind, TaskState
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import CallRef, NewTask, Task
from qa_pipeline.sampling.assigning import Assignment, Evaluator, spread
from qa_pipeline.sampling.draws import Draw, draw
from qa_pipeline.sampling.frames import FrameCall, Period, PeriodKind, period_before, period_named
from qa_pipeline.sampling.plans import Plan

TRIES = 5
TASKS_AT_ONCE = 1000
SECOND = "/2"
"""What the id of the second task of a double call ends with."""

_DRAWN = (TaskKind.SAMPLE, TaskKind.DOUBLE)


@dataclass(frozen=True, slots=True)
class PeriodDrawn:
    """What a draw came to. `assignments` are the calls that are new in the sample, `tasks` how many tasks were made for
    these and for what an earlier try had left, `given_up` those of earlier periods that nobody has begun."""

    plan: str
    period: Period
    draw: Draw
    assignments: tuple[Assignment, ...]
    tasks: int
    given_up: int

    @property
    def calls(self) -> int:
        """How many eligible calls there were to draw from."""
        return sum(stratum.calls for stratum in self.draw.strata)

    def notes(self) -> list[str]:
        """What somebody should know of it."""
        found = []
        doubles = [each for each in self.assignments if each.drawn.is_double and each.second_evaluator is None]
        if self.draw.late_calls:
            found.append(f"{self.draw.late_calls:,} calls came after the period had been drawn")
        if without := sum(each.evaluator is None for each in self.assignments):
            found.append(f"{without:,} of the calls are for whoever takes them, as no evaluator may have them")
        if doubles:
            found.append(
                f"{len(doubles):,} calls are to be evaluated by two, and the pool has no second person for them"
            )
        return found


class Drawing:
    """Draws into one operations database."""

    def __init__(self, store: DrawStore, reviews: Reviews) -> None:
        self._store, self._reviews = store, reviews

    def preview(
        self, plan: Plan, period: Period, calls: Mapping[str, FrameCall], pool: Sequence[Evaluator]
    ) -> PeriodDrawn:
        """What `draw_period` would do, without doing it."""
        before = self._store.frame(plan.plan, period.name)
        drawn = draw(plan, period, calls.values(), before.frame)
        return PeriodDrawn(plan.plan, period, drawn, tuple(self._spread(plan, period, drawn, calls, pool)), 0, 0)

    def draw_period(
        self, plan: Plan, period: Period, calls: Mapping[str, FrameCall], pool: Sequence[Evaluator], at: float
    ) -> PeriodDrawn:
        """Draws `period` of `calls`, which may be others' too; `at` is now, in UTC epoch seconds. What was drawn before
        stays, and calls that have come since are drawn beside it.

        Raises:
            DrawnMeanwhile: others draw the same period all the time.
        """
        for left in reversed(range(TRIES)):
            before = self._store.frame(plan.plan, period.name)
            drawn = draw(plan, period, calls.values(), before.frame)
            given = self._spread(plan, period, drawn, calls, pool)
            try:
                if drawn.frame.size > before.frame.size:
                    self._store.keep(plan, period, drawn, given, before, at)
                break
            except DrawnMeanwhile:
                if not left:
                    raise
        tasks = [task for row in self._store.drawn(plan.plan, period.name) for task in tasks_of(row)]
        assigned = self._reviews.assign(PIPELINE, tasks)
        return PeriodDrawn(plan.plan, period, drawn, tuple(given), assigned.new, self._give_up(plan, period))

    def tasks_by_period(self) -> dict[tuple[str, str], list[Task]]:
        """Plan and period → the tasks of what was drawn, in any state."""
        found: dict[tuple[str, str], list[Task]] = {}
        for task in self._tasks(tuple(TaskState)):
            plan, period, *_ = task.task_id.split("/", 2)
            found.setdefault((plan, period), []).append(task)
        return found

    def _spread(
        self, plan: Plan, period: Period, drawn: Draw, calls: Mapping[str, FrameCall], pool: Sequence[Evaluator]
    ) -> list[Assignment]:
        if not drawn.drawn:
            return []
        open_now = Counter(task.assignee for task in self._tasks((TaskState.OPEN, TaskState.STARTED)) if task.assignee)
        taken: Counter[str] = Counter()
        for row in self._store.drawn(plan.plan, period.name):
            taken.update(login for login in (row["evaluator"], row["second_evaluator"]) if login)
        return spread(plan, drawn.drawn, calls, pool, open_now, taken)

    def _give_up(self, plan: Plan, period: Period) -> int:
        """Cancels tasks of the plan that were left over for too many periods; what somebody has begun stays."""
        if plan.carry_over_periods is None:
            return 0
        oldest = period
        for _ in range(plan.carry_over_periods):
            oldest = period_before(oldest, plan.period)
        given_up = 0
        for task in list(self._tasks((TaskState.OPEN,))):  # all are read before any is changed
            name, own, *_ = task.task_id.split("/", 2)
            if name != plan.plan or not _is_before(own, oldest, plan.period):
                continue
            request = hashlib.sha256(f"given up {task.task_id}".encode()).hexdigest()[:48]
            try:
                self._reviews.cancel(
                    PIPELINE, task.task_id, request_id=request, reason=f"not evaluated by {period.name}"
                )
                given_up += 1
            except WrongState:  # somebody began it in this moment
                continue
        return given_up

    def _tasks(self, states: Sequence[TaskState]) -> Iterator[Task]:
        for offset in range(0, 1_000_000_000, TASKS_AT_ONCE):
            found = self._reviews.tasks(PIPELINE, states=states, kinds=_DRAWN, limit=TASKS_AT_ONCE, offset=offset)
            yield from found
            if len(found) < TASKS_AT_ONCE:
                return


def tasks_of(row: Mapping[str, Any]) -> list[NewTask]:
    """The tasks of a row of `sampling_draws`: one, or two for a call that is evaluated by two. The second is no part of
    the sample, so that the call counts once."""
    sample_id = row["sample_id"]
    is_double = row["is_double"] and row["second_evaluator"] is not None
    kind = EvaluationType.BLIND if row["is_blind"] else EvaluationType.STANDARD
    common: dict[str, Any] = {
        "call": CallRef(row["call_id"], dt.date.fromisoformat(row["call_date"]), row["agent_id"]),
        "scorecard_id": row["scorecard_id"],
        "evaluation_type": kind,
        "due_at": row["due_at"],
        "session_id": sample_id if is_double else None,
    }
    first = NewTask(
        task_id=sample_id,
        task_kind=TaskKind.SAMPLE,
        assignee=row["evaluator"],
        sample_id=sample_id,
        inclusion_probability=row["inclusion_probability"],
        **common,
    )
    if not is_double:
        return [first]
    second = NewTask(task_id=sample_id + SECOND, task_kind=TaskKind.DOUBLE, assignee=row["second_evaluator"], **common)
    return [first, second]


def _is_before(period: str, oldest: Period, kind: PeriodKind) -> bool:
    try:
        return period_named(period, kind).first < oldest.first
    except ValueError:  # of a plan that had periods of another length then
        return False
