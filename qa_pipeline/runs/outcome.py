"""How a run ended, read from its events, wherever its steps ran."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import dagster as dg


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended: `problems` is empty when every call of the range is complete.

    `calls`, `agents`, `outcomes`, `transcriptions`, `transcripts` and `sampling_draws` are the metadata of what was
    taken in, of the lists of people and of outcomes, of the asset that costs money, of what was read and of what was
    drawn to be evaluated, empty where they did not come to their end. `left_running` is the id of a run that goes on
    without its command.
    """

    problems: tuple[str, ...] = ()
    calls: dict[str, Any] = field(default_factory=dict)
    agents: dict[str, Any] = field(default_factory=dict)
    outcomes: dict[str, Any] = field(default_factory=dict)
    transcriptions: dict[str, Any] = field(default_factory=dict)
    transcripts: dict[str, Any] = field(default_factory=dict)
    sampling_draws: dict[str, Any] = field(default_factory=dict)
    interrupted: bool = False
    left_running: str | None = None


def outcome_of(events: Iterable[dg.DagsterEvent], earlier: Iterable[dg.DagsterEvent] = ()) -> RunOutcome:
    """What a run's events say; `earlier` are those of runs that it went on with."""
    last = list(events)
    every = [*earlier, *last]
    return RunOutcome(
        tuple(problems(last)),
        calls=_newest_metadata(every, "calls"),
        outcomes=_newest_metadata(every, "outcomes"),
        agents=_newest_metadata(every, "agents"),
        transcriptions=_newest_metadata(every, "transcriptions"),
        transcripts=_newest_metadata(every, "transcripts"),
        sampling_draws=_newest_metadata(every, "sampling_draws"),
    )


def problems(events: Iterable[dg.DagsterEvent]) -> list[str]:
    """The failed steps and checks of a run, each as a sentence; a step that was tried again counts by its last end."""
    found: dict[str, str] = {}
    for event in events:
        if event.is_step_failure:
            found[str(event.step_key)] = f"{event.step_key}: {_cause(event.step_failure_data)}"
        elif event.is_step_success or event.is_step_up_for_retry:
            found.pop(str(event.step_key), None)
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
                name = f"check {check.check_name} of {check.asset_key.to_user_string()}"
                facts = ", ".join(f"{key} {_short(value.value)}" for key, value in check.metadata.items())
                found[name] = f"{name} failed: {facts}"
    return list(found.values())


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


def _newest_metadata(events: Iterable[dg.DagsterEvent], asset: str) -> dict[str, Any]:
    """The newest metadata of an asset; a range logs the same for each of its days."""
    facts: dict[str, Any] = {}
    for event in events:
        if event.is_step_materialization and event.asset_key == dg.AssetKey(asset):
            metadata = event.step_materialization_data.materialization.metadata
            facts = {key: value.value for key, value in metadata.items()}
    return facts


def _short(value: Any) -> Any:
    """A share to three digits; anything else as it is."""
    return f"{value:.3g}" if isinstance(value, float) else value
