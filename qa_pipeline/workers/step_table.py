"""Which step of which run waits, who has it, and whether that worker lives: the truth that the broker only points at.

A worker claims a step in one statement, so no message, however often it comes, starts a step twice. A claim lasts as
long as its process gives signs of life; it is given to nobody else but by the run, as the step's next attempt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, and_, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from qa_pipeline.workers.tables import again, is_alive, steps

SWEPT_AFTER_DAYS = 7
GONE = "worker {worker} gave no sign of life for half a minute"


class StepState(StrEnum):
    """What became of one attempt of a step. `STOPPING` is what a run asks of whoever has it."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    LOST = "lost"


HELD = (StepState.RUNNING, StepState.STOPPING)


@dataclass(frozen=True, slots=True)
class Offer:
    """A step as its run offers it. `known_state` is Dagster's, packed; workers of this version and these settings
    alone may take it."""

    run_id: str
    step_key: str
    attempt: int
    queue: str
    priority: int
    version: str
    fingerprint: str
    known_state: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A step that a worker has."""

    step_id: int
    run_id: str
    step_key: str
    attempt: int
    known_state: str
    worker: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How one attempt of a step stands: `worker` who has or had it, `reason` why it was lost."""

    state: StepState
    worker: str | None
    reason: str | None


class StepTable:
    """The steps of all runs. Every method may be repeated, and waits up to two minutes for the server."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def offer(self, step: Offer) -> None:
        """Puts a step up; the same attempt once only."""
        values = {name: getattr(step, name) for name in step.__slots__} | {"state": StepState.WAITING.value}
        self._execute(postgres_insert(steps).values(values).on_conflict_do_nothing())

    def claim(self, queue: str, worker: str, version: str, fingerprint: str) -> Claim | None:
        """Takes the next step that waits in the queue and that this worker may take; None where there is none."""
        waiting = and_(
            steps.c.state == StepState.WAITING,
            steps.c.queue == queue,
            steps.c.version == version,
            steps.c.fingerprint == fingerprint,
        )
        chosen = (
            select(steps.c.step_id)
            .where(waiting)
            .order_by(steps.c.priority.desc(), steps.c.step_id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        taken = {"state": StepState.RUNNING.value, "worker": worker, "beat_at": func.clock_timestamp()}
        names = ("step_id", "run_id", "step_key", "attempt", "known_state", "worker")
        rows = self._execute(
            update(steps).where(steps.c.step_id == chosen).values(taken).returning(*(steps.c[name] for name in names))
        )
        return Claim(*rows[0]) if rows else None

    def beat(self, claim: Claim) -> StepState | None:
        """A sign of life of whoever has the step: what it is asked to do, None where it has it no more."""
        rows = self._execute(
            update(steps).where(self._held(claim)).values(beat_at=func.clock_timestamp()).returning(steps.c.state)
        )
        return StepState(rows[0][0]) if rows else None

    def end(self, claim: Claim) -> bool:
        """Notes that the step has come to its end, good or bad; whether it was still this worker's."""
        done = update(steps).where(self._held(claim)).values(state=StepState.DONE.value).returning(steps.c.step_id)
        return bool(self._execute(done))

    def lose(self, claim: Claim, reason: str) -> None:
        """Notes that the step's process ended before the step did."""
        lost = {"state": StepState.LOST.value, "reason": reason}
        self._execute(update(steps).where(self._held(claim)).values(lost))

    def standing(self, run_id: str) -> dict[tuple[str, int], Standing]:
        """How every attempt of a run's steps stands; those whose worker is gone are lost from now on."""
        silent = and_(steps.c.run_id == run_id, steps.c.state.in_(HELD), ~is_alive(steps.c.beat_at))
        reason = func.replace(GONE, "{worker}", steps.c.worker)
        self._execute(update(steps).where(silent).values(state=StepState.LOST.value, reason=reason))
        names = ("step_key", "attempt", "state", "worker", "reason")
        rows = self._execute(select(*(steps.c[name] for name in names)).where(steps.c.run_id == run_id))
        return {(key, attempt): Standing(StepState(state), *who) for key, attempt, state, *who in rows}

    def waiting(self) -> dict[str, int]:
        """How many steps of all runs wait, by queue."""
        counted = select(steps.c.queue, func.count()).where(steps.c.state == StepState.WAITING)
        return dict(self._execute(counted.group_by(steps.c.queue)))

    def stop(self, run_id: str, step_keys: Collection[str] | None = None) -> None:
        """Takes a run's waiting steps back and asks whoever has the others to stop; all of its steps by default."""
        of_run = [steps.c.run_id == run_id]
        if step_keys is not None:
            of_run.append(steps.c.step_key.in_(step_keys))
        self._execute(delete(steps).where(*of_run, steps.c.state == StepState.WAITING))
        running = and_(*of_run, steps.c.state == StepState.RUNNING)
        self._execute(update(steps).where(running).values(state=StepState.STOPPING.value))

    def forget(self, run_id: str) -> None:
        """Removes what has ended of a run that is over."""
        over = [steps.c.state.in_((StepState.DONE, StepState.LOST))]
        self._execute(delete(steps).where(steps.c.run_id == run_id, *over))

    def sweep(self) -> None:
        """Removes what runs left that died: steps that nobody can ask for any more."""
        age = func.clock_timestamp() - steps.c.submitted_at
        old = age > literal(f"{SWEPT_AFTER_DAYS} days").cast(INTERVAL)
        self._execute(delete(steps).where(old, or_(steps.c.beat_at.is_(None), ~is_alive(steps.c.beat_at))))

    def _held(self, claim: Claim) -> Any:
        return and_(steps.c.step_id == claim.step_id, steps.c.worker == claim.worker, steps.c.state.in_(HELD))

    def _execute(self, statement: Any, values: Mapping[str, Any] | None = None) -> list[Any]:
        def once() -> list[Any]:
            with self._engine.begin() as connection:
                result = connection.execute(statement, values or {})
                return list(result) if result.returns_rows else []

        return again(once)
