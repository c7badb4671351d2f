"""Shows what a run's events say, as they come."""

import dagster as dg

from qa_pipeline.runs.progress import AGAIN, DONE, RunProgress
from qa_pipeline.runs.storage import WAITS
from qa_pipeline.warehouse.held import UNTIL_CLOSED

WAITING = (WAITS, UNTIL_CLOSED)
"""One of these stands in an event that says what the run waits for."""

STEP_ENDS = {"STEP_SUCCESS": DONE, "STEP_FAILURE": "failed", "STEP_UP_FOR_RETRY": AGAIN}


def show_event(progress: RunProgress, event: dg.DagsterEvent, said: tuple[str, ...] = WAITING) -> None:
    """Has the progress follow an event. Of Dagster's own engine those are shown that contain one of `said`."""
    step = event.step_key
    if event.event_type_value == "STEP_START" and step:
        progress.begin(step)
    elif event.is_step_materialization and event.asset_key is not None and step:
        progress.made(step, event.asset_key.to_user_string())
    elif event.event_type_value in STEP_ENDS and step:
        progress.end(step, STEP_ENDS[event.event_type_value])
    elif event.is_successful_output and step and event.step_output_data.mapping_key:
        progress.add_part(step)
    elif event.is_engine_event and any(words in (event.message or "") for words in said):
        progress.say(event.message or "")
