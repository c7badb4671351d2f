"""Finds out what became of requests whose answer was never read.

The service has no idempotency key. But its task list names every task of the last 24 h, and a result names the
address of its audio, which carries our submission's id, or is (where a bucket's object was signed) the one that the
ledger noted; see `addresses`. So after a grace period every row in `sending` is one of:

- a task of the list turns out to be it: adopted, nothing is paid twice;
- every task of the list is accounted for and none is it: the request never made a task (or made one that failed
  and cost nothing), and the row goes back to `planned`;
- the list cannot be read, reaches back too little, a task does not end in time, or could be of two rows: `unknown`,
  for a person.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Iterable, Sequence

from qa_pipeline.dashscope.errors import DashScopeError
from qa_pipeline.dashscope.tasks import ListedTask, TaskState, TaskStatus
from qa_pipeline.dispatch.addresses import MadeOf, Sent, is_of, match, sent_requests
from qa_pipeline.dispatch.audio_source import submission_in
from qa_pipeline.dispatch.run_parts import RunParts
from qa_pipeline.ledger.ledger import IllegalMove, LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.transcription.results import BadResult, parse_result

logger = logging.getLogger("qa_pipeline.dispatch")

CLOCK_SKEW_S = 300.0
"""How far this machine's clock and the service's may be apart."""

LIST_REACHES_BACK_S = 24 * 3600.0 - 2 * CLOCK_SKEW_S
"""The service lists tasks of the last 24 h only."""


class NotSettled(RuntimeError):
    """A task of the list may be one of ours and does not say so."""


class Reconciler:
    """Settles rows in `sending` (and `unknown` without a task) against the service's list of tasks."""

    def __init__(self, run: RunParts) -> None:
        self._client = run.client
        self._poller = run.poller
        self._ledger = run.ledger
        self._billing = run.billing
        self._grace_s = run.options.reconcile_grace_s
        self._give_up_after_s = run.options.task_timeout_s

    async def reconcile(self, rows: Sequence[LedgerRow]) -> None:
        """Moves each row to `submitted` (adopted), `planned` (proved not sent) or `unknown`."""
        now = self._ledger.clock()
        open_rows = {}
        for row in {row.submission_id: row for row in rows}.values():
            why = self._beyond_reach(row, now)
            if why:
                await self._give_up(row, why)
            else:
                open_rows[row.submission_id] = row
        if not open_rows:
            return
        await self._wait_for_grace(open_rows.values())
        for model in sorted({row.model for row in open_rows.values()}):
            await self._reconcile_model(model, {key: row for key, row in open_rows.items() if row.model == model})

    async def _reconcile_model(self, model: str, open_rows: dict[str, LedgerRow]) -> None:
        try:
            found, doubt, doubts = await self._match(model, open_rows)
        except DashScopeError as error:
            found, doubt, doubts = {}, error, {}
        for submission_id, row in open_rows.items():
            if submission_id in doubts:
                await self._give_up(row, f"the service's task list did not settle it: {doubts[submission_id]}")
            elif doubt is None or submission_id in found:
                await self._conclude(row, found.get(submission_id))
            else:
                await self._give_up(row, f"the service's task list did not settle it: {doubt}")

    def _beyond_reach(self, row: LedgerRow, now: float) -> str | None:
        """Why this account's list of tasks can say nothing about a row; None where it can."""
        if row.engine_kind != "local" and row.account != self._billing.account:
            return "it was sent with another key or to another region, whose list of tasks this one cannot see"
        if row.sending_at is None or now - row.sending_at >= LIST_REACHES_BACK_S:
            return "the service lists tasks of the last 24 h only, and this was sent before"
        return None

    async def _wait_for_grace(self, rows: Iterable[LedgerRow]) -> None:
        """A request may still be on its way; wait until the youngest is older than the grace period."""
        youngest = max(row.sending_at or 0.0 for row in rows)
        await asyncio.sleep(max(0.0, youngest + self._grace_s - self._ledger.clock()))

    async def _match(
        self, model: str, open_rows: dict[str, LedgerRow]
    ) -> tuple[dict[str, str], Exception | None, dict[str, str]]:
        """Task ids by submission, for those rows that turned out to have a task, the first doubt, and doubts by row.

        With the first doubt, a row that has no task here may still have one.
        """
        oldest = min(row.sending_at or 0.0 for row in open_rows.values())
        start = dt.datetime.fromtimestamp(oldest - CLOCK_SKEW_S, dt.UTC)
        end = dt.datetime.fromtimestamp(self._ledger.clock() + CLOCK_SKEW_S, dt.UTC)
        listed = await self._client.list_tasks(start, end, model=model)
        known = await asyncio.to_thread(self._ledger.known_task_ids)
        strangers = [task for task in listed if task.task_id not in known]
        signed = sent_requests(await asyncio.to_thread(self._may_be_under_way, model))
        owners = await asyncio.gather(*(self._owner_or_doubt(task, signed) for task in strangers))
        by_address = match([owner for owner in owners if isinstance(owner, MadeOf)], signed)
        found = by_address.tasks | {
            owner: task.task_id for owner, task in zip(owners, strangers, strict=True) if isinstance(owner, str)
        }
        return found, next((owner for owner in owners if isinstance(owner, Exception)), None), by_address.doubts

    def _may_be_under_way(self, model: str) -> list[LedgerRow]:
        """Every row that may have a task which the ledger does not know, also those that other runs are sending."""
        rows = self._ledger.in_states((UnitState.SENDING, UnitState.UNKNOWN))
        return [row for row in rows if row.task_id is None and row.model == model]

    async def _owner_or_doubt(self, task: ListedTask, signed: Sequence[Sent]) -> str | MadeOf | Exception | None:
        try:
            async with asyncio.timeout(self._give_up_after_s):
                return await self._owner(task, signed)
        except TimeoutError:
            return NotSettled(f"task {task.task_id} has not ended in {self._give_up_after_s:.0f} s")
        except (DashScopeError, NotSettled) as error:
            return error

    async def _owner(self, task: ListedTask, signed: Sequence[Sent]) -> str | MadeOf | None:
        """The submission that made a task, or what it was made of where only that is known; None for a task that cost
        nothing or is not ours."""
        status = await self._poller.watch(task.task_id, task.created_at or dt.datetime.now(dt.UTC))
        if status.state is TaskState.UNKNOWN:
            raise NotSettled(f"task {task.task_id} is listed, and the service no longer knows what became of it")
        if status.state is not TaskState.SUCCEEDED:
            return None
        for item in status.result_urls:
            named = submission_in(item.file_url)
            if named:
                return named
        return await self._owner_by_result(task, status, signed)

    async def _owner_by_result(
        self, task: ListedTask, status: TaskStatus, signed: Sequence[Sent]
    ) -> str | MadeOf | None:
        url = next((item.transcription_url for item in status.result_urls if item.transcription_url), None)
        if url is None:
            raise NotSettled(f"task {task.task_id} succeeded and names no result")
        try:
            result = parse_result(await self._client.download_result(url))
        except BadResult as error:
            raise NotSettled(f"the result of task {task.task_id} cannot be read: {error}") from error
        if not result.file_url:
            raise NotSettled(f"the result of task {task.task_id} does not say which audio it was made from")
        named = submission_in(result.file_url)
        if named is None and is_of(result.file_url, signed):
            channels = frozenset(transcript.channel_id for transcript in result.transcripts)
            return MadeOf(task.task_id, result.file_url, channels, task.created_at)
        return named

    async def _conclude(self, row: LedgerRow, task_id: str | None) -> None:
        try:
            if task_id:
                logger.info("call %s: found its task %s; nothing is sent again", row.call_id, task_id)
                moved = {"task_id": task_id, "submitted_at": row.sending_at, "code": None, "message": None}
                await asyncio.to_thread(self._ledger.move, row.submission_id, UnitState.SUBMITTED, **moved)
            else:
                reset = {"worker_id": None, "code": None, "message": None}
                await asyncio.to_thread(self._ledger.move, row.submission_id, UnitState.PLANNED, **reset)
        except IllegalMove:
            logger.info("call %s was settled by another run", row.call_id)

    async def _give_up(self, row: LedgerRow, why: str) -> None:
        logger.warning("call %s: it is not known whether it was sent: %s", row.call_id, why)
        if row.state is UnitState.SENDING:
            fields = {"code": "NOT_RECONCILED", "message": f"It may have been sent and billed: {why}"}
            with contextlib.suppress(IllegalMove):  # settled by another run meanwhile
                await asyncio.to_thread(self._ledger.move, row.submission_id, UnitState.UNKNOWN, **fields)
