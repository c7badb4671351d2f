"""From a task's end to raw JSON on the disk, or to a named failure."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from functools import partial
from typing import Any

from sqlalchemy import Connection

from qa_pipeline.dashscope.error_table import error_of_code
from qa_pipeline.dashscope.task_failures import TaskFailure, classify_task_failure
from qa_pipeline.dashscope.tasks import TASKS_LIVE_S, TaskState, TaskStatus
from qa_pipeline.dispatch.answers import note_answer
from qa_pipeline.dispatch.errors_policy import SendPolicy
from qa_pipeline.dispatch.expired_urls import UNREAD_AUDIO, Renewal, renewal
from qa_pipeline.dispatch.results import NoResult, fetch_result
from qa_pipeline.dispatch.run_parts import RunParts, Submission
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.transcription.cost import billable_seconds
from qa_pipeline.transcription.silence import says_no_speech

logger = logging.getLogger("qa_pipeline.dispatch")

TASK_UNKNOWN = "TASK_UNKNOWN"
ATTEMPTS = {TaskFailure.RESUBMIT: 3, TaskFailure.RESUBMIT_ONCE: 2}
"""How often a unit is tried in all where the service's code advises to resubmit. A failed task is not billed."""


class StillOpen(Exception):
    """A task came to no end in this run, and the next one asks again."""


