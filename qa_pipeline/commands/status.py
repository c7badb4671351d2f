"""`qa-pipeline status`: what is published, what is under way, what waits for a person."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from typing import Any

from rich.table import Table

from qa_pipeline.commands.call.sound_summary import print_sound
from qa_pipeline.commands.notices import print_unused_key
from qa_pipeline.commands.roles import print_roles
from qa_pipeline.commands.summary import open_line, print_lines
from qa_pipeline.commands.without_pandas import without_pandas
from qa_pipeline.dispatch.forecast import expected_cost
from qa_pipeline.dispatch.retrying import RetryChoice, heard_otherwise
from qa_pipeline.landing.discovery import overview
from qa_pipeline.ledger.held import Held, list_held
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.open_rows import open_channel
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.local_service.address_file import ServiceAddressFile
from qa_pipeline.object_storage.faults import StorageError
from qa_pipeline.published import standing
from qa_pipeline.published.newer_evaluations import as_of
from qa_pipeline.published.newest import open_published, published_place
from qa_pipeline.published.output import visible
from qa_pipeline.published.snapshot import NothingPublished, Snapshot, UnreadableSnapshot
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.recordings.landing_files import LandingZoneMissing
from qa_pipeline.recordings.notes import notes_of
from qa_pipeline.reviews.table_rows import StoreReader
from qa_pipeline.service.access import ServiceUnavailable, engines_of, local_health, named_region
from qa_pipeline.settings import Settings, SettingsError, load_pipeline_settings
from qa_pipeline.terminal import EXIT_OK, out
from qa_pipeline.transcription.models import UnknownPrice
from qa_pipeline.wording.clocks import ago
from qa_pipeline.wording.figures import count, money
from qa_pipeline.wording.landing import still_to_read

LAST_DAYS = 14
CALLS_NAMED = 3
OPEN_NAMED = 10
LOOK_S = 5.0
"""How long folders of the landing zone are read that changed since the last look."""


@without_pandas()
def status_command() -> int:
    """Prints snapshot, newest days, ledger and service."""
    settings = load_pipeline_settings()
    print_unused_key(settings)
    with contextlib.ExitStack() as opened:
        snapshot = _print_snapshot(opened, settings)
        _print_landing_zone(settings)
        ledger = Ledger(open_operations(settings.operations_database_url))
        opened.callback(ledger.engine.dispose)
        _print_ledger(ledger)
        if snapshot is not None:
            _print_evaluations(snapshot, settings, ledger)
        _print_held(settings, ledger)
        _print_service(settings, ledger)
    return EXIT_OK


def _print_snapshot(opened: contextlib.ExitStack, settings: Settings) -> Snapshot | None:
    """The newest snapshot, which is open until `opened` is left; None where there is none that can be opened."""
    try:
        snapshot = opened.enter_context(open_published(settings))
    except NothingPublished:
        out.print(
            f"Snapshot  none yet at {published_place(settings)}; `qa-pipeline run --from DAY` makes one", markup=False
        )
        return None
    except UnreadableSnapshot as error:
        out.print(f"Snapshot  {error}", style="yellow", markup=False)
        return None
    try:
        _print_published(snapshot, settings)
    except UnreadableSnapshot as error:
        out.print(f"Snapshot  {error}", style="yellow", markup=False)
    return snapshot


def _print_published(snapshot: Snapshot, settings: Settings) -> None:
    since = standing.age(snapshot, dt.datetime.now(dt.UTC))
    age = f", published {ago(since.total_seconds())}" if since is not None else ""
    out.print(f"Snapshot  {snapshot.name}{age}", markup=False)
    if snapshot.held_by:
        held = f"          open for writing in {snapshot.held_by}: a copy is read until it is closed there"
        out.print(held, style="yellow", markup=False)
    _print_days(snapshot)
    _print_engines(snapshot)
    _print_failures(snapshot)
    _print_remarks(snapshot)
    _print_stale(snapshot)
    print_sound(snapshot)
    print_roles(snapshot, settings)


def _print_days(snapshot: Snapshot) -> None:
    days = standing.newest_days(snapshot, LAST_DAYS)
    table = Table(box=None, pad_edge=False)
    for heading in ("day", "calls", "ok", "partial", "failed", "quarantined"):
        table.add_column(heading, justify="left" if heading == "day" else "right")
    for day in days:
        table.add_row(str(day[0] or "undated"), *(str(value) for value in day[1:]))
    if days:
        out.print(table)


def _print_engines(snapshot: Snapshot) -> None:
    rows = standing.engines(snapshot)
    if rows:
        named = ", ".join(f"{number:,} by {visible(engine)}" for engine, number in rows)
        out.print(f"Engines   channels transcribed: {named}", markup=False)


def _print_heard_otherwise(ledger: Ledger, health: Mapping[str, Any]) -> None:
    """What another local engine answered than those that answer now: nothing is done about it by itself."""
    rows = heard_otherwise(ledger, RetryChoice(DayRange(dt.date.min, dt.date.max)), engines_of(health))
    if rows:
        engines = ", ".join(sorted({visible(row.made_by) for row in rows}))
        out.print(
            f"          {count(len(rows), 'channel', 'is', 'are')} answered by {engines}, which does not answer now; "
            "`qa-pipeline retry --changed` asks again, free",
            markup=False,
        )


def _print_failures(snapshot: Snapshot) -> None:
    for found in standing.failures(snapshot):
        named = ", ".join(found.call_ids[:CALLS_NAMED]) + (" …" if found.calls > CALLS_NAMED else "")
        what = f"{count(found.calls, 'call')} with {found.reason}: {named}; {found.fix}"
        out.print(f"{found.standing:<9} {what}", markup=False)


def _print_landing_zone(settings: Settings) -> None:
    """What lies in the landing zone and is not taken, one line per kind; nothing where all of it is."""
    try:
        zone = overview(settings, within_s=LOOK_S)
        notes = [*still_to_read(zone.unread_folders), *notes_of(zone)]
    except (LandingZoneMissing, StorageError) as error:
        notes = [str(error)]
    for note in notes:
        out.print(f"Landing   {visible(note)}", style="yellow", markup=False)


def _print_remarks(snapshot: Snapshot) -> None:
    calls = standing.calls_with_odd_values(snapshot)
    if calls:
        question = "`qa-pipeline sql --question which_results_have_odd_values`"
        out.print(f"Odd       values in the results of {count(calls, 'call')}, the rest of which is kept; {question}")


def _print_ledger(ledger: Ledger) -> None:
    days = ledger.newest_days(LAST_DAYS)
    counts = ledger.counts(first=days[-1]) if days else {}
    text = ", ".join(f"{counts[state]} {state.value}" for state in UnitState if state in counts) or "empty"
    since = f" since {days[-1]}" if len(days) == LAST_DAYS else ""
    out.print(f"Ledger    channels: {text}{since}")
    if ledger.in_states([UnitState.UNKNOWN]):
        out.print(
            "          unknown ones may have been billed; `qa-pipeline retry` shows them and asks", style="yellow"
        )
    rows = ledger.open_rows()
    if rows:
        days = sorted({row.call_date for row in rows})
        out.print(f"          work remains for {days[0]} to {days[-1]}: run that range again", style="yellow")
        print_lines([(row.call_date, *open_line(open_channel(row))) for row in rows[:OPEN_NAMED]])
        if len(rows) > OPEN_NAMED:
            out.print(f"… and {count(len(rows) - OPEN_NAMED, 'channel')} more")


def _print_stale(snapshot: Snapshot) -> None:
    """Calls that are shown as they were transcribed, because what lies in the landing zone now is faulty."""
    for reason, number, call_ids in standing.stale_calls(snapshot):
        named = ", ".join(call_ids[:CALLS_NAMED]) + (" …" if number > CALLS_NAMED else "")
        out.print(f"Kept      {count(number, 'call')} as transcribed before: {named}; {visible(reason)}", markup=False)


def _print_evaluations(snapshot: Snapshot, settings: Settings, ledger: Ledger) -> None:
    """What figures of evaluations are as of, and how much was done since; nothing where nobody evaluates."""
    with contextlib.suppress(UnreadableSnapshot):
        read = as_of(snapshot)
        changed, _ = StoreReader(ledger.engine).changes_since(read.seq)
        since = "" if settings.uses_lake else f"; {changed:,} evaluations and tasks changed since"
        if read.moment is not None and (read.seq or settings.uses_lake):
            age = ago((dt.datetime.now(dt.UTC) - read.moment).total_seconds())
            out.print(f"Evaluated figures are as of {age}{since}", markup=False)
        elif changed:
            out.print("Evaluated figures: none yet; the next run of any day brings evaluations", markup=False)


def _print_held(settings: Settings, ledger: Ledger) -> None:
    """Channels that are paid for and wait for a person's word, with what they would cost."""
    by_reason: dict[str, list[Held]] = {}
    for each in list_held(ledger):
        by_reason.setdefault(each.reason, []).append(each)
    for reason, group in sorted(by_reason.items()):
        calls = list(dict.fromkeys(each.call_id for each in group))
        named = ", ".join(calls[:CALLS_NAMED]) + (" …" if len(calls) > CALLS_NAMED else "")
        with contextlib.suppress(UnknownPrice, SettingsError):
            seconds, cost = expected_cost(settings, [(each.model, each.audio_s) for each in group])
            named += f"; {seconds:,} s, {money(cost)} at list price"
        out.print(
            f"Waits     {count(len(group), 'channel')} paid for, and asked otherwise now ({reason}): {named}; "
            "`qa-pipeline retry --changed` sends them again",
            markup=False,
        )


def _print_service(settings: Settings, ledger: Ledger) -> None:
    if not settings.uses_local_service:
        out.print(f"Service   {settings.base_url or settings.sdk_base_url or named_region(settings)}")
        return
    address = ServiceAddressFile.read(settings.service_folder)
    try:
        health = local_health(address.base_url) if address else None
    except ServiceUnavailable:
        health = None
    if address is None or health is None:
        out.print("Service   local, not running (`qa-pipeline serve` or `make up` starts it)")
        return
    out.print(f"Service   local ({address.recognizer}) at {address.base_url}", markup=False)
    _print_heard_otherwise(ledger, health)
