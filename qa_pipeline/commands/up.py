"""`qa-pipeline up`: Dagster's UI and daemon, the dashboards and, without a key, the local service, under one Ctrl-C."""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import httpx
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.commands.notices import print_unused_key
from qa_pipeline.commands.up_with_workers import launching_runs, print_workers
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.local_service.config import LOOPBACK, is_loopback_host
from qa_pipeline.local_service.errors import ConfigError
from qa_pipeline.local_service.users import start_lock
from qa_pipeline.local_service.weights.catalogue import WHISPER_MODEL
from qa_pipeline.processes.children import child_environment, last_lines
from qa_pipeline.processes.ports import BadHost, PortTaken, next_free_port
from qa_pipeline.processes.supervisor import Interrupted, Program, ProgramFailed, Supervisor, stop_on_signals
from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.service.local_process import local_service, running_service, service_command, service_config
from qa_pipeline.settings import Settings, find_config, load_pipeline_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out

PROJECT = Path(__file__).resolve().parents[2]
"""Where workspace.yaml, dashboards/ and .streamlit/ are."""

LOCAL_SERVICE, DAGSTER, DAEMON, DASHBOARDS = "local_service", "dagster", "dagster_daemon", "dashboards"
ASK_TIMEOUT_S = 5.0
NO_VARIABLES: Mapping[str, str] = {}
_INSTANCE_DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")

_STATE_OF_DAGSTER = """{
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
  workspaceOrError { ... on Workspace { locationEntries {
    name loadStatus locationOrLoadError { __typename ... on PythonError { message } }
  } } }
}"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table that `up` prints: a program, where it answers, what it is for."""

    name: str
    url: str
    purpose: str
    log_path: Path | None


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the two web programs listen."""

    host: str
    dagster: int
    dashboards_host: str
    dashboards: int

    @property
    def dagster_url(self) -> str:
        """The address to open."""
        return _url(self.host, self.dagster)

    @property
    def dashboards_url(self) -> str:
        """The address to open."""
        return _url(self.dashboards_host, self.dashboards)


def up_command() -> int:
    """Runs everything until it is told to stop (0) or one of the programs ends by itself (1).

    Raises:
        CommandError: it runs already for this QA_HOME, or something did not start or ended.
    """
    settings = load_pipeline_settings()
    print_unused_key(settings)
    with suppress(SQLAlchemyError):  # a server that is away is waited for by those who need it
        open_operations(settings.operations_database_url).dispose()  # says so here where the ledger was moved
    settings.home.mkdir(parents=True, exist_ok=True)
    with only_one(settings) as state_file, stop_on_signals() as stop, ExitStack() as stack:
        try:
            supervisor = stack.enter_context(Supervisor(stop))
            rows = _local_service(settings, supervisor, stack)
            if settings.uses_workers:
                make_instance = partial(_make_dagster_instance, settings, stop)
                stack.enter_context(launching_runs(settings, make_instance, stop=stop))
            else:
                _make_dagster_instance(settings, stop)
            rows += _programs(settings, supervisor)
            _await_ready(supervisor)
            _write_state(state_file, rows)
            _print_rows(rows)
            if settings.uses_workers:
                print_workers(settings)
            supervisor.watch()
        except Interrupted:
            pass
        except ProgramFailed as error:
            raise CommandError(f"{error}\nThe other programs were stopped.", EXIT_WORK_REMAINS) from error
        err.print("stopping ...", style="dim")
    out.print("stopped")
    return EXIT_OK


@contextmanager
def only_one(settings: Settings) -> Iterator[IO[str]]:
    """Holds this QA_HOME's `up` lock; yields the file that says what runs where.

    Raises:
        CommandError: another `up` holds it.
    """
    # "a+" because opening with "w" would empty the file of the one that runs
    with (settings.home / "up.json").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CommandError(_already(settings, file.read()), EXIT_WORK_REMAINS) from None
        yield file
        # the next one must not name programs that are gone
        file.truncate(0)


def reachable_host(host: str) -> str:
    """`host`, or this machine's loopback address where `host` means every address."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    if not address.is_unspecified:
        return str(address)
    return "::1" if address.version == 6 else LOOPBACK


def dashboards_host(settings: Settings) -> str:
    """Where the dashboards listen: on this machine alone as long as nothing says who somebody is."""
    is_open = settings.dashboard_access != "local" or is_loopback_host(settings.host)
    return settings.host if is_open else LOOPBACK


def _url(listens_on: str, port: int) -> str:
    """For a host that means every address, this machine's own."""
    host = reachable_host(listens_on)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _transcribes_by(settings: Settings) -> str:
    if settings.local_recognizer in ("auto", "reference"):
        hears = settings.local_recognizer == "auto" and (settings.whisper_folder / WHISPER_MODEL).is_file()
        return "reference transcripts" + (" and Whisper" if hears else "")
    return settings.local_recognizer


