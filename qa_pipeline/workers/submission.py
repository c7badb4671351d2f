"""`qa-pipeline run` where there are workers: puts a run into the queue and follows it by Dagster's event log.

The run is not this terminal's: it goes on when that is closed. Ctrl-C stops it, as it does on one machine; a second one
leaves it to itself.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.run_coordinator import SubmitRunContext
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.storage.tags import AUTO_RETRY_RUN_ID_TAG, WILL_RETRY_TAG
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from qa_pipeline.recordings.days import DayRange
from qa_pipeline.runs.event_progress import WAITING, show_event
from qa_pipeline.runs.outcome import RunOutcome, outcome_of
from qa_pipeline.runs.progress import RunProgress
from qa_pipeline.settings import Settings
from qa_pipeline.workers.register import RUNS, living
from qa_pipeline.workers.storage import shared_events

DEFINITIONS = "qa_pipeline.definitions"
LOCATION = "qa_pipeline"
"""As workspace.yaml calls it."""

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
LOOKS_EVERY_S = 0.5
SAYS_EVERY_S = 60.0
RETRIED_WITHIN_S = 120.0
EVENTS_AT_ONCE = 1000
SAID = (*WAITING, "The steps of this run wait", "no worker takes them")
"""Engine events that the user should see."""


def submit_and_follow(
    settings: Settings, days: DayRange, job: dg.JobDefinition, tags: dict[str, str], definitions: str = DEFINITIONS
) -> RunOutcome:
    """One run of the job, taken from the queue by the daemon of `qa-pipeline up`, to its end."""
    with (
        dg.DagsterInstance.get() as instance,
        RunProgress(settings, days, [node.name for node in job.nodes]) as progress,
    ):
        run = _submit(instance, job, tags, definitions)
        following = Following(instance, progress, run)
        try:
            return following.to_the_end()
        except KeyboardInterrupt:
            progress.say("stopping the run; once more leaves it to itself")
        try:
            following.stop()
            following.to_the_end()
        except KeyboardInterrupt:
            return RunOutcome(interrupted=True, left_running=following.run.run_id)
        return RunOutcome(interrupted=True)


@dataclass
class Following:
    """Follows a run, and those that Dagster launches in its place when it fails for want of a server."""

    instance: dg.DagsterInstance
    progress: RunProgress
    run: DagsterRun
    _cursor: str | None = None
    _events: list[dg.DagsterEvent] = field(default_factory=list)
    _earlier: list[dg.DagsterEvent] = field(default_factory=list)
    _said_at: float = field(default_factory=time.monotonic)

    def to_the_end(self) -> RunOutcome:
        """Shows what happens until nothing more will."""
        while True:
            run = self._load()
            for event in self._new_events():
                self._events.append(event)
                show_event(self.progress, event, SAID)
            if run.is_finished:
                again = self._next_run(run)
                if again is None:
                    return self._outcome(run)
                self.progress.say(f"run {run.run_id[:8]} failed and goes on as run {again.run_id[:8]}")
                self.run, self._cursor = again, None
                self._earlier, self._events = [*self._earlier, *self._events], []
            elif run.status in (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED):
                self._say_who_is_missing()
            time.sleep(LOOKS_EVERY_S)

    def stop(self) -> None:
        """Asks the run to stop; one in the queue is taken out of it."""
        self.instance.run_coordinator.cancel_run(self.run.run_id)

    def _load(self) -> DagsterRun:
        run = self.instance.get_run_by_id(self.run.run_id)
        assert run is not None, "nobody deletes a run while it is followed"
        return run

    def _new_events(self) -> Iterator[dg.DagsterEvent]:
        while True:
            found = self.instance.get_records_for_run(self.run.run_id, self._cursor, limit=EVENTS_AT_ONCE)
            self._cursor = found.cursor
            for record in found.records:
                if record.event_log_entry.dagster_event is not None:
                    yield record.event_log_entry.dagster_event
            if not found.has_more:
                return

    def _next_run(self, run: DagsterRun) -> DagsterRun | None:
        """The run that goes on with a failed one, where Dagster has said that there will be one."""
        if run.status is not dg.DagsterRunStatus.FAILURE or run.tags.get(WILL_RETRY_TAG) != "true":
            return None
        deadline = time.monotonic() + RETRIED_WITHIN_S
        while time.monotonic() < deadline:
            again = self._load().tags.get(AUTO_RETRY_RUN_ID_TAG)
            if again is not None:
                return self.instance.get_run_by_id(again)
            self._say_who_is_missing()
            time.sleep(LOOKS_EVERY_S)
        return None

    def _outcome(self, run: DagsterRun) -> RunOutcome:
        if run.status is dg.DagsterRunStatus.CANCELED:
            return RunOutcome(interrupted=True)
        outcome = outcome_of(self._events, self._earlier)
        if run.status is dg.DagsterRunStatus.FAILURE and not outcome.problems:
            said = [event.message for event in self._events if event.is_run_failure and event.message]
            reason = said[-1] if said else "Dagster gives no reason"
            return RunOutcome((f"run {run.run_id[:8]} failed: {reason}",))
        return outcome

    def _say_who_is_missing(self) -> None:
        if time.monotonic() - self._said_at < SAYS_EVERY_S / 4:
            return
        self._said_at = time.monotonic() + SAYS_EVERY_S * 3 / 4
        if not living(shared_events(self.instance).engine, RUNS):
            self.progress.say("nobody takes runs from the queue: start `qa-pipeline up` on one machine")


def _submit(instance: dg.DagsterInstance, job: dg.JobDefinition, tags: dict[str, str], definitions: str) -> DagsterRun:
    target = LoadableTargetOrigin(module_name=definitions)
    location = ManagedGrpcPythonEnvCodeLocationOrigin(target, LOCATION)
    repository = ReconstructableRepository(ModuleCodePointer(definitions, "defs", working_directory=None))
    run = instance.create_run_for_job(
        job,
        run_config=QUIET,
        tags=tags,
        remote_job_origin=RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job.name),
        job_code_origin=ReconstructableJob(repository, job.name).get_python_origin(),
    )
    # the daemon looks the job up in a workspace of its own
    return instance.run_coordinator.submit_run(SubmitRunContext(run, workspace=None))  # type: ignore[arg-type]
