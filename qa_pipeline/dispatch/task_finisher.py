"""From a task's end to raw JSON on the disk, or to a named failure."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from functools import partial
from typing import Any

from sqlalchemy import Connection

from qa_pipeline.dashscope.errors import ResultExpired, ResultTooLarge
from qa_pipeline.dashscope.task_failures import TaskFailure, classify_task_failure
from qa_pipeline.dashscope.tasks import TaskState, TaskStatus
from qa_pipeline.dispatch.expired_urls import UNREAD_AUDIO, Renewal, renewal
from qa_pipeline.dispatch.run_parts import RunParts, Submission
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.transcription.cost import billable_seconds

logger = logging.getLogger("qa_pipeline.dispatch")

ATTEMPTS = {TaskFailure.RESUBMIT: 3, TaskFailure.RESUBMIT_ONCE: 2}
"""How often a unit is tried in all where the service's code advises to resubmit. A failed task is not billed."""


class TaskFinisher:
    """Writes the outcome of one task into ledger and raw store."""

    def __init__(self, run: RunParts) -> None:
        self._run = run
        self._ledger = run.ledger

    async def finish(self, submission: Submission, status: TaskStatus) -> list[str]:
        """Notes how the task ended; returns the units that should be sent once more.

        Raises:
            DashScopeError: the result could not be fetched now; the row stays `succeeded` and is fetched later.
        """
        if status.submitted_at and status.ended_at:
            self._run.tally.task_seconds.append((status.ended_at - status.submitted_at).total_seconds())
        code, message = _failure(status)
        if code is None and status.state is TaskState.SUCCEEDED:
            await self._keep_result(submission, status)
            return []
        if status.state is TaskState.UNKNOWN:
            why = "its 24 h have passed, or it belongs to another account; it may have been billed"
            await self._lost(submission, "TASK_UNKNOWN", f"the service no longer knows this task: {why}")
            return []
        code = code or str(status.state)
        failure = classify_task_failure(code)
        if failure is TaskFailure.NO_SPEECH:
            await self._keep_silence(submission, status, code)
            return []
        tried = max(row.attempt for row in submission.rows)
        renewed = await self._renewal(submission.id, code, message or code, status, tried)
        await self._fail(submission, code, renewed.message if renewed else message or code, status)
        again = renewed.again if renewed else tried < ATTEMPTS.get(failure, 0)
        return [row.unit_id for row in submission.rows] if again else []

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
        if submission.first.state is not UnitState.SUCCEEDED:
            await self._run.commits.run(partial(self._mark_succeeded, submission, ended_at, billed_s))
        url = next((item.transcription_url for item in status.result_urls if item.transcription_url), None)
        if url is None:
            await self._lost(submission, "RESULT_MISSING", "the task succeeded and names no result")
            return
        try:
            document = await self._run.client.download_result(url)
        except ResultExpired as error:
            await self._lost(submission, "RESULT_EXPIRED", f"paid, and gone before it was fetched: {error}")
            return
        except ResultTooLarge as error:
            await self._lost(submission, "RESULT_TOO_LARGE", str(error))
            return
        await self._store(submission, document)

    def _mark_succeeded(self, submission: Submission, ended_at: float, billed_s: float, connection: Connection) -> None:
        self._ledger.move_in(connection, submission.id, UnitState.SUCCEEDED, ended_at=ended_at)
        self._ledger.set_billed(connection, submission.id, billed_s, self._run.prices.of(submission.model))

    async def _keep_silence(self, submission: Submission, status: TaskStatus, code: str) -> None:
        """No speech is an empty transcript; the task's own answer is the document that says so."""
        # Half a surrogate pair can be spelt in JSON only.
        document = json.dumps(status.raw, ensure_ascii=False).encode("utf-8", "backslashreplace")
        ended_at = status.ended_at.timestamp() if status.ended_at else self._ledger.clock()
        await self._store(submission, document, code=code, ended_at=ended_at, billed_s=status.billed_s or 0.0)

    async def _store(
        self,
        submission: Submission,
        document: bytes,
        *,
        code: str | None = None,
        billed_s: float | None = None,
        **fields: Any,
    ) -> None:
        """Puts the document on the disk, then notes where it is, and what it cost where that is not noted yet."""
        first = submission.first
        stored = await asyncio.to_thread(self._run.raw_store.put, first.model, first.call_date, submission.id, document)
        now = self._ledger.clock()

        def note(connection: Connection) -> None:
            self._ledger.move_in(
                connection,
                submission.id,
                UnitState.FETCHED,
                raw_path=stored.path,
                raw_sha256=stored.sha256,
                fetched_at=now,
                code=code,
                message=None,
                **fields,
            )
            if billed_s is not None:
                self._ledger.set_billed(connection, submission.id, billed_s, self._run.prices.of(submission.model))

        await self._run.commits.run(note)

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
        return status.code or "FAILED", status.message
    failed = next((item for item in status.result_urls if item.code), None)
    if failed and not any(item.transcription_url for item in status.result_urls):
        return failed.code, failed.message
    return None, None
