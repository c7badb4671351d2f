"""`qa-pipeline doctor`: is everything in place? One line a check, with the way out where it is not."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import difflib
import json
import os
import platform
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import av
import typer
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline import __version__
from qa_pipeline.commands.doctor.dashboards import access_findings
from qa_pipeline.commands.doctor.recognizer import recognizer_state
from qa_pipeline.commands.doctor.shared_ledger import shared_ledger_findings
from qa_pipeline.commands.summary import open_line
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.errors import AuthenticationFailed, DashScopeError
from qa_pipeline.dashscope.retry import ONCE
from qa_pipeline.dashscope.wire import Timeouts
from qa_pipeline.errors import UserError
from qa_pipeline.landing.discovery import ZoneOverview, overview
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.open_rows import open_channel
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.local_service.config import API_KEY_VARIABLE, OPENAI_KEY_VARIABLE
from qa_pipeline.local_service.recognizers.openai_requests import shown_address
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.faults import ObjectMissing, StorageError
from qa_pipeline.processes.ports import BadHost, is_free
from qa_pipeline.published.agent_channels import channel_groups
from qa_pipeline.published.snapshot import NothingPublished, Snapshot, UnreadableSnapshot, open_newest
from qa_pipeline.recordings.agent_channel_swaps import is_outdated, outdated, suspected_swaps
from qa_pipeline.recordings.landing_zone import LandingZoneMissing
from qa_pipeline.recordings.layout_presets import LAYOUTS
from qa_pipeline.recordings.layouts import fit_of, likely_layout
from qa_pipeline.recordings.notes import left_out_notes
from qa_pipeline.service.access import ServiceAccess, named_region, reach_service
from qa_pipeline.service.local_process import running_service
from qa_pipeline.settings import OFFICIAL_NAMES, Settings, changed_from_default, find_config, load_settings
from qa_pipeline.sound.voice_network import why_not_told
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, out
from qa_pipeline.warehouse.marks import changed_snapshots
from qa_pipeline.wording.agent_channels import advice, holding, still_former, swapped
from qa_pipeline.wording.figures import count

LEAST_FREE_BYTES = 2 * 1024**3
"""Below this a day of calls may not fit: raw JSON, warehouse and snapshots are copies of each other."""

IMPATIENT = Timeouts(connect_s=5.0, read_s=15.0, write_s=15.0, reply_s=20.0)
OTHER_VARIABLES = {"QA_CONFIG", API_KEY_VARIABLE, OPENAI_KEY_VARIABLE}
"""Variables that begin like settings and are none."""

STALE_AFTER = dt.timedelta(days=2)
VERSIONS = ("dagster", "duckdb", "pandas", "streamlit", "httpx", "av")


class Check(Protocol):
    """One thing looked at; its name is used where it cannot be."""

    __name__: str

    def __call__(self, settings: Settings, /) -> Iterator[Finding]:
        """What was found."""


class Level(StrEnum):
    """How a check came out; only `fail` stops the product."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `fix` is empty where nothing has to be done."""

    name: str
    level: Level
    detail: str
    fix: str = ""


def doctor_command(*, as_json: bool) -> int:
    """Runs all checks; 1 when one of them fails."""
    settings = load_settings()
    findings = [finding for check in CHECKS for finding in _run(check, settings)]
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            _print(finding)
    return EXIT_WORK_REMAINS if any(finding.level is Level.FAIL for finding in findings) else EXIT_OK


def _run(check: Check, settings: Settings) -> Iterator[Finding]:
    """A check that meets a file or folder it cannot use has found something; the others go on."""
    try:
        yield from check(settings)
    except OSError as error:
        yield Finding(check.__name__.strip("_").replace("_", " "), Level.FAIL, f"{error.filename}: {error.strerror}")


def _print(finding: Finding) -> None:
    mark = {Level.OK: "[green]ok  [/green]", Level.WARN: "[yellow]warn[/yellow]", Level.FAIL: "[red]FAIL[/red]"}
    out.print(f"{mark[finding.level]} [bold]{finding.name:<14}[/bold]", end="")
    out.print(finding.detail + (f" → {finding.fix}" if finding.fix else ""), markup=False)


