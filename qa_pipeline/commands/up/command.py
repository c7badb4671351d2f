"""`qa-pipeline up`: Dagster's UI and daemon, the dashboards and, without a key, the local service, under one Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import IO

from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.commands.notices import print_unused_key
from qa_pipeline.commands.up.programs import Row, make_dagster_instance, start_local_service, start_programs
from qa_pipeline.commands.up.run_launching import launching_runs, print_workers
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.processes.supervisor import Interrupted, ProgramFailed, Supervisor, stop_on_signals
from qa_pipeline.settings import Settings, load_pipeline_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out


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
            rows = start_local_service(settings, supervisor, stack)
            if settings.uses_workers:
                make_instance = partial(make_dagster_instance, settings, stop)
                stack.enter_context(launching_runs(settings, make_instance, stop=stop))
            else:
                make_dagster_instance(settings, stop)
            rows += start_programs(settings, supervisor)
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


def _await_ready(supervisor: Supervisor) -> None:
    with err.status("starting Dagster and the dashboards ..."):
        for name in supervisor.wait_ready():
            if not err.is_terminal:
                err.print(f"{name} is ready")


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
