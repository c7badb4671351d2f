"""The programs that `up` starts, and what each of them is for."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.commands.up.addresses import (
    DAEMON,
    DAGSTER,
    DASHBOARDS,
    LOCAL_SERVICE,
    choose_ports,
    reachable_host,
    say_other_port,
)
from qa_pipeline.commands.up.readiness import answers, ask_dagster, daemon_is_healthy, has_loaded
from qa_pipeline.local_service.config import LOOPBACK
from qa_pipeline.local_service.errors import ConfigError
from qa_pipeline.local_service.users import start_lock
from qa_pipeline.local_service.weights.catalogue import WHISPER_MODEL
from qa_pipeline.processes.children import child_environment, last_lines
from qa_pipeline.processes.ports import PortTaken, next_free_port
from qa_pipeline.processes.supervisor import Interrupted, Program, Supervisor
from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.service.local_process import local_service, running_service, service_command, service_config
from qa_pipeline.settings import Settings, find_config
from qa_pipeline.terminal import EXIT_WORK_REMAINS, CommandError

PROJECT = Path(__file__).resolve().parents[3]
"""Where workspace.yaml, dashboards/ and .streamlit/ are."""

NO_VARIABLES: Mapping[str, str] = {}
_INSTANCE_DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table that `up` prints: a program, where it answers, what it is for."""

    name: str
    url: str
    purpose: str
    log_path: Path | None


def _transcribes_by(settings: Settings) -> str:
    if settings.local_recognizer in ("auto", "reference"):
        hears = settings.local_recognizer == "auto" and (settings.whisper_folder / WHISPER_MODEL).is_file()
        return "reference transcripts" + (" and Whisper" if hears else "")
    return settings.local_recognizer


def start_local_service(settings: Settings, supervisor: Supervisor, stack: ExitStack) -> list[Row]:
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
    say_other_port(LOCAL_SERVICE, settings.local_service_port, port)
    return _program(
        settings,
        LOCAL_SERVICE,
        service_command(config),
        is_ready=lambda: running_service(settings.service_folder) is not None,
    )


def make_dagster_instance(settings: Settings, stop: threading.Event) -> None:
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


def start_programs(settings: Settings, supervisor: Supervisor) -> list[Row]:
    ports = choose_ports(settings)
    workspace = str(_workspace(settings))
    dagster_url, dashboards_url = ports.dagster_url, ports.dashboards_url
    dagster = _program(
        settings,
        DAGSTER,
        ["-m", "dagster_webserver", "-h", ports.host, "-p", str(ports.dagster), "-w", workspace],
        is_ready=lambda: has_loaded(ask_dagster(dagster_url)),
    )
    daemon = _program(
        settings,
        DAEMON,
        ["-m", "dagster._daemon", "run", "-w", workspace],
        is_ready=lambda: daemon_is_healthy(ask_dagster(dagster_url)),
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
        is_ready=lambda: answers(f"{dashboards_url}/_stcore/health"),
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


def _workspace(settings: Settings) -> Path:
    for folder in (settings.project_root, PROJECT):
        if (folder / "workspace.yaml").is_file():
            return (folder / "workspace.yaml").absolute()
    raise CommandError(f"there is no workspace.yaml in {settings.project_root} or {PROJECT}; get it from the project")
