"""Takes one step, in a process of its own: it may start processes itself, and nothing of it is left when it ends.

The process says that it lives, so a claim lasts exactly as long as whoever works on it. One that was frozen, and whose
step has been given to another worker meanwhile, ends at its first look around, before it writes anything more.
"""

import os
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection
from typing import NoReturn

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository
from dagster._core.execution.plan.state import KnownExecutionState
from dagster._core.execution.retries import RetryMode
from dagster._core.storage.dagster_run import DagsterRun
from dagster._grpc.types import ExecuteStepArgs
from dagster._serdes import deserialize_value, pack_value
from dagster._utils.interrupts import capture_interrupts
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_task
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.workers.step_table import Claim, StepState, StepTable
from qa_pipeline.workers.storage import shared_events
from qa_pipeline.workers.tables import BEAT_EVERY_S, SILENT_AFTER_S

DEFINITIONS = "qa_pipeline.definitions"
STOPS_WITHIN_S = 120.0
"""A step that is told to stop may still bring home what it has paid for."""


def take_step(claim: Claim, worker_lives: Connection, definitions: str = DEFINITIONS) -> None:
    """The process's main function: runs the step of a claim to its end, good or bad.

    `worker_lives` ends when the worker does, and then the process ends too. `definitions` is the module with the
    job; it is this machine's own, whatever the run says.
    """
    os.setsid()  # Ctrl-C is the worker's to hear; and what this process starts ends with it
    threading.Thread(target=_end_with_worker, args=(worker_lives,), name="worker lives", daemon=True).start()
    with dg.DagsterInstance.get() as instance:
        events = shared_events(instance)
        holding = Holding(events.steps, claim)
        events.before_event = holding.make_sure
        threading.Thread(target=holding.keep, name="claim", daemon=True).start()
        try:
            with capture_interrupts():
                _run(instance, claim, definitions)
        except BaseException as error:
            traceback.print_exc()
            events.steps.lose(claim, f"{type(error).__name__}: {error}".splitlines()[0])
            os._exit(1)
        events.steps.end(claim)
    sys.stdout.flush()
    os._exit(0)  # threads that a library left must not keep the place


def make_instance() -> None:
    """Opens Dagster's storage, which makes the tables that are missing."""
    with dg.DagsterInstance.get():
        pass


class Holding:
    """Gives signs of life for a claim, and does what is asked of whoever has it."""

    def __init__(
        self,
        steps: StepTable,
        claim: Claim,
        *,
        beat_every_s: float = BEAT_EVERY_S,
        stops_within_s: float = STOPS_WITHIN_S,
    ) -> None:
        self._steps, self._claim = steps, claim
        self._beat_every_s, self._stops_within_s = beat_every_s, stops_within_s
        self._beat_at = _now()
        self._stopping_since: float | None = None

    def keep(self) -> None:
        """Goes on until the process ends."""
        while True:
            time.sleep(self._beat_every_s)
            try:
                self._beat()
            except SQLAlchemyError:
                continue  # the server is away for minutes: nobody can take the step from us meanwhile
            except Exception:
                traceback.print_exc()  # without this thread nobody would end the step, nor know that it lives

    def make_sure(self) -> None:
        """Ends the process where it was silent for so long that its step may be another worker's by now."""
        if _now() - self._beat_at > SILENT_AFTER_S / 2:
            self._beat()

    def _beat(self) -> None:
        asked_at = _now()
        state = self._steps.beat(self._claim)
        if state is None:
            end_group(f"{self._claim.step_key} was given to another worker while this one did not answer")
        self._beat_at = asked_at
        if state is StepState.STOPPING:
            self._stop()

    def _stop(self) -> None:
        if self._stopping_since is None:
            self._stopping_since = _now()
            os.kill(os.getpid(), signal.SIGINT)
        elif _now() - self._stopping_since > self._stops_within_s:
            reason = f"{self._claim.step_key} was told to stop and did not end within {self._stops_within_s:g} s"
            try:
                self._steps.lose(self._claim, reason)
            finally:
                end_group(reason)


def end_group(reason: str) -> NoReturn:
    """Ends this process at once with all that it has started; any thread may do so."""
    try:
        sys.stderr.write(f"{reason}\n")
        sys.stderr.flush()
    finally:
        os.killpg(0, signal.SIGKILL)
    raise AssertionError("SIGKILL cannot be survived")


def _end_with_worker(worker_lives: Connection) -> None:
    try:
        worker_lives.recv()
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)


def _run(instance: dg.DagsterInstance, claim: Claim, definitions: str) -> None:
    run = instance.get_run_by_id(claim.run_id)
    assert run is not None, f"run {claim.run_id} is not known here"
    arguments = ExecuteStepArgs(
        job_origin=_job(run, definitions).get_python_origin(),
        run_id=claim.run_id,
        step_keys_to_execute=[claim.step_key],
        instance_ref=instance.get_ref(),
        retry_mode=RetryMode.DEFERRED,
        known_state=deserialize_value(claim.known_state, KnownExecutionState),
        print_serialized_events=False,
    )
    task = create_task(make_app({"broker": "memory://"}))
    task.push_request(hostname=claim.worker)
    task.run(pack_value(arguments), _job(run, definitions).to_dict())


def _job(run: DagsterRun, definitions: str) -> ReconstructableJob:
    repository = ReconstructableRepository(ModuleCodePointer(definitions, "defs", working_directory=None))
    return ReconstructableJob(
        repository,
        run.job_name,
        op_selection=run.op_selection,
        asset_selection=run.asset_selection,
        asset_check_selection=run.asset_check_selection,
    )


def _now() -> float:
    """Seconds that go on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.time()