def _local_service(settings: Settings, supervisor: Supervisor, stack: ExitStack) -> list[Row]:
    """Starts the local service, or joins the one that runs; nothing where another service is set.

    It listens on loopback whatever `host` says: only the pipeline needs it. The start lock is held until it is
    ready, so that no other program starts one meanwhile.
    """
    if not settings.uses_local_service:
        return []
    purpose = f"transcribes: {_transcribes_by(settings)}, no key is set"
    with start_lock(settings.service_folder):
        if running_service(settings.service_folder) is None:
            program = _local_service_program(settings)
            supervisor.start(program)
            for _ in supervisor.wait_ready():
                pass
            running = running_service(settings.service_folder)
            assert running is not None, "it was ready"
            return [Row("local service", running.base_url, purpose, program.log_path)]
    joined = stack.enter_context(local_service(settings))
    assert joined is not None, "the settings name no other service"
    return [Row("local service", joined.base_url, f"{purpose} (was running already)", None)]


def _local_service_program(settings: Settings) -> Program:
    try:
        port = next_free_port(LOOPBACK, settings.local_service_port)
        config = service_config(settings, port=port)
    except (ConfigError, PortTaken) as error:
        raise CommandError(f"the local service cannot be started: {error}", EXIT_WORK_REMAINS) from error
    _say_other_port(LOCAL_SERVICE, settings.local_service_port, port)
    return _program(
        settings,
        LOCAL_SERVICE,
        service_command(config),
        is_ready=lambda: running_service(settings.service_folder) is not None,
    )


