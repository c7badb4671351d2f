"""Launches the Dagster job in this process: the one command module that imports Dagster."""

import logging
import uuid
from functools import partial

import dagster as dg
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.tags import PARTITION_NAME_TAG

from qa_pipeline.outbox.failed_runs import tell_of_failed_run
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.runs.event_progress import show_event
from qa_pipeline.runs.outcome import RunOutcome, outcome_of
from qa_pipeline.runs.progress import RunProgress
from qa_pipeline.runs.storage import end_dead_runs
from qa_pipeline.settings import Settings

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def materialize(settings: Settings, days: DayRange, *, job: str = "daily") -> RunOutcome:
    """One run of a job over the days, on the instance of QA_HOME, with progress shown."""
    prepare_dagster_home(settings)
    from qa_pipeline.definitions import defs  # after DAGSTER_HOME is set, and only when a run is wanted

    if settings.uses_workers:
        from qa_pipeline.workers.submission import submit_and_follow  # no such libraries on one machine

        return submit_and_follow(settings, days, defs.resolve_job_def(job), tags_of(days))
    logging.getLogger("qa_pipeline").setLevel(logging.ERROR)
    chosen = defs.resolve_job_def(job)
    partition_key = days.first.isoformat() if days.first == days.last else None
    with dg.DagsterInstance.get() as instance:
        end_dead_runs(instance)
        try:
            with RunProgress(settings, days, [node.name for node in chosen.nodes]) as progress:
                run_id = str(uuid.uuid4())
                instance.add_event_listener(run_id, partial(_show_step, progress))
                result = chosen.execute_in_process(
                    run_id=run_id,
                    instance=instance,
                    partition_key=partition_key,
                    tags={} if partition_key else tags_of(days),
                    run_config=QUIET,
                    raise_on_error=False,
                )
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
            return RunOutcome(interrupted=True)
    if _was_interrupted(result):
        return RunOutcome(interrupted=True)
    if not result.success:
        steps = [str(event.step_key) for event in result.all_events if event.is_step_failure]
        tell_of_failed_run(settings, run_id, job, [days.first, days.last], steps)
    return outcome_of(result.all_events)


def tags_of(days: DayRange) -> dict[str, str]:
    """The tags by which Dagster knows which partitions a run is for."""
    if days.first == days.last:
        return {PARTITION_NAME_TAG: days.first.isoformat()}
    return {RANGE_START_TAG: days.first.isoformat(), RANGE_END_TAG: days.last.isoformat()}


def _show_step(progress: RunProgress, entry: EventLogEntry) -> None:
    if entry.dagster_event is not None:
        show_event(progress, entry.dagster_event)


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether Ctrl-C ended the run: Dagster hands an interruption on as the failure of the step it struck."""
    interruptions = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
    errors = (event.step_failure_data.error for event in result.all_events if event.is_step_failure)
    return any(error is not None and error.cls_name in interruptions for error in errors)
