"""Brings every wanted unit to its end, and leaves everything resumable wherever it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.errors import (
    AmbiguousSubmit,
    BadInputUrl,
    ChangeAndRetry,
    DashScopeError,
    InputUnreachable,
    NotSent,
    Permanent,
    Transient,
)
from qa_pipeline.dashscope.poller import TaskPoller
from qa_pipeline.dashscope.tasks import SubmitRequest
from qa_pipeline.dispatch.audio_source import AudioSource, SourceMissing
from qa_pipeline.dispatch.group_commit import GroupCommit
from qa_pipeline.dispatch.reconciler import Reconciler
from qa_pipeline.dispatch.report import DispatchReport, Tally, report
from qa_pipeline.dispatch.settling import Settler
from qa_pipeline.ledger.ledger import Billing, Ledger, Unit, WantedUnit
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.states import ANSWERED, UnitState
from qa_pipeline.ledger.workers import HEARTBEAT_S, WorkerRegister
from qa_pipeline.transcription.models import Model

logger = logging.getLogger("qa_pipeline.dispatch")

IN_FLIGHT = 2000
"""Submissions carried at once; more wait in the ledger, so memory does not grow with the backlog."""

SENDING_AT_ONCE = 64
"""Uploads and submits under way at once; the rate limit decides the pace, this only hides latency."""

ROUNDS = 4
"""A unit may be resubmitted on the service's advice, and ambiguous sends reconciled, this often in one run."""

UNREACHABLE_AFTER = 20
"""So many requests in a row that never left: the service is not there, and the run says so."""


@dataclass(frozen=True, slots=True)
class DispatchOptions:
    """How a dispatch behaves; see the settings of the same names."""

    model: Model
    together: bool
    uploads_at_once: int
    task_timeout_s: float
    reconcile_grace_s: float


