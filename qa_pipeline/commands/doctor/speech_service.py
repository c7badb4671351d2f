"""What `qa-pipeline doctor` says of who recognizes speech: the paid service or the local one."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.commands.doctor.recognizer import recognizer_state
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.errors import AuthenticationFailed, DashScopeError
from qa_pipeline.dashscope.retry import ONCE
from qa_pipeline.dashscope.wire import Timeouts
from qa_pipeline.errors import UserError
from qa_pipeline.service.access import ServiceAccess, named_region, reach_service
from qa_pipeline.service.local_process import running_service
from qa_pipeline.settings import Settings
from qa_pipeline.sound.voice_network import why_not_told

IMPATIENT = Timeouts(connect_s=5.0, read_s=15.0, write_s=15.0, reply_s=20.0)


def key(settings: Settings) -> Iterator[Finding]:
    """Whether a key is set, of what kind; never the key itself."""
    if settings.api_key is None:
        level = Level.OK if settings.uses_local_service else Level.WARN
        yield Finding("key", level, "DASHSCOPE_API_KEY is not set: nothing is sent to the paid service")
        return
    key = settings.api_key.get_secret_value()
    if key.startswith("st-"):
        fix = "use the key that it was made with: a run takes longer"
        yield Finding("key", Level.WARN, "DASHSCOPE_API_KEY is a temporary key, valid for 30 minutes at most", fix)
        return
    length = len(key)
    try:
        region = named_region(settings)
    except UserError as error:
        yield Finding("key", Level.FAIL, str(error))
        return
    yield Finding("key", Level.OK, f"DASHSCOPE_API_KEY is set ({length} characters), for {region}")


def service(settings: Settings) -> Iterator[Finding]:
    """Whether the service answers, and takes the key."""
    if settings.uses_local_service:
        yield _own_local_service(settings)
        return
    try:
        access = reach_service(settings)
    except UserError as error:
        yield Finding("service", Level.FAIL, str(error))
        return
    yield _ask(access)


def _own_local_service(settings: Settings) -> Finding:
    running = running_service(settings.service_folder)
    if running is None:
        return Finding("service", Level.OK, "local, not running; commands start it when they need it")
    return Finding("service", Level.OK, f"local ({running.recognizer}) at {running.base_url}, process {running.pid}")


def _ask(access: ServiceAccess) -> Finding:
    """Lists the tasks of the last minute: the cheapest request that needs a good key. Asked once, without patience."""
    now = dt.datetime.now(dt.UTC)

    async def listing() -> int:
        async with DashScopeClient(
            access.endpoint,
            access.api_key,
            limits=access.limits,
            timeouts=IMPATIENT,
            retry=ONCE,
            workspace_id=access.workspace_id,
        ) as client:
            return len(await client.list_tasks(now - dt.timedelta(minutes=1), now))

    base_url = access.endpoint.base_url
    try:
        asyncio.run(listing())
    except AuthenticationFailed as error:
        fix = "the key is wrong or of another region: keys work in their own region only; check QA_REGION"
        return Finding("service", Level.FAIL, f"{base_url} refuses the key ({error.code})", fix)
    except DashScopeError as error:
        return Finding("service", Level.FAIL, f"{base_url}: {error}")
    except ValueError as error:  # the key itself cannot be sent; the message does not show it
        return Finding("service", Level.FAIL, str(error), "copy it again from the console")
    return Finding("service", Level.OK, f"{access.billing.engine} at {base_url} answers and takes the key")


def recognizer(settings: Settings) -> Iterator[Finding]:
    """Whether the local service can hear."""
    if settings.uses_local_service:
        state = recognizer_state(settings)
        yield Finding("recognizer", Level.OK if state.is_ready else Level.FAIL, state.detail, state.fix)


def voices(settings: Settings) -> Iterator[Finding]:
    """Whether mono recordings can be divided by voice, where they are to be."""
    if settings.on_mono == "diarize":
        problem = why_not_told(settings)
        text = (
            "voices of mono recordings can be told apart" if problem is None else f"on_mono is diarize, but {problem}"
        )
        fix = "" if problem is None else "mono recordings stay quarantined until then (docs/acoustics.md)"
        yield Finding("voices", Level.OK if problem is None else Level.FAIL, text, fix)
