"""Gives a submission's audio an address and submits it; the ledger knows at every moment what may be billed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.errors import AmbiguousSubmit, DashScopeError
from qa_pipeline.dashscope.tasks import SubmitRequest
from qa_pipeline.dispatch.audio_source import AudioSource
from qa_pipeline.dispatch.claims import AlreadyClaimed, SendClaim
from qa_pipeline.dispatch.errors_policy import SendPolicy
from qa_pipeline.dispatch.group_commit import GroupCommit
from qa_pipeline.dispatch.report import Tally
from qa_pipeline.dispatch.source_check import SourceChanged, require_unchanged
from qa_pipeline.landing.recording_files import RecordingFiles, RecordingGone
from qa_pipeline.ledger.ledger import Ledger, LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.object_storage.faults import StorageError
from qa_pipeline.transcription.models import find_model
from qa_pipeline.transcription.parameters import with_context

logger = logging.getLogger("qa_pipeline.dispatch")

SENDING_AT_ONCE = 64
"""Uploads and submits under way at once; the rate limit decides the pace, this only hides latency."""


class Sender:
    """Sends tasks for one run and one worker, until something says that nothing more can be sent."""

    def __init__(
        self,
        *,
        client: DashScopeClient,
        ledger: Ledger,
        commits: GroupCommit,
        source: AudioSource,
        recordings: RecordingFiles | None,
        policy: SendPolicy,
        worker_id: str,
        uploads_at_once: int,
        tally: Tally,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._commits = commits
        self._source = source
        self._recordings = recordings
        self._policy = policy
        self._worker_id = worker_id
        self._tally = tally
        self._uploads = asyncio.Semaphore(uploads_at_once)
        self._sending = asyncio.Semaphore(SENDING_AT_ONCE)

    async def send(self, submission: Sequence[LedgerRow]) -> str | None:
        """Submits; returns the task's id, or None when nothing was submitted. Raises no error of the service."""
        async with self._sending:
            if self._policy.is_stopped:
                return None
            first = submission[0]
            try:
                async with self._uploads:
                    await require_unchanged(first, self._recordings, self._ledger)
                    file_url = await self._source.url_for(first.source_uri, first.submission_id, first.model)
                return await self._submit(submission, file_url)
            except RecordingGone as error:
                await self._policy.fail(first.submission_id, "SOURCE_MISSING", str(error))
            except SourceChanged as error:
                await self._policy.fail(first.submission_id, "SOURCE_CHANGED", str(error))
            except StorageError as error:
                await self._policy.take_storage(first, error)
            except AmbiguousSubmit as error:
                logger.warning("call %s: %s; asking the service whether it made a task", first.call_id, error)
            except DashScopeError as error:
                await self._policy.handle(first, error)
            return None

    async def _submit(self, submission: Sequence[LedgerRow], file_url: str) -> str | None:
        first = submission[0]
        claim = SendClaim(
            self._ledger, self._commits, first.submission_id, worker_id=self._worker_id, file_url=file_url
        )
        request = await self._request(submission, file_url)
        try:
            submitted = await self._client.submit(request, before_send=claim)
        except AlreadyClaimed:
            return None
        except (AmbiguousSubmit, asyncio.CancelledError):
            raise  # the row stays `sending`: only the service can say what became of it
        except DashScopeError:
            if claim.is_made:
                await self._policy.back_to_planned(first.submission_id)
            raise
        self._policy.reached()
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

    async def _request(self, submission: Sequence[LedgerRow], file_url: str) -> SubmitRequest:
        first = submission[0]
        model = find_model(first.model)
        context = await asyncio.to_thread(self._ledger.context_of, first)
        parameters = with_context(model.request, first.parameters, context)
        return SubmitRequest(
            model=first.model,
            file_url=file_url,
            parameters={"channel_id": sorted(unit.channel_id for unit in submission), **parameters},
            input_field=model.input_field,
        )
