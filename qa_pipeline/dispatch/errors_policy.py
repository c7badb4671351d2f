"""What follows from an error while something is sent: this recording has failed, or waits, or nothing more is sent."""

from __future__ import annotations

import logging

from qa_pipeline.dashscope.errors import (
    AccessDenied,
    AmbiguousSubmit,
    BadInputUrl,
    ChangeAndRetry,
    DashScopeError,
    InputUnreachable,
    NotFound,
    NotSent,
    NotTheService,
    Permanent,
    Transient,
    UploadFailed,
)
from qa_pipeline.dispatch.refusals import Refusals
from qa_pipeline.dispatch.run_parts import RunParts
from qa_pipeline.ledger.claims import Claim
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.object_storage.faults import ObjectRefused, StorageError, StorageUnreachable

logger = logging.getLogger("qa_pipeline.dispatch")

UNREACHABLE_AFTER = 20
"""So many requests in a row that never left: the service is not there, and the run says so."""

DOUBTED_AFTER = 10
"""So many requests in a row without an answer that proves something: each may have been billed, so no more is sent."""

STRANGERS_AFTER = 3
"""So many in a row that something else than the service has answered: a filter or a portal is in between."""

FAULTS_OF_ONE_FILE = frozenset(
    {
        "EmptyFile", "FileTooLarge", "UnreadableFile", "FileChanged", "FileAlreadyExists", "HTTP_413",
        "EntityTooLarge", "EntityTooSmall", "MaxPOSTPreDataLengthExceeded", "KeyTooLong", "KeyTooLongError",
        "InvalidObjectName", "InvalidDigest", "BadDigest",
    }
)  # fmt: skip
"""Codes of `UploadFailed` that are about the recording."""

FAULTS_OF_THE_STORAGE = frozenset(
    {
        "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidPolicyDocument", "NoSuchBucket",
        "InvalidBucketName", "AccountProblem", "UserDisable", "SecurityTokenExpired", "InvalidSecurityToken",
        "RequestTimeTooSkewed", "BadReply", "HTTP_401", "HTTP_403", "HTTP_404", "HTTP_407",
    }
)  # fmt: skip
"""Codes of `UploadFailed` that are about all recordings. Any other is a refusal like the service's own."""


class SendPolicy:
    """Decides for one run. Everything that sends shares it, so that what stops one stops all."""

    def __init__(self, run: RunParts) -> None:
        self._run = run
        self._unreachable = 0
        self._doubted = 0
        self._refusals = Refusals()
        self.is_stopped = False
        """Nothing more is sent; `tally.stopped_by` says why."""

    async def handle(self, first: LedgerRow, error: DashScopeError) -> None:
        """Notes what an error of a request that certainly did nothing means for the submission of `first`."""
        match error:
            case NotFound() | AccessDenied():  # the model, workspace or address is wrong, not the recording
                self.halt(f"the service does not offer what the settings ask for: {error}")
            case UploadFailed() if error.code in FAULTS_OF_ONE_FILE:
                await self.fail(first.submission_id, error.code, error.message)
            case UploadFailed() if error.code in FAULTS_OF_THE_STORAGE:
                self.halt(str(error))
            case Permanent() | InputUnreachable() | BadInputUrl() | UploadFailed():
                await self._refused(first, error)
            case ChangeAndRetry():
                self.halt(f"the service refuses this account or its key: {error}")
            case NotSent() | Transient():
                self._unreachable += 1
                self._run.tally.unsent[first.submission_id] = str(error)
                logger.warning("call %s was not sent: %s", first.call_id, error)
                if self._unreachable >= UNREACHABLE_AFTER:
                    self.halt(f"the service cannot be reached: {error}")
            case _:
                self.halt(str(error))

    async def take_storage(self, first: LedgerRow, error: StorageError) -> None:
        """Notes what an error of a bucket means for the submission of `first`, of which nothing was sent."""
        match error:
            case ObjectRefused():
                await self.fail(first.submission_id, "SOURCE_REFUSED", str(error))
            case StorageUnreachable():
                self._unreachable += 1
                self._run.tally.unsent[first.submission_id] = str(error)
                logger.warning("call %s was not sent: %s", first.call_id, error)
                if self._unreachable >= UNREACHABLE_AFTER:
                    self.halt(str(error))
            case _:  # keys, clock or address: the same for every recording
                self.halt(str(error))

    def doubt(self, error: AmbiguousSubmit) -> None:
        """Notes that nobody knows what became of a request."""
        self._doubted += 1
        cause = error.__cause__ or error
        if isinstance(cause, NotTheService) and self._doubted >= STRANGERS_AFTER:
            self.halt(f"something else than the service answers what is sent: {cause}")
        elif self._doubted >= DOUBTED_AFTER:
            self.halt(
                f"the last {self._doubted} requests got no answer that says what became of them, and may have been "
                f"billed: {cause}; what is not sent yet stays planned: run again later"
            )

    async def _refused(self, first: LedgerRow, error: DashScopeError) -> None:
        if not self._refusals.hold(first, error):
            message = str(error) if isinstance(error, ChangeAndRetry) else error.message
            await self.fail(first.submission_id, error.code, message)
        elif reason := self._refusals.brake():
            self.halt(reason)

    def waits(self, submission_id: str) -> bool:
        """Whether a submission was refused in this run, and is not sent again before it is known why."""
        return self._refusals.holds(submission_id)

    async def settle(self) -> None:
        """At the end of a run: refusals that are not about the settings are verdicts on their recordings."""
        reason = self._refusals.brake(at_the_end=True)
        if reason:
            self.halt(reason)
        if self.is_stopped:
            return  # what else stopped the run may be the reason of these too
        for refusal in self._refusals.verdicts():
            await self.fail(refusal.submission_id, refusal.code, refusal.message)

    def reached(self) -> None:
        """The service has taken something: it is there, and takes what the settings ask for."""
        self._unreachable = self._doubted = 0
        self._refusals.taken()

    def halt(self, reason: str) -> None:
        """Sends nothing more; what was submitted is still polled and fetched."""
        if not self.is_stopped:
            logger.error("nothing more is sent: %s", reason)
        self._run.tally.stopped_by = self._run.tally.stopped_by or reason
        self.is_stopped = True

    async def fail(self, submission_id: str, code: str, message: str) -> None:
        """The submission has failed for good."""
        ended_at = self._run.ledger.clock()
        await self._run.move(submission_id, UnitState.FAILED, code=code, message=message, ended_at=ended_at)

    async def back_to_planned(self, claim: Claim) -> None:
        """The request certainly did nothing: the submission is as it was before, if it is still under that claim.

        Raises:
            IllegalMove: it is not; another worker has it.
        """
        await self._run.move(claim.submission_id, UnitState.PLANNED, fenced_by=claim.fence, worker_id=None)
