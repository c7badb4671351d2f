"""Launches the Dagster job in this process: the one command module that imports Dagster."""

import logging
import re
import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import dagster as dg
from dagster._core.events.log import EventLogEntry

from qa_pipeline.recordings.days import DayRange
from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.runs.progress import AGAIN, RunProgress
from qa_pipeline.runs.storage import WAITS, end_dead_runs
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.held import UNTIL_CLOSED

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
WAITING = (WAITS, UNTIL_CLOSED)
"""One of these stands in an event that says what the run waits for."""
STEP_ENDS = {"STEP_SUCCESS": "done", "STEP_FAILURE": "failed", "STEP_UP_FOR_RETRY": AGAIN}


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended: `problems` is empty when every call of the range is complete.

    `calls`, `transcriptions` and `transcripts` are the metadata of what was taken in, of the asset that costs money and
    of what was read, empty where they did not come to their end.
    """

    problems: tuple[str, ...] = ()
    calls: dict[str, Any] = field(default_factory=dict)
    transcriptions: dict[str, Any] = field(default_factory=dict)
    transcripts: dict[str, Any] = field(default_factory=dict)
    interrupted: bool = False


def materialize(settings: Settings, days: DayRange) -> RunOutcome:
    """One run of job `daily` over the days, on the instance of QA_HOME, with progress shown."""
    prepare_dagster_home(settings)
    from qa_pipeline.definitions import defs  # after DAGSTER_HOME is set, and only when a run is wanted

    logging.getLogger("qa_pipeline").setLevel(logging.ERROR)
    job = defs.resolve_job_def("daily")
    tags: dict[str, str] = {}
    partition_key = days.first.isoformat() if days.first == days.last else None
    if partition_key is None:
        tags |= {RANGE_START_TAG: days.first.isoformat(), RANGE_END_TAG: days.last.isoformat()}
    with dg.DagsterInstance.get() as instance:
        end_dead_runs(instance)
        try:
            with RunProgress(settings, days, [node.name for node in job.nodes]) as progress:
                run_id = str(uuid.uuid4())
                instance.add_event_listener(run_id, partial(_show_step, progress))
                result = job.execute_in_process(
                    run_id=run_id,
                    instance=instance,
                    partition_key=partition_key,
                    tags=tags,
                    run_config=QUIET,
                    raise_on_error=False,
                )
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
            return RunOutcome(interrupted=True)
    if _was_interrupted(result):
        return RunOutcome(interrupted=True)
    return RunOutcome(
        tuple(_problems(result)),
        calls=_newest_metadata(result, "calls"),
        transcriptions=_newest_metadata(result, "transcriptions"),
        transcripts=_newest_metadata(result, "transcripts"),
    )


def _show_step(progress: RunProgress, entry: EventLogEntry) -> None:
    event = entry.dagster_event
    if event is None:
        return
    if event.event_type_value == "STEP_START" and event.step_key:
        progress.begin(event.step_key)
    elif event.is_step_materialization and event.asset_key is not None:
        progress.made(event.asset_key.to_user_string())
    elif event.event_type_value in STEP_ENDS and event.step_key:
        progress.end(STEP_ENDS[event.event_type_value])
    elif event.is_engine_event and any(words in (event.message or "") for words in WAITING):
        progress.say(event.message or "")


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether Ctrl-C ended the run: Dagster hands an interruption on as the failure of the step it struck."""
    interruptions = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
    errors = (event.step_failure_data.error for event in result.all_events if event.is_step_failure)
    return any(error is not None and error.cls_name in interruptions for error in errors)


def _problems(result: dg.ExecuteInProcessResult) -> list[str]:
    """The failed steps and checks of a run, each as a sentence."""
    problems = []
    for event in result.all_events:
        if event.is_step_failure:
            problems.append(f"{event.step_key}: {_cause(event.step_failure_data)}")
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
                facts = ", ".join(f"{key} {_short(value.value)}" for key, value in check.metadata.items())
                problems.append(f"check {check.check_name} of {check.asset_key.to_user_string()} failed: {facts}")
    return problems


def _cause(failure: Any) -> str:
    """What the step said: the outermost error that is not Dagster's own, which names the service and what to do.

    What lies below it is added where it says more ("No space left on device").
    """
    if failure.user_failure_data is not None and failure.user_failure_data.description:
        return str(failure.user_failure_data.description)
    chain = []
    error = failure.error
    while error is not None:
        chain.append(error)
        error = error.cause
    ours = [error for error in chain if not (error.cls_name or "").startswith("Dagster")] or chain[-1:]
    if not ours:
        return "no reason given"
    said, reason = _message(ours[0]), _message(ours[-1])
    return said if reason in said else f"{said} ({reason})"


def _message(error: Any) -> str:
    """An error's own words, without the name of its class and without the statement that SQLAlchemy adds."""
    words, _, _ = str(error.message).partition("\n[SQL: ")
    name = str(error.cls_name)
    return re.sub(rf"^[\w.]*\b{re.escape(name)}(:\s|$)", "", words.strip()) or name


def _newest_metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """The newest metadata of an asset; a range logs the same for each of its days."""
    facts: dict[str, Any] = {}
    for event in result.all_events:
        if event.is_step_materialization and event.asset_key == dg.AssetKey(asset):
            metadata = event.step_materialization_data.materialization.metadata
            facts = {key: value.value for key, value in metadata.items()}
    return facts


def _short(value: Any) -> Any:
    """A share to three digits; anything else as it is."""
    return f"{value:.3g}" if isinstance(value, float) else value
