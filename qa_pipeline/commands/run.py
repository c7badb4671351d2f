"""`qa-pipeline run`: a range of days in one Dagster run, with live progress and a summary of what landed."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Mapping
from typing import Any

from qa_pipeline.commands.notices import print_unused_key
from qa_pipeline.commands.summary import print_drawn, print_landing, print_notes, print_open, print_run, print_summary
from qa_pipeline.dispatch.planning import Planner
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.service.local_process import local_service
from qa_pipeline.settings import Settings, load_pipeline_settings
from qa_pipeline.terminal import EXIT_INTERRUPTED, EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out, print_faults
from qa_pipeline.wording.figures import count


def run_command(days: DayRange) -> int:
    """Runs the range; returns 0, 1 when work remains or too much failed, 130 when interrupted."""
    settings = load_pipeline_settings()
    print_unused_key(settings)
    _require_partitions(settings, days)
    Planner(settings)  # settings that do not go together are named before anything is started
    with local_service(settings):
        return run_and_report(settings, days)


def run_and_report(settings: Settings, days: DayRange) -> int:
    """Runs the range against a service that is already there, and prints what landed."""
    gc.disable()  # what is imported stays, and looking through it again and again is a tenth of a short run
    from qa_pipeline.runs.launch import materialize

    if not gc.get_freeze_count():
        gc.freeze()
    gc.enable()
    outcome = materialize(settings, days)
    if outcome.left_running is not None:
        err.print(f"run {outcome.left_running[:8]} goes on by itself; Dagster's page shows it", style="yellow")
        return EXIT_INTERRUPTED
    if outcome.interrupted:
        err.print("interrupted; what was sent is in the ledger, run the same command again to resume", style="yellow")
        return EXIT_INTERRUPTED
    print_summary(settings, days)
    print_landing(settings, outcome.calls)
    print_notes(outcome.agents)
    print_notes(outcome.outcomes)
    print_drawn(outcome.sampling_draws)
    print_notes(outcome.sampling_draws)
    print_run(outcome.transcriptions)
    print_open(outcome.transcriptions)
    print_faults(outcome.problems)
    if outcome.problems:
        return EXIT_WORK_REMAINS
    out.print(f"[green]✓[/green] {_all_is_well(outcome.transcripts, days)}")
    return EXIT_OK


def _all_is_well(facts: Mapping[str, Any], days: DayRange) -> str:
    """The last line of a run without problems; `facts` is the metadata of asset `transcripts`."""
    failed = sum(facts.get("channels_failed_by_code", {}).values())
    if not failed:
        return f"every call from {days} is complete"
    return f"every call from {days} came to its end; {count(failed, 'channel')} failed, within max_failed_share"


def _require_partitions(settings: Settings, days: DayRange) -> None:
    """Raises CommandError where days have no partitions: before the first one, or after today."""
    today = dt.datetime.now(settings.tz).date()
    if days.first < settings.start_date:
        raise CommandError(
            f"--from {days.first} is before the first day, {settings.start_date}; set QA_START_DATE to {days.first} or "
            "earlier"
        )
    if days.last > today:
        raise CommandError(
            f"--to {days.last} is after today ({today} in {settings.timezone}); no calls can be there yet"
        )
