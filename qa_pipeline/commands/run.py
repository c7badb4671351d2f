"""`qa-pipeline run`: a range of days in one Dagster run, with live progress and a summary of what landed."""

from __future__ import annotations

import datetime as dt

from qa_pipeline.commands.summary import print_landing, print_run, print_summary
from qa_pipeline.dispatch.planning import plan_calls
from qa_pipeline.service.local_process import local_service
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_WORK_REMAINS,
    CommandError,
    err,
    out,
)


def run_command(first: dt.date, last: dt.date | None) -> int:
    """Runs the range; returns 0, 1 when work remains or too much failed, 130 when interrupted."""
    settings = load_settings()
    last = last or first
    check_range(settings, first, last)
    plan_calls([], settings)  # settings that do not go together are named before anything is started
    with local_service(settings):
        return run_and_report(settings, first, last)


def run_and_report(settings: Settings, first: dt.date, last: dt.date) -> int:
    """Runs the range against a service that is already there, and prints what landed."""
    from qa_pipeline.runs.launch import materialize

    outcome = materialize(settings, first, last)
    if outcome.interrupted:
        err.print("interrupted; what was sent is in the ledger, run the same command again to go on", style="yellow")
        return EXIT_INTERRUPTED
    print_summary(settings, first, last)
    print_landing(settings, outcome.calls)
    print_run(outcome.transcriptions)
    for problem in outcome.problems:
        err.print(f"✗ {problem}", markup=False, style="red")
    if outcome.problems:
        return EXIT_WORK_REMAINS
    out.print(f"[green]✓[/green] every call from {first} to {last} came to its end")
    return EXIT_OK


def check_range(settings: Settings, first: dt.date, last: dt.date) -> None:
    """Refuses a range that has no partitions.

    Raises:
        CommandError: the end is before the start, before the first partition, or after today.
    """
    today = dt.datetime.now(settings.tz).date()
    if last < first:
        raise CommandError(f"--to {last} is before --from {first}; swap them")
    if first < settings.start_date:
        raise CommandError(
            f"--from {first} is before the first day, {settings.start_date}; set QA_START_DATE to {first} or earlier"
        )
    if last > today:
        raise CommandError(f"--to {last} is after today ({today} in {settings.timezone}); no calls can be there yet")
