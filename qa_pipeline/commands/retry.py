"""`qa-pipeline retry`: sends failed or unknown channels once more, after saying what it costs and asking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import typer
from rich.table import Table
from rich.text import Text

from qa_pipeline.commands.answers import visible
from qa_pipeline.commands.cost import forecast
from qa_pipeline.commands.run import run_and_report
from qa_pipeline.commands.terminal import EXIT_OK, EXIT_WORK_REMAINS, out
from qa_pipeline.ledger.ledger import Ledger, Unit, row_in_force
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.local_service_process import local_service
from qa_pipeline.service_access import engine_kind, price_region, reach_service
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.transcription.cost import billable_seconds, price_usd

RETRIED = frozenset({UnitState.FAILED, UnitState.UNKNOWN})
SHOWN = 20


def retry_command(first: dt.date | None, last: dt.date | None, call_ids: Sequence[str], *, yes: bool) -> int:
    """Shows what would be sent again, asks, plans new attempts and runs the days they belong to."""
    settings = load_settings()
    ledger = Ledger(open_operations(settings.operations_database_url))
    chosen = retriable(ledger, engine_kind(settings), first, last, call_ids)
    if not chosen:
        out.print("Nothing to retry: no channel of that choice has failed or is unknown.")
        return EXIT_OK
    _print_choice(settings, chosen)
    ranges = consecutive(dt.date.fromisoformat(unit.call_date) for unit in chosen)
    _print_what_goes_along(settings, ranges)
    if not yes and not typer.confirm("Send them again?", default=False):
        out.print("Nothing was sent.")
        return EXIT_WORK_REMAINS
    with local_service(settings):
        ledger.plan_again([unit.unit_id for unit in chosen], reach_service(settings).billing)
        return max(run_and_report(settings, begin, end) for begin, end in ranges)


def consecutive(days: Iterable[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """The days as ranges (first and last, both included) without gaps: a run must not touch days nobody named."""
    ranges: list[tuple[dt.date, dt.date]] = []
    for day in sorted(set(days)):
        if ranges and day - ranges[-1][1] == dt.timedelta(days=1):
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return ranges


def retriable(
    ledger: Ledger, kind: str, first: dt.date | None, last: dt.date | None, call_ids: Sequence[str]
) -> list[Unit]:
    """The rows in force that failed or are unknown, of the range and calls chosen (none chosen: all)."""
    chosen = []
    for unit in ledger.in_states(RETRIED):
        day = dt.date.fromisoformat(unit.call_date)
        in_range = (first is None or day >= first) and (last is None or day <= last)
        if in_range and (not call_ids or unit.call_id in call_ids):
            chosen.append(unit)
    attempts: dict[object, list[Unit]] = {}
    for unit in ledger.of_recordings({unit.recording_id for unit in chosen}):
        attempts.setdefault(unit.key, []).append(unit)
    in_force = {
        row.unit_id
        for rows in attempts.values()
        if (row := row_in_force(sorted(rows, key=lambda item: item.attempt), kind)) is not None
    }
    return [unit for unit in chosen if unit.unit_id in in_force]


def _print_what_goes_along(settings: Settings, ranges: Sequence[tuple[dt.date, dt.date]]) -> None:
    """Running the days again also sends what is new or still planned in them: the question must not hide that."""
    lines = [forecast(settings, first, last).to_send for first, last in ranges]
    channels = sum(line.channels for line in lines)
    if channels:
        seconds, cost = sum(line.seconds for line in lines), sum(line.cost_usd for line in lines)
        out.print(
            f"The run of these days also sends {channels} channels that were not sent yet: {seconds:,.0f} s, "
            f"US$ {cost:,.4f} at list price",
            style="yellow",
        )


def _print_choice(settings: Settings, chosen: Sequence[Unit]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("day", "call", "channel", "state", "code", "message"):
        table.add_column(heading, overflow="fold")
    for unit in chosen[:SHOWN]:
        facts = (unit.call_date, unit.call_id, unit.channel_id, unit.state, unit.code, unit.message)
        table.add_row(*(Text(visible(str(fact or ""))) for fact in facts))
    out.print(table)
    if len(chosen) > SHOWN:
        out.print(f"… and {len(chosen) - SHOWN} more")
    seconds = sum(billable_seconds(unit.audio_s) for unit in chosen)
    region = price_region(settings)
    cost = "free on the local service"
    if region != "local":
        cost = f"US$ {price_usd(seconds, settings.recognition_model, region):,.4f} at list price in {region}"
    out.print(f"{len(chosen)} channels, {seconds:,} s: {cost}")
    unknown = sum(unit.state is UnitState.UNKNOWN for unit in chosen)
    if unknown:
        out.print(f"{unknown} of them may have been billed before: sending them again may pay twice", style="yellow")