def _versions(_settings: Settings) -> Iterator[Finding]:
    codec = ".".join(map(str, av.library_versions["libavcodec"]))
    found = {name: _version(name) for name in VERSIONS}
    packages = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    text = f"qa-pipeline {__version__}, Python {platform.python_version()}, {packages}, FFmpeg's libavcodec {codec}"
    yield Finding("versions", Level.OK, text)
    if missing := [name for name, number in found.items() if not number]:
        fix = "install what requirements.lock names (`make demo` does)"
        yield Finding("versions", Level.FAIL, f"not installed: {', '.join(missing)}", fix)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _settings_in_force(settings: Settings) -> Iterator[Finding]:
    config = find_config()
    where = str(config) if config.is_file() else f"no {config.name} at {config.parent}"
    sources = _sources(config)
    given = ", ".join(f"{key} = {_shown(settings, key)} ({source})" for key, source in sorted(sources.items()))
    yield Finding("settings", Level.OK, f"{where}; given: {given or 'nothing'}; the rest are defaults")
    known = {f"QA_{key.upper()}" for key in Settings.model_fields if key not in OFFICIAL_NAMES} | OTHER_VARIABLES
    for name in sorted(name for name in os.environ if name.startswith("QA_") and name.upper() not in known):
        like = difflib.get_close_matches(name.upper(), known, n=1)
        fix = f"did you mean {like[0]}?" if like else "docs/settings.md lists the settings; unset it"
        yield Finding("settings", Level.WARN, f"unknown setting {name}", fix)
    now = dt.datetime.now(settings.tz)
    yield Finding("time zone", Level.OK, f"{settings.timezone}: it is {now:%Y-%m-%d %H:%M} there")


def _sources(config: Path) -> dict[str, str]:
    """Setting's key → where its value comes from, for the settings that are given anywhere."""
    in_file = tomllib.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
    sources = dict.fromkeys(in_file, config.name)
    given = {name.upper() for name, value in os.environ.items() if value}
    for key in Settings.model_fields:
        variable = OFFICIAL_NAMES.get(key, f"QA_{key.upper()}")
        if variable in given:
            sources[key] = variable
    return sources


def _shown(settings: Settings, key: str) -> str:
    """A setting's value without what is secret in it."""
    value = getattr(settings, key)
    if isinstance(value, SecretStr):
        return "set, not shown"
    if key == "openai_base_url":
        return shown_address(value)
    if key == "operations_url":
        return make_url(value).render_as_string(hide_password=True)
    if key in ("acoustics", "metrics"):
        return ", ".join(f"{name} {threshold}" for name, threshold in changed_from_default(value).items())
    return ":".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _key(settings: Settings) -> Iterator[Finding]:
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


def _service(settings: Settings) -> Iterator[Finding]:
    if settings.uses_local_service:
        yield _own_local_service(settings)
        return
    try:
        access = reach_service(settings)
    except UserError as error:
        yield Finding("service", Level.FAIL, str(error))
        return
    yield _ask(access)


def _recognizer(settings: Settings) -> Iterator[Finding]:
    if settings.uses_local_service:
        state = recognizer_state(settings)
        yield Finding("recognizer", Level.OK if state.is_ready else Level.FAIL, state.detail, state.fix)


def _voices(settings: Settings) -> Iterator[Finding]:
    """Whether mono recordings can be divided by voice, where they are to be."""
    if settings.on_mono == "diarize":
        problem = why_not_told(settings)
        text = (
            "voices of mono recordings can be told apart" if problem is None else f"on_mono is diarize, but {problem}"
        )
        fix = "" if problem is None else "mono recordings stay quarantined until then (docs/acoustics.md)"
        yield Finding("voices", Level.OK if problem is None else Level.FAIL, text, fix)


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


def _folders(settings: Settings) -> Iterator[Finding]:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / f".doctor-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        fix = "make it writable or set QA_HOME to another folder"
        yield Finding("home", Level.FAIL, f"{settings.home} can't be written: {error.strerror}", fix)
        return
    yield Finding("home", Level.OK, f"{settings.home} is writable")
    free = shutil.disk_usage(settings.home).free
    text = f"{free / 1024**3:,.1f} GiB free at {settings.home}"
    if free < LEAST_FREE_BYTES:
        yield Finding("disk", Level.WARN, text, "free some, or move QA_HOME")
    else:
        yield Finding("disk", Level.OK, text)


