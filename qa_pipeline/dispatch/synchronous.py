"""Asks models that answer at once: a channel cut to a file of its own, one request, one answer kept as it came.

There is no task that could be asked about later. A lost answer stays lost, and a person decides whether it was paid
for; a run that must stop waits a little for what it has asked.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.dashscope.errors import AmbiguousSubmit, DashScopeError
from qa_pipeline.dashscope.generation import GenerationAnswer, GenerationRequest
from qa_pipeline.dashscope.thread_contexts import entered_in_thread
from qa_pipeline.dispatch.answers import note_answer
from qa_pipeline.dispatch.channel_audio import CUT_FORMAT, carry_audio, cut_channel
from qa_pipeline.dispatch.claims import NotMine, SendClaim
from qa_pipeline.dispatch.errors_policy import SendPolicy
from qa_pipeline.dispatch.run_parts import RunParts, Submission
from qa_pipeline.dispatch.source_check import SourceChanged, require_unchanged
from qa_pipeline.landing.recording_files import RecordingGone
from qa_pipeline.ledger.claims import GUARD_S, Claim
from qa_pipeline.ledger.raw_store import EVENT_STREAM_SUFFIX, StoredJson
from qa_pipeline.ledger.rows import IllegalMove, LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.object_storage.faults import StorageError
from qa_pipeline.transcription.cost import billable_seconds
from qa_pipeline.transcription.event_stream import looks_like_events
from qa_pipeline.transcription.parameters import with_context

logger = logging.getLogger("qa_pipeline.dispatch")

ANSWER_LOST = "ANSWER_LOST"
SHUTDOWN_WAIT_S = 10.0
"""How long a run that must stop waits for answers to what it has asked: they are paid for."""


class SynchronousSender:
    """Asks for one run and one worker, until something says that nothing more can be sent."""

    def __init__(self, run: RunParts, policy: SendPolicy) -> None:
        self._run = run
        self._ledger = run.ledger
        self._policy = policy
        self._asking = asyncio.Semaphore(run.options.uploads_at_once)

    async def ask(self, submission: Submission, gone: Collection[str | None] = ()) -> None:
        """Asks for one channel and keeps what is answered. Raises no error of the service.

        Claims of workers that are `gone` don't count.
        """
        async with self._asking:
            if self._policy.is_stopped:
                return
            claim = await self._run.take(submission.id, [UnitState.PLANNED], gone=gone)
            if claim is None:
                return
            unit = submission.first
            try:
                await require_unchanged(unit, self._run.recordings, self._run.landed)
                request = await self._request(submission)
                await self._ask(submission, request, claim)
            except RecordingGone as error:
                await self._policy.fail(submission.id, "SOURCE_MISSING", str(error))
            except SourceChanged as error:
                await self._policy.fail(submission.id, "SOURCE_CHANGED", str(error))
            except StorageError as error:
                await self._policy.take_storage(unit, error)
            except UnusableAudio as error:
                await self._policy.fail(submission.id, error.code.value.upper(), error.sentence)
            except AmbiguousSubmit as error:
                self._policy.doubt(error)
                await self._lost(unit, str(error))
            except DashScopeError as error:
                await self._policy.handle(unit, error)
            await self._run.release(claim)

    async def recover(self, submissions: Sequence[Submission], gone: Collection[str | None]) -> None:
        """Settles rows in `sending` whose sender is one of the `gone`, or whose time is over: answered where the answer
        is there, else unknown."""
        for submission in submissions:
            unit = submission.first
            if await self._run.take(submission.id, [UnitState.SENDING], gone=gone, guard_s=GUARD_S) is None:
                continue
            stored = await asyncio.to_thread(self._run.raw_store.find, unit.model, unit.call_date, submission.id)
            try:
                if stored is not None:
                    logger.info("call %s: its answer had come; nothing is asked again", unit.call_id)
                    await self._note_answer(submission, stored, None, unit.sending_at or self._ledger.clock())
                else:
                    await self._lost(unit, "the run that asked ended before the answer came")
            except IllegalMove:
                logger.info("call %s was settled by another run", unit.call_id)

    def sweep(self, living: set[str]) -> None:
        """Removes the cuts of workers that are gone, and this worker's own."""
        folders = self._run.cuts.iterdir() if self._run.cuts.is_dir() else ()
        for folder in folders:
            if folder.name == self._run.worker_id or folder.name not in living:
                shutil.rmtree(folder, ignore_errors=True)

    async def _request(self, submission: Submission) -> GenerationRequest:
        """The request with its audio, which is on the disk only while it is cut and read or uploaded."""
        unit, model = submission.first, submission.model
        folder = self._run.cuts / self._run.worker_id
        target = folder / f"{unit.unit_id}.{CUT_FORMAT}"
        object_name = f"qa-{submission.id}-{secrets.token_hex(4)}-channel-{unit.channel_id}.{CUT_FORMAT}"
        try:
            async with entered_in_thread(self._run.recordings.hold_to_hear(unit.source_uri)) as path:
                await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
                cut = await asyncio.to_thread(cut_channel, path, unit.channel_id, target, model)
            context = await asyncio.to_thread(self._ledger.context_of, unit)
            options = with_context(model.request, unit.parameters, context)
            audio = await carry_audio(self._run.client, model, cut, object_name)
        finally:
            target.unlink(missing_ok=True)
        return GenerationRequest(model, audio, sample_rate=cut.sample_rate, **options)

    async def _ask(self, submission: Submission, request: GenerationRequest, claim: Claim) -> None:
        sending = SendClaim(self._ledger, self._run.commits, claim)
        call = asyncio.create_task(
            self._run.client.generate(request, before_send=sending, before_last_byte=sending.before_last_byte)
        )
        try:
            answer = await asyncio.shield(call)
        except asyncio.CancelledError:
            if sending.is_begun:
                await self._await_pending_answer(submission, call, sending)
            call.cancel()
            raise
        except NotMine:
            logger.info("call %s: its claim is over; nothing was sent under it", submission.first.call_id)
            with suppress(IllegalMove):  # another worker has it
                await self._policy.back_to_planned(claim)
            return
        except AmbiguousSubmit:
            raise
        except DashScopeError:
            if sending.is_made:
                await self._policy.back_to_planned(claim)
            raise
        await self._keep(submission, answer, sending)

    async def _await_pending_answer(
        self, submission: Submission, call: asyncio.Task[GenerationAnswer], claim: SendClaim
    ) -> None:
        """The run must stop: an answer that comes soon is kept all the same."""
        done, _ = await asyncio.wait({call}, timeout=SHUTDOWN_WAIT_S)
        if done and not call.cancelled() and call.exception() is None:
            await self._keep(submission, call.result(), claim)

    async def _keep(self, submission: Submission, answer: GenerationAnswer, claim: SendClaim) -> None:
        """The bytes go to the disk first, then the ledger says so; an answer that makes no sense was paid for too."""
        unit = submission.first
        suffix = EVENT_STREAM_SUFFIX if looks_like_events(answer.raw) else ".json"
        stored = await asyncio.to_thread(
            self._run.raw_store.put, unit.model, unit.call_date, submission.id, answer.raw, suffix=suffix
        )
        self._policy.reached()
        self._run.tally.sent.add(unit.unit_id)
        self._run.tally.task_seconds.append(self._ledger.clock() - claim.made_at)
        await self._note_answer(submission, stored, answer.billed_s, claim.made_at, answer)

    async def _note_answer(
        self,
        submission: Submission,
        stored: StoredJson,
        billed_s: float | None,
        asked_at: float,
        answer: GenerationAnswer | None = None,
    ) -> None:
        billed = billed_s if billed_s is not None else float(billable_seconds(submission.first.audio_s))
        times = {"submitted_at": asked_at, "ended_at": self._ledger.clock()}
        silence, tokens = (answer.silence, answer.billed_tokens) if answer else (None, None)
        await note_answer(self._run, submission, stored, billed_s=billed, tokens=tokens, code=silence, **times)

    async def _lost(self, unit: LedgerRow, why: str) -> None:
        message = f"It may have been answered and billed, and there is no task to look for: {why}"
        logger.warning("call %s: %s", unit.call_id, message)
        await self._run.move(unit.submission_id, UnitState.UNKNOWN, code=ANSWER_LOST, message=message)
