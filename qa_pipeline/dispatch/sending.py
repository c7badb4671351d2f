"""Gives a submission's audio an address and submits it; the ledger knows at every moment what may be billed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.errors import (
    AccessDenied,
    AmbiguousSubmit,
    BadInputUrl,
    ChangeAndRetry,
    DashScopeError,
    InputUnreachable,
    NotFound,
    NotSent,
    Permanent,
    Transient,
    UploadFailed,
)
from qa_pipeline.dashscope.tasks import SubmitRequest
from qa_pipeline.dispatch.audio_source import AudioSource, SourceMissing, local_path
from qa_pipeline.dispatch.group_commit import GroupCommit
from qa_pipeline.dispatch.report import Tally
from qa_pipeline.ledger.ledger import Ledger, Unit
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.transcription.models import Model

logger = logging.getLogger("qa_pipeline.dispatch")

SENDING_AT_ONCE = 64
"""Uploads and submits under way at once; the rate limit decides the pace, this only hides latency."""

UNREACHABLE_AFTER = 20
"""So many requests in a row that never left: the service is not there, and the run says so."""

FAULTS_OF_ONE_FILE = frozenset({"EmptyFile", "FileTooLarge", "UnreadableFile", "FileChanged"})
"""Codes of `UploadFailed` that are about the recording; any other is about the storage, and so about all of them."""


class Sender:
    """Sends for one run and one worker, until something says that nothing more can be sent."""

    def __init__(
        self,
        *,
        client: DashScopeClient,
        ledger: Ledger,
        commits: GroupCommit,
        source: AudioSource,
        model: Model,
        worker_id: str,
        uploads_at_once: int,
        tally: Tally,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._commits = commits
        self._source = source
        self._model = model
        self._worker_id = worker_id
        self._tally = tally
        self._uploads = asyncio.Semaphore(uploads_at_once)
        self._sending = asyncio.Semaphore(SENDING_AT_ONCE)
        self._unreachable = 0
        self.is_stopped = False
        """Nothing more is sent; `tally.stopped_by` says why."""

    async def send(self, submission: Sequence[Unit]) -> str | None:
        """Submits; returns the task's id, or None when nothing was submitted. Raises no error of the service."""
        async with self._sending:
            if self.is_stopped:
                return None
            first = submission[0]
            try:
                async with self._uploads:
                    await _require_unchanged(first)
                    file_url = await self._source.url_for(first.source_uri, first.submission_id)
                return await self._submit(submission, file_url)
            except SourceMissing as error:
                await self._fail(first.submission_id, "SOURCE_MISSING", str(error))
            except SourceChanged as error:
                await self._fail(first.submission_id, "SOURCE_CHANGED", str(error))
            except DashScopeError as error:
                await self._take(first, error)
            return None

    async def _take(self, first: Unit, error: DashScopeError) -> None:
        """What follows from an error: this recording has failed, or waits, or nothing more can be sent at all."""
        match error:
            case AmbiguousSubmit():
                logger.warning("call %s: %s; asking the service whether it made a task", first.call_id, error)
            case NotFound() | AccessDenied():  # the model, workspace or address is wrong, not the recording
                self._halt(f"the service does not offer what the settings ask for: {error}")
            case UploadFailed() if error.code in FAULTS_OF_ONE_FILE:
                await self._fail(first.submission_id, error.code, error.message)
            case Permanent():
                await self._fail(first.submission_id, error.code, error.message)
            case InputUnreachable() | BadInputUrl():
                await self._fail(first.submission_id, error.code, str(error))
            case ChangeAndRetry():
                self._halt(f"the service refuses this account or its key: {error}")
            case NotSent() | Transient():
                self._unreachable += 1
                logger.warning("call %s was not sent: %s", first.call_id, error)
                if self._unreachable >= UNREACHABLE_AFTER:
                    self._halt(f"the service cannot be reached: {error}")
            case _:
                self._halt(str(error))

    async def _submit(self, submission: Sequence[Unit], file_url: str) -> str | None:
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
            input_field=self._model.input_field,
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
        if not self.is_stopped:
            logger.error("nothing more is sent: %s", reason)
        self._tally.stopped_by = self._tally.stopped_by or reason
        self.is_stopped = True


class _TakenByAnother(Exception):
    """Another run claimed the submission between our plan and our send."""


class SourceChanged(LookupError):
    """Another recording lies where the one to be sent was found."""


async def _require_unchanged(unit: Unit) -> None:
    """A recording that was replaced since it landed must not be paid for under the old one's name."""
    path = local_path(unit.source_uri)
    if await asyncio.to_thread(recording_id, path) != unit.recording_id:
        raise SourceChanged(f"{path} was replaced after it landed; run the day again to take the new recording in")
