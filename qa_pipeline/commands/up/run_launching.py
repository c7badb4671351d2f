"""What `up` does besides, where workers take the steps of runs: it is the one program that launches them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from qa_pipeline.commands.worker import require_workers
from qa_pipeline.settings import Settings
from qa_pipeline.terminal import EXIT_WORK_REMAINS, CommandError, err
from qa_pipeline.wording.figures import count

WAITS_FOR_ANOTHER_S = 40.0
"""One that was killed is seen as gone half a minute later."""

NAME = "up"


@contextmanager
def launching_runs(settings: Settings, make_instance: Callable[[], None], *, stop: threading.Event) -> Iterator[None]:
    """Sees to it that database and broker answer and no other `up` launches runs, and is known as the one that does.

    `make_instance` makes Dagster's tables. `stop` is set when somebody asks for the end; and here, where another `up`
    has taken over from this one, which did not answer for a while.

    Raises:
        CommandError: another one does already, or has taken over.
        UserError: the database or the broker does not answer.
    """
    require_workers(settings)
    from qa_pipeline.workers.broker import look_for_broker
    from qa_pipeline.workers.joining import reach_database
    from qa_pipeline.workers.register import RUNS, living, registered, this_program
    from qa_pipeline.workers.tables import are_made, open_tables

    reach_database(settings)
    look_for_broker(settings)
    engine = open_tables(settings)
    if not are_made(engine):
        make_instance()
    _wait_for_another(engine, stop.is_set)
    replaced = threading.Event()

    def give_way() -> None:
        replaced.set()
        stop.set()

    with registered(engine, this_program(settings, RUNS, NAME), give_way):
        yield
    if replaced.is_set():
        who = "".join(f" on {other.host} (process {other.pid})" for other in living(engine, RUNS))
        raise CommandError(
            f"another `qa-pipeline up`{who} launches the runs of this database by now, so this one has stopped; one "
            "does, for all machines. It happens where this one stood still or was cut off for half a minute",
            EXIT_WORK_REMAINS,
        )


def print_workers(settings: Settings) -> None:
    """Says who takes the steps, or that somebody has to."""
    from qa_pipeline.workers.register import WORKER, living
    from qa_pipeline.workers.tables import open_tables

    engine = open_tables(settings)
    there = living(engine, WORKER)
    engine.dispose()
    if there:
        hosts = ", ".join(sorted({worker.host for worker in there}))
        err.print(f"{count(len(there), 'worker')} on {hosts} will take the steps of runs.", markup=False)
    else:
        err.print("Runs wait for workers: start `qa-pipeline worker` on this machine or others.", style="yellow")


def _wait_for_another(engine: Engine, stops: Callable[[], bool]) -> None:
    from qa_pipeline.workers.register import RUNS, living

    deadline = time.monotonic() + WAITS_FOR_ANOTHER_S
    is_said = False
    while there := living(engine, RUNS):
        who = f"`qa-pipeline up` on {there[0].host} (process {there[0].pid})"
        if time.monotonic() > deadline:
            raise CommandError(
                f"{who} launches the runs of this database already; one does, for all machines", EXIT_WORK_REMAINS
            )
        if not is_said:
            err.print(f"{who} launches runs already; waiting whether it lives ...", markup=False, style="yellow")
            is_said = True
        if stops():
            return
        time.sleep(1.0)