def _landing_zone(settings: Settings) -> Iterator[Finding]:
    try:
        zone = overview(settings)
    except LandingZoneMissing as error:
        yield Finding("landing zone", Level.WARN, str(error))
        return
    except StorageError as error:
        yield Finding("landing zone", Level.FAIL, str(error))
        return
    text = f"{len(zone.recordings):,} recordings below {settings.recordings}"
    if settings.recordings == settings.demo_recordings:
        text += ", which are the demo's; set QA_RECORDINGS, or make the folder recordings, for your own"
    yield Finding("landing zone", Level.OK, text)
    yield from _layout(settings, zone)
    for folder in zone.unreadable_folders:
        fix = "correct its permissions" if settings.landing_folder else ""  # of a bucket the reason says it
        yield Finding("landing zone", Level.FAIL, f"{folder.relative_path} {folder.reason}", fix)
    hidden = [item for item in zone.ignored if item.is_hidden]
    for level, ignored in ((Level.WARN, [item for item in zone.ignored if not item.is_hidden]), (Level.OK, hidden)):
        for note in left_out_notes(ignored):
            yield Finding("landing zone", level, note)
    for note in zone.list_notes:
        yield Finding("call lists", Level.WARN, note)


def _layout(settings: Settings, zone: ZoneOverview) -> Iterator[Finding]:
    """Which layout applies, how many recordings are named as it says, and which aren't."""
    paths = zone.recordings
    if settings.landing_layout is None:
        if (likely := likely_layout(paths)) is not None:
            name, number = likely
            text = f"none is set; {number:,} of {len(paths):,} recordings are named as those of {LAYOUTS[name].title}"
            fix = f'landing_layout = "{name}" reads their names and knows the agent\'s channel (docs/layouts.md)'
            yield Finding("layout", Level.OK, text, fix)
        return
    fit = fit_of(settings.landing_layout, paths)
    if fit.problem:
        yield Finding("layout", Level.WARN, fit.problem)
        return
    known = zone.companions
    companions = f"; {count(known, 'file')} of the layout {'is no recording' if known == 1 else 'are no recordings'}"
    yield Finding("layout", Level.OK, fit.summary + (companions if known else ""))


def _audio_bucket(settings: Settings) -> Iterator[Finding]:
    """Asks for an object that is not there, and signs an address: no recording is sent anywhere."""
    url = settings.audio_bucket or settings.landing_bucket
    if settings.audio_urls != "presigned":
        return
    if url is None:
        fix = "set QA_AUDIO_BUCKET to where recordings are put for the time of their transcription"
        yield Finding("audio bucket", Level.FAIL, "QA_AUDIO_URLS is presigned, and no bucket is named", fix)
        return
    bucket = Bucket(url, settings.bucket_endpoint)
    try:
        bucket.sign(["qa-doctor"], settings.presigned_ttl_s)
        with contextlib.suppress(ObjectMissing):
            bucket.head("qa-doctor")
    except StorageError as error:
        yield Finding("audio bucket", Level.FAIL, str(error))
        return
    hours = settings.presigned_ttl_s / 3600
    yield Finding("audio bucket", Level.OK, f"{url} can be read; addresses at {bucket.host}, valid for {hours:g} h")
    if os.environ.get("AWS_SESSION_TOKEN") and url.scheme == "s3":
        fix = "use keys of a user, or make these live longer than the service's queue is"
        yield Finding("audio bucket", Level.WARN, "addresses are signed with temporary keys and die with them", fix)


