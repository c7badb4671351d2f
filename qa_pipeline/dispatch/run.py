"""One call from wanted units to a report: service, client, poller and dispatcher put together."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.poller import SILENCE_S, UNKNOWN_PATIENCE_S, PollSchedule, TaskPoller
from qa_pipeline.dispatch.audio_source import AudioSource, HttpSource, PresignedSource, UploadSource
from qa_pipeline.dispatch.dispatcher import Dispatcher
from qa_pipeline.dispatch.importing import apart_from_imports, take_in
from qa_pipeline.dispatch.local_engines import one_listens, was_not_heard
from qa_pipeline.dispatch.report import DispatchReport, Tally, report
from qa_pipeline.dispatch.returned_recordings import returned
from qa_pipeline.dispatch.run_parts import DispatchOptions, RunParts
from qa_pipeline.landing.recording_files import RecordingFiles, recording_files
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import Billing, IllegalMove, LedgerRow, WorkItem
from qa_pipeline.ledger.states import ANSWERED, FINAL, UnitState
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.service.access import engine_kind, local_engines, reach_service
from qa_pipeline.settings import Settings, SettingsError

LONGEST_POLL_INTERVAL_S = 15.0
"""Between queries about a task that has been running for long."""

LOCAL_SILENCE_S = 30.0
"""A local service that answers nothing for so long has ended; no network is in between that could come back."""

FORGOTTEN_DAYS = 31
"""So many days before that limit are looked at by each run: a look that does not grow with the history."""

ASKING_S = 30.0
"""How long a person waits for what the service says of a task, before another one is offered."""

LOCAL_UNKNOWN_PATIENCE_S = 2.0
"""A local service is one process: what it does not know it has forgotten."""


async def dispatch(
    wanted: Sequence[WorkItem],
    settings: Settings,
    ledger: Ledger,
    raw_store: RawStore,
    run_id: str | None = None,
) -> DispatchReport:
    """Brings `wanted` to its end. Where nothing is left to do, no service is needed and none is asked.

    Imports are taken in first: a day of nothing else needs no service at all.
    """
    await asyncio.to_thread(raw_store.share_left)
    await asyncio.to_thread(_forget, ledger, settings.failed_attempts_kept_days)
    asked, imports = apart_from_imports(wanted)
    taken = await take_in(imports, ledger, raw_store)
    found = await _ask(asked, settings, ledger, raw_store, run_id)
    return found.attach_transcripts(taken)


def _forget(ledger: Ledger, kept_days: int) -> None:
    """Lets the ledger forget failures of a month that is long past; each run looks at no more."""
    last = dt.datetime.fromtimestamp(ledger.clock(), dt.UTC).date() - dt.timedelta(days=kept_days)
    ledger.forget_failed((last - dt.timedelta(days=FORGOTTEN_DAYS)).isoformat(), last.isoformat())


async def _ask(
    wanted: Sequence[WorkItem], settings: Settings, ledger: Ledger, raw_store: RawStore, run_id: str | None
) -> DispatchReport:
    in_force = ledger.forecast(wanted, engine_kind(settings))
    recordings = recording_files(settings)
    back = await returned(zip(wanted, in_force, strict=True), recordings, ledger)
    back |= await asyncio.to_thread(_heard_now, in_force, settings)
    rows = [row for row in in_force if row is not None and row.state in FINAL and row.unit_id not in back]
    if len(rows) == len(wanted):
        return report(rows, {row.unit_id for row in rows if row.state in ANSWERED}, Tally())
    async with _parts(settings, ledger, raw_store, recordings, run_id) as parts:
        found = await Dispatcher(parts).run(wanted, returned=back)
        if isinstance(parts.source, PresignedSource):
            await parts.source.sweep(partial(_ended, ledger, settings.presigned_ttl_s))
        return found


def _heard_now(rows: Sequence[LedgerRow | None], settings: Settings) -> set[str]:
    """The units that nothing here could hear, where something listens now."""
    unheard = {row.unit_id for row in rows if row is not None and was_not_heard(row)}
    return unheard if unheard and one_listens(local_engines(settings)) else set()


async def ask_again(rows: Sequence[LedgerRow], settings: Settings, ledger: Ledger, raw_store: RawStore) -> set[str]:
    """Asks the service about tasks that it may still know, and fetches what has succeeded. Nothing is sent or paid.

    `rows` have a task. Those of another account are passed over; those that were given up are `submitted` again.
    Returns the submissions that the service denies, or whose result did not come.
    """
    async with _parts(settings, ledger, raw_store, recording_files(settings), None, most_s=ASKING_S) as parts:
        asked = [row for row in rows if _is_of(parts.billing, row)]
        for submission_id in {row.submission_id for row in asked if row.state is UnitState.UNKNOWN}:
            with suppress(IllegalMove):  # another run has moved it on
                ledger.move(submission_id, UnitState.SUBMITTED)
        return await Dispatcher(parts).ask_again(ledger.get([row.unit_id for row in asked]))


def _is_of(billing: Billing, row: LedgerRow) -> bool:
    """Whether the account that is asked is the one that sent a row; local services have no others worth asking."""
    is_local = billing.engine_kind == "local"
    return row.engine_kind == billing.engine_kind and (is_local or row.account == billing.account)


@asynccontextmanager
async def _parts(
    settings: Settings,
    ledger: Ledger,
    raw_store: RawStore,
    recordings: RecordingFiles,
    run_id: str | None,
    *,
    most_s: float | None = None,
) -> AsyncIterator[RunParts]:
    """What one run works with; `most_s` is how long it waits for anything, where it does not wait as long as it may."""
    options = _options(settings)
    if most_s is not None:
        patience_s = min(most_s, options.open_task_patience_s)
        options = replace(options, task_timeout_s=most_s, open_task_patience_s=patience_s)
    access = reach_service(settings)
    pace = settings.poll_interval_s
    schedule = PollSchedule(first_s=pace, interval_s=pace, max_interval_s=max(pace, LONGEST_POLL_INTERVAL_S))
    is_local = access.billing.engine_kind == "local"
    async with (
        access.client() as client,
        TaskPoller(
            client,
            schedule=schedule,
            queries_per_second=access.limits.queries_per_second,
            silence_s=min(LOCAL_SILENCE_S if is_local else SILENCE_S, most_s or math.inf),
            unknown_patience_s=LOCAL_UNKNOWN_PATIENCE_S if is_local else UNKNOWN_PATIENCE_S,
        ) as poller,
    ):
        yield RunParts(
            client=client,
            poller=poller,
            ledger=ledger,
            raw_store=raw_store,
            recordings=recordings,
            source=audio_source(settings, client, recordings),
            billing=access.billing,
            options=options,
            cuts=settings.home / "cuts",
            run_id=run_id,
        )


def audio_source(settings: Settings, client: DashScopeClient, recordings: RecordingFiles) -> AudioSource:
    """Where the service gets the audio from, by the setting `audio_urls`.

    Raises:
        SettingsError: what the way needs is not set.
    """
    if settings.audio_urls == "upload":
        return UploadSource(client, recordings)
    if settings.audio_urls == "presigned":
        if settings.audio_bucket is None and settings.landing_bucket is None:
            raise SettingsError(
                "QA_AUDIO_URLS is 'presigned', but neither QA_RECORDINGS nor QA_AUDIO_BUCKET is a bucket: set "
                "QA_AUDIO_BUCKET to where recordings are put for the time of their transcription"
            )
        return PresignedSource(
            recordings,
            uploads=Bucket(settings.audio_bucket, settings.bucket_endpoint) if settings.audio_bucket else None,
            ttl_s=settings.presigned_ttl_s,
            keeps_uploads=settings.keep_bucket_audio,
        )
    if not settings.audio_base_url:
        raise SettingsError(
            "QA_AUDIO_URLS is 'http', but QA_AUDIO_BASE_URL is not set: where are the recordings served?"
        )
    return HttpSource(settings.audio_base_url, settings.recordings)


def _ended(ledger: Ledger, ttl_s: float, submission_ids: Iterable[str]) -> set[str]:
    """Which of these submissions nobody will read the audio of: all that have ended, or whose address is dead."""
    oldest = ledger.clock() - ttl_s
    rows = ledger.of_submissions(submission_ids)
    alive = {row.submission_id for row in rows if row.state not in FINAL and (row.sending_at or oldest) >= oldest}
    return {row.submission_id for row in rows} - alive


def _options(settings: Settings) -> DispatchOptions:
    return DispatchOptions(
        together=settings.channels_per_task == "together",
        uploads_at_once=settings.concurrent_uploads,
        task_timeout_s=settings.task_timeout_s,
        reconcile_grace_s=settings.reconcile_grace_s,
        open_task_patience_s=settings.open_task_patience_s,
        own_price_usd=settings.price_per_s_usd,
    )
