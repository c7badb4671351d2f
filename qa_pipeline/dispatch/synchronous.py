"""Asks models that answer at once: a channel cut to a file of its own, one request, one answer kept as it came.

There is no task that could be asked about later. So an answer that is lost is lost, and whether it was paid for is
for a person to decide on; a run that is told to stop waits a little for what it has asked.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.mono_cuts import cut_to_fit
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.errors import AmbiguousSubmit, DashScopeError
from qa_pipeline.dashscope.generation import GenerationAnswer, GenerationRequest
from qa_pipeline.dispatch.audio_source import at_hand
from qa_pipeline.dispatch.claims import AlreadyClaimed, SendClaim
from qa_pipeline.dispatch.errors_policy import SendPolicy
from qa_pipeline.dispatch.group_commit import GroupCommit
from qa_pipeline.dispatch.prices import PriceList
from qa_pipeline.dispatch.report import Tally
from qa_pipeline.dispatch.source_check import SourceChanged, require_unchanged
from qa_pipeline.landing.recording_files import RecordingFiles, RecordingGone
from qa_pipeline.ledger.ledger import IllegalMove, Ledger, LedgerRow
from qa_pipeline.ledger.raw_store import RawStore, StoredJson
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.object_storage.faults import StorageError
from qa_pipeline.transcription.cost import billable_seconds
from qa_pipeline.transcription.event_stream import looks_like_events
from qa_pipeline.transcription.inline_audio import data_uri, file_form, largest_inline
from qa_pipeline.transcription.models import find_model
from qa_pipeline.transcription.parameters import with_context

logger = logging.getLogger("qa_pipeline.dispatch")

ANSWER_LOST = "ANSWER_LOST"
SHUTDOWN_WAIT_S = 10.0
"""How long a run that is told to stop waits for answers to what it has asked: they are paid for."""

EVENT_STREAM_SUFFIX = ".sse"
_CUT = "wav"


@dataclass(frozen=True, slots=True)
class Cut:
    """One channel as a mono WAV."""

    path: Path
    sample_rate: int


class SynchronousSender:
    """Asks for one run and one worker, until something says that nothing more can be sent."""

    def __init__(
        self,
        *,
        client: DashScopeClient,
        ledger: Ledger,
        commits: GroupCommit,
        raw_store: RawStore,
        recordings: RecordingFiles | None,
        policy: SendPolicy,
        prices: PriceList,
        tally: Tally,
        worker_id: str,
        cuts: Path,
        asked_at_once: int,
    ) -> None:
        """`cuts` is the folder in which channels are cut; what is in it is gone when they were sent."""
        self._client = client
        self._ledger = ledger
        self._commits = commits
        self._raw_store = raw_store
        self._recordings = recordings
        self._policy = policy
        self._prices = prices
        self._tally = tally
        self._worker_id = worker_id
        self._cuts = cuts
        self._asking = asyncio.Semaphore(asked_at_once)

    async def ask(self, unit: LedgerRow) -> None:
        """Asks for one channel and keeps what is answered. Raises no error of the service."""
        async with self._asking:
            if self._policy.is_stopped:
                return
            try:
                await require_unchanged(unit, self._recordings, self._ledger)
                async with self._cut(unit) as cut:
                    request = await self._request(unit, cut)
                await self._ask(unit, request)
            except RecordingGone as error:
                await self._policy.fail(unit.submission_id, "SOURCE_MISSING", str(error))
            except SourceChanged as error:
                await self._policy.fail(unit.submission_id, "SOURCE_CHANGED", str(error))
            except StorageError as error:
                await self._policy.take_storage(unit, error)
            except UnusableAudio as error:
                await self._policy.fail(unit.submission_id, error.code.value.upper(), error.sentence)
            except AmbiguousSubmit as error:
                await self._lost(unit, str(error))
            except DashScopeError as error:
                await self._policy.handle(unit, error)

    async def recover(self, units: Sequence[LedgerRow]) -> None:
        """Settles rows in `sending` whose sender is gone: answered where the answer is on the disk, else unknown."""
        for unit in units:
            stored = await asyncio.to_thread(self._raw_store.find, unit.model, unit.call_date, unit.submission_id)
            try:
                if stored is not None:
                    logger.info("call %s: its answer had come; nothing is asked again", unit.call_id)
                    await self._note_answer(unit, stored, None, unit.sending_at or self._ledger.clock())
                else:
                    await self._lost(unit, "the run that asked ended before the answer came")
            except IllegalMove:
                logger.info("call %s was settled by another run", unit.call_id)

    def sweep(self, living: set[str]) -> None:
        """Removes the cuts of workers that are gone, and this worker's own."""
        folders = self._cuts.iterdir() if self._cuts.is_dir() else ()
        for folder in folders:
            if folder.name == self._worker_id or folder.name not in living:
                shutil.rmtree(folder, ignore_errors=True)

    @asynccontextmanager
    async def _cut(self, unit: LedgerRow) -> AsyncIterator[Cut]:
        model = find_model(unit.model)
        most = model.max_bytes if "upload" in model.audio_forms else largest_inline(model, _CUT)
        folder = self._cuts / self._worker_id
        out_path = folder / f"{unit.unit_id}.{_CUT}"
        try:
            async with at_hand(self._recordings, unit.source_uri) as path:
                await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
                rate = await asyncio.to_thread(cut_to_fit, path, unit.channel_id, out_path, max_bytes=most)
            yield Cut(out_path, rate)
        finally:
            out_path.unlink(missing_ok=True)

    async def _request(self, unit: LedgerRow, cut: Cut) -> GenerationRequest:
        model = find_model(unit.model)
        context = await asyncio.to_thread(self._ledger.context_of, unit)
        options = with_context(model.request, unit.parameters, context)
        return GenerationRequest(model, await self._audio(unit, cut), sample_rate=cut.sample_rate, **options)

    async def _audio(self, unit: LedgerRow, cut: Cut) -> str:
        """The cut as the model takes it: inline where it fits, else by way of the service's temporary storage."""
        model, size = find_model(unit.model), cut.path.stat().st_size
        if file_form(model, _CUT, size) == "base64":
            return data_uri(await asyncio.to_thread(cut.path.read_bytes), _CUT)
        object_name = f"qa-{unit.submission_id}-{secrets.token_hex(4)}-channel-{unit.channel_id}.{_CUT}"
        return await self._client.upload(cut.path, model=unit.model, object_name=object_name)

    async def _ask(self, unit: LedgerRow, request: GenerationRequest) -> None:
        claim = SendClaim(self._ledger, self._commits, unit.submission_id, worker_id=self._worker_id)
        call = asyncio.create_task(self._client.generate(request, before_send=claim))
        try:
            answer = await asyncio.shield(call)
        except asyncio.CancelledError:
            if claim.is_begun:
                await self._await_pending_answer(unit, call, claim)
            call.cancel()
            raise
        except AlreadyClaimed:
            return
        except AmbiguousSubmit:
            raise
        except DashScopeError:
            if claim.is_made:
                await self._policy.back_to_planned(unit.submission_id)
            raise
        await self._keep(unit, answer, claim)

    async def _await_pending_answer(
        self, unit: LedgerRow, call: asyncio.Task[GenerationAnswer], claim: SendClaim
    ) -> None:
        """The run is told to stop: an answer that comes soon is kept all the same."""
        done, _ = await asyncio.wait({call}, timeout=SHUTDOWN_WAIT_S)
        if done and not call.cancelled() and call.exception() is None:
            await self._keep(unit, call.result(), claim)

    async def _keep(self, unit: LedgerRow, answer: GenerationAnswer, claim: SendClaim) -> None:
        """The bytes go to the disk first, then the ledger says so; an answer that makes no sense was paid for too."""
        suffix = EVENT_STREAM_SUFFIX if looks_like_events(answer.raw) else ".json"
        stored = await asyncio.to_thread(
            self._raw_store.put, unit.model, unit.call_date, unit.submission_id, answer.raw, suffix=suffix
        )
        self._policy.reached()
        self._tally.sent.add(unit.unit_id)
        self._tally.task_seconds.append(self._ledger.clock() - claim.made_at)
        await self._note_answer(unit, stored, answer.billed_s, claim.made_at)

    async def _note_answer(self, unit: LedgerRow, stored: StoredJson, billed_s: float | None, asked_at: float) -> None:
        now = self._ledger.clock()
        billed = billed_s if billed_s is not None else float(billable_seconds(unit.audio_s))
        price = self._prices.of_unit(unit)

        def note(connection: Connection) -> None:
            self._ledger.move_in(
                connection,
                unit.submission_id,
                UnitState.FETCHED,
                raw_path=stored.path,
                raw_sha256=stored.sha256,
                submitted_at=asked_at,
                ended_at=now,
                fetched_at=now,
                code=None,
                message=None,
            )
            self._ledger.set_billed(connection, unit.submission_id, billed, price)

        await self._commits.run(note)

    async def _lost(self, unit: LedgerRow, why: str) -> None:
        message = f"It may have been answered and billed, and there is no task to look for: {why}"
        logger.warning("call %s: %s", unit.call_id, message)
        await self._commits.run(
            lambda connection: self._ledger.move_in(
                connection, unit.submission_id, UnitState.UNKNOWN, code=ANSWER_LOST, message=message
            )
        )