class TaskFinisher:
    """Writes the outcome of one task into ledger and raw store."""

    def __init__(self, run: RunParts, policy: SendPolicy) -> None:
        self._run = run
        self._ledger = run.ledger
        self._policy = policy

    async def finish(self, submission: Submission, status: TaskStatus) -> list[str]:
        """Notes how the task ended; returns the units that should be sent once more.

        Raises:
            StillOpen: the service may know more of it later; the row says why, and stays as it is.
            DashScopeError: the result could not be fetched now; the row stays `succeeded` and is fetched later.
        """
        if status.submitted_at and status.ended_at:
            self._run.tally.task_seconds.append((status.ended_at - status.submitted_at).total_seconds())
        if status.state is TaskState.UNKNOWN:
            await self._note_unknown(submission, status)
            return []
        code, message = _failure(status)
        if code is None:
            await self._keep_result(submission, status)
            return []
        failure = classify_task_failure(code, message)
        if failure is TaskFailure.NO_SPEECH:
            await self._keep_silence(submission, status, code if says_no_speech(code) else message or code)
            return []
        tried = max(row.attempt for row in submission.rows)
        renewed = await self._renewal(submission.id, code, message or code, status, tried)
        await self._fail(submission, code, renewed.message if renewed else message or code, status)
        again = renewed.again if renewed else tried < ATTEMPTS.get(failure, 0)
        if failure is TaskFailure.HALT:
            self._policy.halt(f"the service refuses this account or its key: {error_of_code(code, message or code)}")
            again = True  # once the account is in order: a failed task is not billed
        return [row.unit_id for row in submission.rows] if again else []

    async def _note_unknown(self, submission: Submission, status: TaskStatus) -> None:
        """The service does not know the task: for good, or only not yet."""
        first = submission.first
        if first.engine_kind == "local":
            why = "it was started with another or an empty database; nothing was paid"
            await self._lost(submission, TASK_UNKNOWN, f"the local service does not know this task: {why}")
            return
        what = "the service does not know this task"
        if first.state is UnitState.SUCCEEDED:
            what += ", which had succeeded and is paid for"
        if first.account != self._run.billing.account and first.submitted_at is not None:
            what += ": it was sent with another key or to another region"
        await self._leave_open(submission, TASK_UNKNOWN, what, first.submitted_at)

    async def _leave_open(
        self,
        submission: Submission,
        code: str,
        message: str,
        since: float | None,
        bill: str = "it may have been billed",
    ) -> None:
        """Until its 24 h are over every run asks again; then a person decides.

        Raises:
            StillOpen: they are not over.
        """
        now = self._ledger.clock()
        until = (now if since is None else since) + TASKS_LIVE_S
        if now >= until:
            await self._lost(submission, code, f"{message}; its 24 h are over, and {bill}")
            return
        last = dt.datetime.fromtimestamp(until, dt.UTC)
        said = f"{message}; each run asks again until {last:%Y-%m-%d %H:%M} UTC"
        await self._run.commits.run(lambda connection: self._ledger.note_taken(connection, submission.id, code, said))
        raise StillOpen(said)

    async def _renewal(
        self, submission_id: str, code: str, message: str, status: TaskStatus, tried: int
    ) -> Renewal | None:
        """Whether a signed address was the trouble; the ledger has it, whichever run sent the task."""
        if code not in UNREAD_AUDIO:
            return None
        rows = await asyncio.to_thread(self._ledger.of_submissions, [submission_id])
        ended_at = status.ended_at or dt.datetime.fromtimestamp(self._ledger.clock(), dt.UTC)
        return renewal(code, message, rows[0].file_url, ended_at, tried)

    async def _keep_result(self, submission: Submission, status: TaskStatus) -> None:
        expected = sum(billable_seconds(row.audio_s) for row in submission.rows)
        billed_s = status.billed_s if status.billed_s is not None else float(expected)
        ended_at = status.ended_at.timestamp() if status.ended_at else self._ledger.clock()
        price = self._run.prices.of_answer(submission.model, billed_s, status.billed_tokens)
        if submission.first.state is not UnitState.SUCCEEDED:
            await self._run.commits.run(partial(self._mark_succeeded, submission, ended_at, billed_s, price))
        try:
            document = await fetch_result(self._run, submission, status)
        except NoResult as error:
            await self._leave_open(submission, error.code, error.message, ended_at, bill="it is paid for")
        else:
            await self._store(submission, document, billed_s=None)

    def _mark_succeeded(
        self, submission: Submission, ended_at: float, billed_s: float, price: float, connection: Connection
    ) -> None:
        fields = {"ended_at": ended_at, "code": None, "message": None}
        self._ledger.move_in(connection, submission.id, UnitState.SUCCEEDED, **fields)
        self._ledger.set_billed(connection, submission.id, billed_s, price)

    async def _keep_silence(self, submission: Submission, status: TaskStatus, code: str) -> None:
        """No speech is an empty transcript; the task's own answer is the document that says so."""
        # Half a surrogate pair can be spelt in JSON only.
        document = json.dumps(status.raw, ensure_ascii=False).encode("utf-8", "backslashreplace")
        ended_at = status.ended_at.timestamp() if status.ended_at else self._ledger.clock()
        await self._store(submission, document, billed_s=status.billed_s or 0.0, code=code, ended_at=ended_at)

    async def _store(self, submission: Submission, document: bytes, *, billed_s: float | None, **fields: Any) -> None:
        """Puts the document on the disk, then notes where it is, and what it cost where that is not noted yet."""
        first = submission.first
        stored = await asyncio.to_thread(self._run.raw_store.put, first.model, first.call_date, submission.id, document)
        await note_answer(self._run, submission, stored, billed_s=billed_s, **fields)

    async def _lost(self, submission: Submission, code: str, message: str) -> None:
        logger.warning("call %s: %s", submission.first.call_id, message)
        await self._run.move(submission.id, UnitState.UNKNOWN, code=code, message=message)

    async def _fail(self, submission: Submission, code: str, message: str, status: TaskStatus) -> None:
        ended_at = status.ended_at.timestamp() if status.ended_at else self._ledger.clock()
        facts = {"code": code, "message": message, "ended_at": ended_at, "billed_s": 0.0, "cost_usd": 0.0}
        await self._run.move(submission.id, UnitState.FAILED, **facts)


def _failure(status: TaskStatus) -> tuple[str | None, str | None]:
    """Code and message of a failed task; some models say SUCCEEDED for a task whose only file failed."""
    if status.state is TaskState.FAILED:
        return status.code or "FAILED", status.message or (None if status.code else "the service gives no reason")
    if status.state is TaskState.CANCELED:
        why = "it was cancelled before it began, in the console or by another program; nothing was billed"
        return TaskState.CANCELED.value, f"{why} ({status.message or status.code})" if status.code else why
    failed = next((item for item in status.result_urls if item.code), None)
    if failed and not any(item.transcription_url for item in status.result_urls):
        return failed.code, failed.message
    return None, None