def _make_dagster_instance(settings: Settings, stop: threading.Event) -> None:
    """Makes the databases of a new DAGSTER_HOME before any program opens them.

    Left to themselves, webserver, daemon and code servers make them at the same time and get in each other's way
    (seen: "Version table 'alembic_version' has more than one head present").
    """
    home = prepare_dagster_home(settings)
    if not settings.uses_workers and all((home / path).is_file() for path in _INSTANCE_DATABASES):
        return
    log_path = settings.home / "logs" / f"{DAGSTER}.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("a", encoding="utf-8") as log:
        begins_at = log.tell()
        ended = subprocess.run(
            [sys.executable, "-m", "dagster", "instance", "info"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=child_environment(),
            check=False,
        )
    # Ctrl-C reaches the child too, so its status would be reported as a failure of Dagster
    if stop.is_set():
        raise Interrupted
    if ended.returncode != 0:
        reason = last_lines(log_path, begins_at, 1)
        raise CommandError(f"Dagster cannot use {home}: {reason} (log: {log_path})", EXIT_WORK_REMAINS)


def _programs(settings: Settings, supervisor: Supervisor) -> list[Row]:
    ports = _choose_ports(settings)
    workspace = str(_workspace(settings))
    dagster_url, dashboards_url = ports.dagster_url, ports.dashboards_url
    dagster = _program(
        settings,
        DAGSTER,
        ["-m", "dagster_webserver", "-h", ports.host, "-p", str(ports.dagster), "-w", workspace],
        is_ready=lambda: _has_loaded(_ask_dagster(dagster_url)),
    )
    daemon = _program(
        settings,
        DAEMON,
        ["-m", "dagster._daemon", "run", "-w", workspace],
        is_ready=lambda: _daemon_is_healthy(_ask_dagster(dagster_url)),
    )
    dashboards = _program(
        settings,
        DASHBOARDS,
        [
            *("-m", "streamlit", "run", str(PROJECT / "dashboards" / "app.py"), "--server.headless", "true"),
            *("--server.address", ports.dashboards_host, "--server.port", str(ports.dashboards)),
            *("--browser.serverAddress", reachable_host(ports.dashboards_host), "--browser.gatherUsageStats", "false"),
            *(("--secrets.files", str(settings.sign_in_file)) if settings.sign_in_file.is_file() else ()),
        ],
        is_ready=lambda: _answers(f"{dashboards_url}/_stcore/health"),
        # uvicorn would put the address that a proxy names in the place of the proxy's own, which is asked for
        variables={"FORWARDED_ALLOW_IPS": ""},
    )
    for program in (dagster, daemon, dashboards):
        supervisor.start(program)
    return [
        Row("dashboards", dashboards_url, "calls, transcripts, languages, emotions", dashboards.log_path),
        Row("Dagster", dagster_url, "runs, backfills, schedule, sensor", dagster.log_path),
        Row("Dagster daemon", "", "runs scheduled, sensed and backfilled jobs", daemon.log_path),
    ]


def _program(
    settings: Settings,
    name: str,
    arguments: Sequence[str],
    *,
    is_ready: Callable[[], bool],
    variables: Mapping[str, str] = NO_VARIABLES,
) -> Program:
    """A Python program with the settings of this one, wherever it is started from."""
    config = find_config()
    # unbuffered, so that the last lines before an end are in the log
    environment = child_environment() | {"QA_HOME": str(settings.home), "PYTHONUNBUFFERED": "1", **variables}
    if config.is_file():
        environment["QA_CONFIG"] = str(config)
    # the local service brings its interpreter, the others are modules of this one
    command = list(arguments) if arguments[0] == sys.executable else [sys.executable, *arguments]
    return Program(
        name=name,
        arguments=tuple(command),
        log_path=settings.home / "logs" / f"{name}.log",
        is_ready=is_ready,
        folder=PROJECT,
        environment=environment,
    )


def _choose_ports(settings: Settings) -> Ports:
    host = settings.host
    shown_on = dashboards_host(settings)
    if not is_loopback_host(host):
        kept = "" if shown_on == host else f"; the dashboards stay on {shown_on} until dashboard_access is set"
        err.print(f"QA_HOST is {host}: whoever reaches this machine can use Dagster{kept}", style="yellow")
    try:
        dagster = next_free_port(host, settings.dagster_port)
        # Dagster does not listen yet, so its port still looks free
        dashboards = next_free_port(shown_on, settings.dashboards_port, frozenset({dagster}))
    except BadHost as error:
        raise CommandError(f"QA_HOST: {error}") from error
    except PortTaken as error:
        raise CommandError(str(error), EXIT_WORK_REMAINS) from error
    _say_other_port(DAGSTER, settings.dagster_port, dagster)
    _say_other_port(DASHBOARDS, settings.dashboards_port, dashboards)
    return Ports(host, dagster, shown_on, dashboards)


def _say_other_port(name: str, wanted: int, port: int) -> None:
    # 0 asks for any port
    if wanted not in (0, port):
        err.print(f"{name}: port {wanted} is taken; using {port}", style="yellow")


def _workspace(settings: Settings) -> Path:
    for folder in (settings.project_root, PROJECT):
        if (folder / "workspace.yaml").is_file():
            return (folder / "workspace.yaml").absolute()
    raise CommandError(f"there is no workspace.yaml in {settings.project_root} or {PROJECT}; get it from the project")


def _await_ready(supervisor: Supervisor) -> None:
    with err.status("starting Dagster and the dashboards ..."):
        for name in supervisor.wait_ready():
            if not err.is_terminal:
                err.print(f"{name} is ready")


def _ask_dagster(url: str) -> dict[str, Any] | None:
    """What Dagster says of its daemon and code locations; None while it does not answer."""
    try:
        reply = httpx.post(f"{url}/graphql", json={"query": _STATE_OF_DAGSTER}, timeout=ASK_TIMEOUT_S, trust_env=False)
        data = reply.raise_for_status().json()["data"]
    except (httpx.HTTPError, ValueError, KeyError):
        return None
    return data if isinstance(data, dict) else None


def _has_loaded(state: dict[str, Any] | None) -> bool:
    """Whether every code location is loaded.

    Raises:
        ProgramFailed: one cannot be; the message is Dagster's.
    """
    entries = (state or {}).get("workspaceOrError", {}).get("locationEntries") or []
    for entry in entries:
        loaded = entry.get("locationOrLoadError") or {}
        if loaded.get("__typename") == "PythonError":
            raise ProgramFailed(f"Dagster cannot load {entry.get('name')}: {loaded.get('message', '').strip()}")
    # no entries: the workspace is still being read
    return bool(entries) and all(entry.get("loadStatus") == "LOADED" for entry in entries)


def _daemon_is_healthy(state: dict[str, Any] | None) -> bool:
    health = ((state or {}).get("instance") or {}).get("daemonHealth") or {}
    required = [status for status in health.get("allDaemonStatuses") or [] if status.get("required")]
    return bool(required) and all(status.get("healthy") for status in required)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=ASK_TIMEOUT_S, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _print_rows(rows: Sequence[Row]) -> None:
    name_width = max(len(row.name) for row in rows)
    url_width = max(len(row.url) for row in rows)
    for row in rows:
        out.print(Text.assemble((f"{row.name:<{name_width}}", "bold"), f"   {row.url:<{url_width}}   {row.purpose}"))
    logs = next(row.log_path.parent for row in rows if row.log_path)
    out.print(f"\nLogs are in {logs}. Ctrl-C stops everything.", markup=False)


def _write_state(file: IO[str], rows: Sequence[Row]) -> None:
    file.truncate(0)
    file.seek(0)
    json.dump({"pid": os.getpid(), "urls": {row.name: row.url for row in rows if row.url}}, file)
    file.flush()


def _already(settings: Settings, state: str) -> str:
    try:
        known = json.loads(state)
        where = ", ".join(f"{name} {url}" for name, url in known["urls"].items())
        return f"it is running already for {settings.home} (process {known['pid']}): {where}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"it is being started already for {settings.home}"