def _ledger(settings: Settings) -> Iterator[Finding]:
    try:
        engine = open_operations(settings.operations_database_url)
        ledger = Ledger(engine)
        unknown, rows = len(ledger.in_states([UnitState.UNKNOWN])), ledger.open_rows()
        mode = _journal_mode(engine)
        shared = [
            Finding("shared ledger", Level(found.level), found.detail, found.fix)
            for found in shared_ledger_findings(settings, ledger)
        ]
        engine.dispose()
    except (SQLAlchemyError, ImportError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        fix = "check QA_OPERATIONS_URL, permissions and disk"
        yield Finding("ledger", Level.FAIL, f"it can't be opened: {reason}", fix)
        return
    if mode not in (None, "wal"):
        fix = "QA_HOME must be on a disk of this machine, not in a network folder"
        yield Finding("ledger", Level.FAIL, f"SQLite can't keep a write-ahead log there (it uses {mode})", fix)
    elif unknown:
        fix = "`qa-pipeline retry` shows them and asks"
        yield Finding("ledger", Level.WARN, f"{count(unknown, 'channel')} of unknown outcome", fix)
    else:
        yield Finding("ledger", Level.OK, "it can be opened; no channel of unknown outcome")
    yield from _open_channels(rows)
    yield from shared


def _open_channels(rows: Sequence[LedgerRow]) -> Iterator[Finding]:
    """Channels that are under way; the oldest one is named."""
    if not rows:
        return
    which, age, reason = open_line(open_channel(rows[0]))
    days = sorted({row.call_date for row in rows})
    text = f"{count(len(rows), 'channel')} not at the end, the oldest: {which}, {age}: {reason}"
    yield Finding("open channels", Level.WARN, text, f"`qa-pipeline run --from {days[0]} --to {days[-1]}` goes on")


def _journal_mode(engine: Engine) -> str | None:
    """How SQLite journals; None for another database."""
    if engine.dialect.name != "sqlite":
        return None
    with engine.connect() as connection:
        return str(connection.exec_driver_sql("pragma journal_mode").scalar())


def _snapshot(settings: Settings) -> Iterator[Finding]:
    try:
        with open_newest(settings.snapshot_path, settings.timezone) as snapshot:
            roles = list(_roles(snapshot, settings))
            [(calls, newest)] = snapshot.tuples("select count(*), cast(max(call_date) as varchar) from calls")
            published_at = dt.datetime.fromtimestamp(snapshot.path.stat().st_mtime, dt.UTC)
    except NothingPublished:
        fix = "`make demo` or `qa-pipeline run --from DAY` publishes one"
        yield Finding("snapshot", Level.WARN, f"nothing is published at {settings.snapshot_path}", fix)
        return
    except UnreadableSnapshot as error:
        yield Finding("snapshot", Level.FAIL, str(error), "run any day again to publish a new one")
        return
    age = dt.datetime.now(dt.UTC) - published_at
    text = f"{snapshot.path.name}: " + (f"{calls} calls, newest of {newest}" if calls else "no calls yet")
    if age > STALE_AFTER:
        yield Finding("snapshot", Level.WARN, f"{text}, published {age.days} days ago", "is the schedule on?")
    else:
        yield Finding("snapshot", Level.OK, text)
    if snapshot.held_by:
        fix = "close it there; people open snapshots read-only (`duckdb -readonly`)"
        held = f"{snapshot.path.name} is open for writing in {snapshot.held_by}, so readers copy it first"
        yield Finding("snapshot", Level.WARN, held, fix)
    yield from roles
    yield from _changed_snapshots(snapshot.path)


def _roles(snapshot: Snapshot, settings: Settings) -> Iterator[Finding]:
    """What says on which channel the agents are, and which setting of it looks wrong."""
    groups, rules = channel_groups(snapshot, settings), settings.agent_channel_rules
    if groups:
        yield Finding("agent channel", Level.OK, holding(groups))
    if (former := outdated(groups, rules)) is not None:
        yield Finding("agent channel", Level.WARN, still_former(former))
    for swap in suspected_swaps(group for group in groups if not is_outdated(group, rules)):
        lines = f":\n{swap.fix}" if swap.fix else ""
        yield Finding("agent channel", Level.WARN, swapped(swap), f"{advice(swap)}{lines}")


def _changed_snapshots(newest: Path) -> Iterator[Finding]:
    for changed in changed_snapshots(newest.parent):
        is_newest = changed == newest
        fix = (
            "run any day again: the next one is made without the change" if is_newest else "nothing reads it; delete it"
        )
        yield Finding("snapshot", Level.WARN, f"somebody has changed {changed.name} since it was published", fix)


def _dashboards(settings: Settings) -> Iterator[Finding]:
    for found in access_findings(settings):
        yield Finding("dashboards", Level(found.level), found.detail, found.fix)


def _ports(settings: Settings) -> Iterator[Finding]:
    ports = {"Dagster": settings.dagster_port, "dashboards": settings.dashboards_port}
    if settings.uses_local_service:
        ports["local service"] = settings.local_service_port
    fixed = {name: port for name, port in ports.items() if port}
    if not fixed:
        yield Finding("ports", Level.OK, "any that are free")
        return
    try:
        taken = [f"{name} {port}" for name, port in fixed.items() if not is_free(settings.host, port)]
    except BadHost as error:
        yield Finding("ports", Level.FAIL, str(error), "set QA_HOST to an address of this machine")
        return
    if taken:
        yield Finding("ports", Level.OK, f"in use: {', '.join(taken)} (`make up` takes the next free ones)")
    else:
        yield Finding("ports", Level.OK, ", ".join(f"{name} {port}" for name, port in fixed.items()) + " are free")


CHECKS: tuple[Check, ...] = (
    _versions,
    _settings_in_force,
    _key,
    _service,
    _recognizer,
    _folders,
    _landing_zone,
    _audio_bucket,
    _voices,
    _ledger,
    _snapshot,
    _dashboards,
    _ports,
)
