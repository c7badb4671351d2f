"""`qa-pipeline doctor`: is everything in place? One line a check, with the way out where it is not."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import version

import av
import duckdb
import typer
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline import __version__
from qa_pipeline.commands.terminal import EXIT_OK, EXIT_WORK_REMAINS, out
from qa_pipeline.dashscope.errors import AuthenticationFailed, DashScopeError
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ports import is_free
from qa_pipeline.recordings.landing_zone import LandingZoneMissing, scan
from qa_pipeline.service_access import (
    LocalServiceNote,
    ServiceAccess,
    ServiceUnavailable,
    local_health,
    reach_service,
)
from qa_pipeline.settings import Settings, find_config, load_settings
from qa_pipeline.warehouse.snapshots import current_snapshot

LEAST_FREE_BYTES = 2 * 1024**3
"""Below this a day of calls may not fit: raw JSON, warehouse and snapshots are copies of each other."""

STALE_AFTER = dt.timedelta(days=2)
VERSIONS = ("dagster", "duckdb", "pandas", "streamlit", "httpx", "av")


class Level(StrEnum):
    """How a check came out; only `fail` stops the product."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `way_out` is empty where nothing has to be done."""

    name: str
    level: Level
    detail: str
    way_out: str = ""


def doctor_command(*, as_json: bool) -> int:
    """Runs all checks; 1 when one of them fails."""
    settings = load_settings()
    findings = [finding for check in CHECKS for finding in check(settings)]
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            _print(finding)
    return EXIT_WORK_REMAINS if any(finding.level is Level.FAIL for finding in findings) else EXIT_OK


def _print(finding: Finding) -> None:
    mark = {Level.OK: "[green]ok  [/green]", Level.WARN: "[yellow]warn[/yellow]", Level.FAIL: "[red]FAIL[/red]"}
    out.print(f"{mark[finding.level]} [bold]{finding.name:<14}[/bold]", end="")
    out.print(finding.detail + (f" → {finding.way_out}" if finding.way_out else ""), markup=False)


def _versions(_settings: Settings) -> Iterator[Finding]:
    codec = ".".join(map(str, av.library_versions["libavcodec"]))
    packages = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    text = f"qa-pipeline {__version__}, Python {platform.python_version()}, {packages} (libavcodec {codec})"
    yield Finding("versions", Level.OK, text)


def _settings_in_force(settings: Settings) -> Iterator[Finding]:
    config = find_config()
    where = str(config) if config.is_file() else f"no {config.name} at {config.parent}, defaults"
    given = sorted(name for name in os.environ if name.startswith("QA_") and name != "QA_CONFIG")
    environment = f"; environment: {', '.join(given)}" if given else ""
    text = f"{where}{environment}; model {settings.model}, region {settings.region}, home {settings.home}"
    yield Finding("settings", Level.OK, text)
    now = dt.datetime.now(settings.tz)
    yield Finding("time zone", Level.OK, f"{settings.timezone}: it is {now:%Y-%m-%d %H:%M} there")


def _key(settings: Settings) -> Iterator[Finding]:
    if settings.api_key is None:
        level = Level.OK if settings.uses_local_service else Level.WARN
        yield Finding("key", level, "DASHSCOPE_API_KEY is not set: nothing is sent to the paid service")
        return
    length = len(settings.api_key.get_secret_value())
    yield Finding("key", Level.OK, f"DASHSCOPE_API_KEY is set ({length} characters), for {settings.region}")


def _service(settings: Settings) -> Iterator[Finding]:
    if settings.uses_local_service:
        yield _own_local_service(settings)
        return
    try:
        access = reach_service(settings)
    except (ServiceUnavailable, ValueError) as error:
        yield Finding("service", Level.FAIL, str(error))
        return
    yield _ask(access)


def _own_local_service(settings: Settings) -> Finding:
    note = LocalServiceNote.read(settings.home)
    if note is None:
        return Finding("service", Level.OK, "local, not running; commands start it when they need it")
    try:
        local_health(note.base_url)
    except ServiceUnavailable:
        return Finding("service", Level.OK, "local, not running; commands start it when they need it")
    return Finding("service", Level.OK, f"local ({note.recognizer}) at {note.base_url}")


