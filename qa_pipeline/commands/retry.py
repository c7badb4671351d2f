"""`qa-pipeline retry`: sends channels once more, after saying what it costs and asking.

Those that failed, whose outcome is unknown, or whose answer was paid for and cannot be read; with `--again` also those
that are answered well, for a new answer with the current glossary; with `--changed` only those that would be asked
otherwise now, because something else is known of their call.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

import typer
from rich.table import Table
from rich.text import Text

from qa_pipeline.commands.run import run_and_report
from qa_pipeline.dispatch.forecast import Outlook, expected_cost, held_notes
from qa_pipeline.dispatch.retrying import RETRIED, RetryChoice, asked_now, asked_otherwise, retriable
from qa_pipeline.ledger.ledger import Ledger, LedgerRow
from qa_pipeline.ledger.states import ANSWERED, UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.published.output import visible
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.service.access import engine_kind, price_region, reach_service
from qa_pipeline.service.local_process import local_service
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out
from qa_pipeline.wording.figures import count, money

SHOWN = 20


def retry_command(choice: RetryChoice, *, yes: bool) -> int:
    """Shows what would be sent again, asks, plans new attempts and runs the days they belong to.

    Raises:
        CommandError: good answers are to be asked for again, and neither days nor calls are named.
    """
    if choice.again and choice.days.first == dt.date.min and not choice.call_ids:
        raise CommandError("--again pays for answers that are there: name the days (--from) or calls (--call)")
    settings = load_settings()
    ledger = Ledger(open_operations(settings.operations_database_url))
    outlook = Outlook(settings, ledger)
    held = asked_otherwise(outlook, choice)
    rows = [] if choice.changed else retriable(ledger, engine_kind(settings), choice)
    waiting = {each.row.unit_id for each in held}
    chosen, left = asked_now(outlook, settings, [row for row in rows if row.unit_id not in waiting])
    for model, channels in sorted(left.items()):
        err.print(
            f"note: {count(channels, 'channel')} of {model} skipped: the current settings ask for something else "
            f"(QA_MODEL is {settings.model})",
            markup=False,
            style="yellow",
        )
    if not chosen and not held:
        out.print(
            "Nothing to retry: no matching channel would be asked otherwise now."
            if choice.changed
            else "Nothing to retry: no matching channel failed, is unknown or has an unreadable answer."
        )
        return EXIT_OK
    if chosen:
        _print_choice(settings, chosen)
    for note in held_notes(settings, held):
        out.print(note, markup=False)
    days_of = [unit.call_date for unit in chosen] + [each.item.call_date for each in held]
    ranges = consecutive(dt.date.fromisoformat(day) for day in days_of)
    _print_what_goes_along(outlook, ranges, {unit.unit_id for unit in chosen})
    if not yes and not typer.confirm("Send them again?", default=False):
        out.print("Nothing was sent.")
        return EXIT_WORK_REMAINS
    with local_service(settings):
        billing = reach_service(settings).billing
        ledger.plan_again([unit.unit_id for unit in chosen if unit.state in RETRIED], billing)
        ledger.plan_again([unit.unit_id for unit in chosen if unit.state in ANSWERED], billing, answered=True)
        together = settings.channels_per_task == "together"
        ledger.plan_changed([each.item for each in held], billing, together=together)
        return max(run_and_report(settings, days) for days in ranges)


def consecutive(days: Iterable[dt.date]) -> list[DayRange]:
    """The days as ranges without gaps: a run must not touch other days."""
    ranges: list[DayRange] = []
    for day in sorted(set(days)):
        if ranges and day - ranges[-1].last == dt.timedelta(days=1):
            ranges[-1] = DayRange(ranges[-1].first, day)
        else:
            ranges.append(DayRange(day, day))
    return ranges


def _print_what_goes_along(outlook: Outlook, ranges: Sequence[DayRange], chosen: Collection[str]) -> None:
    """Running the days again also sends what is new or still planned in them: the question must not hide that."""
    lines = [outlook.forecast(days, without=chosen).to_send for days in ranges]
    channels = sum(line.channels for line in lines)
    if channels:
        seconds, cost = sum(line.seconds for line in lines), sum(line.cost_usd for line in lines)
        out.print(
            f"The run of these days also sends {count(channels, 'channel', 'that was', 'that were')} not sent yet: "
            f"{seconds:,.0f} s, {money(cost)} at list price",
            style="yellow",
        )


def _print_choice(settings: Settings, chosen: Sequence[LedgerRow]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("day", "call", "channel", "state", "code", "message"):
        table.add_column(heading, overflow="fold")
    for unit in chosen[:SHOWN]:
        facts = (unit.call_date, unit.call_id, unit.channel_id, unit.state, unit.code, unit.message)
        table.add_row(*(Text(visible(str(fact or ""))) for fact in facts))
    out.print(table)
    if len(chosen) > SHOWN:
        out.print(f"… and {len(chosen) - SHOWN} more")
    region = price_region(settings)
    seconds, cost_usd = expected_cost(settings, [(unit.model, unit.audio_s) for unit in chosen])
    cost = "free on the local service" if region == "local" else f"{money(cost_usd)} at list price in {region}"
    out.print(f"{count(len(chosen), 'channel')}, {seconds:,} s: {cost}")
    unknown = sum(unit.state is UnitState.UNKNOWN for unit in chosen)
    if unknown:
        out.print(f"{unknown} of them may have been billed before: sending them again may pay twice", style="yellow")
    answered = sum(unit.state in ANSWERED for unit in chosen)
    if answered:
        out.print(f"{answered} of them were answered and paid for: sending them again pays again", style="yellow")
