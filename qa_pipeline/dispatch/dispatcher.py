"""Brings every wanted unit to its end, and leaves everything resumable wherever it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import math
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from qa_pipeline.dashscope.errors import DashScopeError
from qa_pipeline.dashscope.tasks import TaskStatus
from qa_pipeline.dispatch.errors_policy import SendPolicy
from qa_pipeline.dispatch.other_workers import OtherWorkers
from qa_pipeline.dispatch.patience import OutOfPatience, Patience
from qa_pipeline.dispatch.reconciler import Reconciler
from qa_pipeline.dispatch.report import DispatchReport, channels_were, report
from qa_pipeline.dispatch.run_parts import RunParts, Submission, submissions_of
from qa_pipeline.dispatch.sending import Sender
from qa_pipeline.dispatch.synchronous import SynchronousSender
from qa_pipeline.dispatch.task_finisher import StillOpen, TaskFinisher
from qa_pipeline.ledger.rows import IllegalMove, KeptParameters, LedgerRow, WorkItem
from qa_pipeline.ledger.states import ANSWERED, TAKEN, UNDER_WAY, UnitState
from qa_pipeline.ledger.workers import HEARTBEAT_S, WorkerRegister
from qa_pipeline.transcription.models import find_model

logger = logging.getLogger("qa_pipeline.dispatch")

IN_FLIGHT = 2000
"""Submissions carried at once; more wait in the ledger, so memory does not grow with the backlog."""

ROUNDS = 4
"""A unit may be resubmitted on the service's advice, and ambiguous sends reconciled, this often in one run."""

CARRIED = frozenset({UnitState.PLANNED, UnitState.SUBMITTED, UnitState.SUCCEEDED})
BOUND_TO_ITS_ACCOUNT = (UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED, UnitState.UNKNOWN)
"""Sent and not answered: only the account it was sent with can say what became of it."""


