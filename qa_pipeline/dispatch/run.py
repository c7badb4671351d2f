"""One call from wanted units to a report: service, client, poller and dispatcher put together."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.poller import SILENCE_S, PollSchedule, TaskPoller
from qa_pipeline.dispatch.audio_source import AudioSource, HttpSource, UploadSource
from qa_pipeline.dispatch.dispatcher import Dispatcher, DispatchOptions
from qa_pipeline.dispatch.importing import apart_from_imports, take_in
from qa_pipeline.dispatch.report import DispatchReport, Tally, report
from qa_pipeline.ledger.ledger import Ledger, WantedUnit
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.states import ANSWERED, FINAL
from qa_pipeline.service_access import engine_kind, reach_service
from qa_pipeline.settings import Settings, SettingsError

LONGEST_POLL_INTERVAL_S = 15.0
"""Between queries about a task that has been running for long."""

LOCAL_SILENCE_S = 30.0
"""A local service that answers nothing for so long has ended; no network is in between that could come back."""


async def dispatch(
    wanted: Sequence[WantedUnit],
    settings: Settings,
    ledger: Ledger,
    raw_store: RawStore,
    run_id: str | None = None,
) -> DispatchReport:
    """Brings `wanted` to its end. Where nothing is left to do, no service is needed and none is asked.

    Imports are taken in first: a day of nothing else needs no service at all.
    """
    asked, imports = apart_from_imports(wanted)
    taken = take_in(imports, ledger, raw_store)
    found = await _ask(asked, settings, ledger, raw_store, run_id)
    return found.with_imports(taken)


async def _ask(
    wanted: Sequence[WantedUnit], settings: Settings, ledger: Ledger, raw_store: RawStore, run_id: str | None
) -> DispatchReport:
    in_force = ledger.forecast(wanted, engine_kind(settings))
    rows = [row for row in in_force if row is not None and row.state in FINAL]
    if len(rows) == len(wanted):
        return report(rows, {row.unit_id for row in rows if row.state in ANSWERED}, Tally())
    access = reach_service(settings)
    async with access.client() as client:
        pace = settings.poll_interval_s
        schedule = PollSchedule(first_s=pace, interval_s=pace, max_interval_s=max(pace, LONGEST_POLL_INTERVAL_S))
        async with TaskPoller(
            client,
            schedule=schedule,
            queries_per_second=access.limits.queries_per_second,
            silence_s=LOCAL_SILENCE_S if access.endpoint.is_local else SILENCE_S,
        ) as poller:
            dispatcher = Dispatcher(
                client=client,
                poller=poller,
                ledger=ledger,
                raw_store=raw_store,
                source=audio_source(settings, client),
                billing=access.billing,
                options=_options(settings),
                cuts=settings.home / "cuts",
                run_id=run_id,
            )
            return await dispatcher.run(wanted)


def audio_source(settings: Settings, client: DashScopeClient) -> AudioSource:
    """Where the service shall get the audio from, by setting `audio_urls`."""
    if settings.audio_urls == "upload":
        return UploadSource(client)
    if not settings.audio_base_url:
        raise SettingsError(
            "QA_AUDIO_URLS is 'http', but QA_AUDIO_BASE_URL is not set: where are the recordings served?"
        )
    return HttpSource(settings.audio_base_url, settings.recordings)


def _options(settings: Settings) -> DispatchOptions:
    return DispatchOptions(
        together=settings.channels_per_task == "together",
        uploads_at_once=settings.concurrent_uploads,
        task_timeout_s=settings.task_timeout_s,
        reconcile_grace_s=settings.reconcile_grace_s,
        own_price_usd=settings.price_per_s_usd,
    )