class Dispatcher:
    """One run's way through the ledger."""

    def __init__(
        self,
        *,
        client: DashScopeClient,
        poller: TaskPoller,
        ledger: Ledger,
        raw_store: RawStore,
        source: AudioSource,
        billing: Billing,
        options: DispatchOptions,
        run_id: str | None = None,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._source = source
        self._billing = billing
        self._options = options
        self._run_id = run_id
        self._workers = WorkerRegister(ledger.engine, ledger.clock)
        self._commits = GroupCommit(ledger.engine)
        self._tally = Tally()
        self._poller = poller
        self._settler = Settler(
            client=client,
            ledger=ledger,
            commits=self._commits,
            raw_store=raw_store,
            price_per_s=_price(options.model, billing),
            tally=self._tally,
        )
        self._reconciler = Reconciler(
            client=client,
            poller=self._poller,
            ledger=ledger,
            model=options.model.id,
            grace_s=options.reconcile_grace_s,
            give_up_after_s=options.task_timeout_s,
        )
        self._uploads = asyncio.Semaphore(options.uploads_at_once)
        self._sending = asyncio.Semaphore(SENDING_AT_ONCE)
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)
        self._stop = asyncio.Event()
        self._unreachable = 0
        self._worker_id = ""

    async def run(self, wanted: Sequence[WantedUnit]) -> DispatchReport:
        """Plans what is missing and carries everything to its end; returns what came of it.

        Cancelling leaves every row in a state that the next run goes on from.
        """
        rows = await asyncio.to_thread(self._ledger.plan, wanted, self._billing, together=self._options.together)
        paid_before = {row.unit_id for row in rows if row.state in ANSWERED}
        self._worker_id = await asyncio.to_thread(self._workers.enter, self._run_id)
        heart = asyncio.create_task(self._beat())
        try:
            for _ in range(ROUNDS):
                rows = await self._in_force(wanted)
                if not await self._round(rows):
                    break
        finally:
            heart.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await heart
            await self._commits.close()
            await asyncio.to_thread(self._workers.leave, self._worker_id)
        return report(await self._in_force(wanted), paid_before, self._tally)

    async def _in_force(self, wanted: Sequence[WantedUnit]) -> list[Unit]:
        rows = await asyncio.to_thread(self._ledger.forecast, wanted, self._billing.engine_kind)
        return [row for row in rows if row is not None]

    async def _round(self, rows: Sequence[Unit]) -> bool:
        """Carries what can be carried; True when something changed that a further round could go on with."""
        if self._stop.is_set():
            return False
        orphans = await self._orphans(rows)
        if orphans:
            await self._reconciler.settle(orphans)
            rows = await asyncio.to_thread(self._ledger.get, [row.unit_id for row in rows])
        carried = (UnitState.PLANNED, UnitState.SUBMITTED, UnitState.SUCCEEDED)
        submissions = _by_submission(row for row in rows if row.state in carried)
        async with asyncio.TaskGroup() as group:
            for submission in submissions:
                await self._in_flight.acquire()
                group.create_task(self._carry(submission))
        return bool(submissions or orphans)

    async def _orphans(self, rows: Sequence[Unit]) -> list[Unit]:
        """Rows whose request may or may not have reached the service, and whose sender is gone or gave up."""
        living = await asyncio.to_thread(self._workers.living)
        living.discard(self._worker_id)
        return [
            row
            for row in rows
            if (row.state is UnitState.SENDING and row.worker_id not in living)
            or (row.state is UnitState.UNKNOWN and row.task_id is None)
        ]

    async def _carry(self, submission: list[Unit]) -> None:
        try:
            task_id = submission[0].task_id
            if submission[0].state is UnitState.PLANNED:
                task_id = await self._send(submission)
            if task_id is None:
                return
            async with asyncio.timeout(self._options.task_timeout_s):
                status = await self._poller.watch(task_id, _submitted_at(submission[0]))
            again = await self._settler.settle(submission, status)
            if again:
                await asyncio.to_thread(self._ledger.plan_again, again, self._billing)
        except TimeoutError:
            logger.warning(
                "task %s has not ended in %.0f s; the next run goes on with it",
                submission[0].task_id,
                self._options.task_timeout_s,
            )
        except DashScopeError as error:
            logger.warning("task of call %s: %s; the next run goes on with it", submission[0].call_id, error)
        finally:
            self._in_flight.release()

    async def _send(self, submission: list[Unit]) -> str | None:
        """Gives the audio an address and submits; the task's id, or None when nothing was submitted."""
        async with self._sending:
            if self._stop.is_set():
                return None
            first = submission[0]
            try:
                async with self._uploads:
                    file_url = await self._source.url_for(first.source_uri, first.submission_id)
                return await self._submit(submission, file_url)
            except SourceMissing as error:
                await self._fail(first.submission_id, "SOURCE_MISSING", str(error))
            except AmbiguousSubmit as error:
                logger.warning("call %s: %s; asking the service whether it made a task", first.call_id, error)
            except Permanent as error:
                await self._fail(first.submission_id, error.code, error.message)
            except (InputUnreachable, BadInputUrl) as error:
                await self._fail(first.submission_id, error.code, str(error))
            except ChangeAndRetry as error:
                self._halt(f"the service refuses this account or its key: {error}")
            except (NotSent, Transient) as error:
                self._unreachable += 1
                logger.warning("call %s was not sent: %s", first.call_id, error)
                if self._unreachable >= UNREACHABLE_AFTER:
                    self._halt(f"the service cannot be reached: {error}")
            except DashScopeError as error:
                self._halt(str(error))
            return None

    async def _submit(self, submission: list[Unit], file_url: str) -> str | None:
        first = submission[0]
        claimed = False

        async def claim() -> None:
            nonlocal claimed
            if claimed:
                return  # a further try of the same request
            claimed = await self._commits.run(
                lambda connection: self._ledger.try_move_in(
                    connection,
                    first.submission_id,
                    UnitState.SENDING,
                    worker_id=self._worker_id,
                    sending_at=self._ledger.clock(),
                    file_url=file_url,
                )
            )
            if not claimed:
                raise _TakenByAnother

        request = SubmitRequest(
            model=first.model,
            file_url=file_url,
            parameters={"channel_id": sorted(unit.channel_id for unit in submission), **first.parameters},
            input_field=self._options.model.input_field,
        )
        try:
            submitted = await self._client.submit(request, before_send=claim)
        except _TakenByAnother:
            return None
        except (AmbiguousSubmit, asyncio.CancelledError):
            raise  # the row stays `sending`: only the service can say what became of it
        except DashScopeError:
            if claimed:
                await self._back_to_planned(first.submission_id)
            raise
        self._unreachable = 0
        self._tally.sent.update(unit.unit_id for unit in submission)
        await self._commits.run(
            lambda connection: self._ledger.move_in(
                connection,
                first.submission_id,
                UnitState.SUBMITTED,
                task_id=submitted.task_id,
                submitted_at=self._ledger.clock(),
            )
        )
        return submitted.task_id

    async def _back_to_planned(self, submission_id: str) -> None:
        await self._commits.run(
            lambda connection: self._ledger.move_in(connection, submission_id, UnitState.PLANNED, worker_id=None)
        )

    async def _fail(self, submission_id: str, code: str, message: str) -> None:
        await self._commits.run(
            lambda connection: self._ledger.move_in(
                connection,
                submission_id,
                UnitState.FAILED,
                code=code,
                message=message,
                ended_at=self._ledger.clock(),
            )
        )

    def _halt(self, reason: str) -> None:
        """Sends nothing more; what was submitted is still polled and fetched."""
        if not self._stop.is_set():
            logger.error("nothing more is sent: %s", reason)
        self._tally.stopped_by = self._tally.stopped_by or reason
        self._stop.set()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await asyncio.to_thread(self._workers.beat, self._worker_id)


class _TakenByAnother(Exception):
    """Another run claimed the submission between our plan and our send."""


def _by_submission(rows: Iterable[Unit]) -> list[list[Unit]]:
    submissions: dict[str, list[Unit]] = defaultdict(list)
    for row in rows:
        submissions[row.submission_id].append(row)
    return list(submissions.values())


def _submitted_at(unit: Unit) -> dt.datetime:
    """When the task was submitted; a unit that is only now submitted does not know yet."""
    return (
        dt.datetime.now(dt.UTC) if unit.submitted_at is None else dt.datetime.fromtimestamp(unit.submitted_at, dt.UTC)
    )


def _price(model: Model, billing: Billing) -> float:
    """List price a channel-second; the local service is free."""
    return 0.0 if billing.engine_kind == "local" else model.price(billing.region)
