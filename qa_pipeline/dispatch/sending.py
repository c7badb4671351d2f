"""Gives a submission's audio an address and submits it; the ledger knows at every moment what may be billed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress

from sqlalchemy import Connection

from qa_pipeline.dashscope.errors import AmbiguousSubmit, DashScopeError
from qa_pipeline.dashscope.tasks import SubmitRequest
from qa_pipeline.dispatch.claims import NotMine, SendClaim
from qa_pipeline.dispatch.errors_policy import SendPolicy
from qa_pipeline.dispatch.run_parts import RunParts, Submission
from qa_pipeline.dispatch.source_check import SourceChanged, require_unchanged
from qa_pipeline.landing.recording_files import RecordingGone
from qa_pipeline.ledger.claims import Claim
from qa_pipeline.ledger.rows import IllegalMove
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.object_storage.faults import StorageError
from qa_pipeline.transcription.parameters import with_context

logger = logging.getLogger("qa_pipeline.dispatch")

SENDING_AT_ONCE = 64
"""Uploads and submits under way at once; the rate limit decides the pace, this only hides latency."""


class Sender:
    """Sends tasks for one run and one worker, until something says that nothing more can be sent."""

    def __init__(self, run: RunParts, policy: SendPolicy) -> None:
        self._run = run
        self._policy = policy
        self._uploads = asyncio.Semaphore(run.options.uploads_at_once)
        self._sending = asyncio.Semaphore(SENDING_AT_ONCE)

    async def send(self, submission: Submission, gone: Collection[str | None] = ()) -> str | None:
        """Submits; returns the task's id, or None when nothing was submitted. Raises no error of the service.

        Claims of workers that are `gone` don't count.
        """
        async with self._sending:
            if self._policy.is_stopped:
                return None
            claim = await self._run.take(submission.id, [UnitState.PLANNED], gone=gone)
            if claim is None:
                return None
            task_id = await self._send(submission, claim)
            if task_id is None:
                await self._run.release(claim)
            return task_id

    async def _send(self, submission: Submission, claim: Claim) -> str | None:
        first = submission.first
        try:
            async with self._uploads:
                await require_unchanged(first, self._run.recordings, self._run.landed)
                file_url = await self._run.source.url_for(first.source_uri, submission.id, submission.model.id)
            return await self._submit(submission, claim, file_url)
        except RecordingGone as error:
            await self._policy.fail(submission.id, "SOURCE_MISSING", str(error))
        except SourceChanged as error:
            await self._policy.fail(submission.id, "SOURCE_CHANGED", str(error))
        except StorageError as error:
            await self._policy.take_storage(first, error)
        except AmbiguousSubmit as error:
            logger.warning("call %s: %s; asking the service whether it made a task", first.call_id, error)
            self._policy.doubt(error)
        except DashScopeError as error:
            await self._policy.handle(first, error)
        return None

    async def _submit(self, submission: Submission, claim: Claim, file_url: str) -> str | None:
        run = self._run
        sending = SendClaim(run.ledger, run.commits, claim, file_url=file_url)
        request = await self._request(submission, file_url)
        try:
            submitted = await run.client.submit(request, before_send=sending, before_last_byte=sending.before_last_byte)
        except NotMine:
            logger.info("call %s: its claim is over; nothing was sent under it", submission.first.call_id)
            with suppress(IllegalMove):  # another worker has it
                await self._policy.back_to_planned(claim)
            return None
        except (AmbiguousSubmit, asyncio.CancelledError):
            raise  # the row stays `sending`: only the service can say what became of it
        except DashScopeError:
            if sending.is_made:
                await self._policy.back_to_planned(claim)
            raise
        self._policy.reached()
        run.tally.sent.update(row.unit_id for row in submission.rows)
        task = {"task_id": submitted.task_id, "submitted_at": run.ledger.clock()}

        def note(connection: Connection) -> None:
            run.ledger.move_in(connection, submission.id, UnitState.SUBMITTED, **task)
            run.ledger.hold_task(connection, claim)

        await run.commits.run(note)
        return submitted.task_id

    async def _request(self, submission: Submission, file_url: str) -> SubmitRequest:
        first, model = submission.first, submission.model
        context = await asyncio.to_thread(self._run.ledger.context_of, first)
        parameters = dict(with_context(model.request, first.parameters, context))
        return SubmitRequest(
            context=parameters.pop("context", None),
            model=first.model,
            file_url=file_url,
            parameters={"channel_id": sorted(row.channel_id for row in submission.rows), **parameters},
            input_field=model.input_field,
        )