def _ask(access: ServiceAccess) -> Finding:
    """Lists the tasks of the last minute: the cheapest request that needs a good key."""
    now = dt.datetime.now(dt.UTC)

    async def listing() -> int:
        async with access.client() as client:
            return len(await client.list_tasks(now - dt.timedelta(minutes=1), now))

    base_url = access.endpoint.base_url
    try:
        asyncio.run(listing())
    except AuthenticationFailed as error:
        way_out = "the key is wrong or of another region: keys work in their own region only; check QA_REGION"
        return Finding("service", Level.FAIL, f"{base_url} refuses the key ({error.code})", way_out)
    except DashScopeError as error:
        return Finding("service", Level.FAIL, f"{base_url}: {error}", "check network, proxy and base URL")
    return Finding("service", Level.OK, f"{access.billing.engine} at {base_url} answers and takes the key")


def _folders(settings: Settings) -> Iterator[Finding]:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / f".doctor-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        way_out = "make it writable or set QA_HOME to another folder"
        yield Finding("home", Level.FAIL, f"{settings.home} can't be written: {error.strerror}", way_out)
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
        zone = scan(settings.recordings)
    except LandingZoneMissing as error:
        yield Finding("landing zone", Level.WARN, str(error))
        return
    yield Finding("landing zone", Level.OK, f"{len(zone.files):,} recordings below {settings.recordings}")
    for folder in zone.unreadable_folders:
        way_out = "correct its permissions"
        yield Finding("landing zone", Level.FAIL, f"{folder.relative_path} {folder.reason}", way_out)


def _ledger(settings: Settings) -> Iterator[Finding]:
    try:
        counts = Ledger(open_operations(settings.operations_database_url)).counts()
    except (SQLAlchemyError, OSError) as error:
        way_out = "check QA_OPERATIONS_URL, permissions and disk"
        yield Finding("ledger", Level.FAIL, f"it can't be opened: {error}", way_out)
        return
    total, unknown = sum(counts.values()), counts.get(UnitState.UNKNOWN, 0)
    if unknown:
        way_out = "`qa-pipeline retry` shows them and asks"
        yield Finding("ledger", Level.WARN, f"{total} channels, {unknown} of unknown outcome", way_out)
    else:
        yield Finding("ledger", Level.OK, f"{total} channels, none of unknown outcome")


def _snapshot(settings: Settings) -> Iterator[Finding]:
    path = current_snapshot(settings.snapshot_path)
    if path is None:
        way_out = "`make demo` or `qa-pipeline run --from DAY` publishes one"
        yield Finding("snapshot", Level.WARN, f"nothing is published at {settings.snapshot_path}", way_out)
        return
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.execute("select count(*), max(call_date)::varchar from calls").fetchone()
    except duckdb.Error as error:
        yield Finding("snapshot", Level.FAIL, f"{path} can't be read: {error}", "run any day again to publish anew")
        return
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    text = f"{path.name}: {row[0] if row else 0} calls, newest of {row[1] if row else None}"
    if age > STALE_AFTER:
        yield Finding("snapshot", Level.WARN, f"{text}, published {age.days} days ago", "is the schedule on?")
    else:
        yield Finding("snapshot", Level.OK, text)


def _ports(settings: Settings) -> Iterator[Finding]:
    ports = {"Dagster": settings.dagster_port, "dashboards": settings.dashboards_port}
    taken = [f"{name} {port}" for name, port in ports.items() if port and not is_free(settings.host, port)]
    if taken:
        yield Finding("ports", Level.OK, f"in use: {', '.join(taken)} (`make up` takes the next free ones)")
    else:
        yield Finding("ports", Level.OK, ", ".join(f"{name} {port}" for name, port in ports.items()) + " are free")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _versions,
    _settings_in_force,
    _key,
    _service,
    _folders,
    _landing_zone,
    _ledger,
    _snapshot,
    _ports,
)
