"""`qa-pipeline retry`: sends channels once more, after saying what it costs and asking.

The service is asked first about tasks that it may still know, and answers are read first that may be readable by now:
nobody pays again for what can be had. What is offered are channels that failed, whose outcome is unknown, or whose
answer was paid for and cannot be read; with `--again` also those that are answered well, for a new answer with the
current glossary; with `--changed` only those that would be asked otherwise now, because something else is known of
their call.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

import typer
from rich.table import Table
from rich.text import Text

from qa_pipeline.commands.notices import print_unused_key
from qa_pipeline.commands.run import run_and_report
from qa_pipeline.dispatch.forecast import Outlook, expected_cost, held_notes
from qa_pipeline.dispatch.retrying import (
    RETRIED,
    RetryChoice,
    asked_now,
    asked_otherwise,
    heard_otherwise,
    known_to_the_service,
    readable,
    retriable,
)
from qa_pipeline.dispatch.run import ask_again
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import IllegalMove, LedgerRow
from qa_pipeline.ledger.states import ANSWERED, TAKEN, UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.published.output import visible
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.service.access import engine_kind, local_engines, price_region, reach_service
from qa_pipeline.service.local_process import local_service
from qa_pipeline.service.raw_documents import raw_store as raw_store_of
from qa_pipeline.settings import Settings, load_pipeline_settings
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
    settings = load_pipeline_settings()
    print_unused_key(settings)
    ledger = Ledger(open_operations(settings.operations_database_url))
    raw_store = raw_store_of(settings)
    outlook = Outlook(settings, ledger)
    held = asked_otherwise(outlook, choice)
    landed: list[LedgerRow] = []
    if choice.changed:
        rows = _heard_otherwise(settings, ledger, choice)
    else:
        landed, rows = _what_is_left(settings, ledger, raw_store, choice)
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
        if landed:
            return _land(settings, outlook, landed, yes=yes)
        out.print(
            "Nothing to retry: no matching channel would be asked otherwise now."
            if choice.changed
            else "Nothing to retry: no matching channel failed, is unknown or has an unreadable answer."
        )
        return EXIT_OK
    if chosen:
        _print_choice(settings, chosen, changed=choice.changed)
    for note in held_notes(settings, held):
        out.print(note, markup=False)
    days_of = [unit.call_date for unit in [*chosen, *landed]] + [each.item.call_date for each in held]
    ranges = consecutive(dt.date.fromisoformat(day) for day in days_of)
    _print_what_goes_along(outlook, ranges, {unit.unit_id for unit in chosen})
    if not yes and not typer.confirm("Send them again?", default=False):
        out.print("Nothing was sent.")
        if landed:
            _land(settings, outlook, landed, yes=False)
        return EXIT_WORK_REMAINS
    with local_service(settings):
        billing = reach_service(settings).billing
        ledger.plan_again(_given_up(ledger, [unit for unit in chosen if unit.state not in ANSWERED]), billing)
        ledger.plan_again([unit.unit_id for unit in chosen if unit.state in ANSWERED], billing, answered=True)
        together = settings.channels_per_task == "together"
        ledger.plan_changed([each.item for each in held], billing, together=together)
        return max(run_and_report(settings, days) for days in ranges)


def _heard_otherwise(settings: Settings, ledger: Ledger, choice: RetryChoice) -> list[LedgerRow]:
    """Channels that another local engine answered than those that answer now. Where the paid service is used there are
    none: what a local engine did does not count then."""
    if engine_kind(settings) != "local":
        return []
    with local_service(settings):
        return heard_otherwise(ledger, choice, local_engines(settings))


def _given_up(ledger: Ledger, units: Sequence[LedgerRow]) -> list[str]:
    """The ids of these units without an answer, about whose tasks nobody asks any more: a person has decided. What
    another run has fetched meanwhile is not among them."""
    for submission_id in {unit.submission_id for unit in units if unit.state in TAKEN}:
        with suppress(IllegalMove):
            ledger.move(submission_id, UnitState.UNKNOWN)
    return [unit.unit_id for unit in ledger.get([unit.unit_id for unit in units]) if unit.state in RETRIED]


def _what_is_left(
    settings: Settings, ledger: Ledger, raw_store: RawStore, choice: RetryChoice
) -> tuple[list[LedgerRow], list[LedgerRow]]:
    """What costs nothing: rows that are answered, or readable, now; and the rows that only another answer helps."""
    landed, denied = _ask_first(settings, ledger, raw_store, choice)
    rows = retriable(ledger, engine_kind(settings), choice, denied)
    legible = [] if choice.again else readable(ledger, raw_store, rows)
    if legible:
        out.print(f"{count(len(legible), 'answer')} that could not be read can be read now; nothing is paid for that.")
    there = {unit.unit_id for unit in [*landed, *legible]}
    return landed + legible, [row for row in rows if row.unit_id not in there]


def _ask_first(
    settings: Settings, ledger: Ledger, raw_store: RawStore, choice: RetryChoice
) -> tuple[list[LedgerRow], set[str]]:
    """Asks the service about what it may still know, before anybody pays for it again: rows that are answered now, and
    submissions that it denies or gives no result of."""
    rows = known_to_the_service(ledger, engine_kind(settings), choice)
    if not rows:
        return [], set()
    out.print(f"Asking the service about {count(len(rows), 'channel')} whose task it may still know …")
    with local_service(settings):
        denied = asyncio.run(ask_again(rows, settings, ledger, raw_store))
    after = ledger.get([row.unit_id for row in rows])
    answered = [row for row in after if row.state in ANSWERED]
    waiting = [row for row in after if row.state in TAKEN and row.submission_id not in denied]
    if answered:
        out.print(f"{count(len(answered), 'channel', 'is', 'are')} answered now; nothing is paid for that.")
    if waiting:
        out.print(f"{count(len(waiting), 'channel', 'is', 'are')} still under way; run the days again to fetch them.")
    return answered, denied


def _land(settings: Settings, outlook: Outlook, landed: Sequence[LedgerRow], *, yes: bool) -> int:
    """Runs the days of what was answered, which costs nothing; where more would be sent with them, a person decides."""
    ranges = consecutive(dt.date.fromisoformat(unit.call_date) for unit in landed)
    goes_along = sum(outlook.forecast(days).to_send.channels for days in ranges)
    if goes_along and not yes:
        _print_what_goes_along(outlook, ranges, set())
        named = " and ".join(f"`qa-pipeline run --from {days.first} --to {days.last}`" for days in ranges)
        out.print(f"{named} publishes the answers.")
        return EXIT_WORK_REMAINS
    with local_service(settings):
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


def _print_choice(settings: Settings, chosen: Sequence[LedgerRow], *, changed: bool) -> None:
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
    unknown = sum(unit.state is UnitState.UNKNOWN or unit.state in TAKEN for unit in chosen)
    if unknown:
        out.print(f"{unknown} of them may have been billed before: sending them again may pay twice", style="yellow")
    answered = sum(unit.state in ANSWERED for unit in chosen)
    if answered:
        what = "answered and paid for: sending them again pays again"
        if changed and region == "local":
            engines = ", ".join(sorted({unit.made_by for unit in chosen if unit.state in ANSWERED}))
            what = f"answered before, by {engines}: those answers count until the new ones are there"
        out.print(f"{answered} of them were {what}", style="yellow", markup=False)