class Dispatcher:
    """One run's way through the ledger."""

    def __init__(self, run: RunParts) -> None:
        self._run = run
        self._ledger = run.ledger
        self._billing = run.billing
        self._workers = WorkerRegister(run.ledger.engine, run.ledger.clock)
        self._others = OtherWorkers(run, self._workers)
        self._policy = SendPolicy(run)
        self._sender = Sender(run, self._policy)
        self._synchronous = SynchronousSender(run, self._policy)
        self._finisher = TaskFinisher(run, self._policy)
        self._reconciler = Reconciler(run)
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)
        self._left: dict[str, str] = {}  # submission → why this run leaves it open
        self._denied: set[str] = set()
        self._patience = Patience(run.options.open_task_patience_s, run.options.task_timeout_s)
        self._asked_about: dict[str, float] = {}

    async def run(self, wanted: Sequence[WorkItem], *, returned: Collection[str] = ()) -> DispatchReport:
        """Plans what is missing and carries everything to its end; returns what came of it.

        `returned` are units that failed before anything was sent, and are planned again. Cancelling leaves every row in
        a state that the next run goes on from.

        Raises:
            UnknownPrice: no price is known of a model that would be asked; nothing was sent.
        """
        for model_id in {unit.model for unit in wanted if not isinstance(unit.parameters, KeptParameters)}:
            self._run.prices.of(find_model(model_id))
        together = self._run.options.together
        plan = partial(self._ledger.plan, wanted, self._billing, together=together, returned=returned)
        rows = await asyncio.to_thread(plan)
        paid_before = {row.unit_id for row in rows if row.state in ANSWERED}
        await asyncio.to_thread(self._workers.enter, self._run.run_id, self._run.worker_id, self._run.raw_store.place)
        await asyncio.to_thread(self._workers.note_machine, str(self._run.raw_store.root), self._run.raw_store.place)
        heart = asyncio.create_task(self._beat())
        try:
            await self._recover_answers(rows)
            await self._go_round(wanted)
            await self._policy.settle()
        finally:
            heart.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await heart
            await self._run.commits.close()
            await asyncio.to_thread(lambda: self._synchronous.sweep(self._workers.living()))
            await asyncio.to_thread(self._ledger.release_all, self._run.worker_id)
            await asyncio.to_thread(self._workers.leave, self._run.worker_id)
        rows = await self._in_force(wanted)
        tally = self._run.tally
        tally.stopped_by = tally.stopped_by or self._bound_elsewhere(rows)
        reasons = self._reasons(rows)
        await asyncio.to_thread(self._ledger.note_open, reasons)
        rows = [replace(row, message=reasons[row.unit_id]) if row.unit_id in reasons else row for row in rows]
        return report(rows, paid_before, tally)

    async def ask_again(self, rows: Sequence[LedgerRow]) -> set[str]:
        """Asks about tasks that the service has of these rows, and fetches what has succeeded; sends nothing.

        Returns the submissions that the service denies, or whose result did not come: their rows stay open.

        Raises:
            UnknownPrice: no price is known of a model that was asked.
        """
        submissions = submissions_of(rows)
        for submission in submissions:
            self._run.prices.of_unit(submission.first, submission.model)
        try:
            async with asyncio.TaskGroup() as group:
                for submission in submissions:
                    await self._in_flight.acquire()
                    group.create_task(self._carry(submission))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            await self._run.commits.close()
        open_now = await asyncio.to_thread(
            self._ledger.get, [row.unit_id for row in rows if row.submission_id in self._left]
        )
        reasons = self._reasons(open_now)
        await asyncio.to_thread(self._ledger.note_open, reasons)
        return set(self._denied)

    async def _recover_answers(self, rows: Sequence[LedgerRow]) -> None:
        """Settles requests without a task: the service cannot be asked what became of them, and is not needed."""
        sending = submissions_of(row for row in rows if row.state is UnitState.SENDING)
        lost = [submission for submission in sending if not submission.model.is_task_based]
        if lost:
            await self._others.look([each.first for each in lost])
            left = [each for each in lost if each.first.worker_id not in self._others.living]
            await self._synchronous.recover(left, self._others.gone)

    async def _in_force(self, wanted: Sequence[WorkItem]) -> list[LedgerRow]:
        """The rows in force. What is still to be sent lies where this machine has it, wherever others have it."""
        rows = await asyncio.to_thread(self._ledger.forecast, wanted, self._billing.engine_kind)
        return [
            replace(row, source_uri=item.source_uri) if row.state is UnitState.PLANNED else row
            for item, row in zip(wanted, rows, strict=True)
            if row is not None
        ]

    async def _go_round(self, wanted: Sequence[WorkItem]) -> None:
        """Round after round, while there is something to carry; and again when others have left or ended something that
        is wanted here too."""
        while True:
            for _ in range(ROUNDS):
                if not await self._round(await self._in_force(wanted)):
                    break
            if self._policy.is_stopped:
                return
            rows = await self._in_force(wanted)
            if not await self._others.wait([row for row in rows if row.submission_id not in self._left]):
                return

    async def _round(self, rows: Sequence[LedgerRow]) -> bool:
        """Carries what can be carried; True when something changed that a further round could go on with."""
        rows = [row for row in rows if not self._is_paid_elsewhere(row) and row.submission_id not in self._left]
        await self._others.look(rows)
        rows = [row for row in rows if not self._others.has(row)]
        orphans = self._orphans(rows)
        carried = CARRIED - {UnitState.PLANNED} if self._policy.is_stopped else CARRIED
        submissions = submissions_of(
            row for row in rows if row.state in carried and not self._policy.waits(row.submission_id)
        )
        submissions.sort(key=_was_refused)  # last: what was refused before must not brake for what was not tried
        try:
            async with asyncio.TaskGroup() as group:
                if orphans:
                    group.create_task(self._reconcile(orphans))
                for submission in submissions:
                    await self._in_flight.acquire()
                    group.create_task(self._carry(submission))
        except ExceptionGroup as several:  # a full disk, a locked database: the first names the reason as well as all
            raise several.exceptions[0] from None
        return bool(submissions or orphans)

    def _is_paid_elsewhere(self, row: LedgerRow) -> bool:
        """Whether the paid service has the row under way while the engine is the local one, which never heard of it."""
        is_local = self._billing.engine_kind == "local"
        return is_local and row.engine_kind != "local" and row.state in BOUND_TO_ITS_ACCOUNT

    def _bound_elsewhere(self, rows: Sequence[LedgerRow]) -> str | None:
        """Why rows remain that this run could do nothing about; None where none remain."""
        states = (UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED)
        paid = sum(self._is_paid_elsewhere(row) and row.state in states for row in rows)
        if paid:
            return (
                f"{channels_were(paid)} sent to the paid service and not answered yet: set DASHSCOPE_API_KEY again "
                "within 24 h of sending to fetch what was paid for"
            )
        foreign = sum(row.account != self._billing.account and row.state in states for row in rows)
        if foreign and self._billing.engine_kind != "local":
            return (
                f"{channels_were(foreign)} sent with another key or to another region: run with that one within 24 h "
                "of sending to fetch what was paid for"
            )
        return None

    def _reasons(self, rows: Sequence[LedgerRow]) -> dict[str, str | None]:
        """Why each of the rows that are still under way is: unit id → a sentence, None where nothing was noticed."""
        tally = self._run.tally
        return {
            row.unit_id: self._left.get(row.submission_id)
            or tally.unsent.get(row.submission_id)
            or (tally.stopped_by if row.state is UnitState.PLANNED else None)
            for row in rows
            if row.state in UNDER_WAY
        }

    async def _reconcile(self, orphans: Sequence[LedgerRow]) -> None:
        """Finds out what became of lost requests; the next round goes on with them. Nobody else waits for it."""
        sent = len(self._run.tally.sent)
        unwitnessed = await self._reconciler.reconcile(orphans, self._others.gone | {self._run.worker_id})
        for row in orphans:
            self._asked_about[row.submission_id] = sent if row.submission_id in unwitnessed else math.inf

    def _orphans(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Rows whose request may or may not have reached the service, and whose sender is gone or gave up.

        What stayed unknown is asked about again only if it lacked something sent later, and now there is: otherwise
        the same list would say the same.
        """
        sent = len(self._run.tally.sent)
        lost = [
            row
            for row in rows
            if row.state is UnitState.SENDING
            or (
                row.state is UnitState.UNKNOWN
                and row.task_id is None
                and self._asked_about.get(row.submission_id, -1) < sent
            )
        ]
        return [row for each in submissions_of(lost) if each.model.is_task_based for row in each.rows]

    async def _carry(self, submission: Submission) -> None:
        first = submission.first
        task_id, status = first.task_id, None
        try:
            if not submission.model.is_task_based:
                with self._patience.work():
                    await self._synchronous.ask(submission, self._others.gone)
                return
            if first.state is UnitState.PLANNED:
                with self._patience.work():
                    task_id = await self._sender.send(submission, self._others.gone)
            elif not await self._take_task(submission):
                return  # another worker asks about it
            if task_id is None:
                return
            status = await self._await_end(submission, task_id)
            with self._patience.work():
                again = await self._finisher.finish(submission, status)
                await self._run.source.release(submission.id)
            if again:
                await asyncio.to_thread(self._ledger.plan_again, again, self._billing)
        except IllegalMove:
            logger.info("call %s: another run has moved it on", first.call_id)
        except StillOpen as reason:
            self._left[submission.id] = str(reason)
            self._denied.add(submission.id)
            logger.warning("task %s of call %s: %s", task_id, first.call_id, reason)
        except OutOfPatience:
            trouble = self._run.poller.trouble_with(task_id) if task_id else None
            self._left[submission.id] = f"the service has not ended its task {task_id}" + (
                f": {trouble}" if trouble else ""
            )
            logger.warning("task %s of call %s has not ended; the next run goes on with it", task_id, first.call_id)
        except DashScopeError as error:
            asked = f"the service's answer about its task {task_id} cannot be used: " if status is None else ""
            self._left[submission.id] = f"{asked}{error}"
            logger.warning("task of call %s: %s; the next run goes on with it", first.call_id, error)
        finally:
            self._in_flight.release()
        if submission.id in self._left:
            await self._run.leave(submission.id)

    async def _take_task(self, submission: Submission) -> bool:
        gone = self._others.gone | {self._run.worker_id}
        return await self._run.take(submission.id, TAKEN, gone=gone) is not None

    async def _await_end(self, submission: Submission, task_id: str) -> TaskStatus:
        """How the task ended. Raises `OutOfPatience`, or the error that makes asking again useless."""
        first = submission.first
        submitted_at = first.submitted_at or self._ledger.clock()  # None in a row that was read before it was submitted
        age_s = max(self._ledger.clock() - submitted_at, 0.0)
        watch = self._run.poller.watch(task_id, dt.datetime.fromtimestamp(submitted_at, dt.UTC))
        began_at = time.monotonic()
        status = await self._patience.wait(watch, age_s=age_s, audio_s=first.audio_s)
        took_s = age_s + time.monotonic() - began_at
        if status.submitted_at and status.ended_at:  # at most what it took by our clock, whatever theirs says
            took_s = min(took_s, (status.ended_at - status.submitted_at).total_seconds())
        self._patience.ended(took_s)
        return status

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                await asyncio.to_thread(self._workers.beat, self._run.worker_id)
                await asyncio.to_thread(self._ledger.keep_claims, self._run.worker_id)
            except Exception as error:  # one missed beat does not end the run; many make us look dead
                logger.warning("worker %s could not say that it lives: %s", self._run.worker_id, error)


def _was_refused(submission: Submission) -> bool:
    """Whether a submission that is to be sent was claimed before, and the request did nothing."""
    return submission.first.state is UnitState.PLANNED and submission.first.sending_at is not None
