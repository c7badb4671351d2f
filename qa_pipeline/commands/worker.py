"""`qa-pipeline worker`: takes steps of runs on this machine until it is told to stop."""

from __future__ import annotations

from contextlib import ExitStack
from importlib.util import find_spec

from qa_pipeline.commands.notices import print_unused_key
from qa_pipeline.processes.cores import usable_cores
from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.service.local_process import local_service
from qa_pipeline.settings import Settings, load_pipeline_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err
from qa_pipeline.workers.queues import PAID, QUEUES, SOUND

INSTALL = 'pip install "qa-pipeline[scale]"'


def worker_command(queues: str | None, concurrency: int | None) -> int:
    """Runs a worker; returns 0 when it was told to stop.

    Raises:
        CommandError: the settings have no broker, or others than the programs that it would work with; the database
            or the broker does not answer; or the worker ended without being told to.
    """
    wanted = _queues(queues)
    settings = load_pipeline_settings()
    require_workers(settings)
    print_unused_key(settings)
    from qa_pipeline.workers.broker import look_for_broker, shown_broker
    from qa_pipeline.workers.joining import reach_database, refuse_differing
    from qa_pipeline.workers.worker import Worker, quiet_libraries

    reach_database(settings)
    look_for_broker(settings)
    prepare_dagster_home(settings)
    worker = Worker(settings, wanted, concurrency or usable_cores(), _say)
    try:
        worker.prepare()
    except RuntimeError as error:
        raise CommandError(f"Dagster's tables could not be opened: {error}", EXIT_WORK_REMAINS) from error
    refuse_differing(worker.program, worker.engine)
    quiet_libraries(_say)
    with ExitStack() as stack:
        if not {SOUND, PAID}.isdisjoint(wanted):  # parts that recognize are in the queue of sound
            # any free port: it is for this worker alone, and several may start on one machine
            stack.enter_context(local_service(settings.model_copy(update={"local_service_port": 0}), quiet=False))
        assert settings.broker_url is not None, "it was required"
        program = worker.program
        err.print(
            f"worker {program.name} (version {program.version}) takes steps from {', '.join(wanted)}, "
            f"{program.at_once} at a time, told by {shown_broker(settings.broker_url)}; Ctrl-C stops it",
            markup=False,
        )
        ended_as_told = worker.run()
    if not ended_as_told:
        raise CommandError(
            "the worker ended by a fault, which is said above; steps that wait are kept. Start it again",
            EXIT_WORK_REMAINS,
        )
    err.print("stopped")
    return EXIT_OK


def require_workers(settings: Settings) -> None:
    """Raises CommandError where the settings have no broker, or what it takes is not installed."""
    if not settings.uses_workers:
        raise CommandError(
            "there is no broker in the settings, so runs take their steps themselves; for workers set "
            "QA_OPERATIONS_URL, QA_LAKE, QA_RAW_BUCKET and QA_BROKER_URL on all machines (docs/scale.md)"
        )
    if find_spec("celery") is None or find_spec("dagster_postgres") is None:
        raise CommandError(f"QA_BROKER_URL is set, which needs more than is installed here: {INSTALL}")


def _queues(written: str | None) -> tuple[str, ...]:
    if written is None:
        return QUEUES
    named = tuple(dict.fromkeys(part.strip() for part in written.split(",") if part.strip()))
    unknown = [name for name in named if name not in QUEUES]
    if unknown or not named:
        raise CommandError(f"--queues: there are {', '.join(QUEUES)}, not {', '.join(unknown) or 'none'}")
    return named


def _say(line: str) -> None:
    err.print(line, markup=False)
