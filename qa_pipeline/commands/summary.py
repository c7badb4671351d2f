"""What landed, as a person wants to read it: calls, channels, languages, emotions, quarantine, money."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from qa_pipeline.commands.call.sound_summary import print_sound
from qa_pipeline.commands.roles import print_roles
from qa_pipeline.dispatch.model_choice import BY_SETTING
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.published.newest import open_published, published_place
from qa_pipeline.published.output import visible
from qa_pipeline.published.snapshot import NothingPublished, Snapshot
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import Settings
from qa_pipeline.statements.files import read_sql
from qa_pipeline.terminal import err, out
from qa_pipeline.transcription.cost import price_usd
from qa_pipeline.transcription.models import UnknownModel, UnknownPrice
from qa_pipeline.transcription.tables import STILL_OPEN
from qa_pipeline.wording.clocks import ago
from qa_pipeline.wording.figures import count, money, share
from qa_pipeline.wording.missing_labels import Label, none_labelled

WIDEST_COLUMN = 30
"""Longer ids push their own line out and leave the others where they are."""

_IN_RANGE = "call_date between $from_date and $to_date"

Days = Mapping[str, dt.date]
"""The first and the last day, as values of `_IN_RANGE`."""


def print_summary(settings: Settings, asked: DayRange) -> None:
    """Prints the range's figures from the newest snapshot."""
    try:
        snapshot = open_published(settings)
    except NothingPublished:
        out.print(f"Nothing is published yet below {settings.home}.")
        return
    days = {"from_date": asked.first, "to_date": asked.last}
    with snapshot:
        _print_calls(snapshot, days)
        print_sound(snapshot, f"where {_IN_RANGE}", days)
        print_roles(snapshot, settings, asked.first, asked.last)
        _print_shares(snapshot, "language", days)
        _print_shares(snapshot, "emotion", days)
        _print_redactions(snapshot, days)
        _print_quarantine(snapshot, days)
        _print_failures(snapshot, days)
        _print_money(snapshot, settings, days)
    out.print(f"Snapshot  {published_place(settings)} → {snapshot.name}", markup=False)


def print_landing(settings: Settings, facts: Mapping[str, Any]) -> None:
    """Warns of what a run saw in the landing zone and no call shows; `facts` is the metadata of asset `calls`."""
    if not facts:
        return
    notes = [visible(str(note)) for note in facts["notes"]]
    notes += [
        f"{visible(str(name))} is still being written; the next run takes it" for name in facts["left_for_the_next_run"]
    ]
    if not facts["usable"] and not facts["quarantined_by_reason"]:
        notes.append(f"{settings.recordings} holds no recordings of these days")
    for note in notes:
        err.print(f"note: {note}", markup=False, style="yellow")


def print_drawn(facts: Mapping[str, Any]) -> None:
    """What of the days was drawn to be evaluated, where anything was; `facts` is the metadata of the asset."""
    if drawn := facts.get("drawn"):
        out.print(
            f"{count(drawn, 'call')} drawn to be evaluated, {count(facts['tasks'], 'task')} assigned", markup=False
        )


def print_notes(facts: Mapping[str, Any]) -> None:
    """Warns of what is wrong with people.csv or outcomes.csv; `facts` is the metadata of the asset of that name."""
    for note in facts.get("notes", ()):
        err.print(f"note: {visible(str(note))}", markup=False, style="yellow")


def print_run(facts: Mapping[str, Any]) -> None:
    """Prints what a run sent and paid; `facts` is the metadata of asset `transcriptions`."""
    if not facts:
        return
    sent, paid = facts["channels_sent"], facts["channels_skipped_as_paid"]
    done = f"{count(sent, 'channel')} sent" if sent else "nothing was sent to be transcribed again"
    imported = f"; {facts['channels_imported']} imported" if facts.get("channels_imported") else ""
    out.print(f"This run  {done}; {paid} skipped as already paid for{imported}; {facts['billed_s']:,.0f} s billed")
    for chosen in facts["models"]:
        if chosen["reason"] != BY_SETTING:
            out.print(
                f"Model     {count(chosen['channels'], 'channel')} {chosen['model']}: {chosen['reason']}", markup=False
            )
    for note in facts["notes"]:
        err.print(f"note: {visible(str(note))}", markup=False, style="yellow")


def print_open(facts: Mapping[str, Any]) -> None:
    """Names the channels that a run left open, with age and reason; `facts` is the metadata of `transcriptions`."""
    remaining = facts.get("channels_remaining", 0)
    if not remaining:
        return
    out.print(
        f"Open: {count(remaining, 'channel')}; what has come is published, and the next run of the same days goes on",
        style="yellow",
    )
    named = facts["channels_open"]
    print_lines([open_line(channel) for channel in named])
    if remaining > len(named):
        out.print(f"… and {remaining - len(named):,} more")


def open_line(channel: Mapping[str, Any]) -> tuple[str, str, str]:
    """A channel that is under way, as a line of `print_lines`: which, since when, and why.

    `channel` is one of `open_channel`.
    """
    verb = "planned" if channel["state"] == UnitState.PLANNED else "sent"
    age = f"{verb} {ago(time.time() - channel['since'])}"
    return f"{channel['call_id']} channel {channel['channel_id']}", age, str(channel["reason"])


def _print_calls(snapshot: Snapshot, days: Days) -> None:
    counts = dict(snapshot.tuples(f"select status, count(*) from calls where {_IN_RANGE} group by all", days))
    [(channels, sentences, hours)] = snapshot.tuples(read_sql("reads/count_transcribed.sql"), days)
    states = ", ".join(
        f"{counts[name]} {name}" for name in ("ok", "partial", "failed", "quarantined") if name in counts
    )
    out.print(f"Calls     {sum(counts.values())} from {days['from_date']} to {days['to_date']}: {states or 'none'}")
    out.print(f"Channels  {channels} transcribed, {sentences} sentences, {hours:.2f} h of ok calls")


def _print_shares(snapshot: Snapshot, label: Label, days: Days) -> None:
    table = f"{label}s"
    rows = snapshot.tuples(
        f"select {label}, coalesce(sum(speech_s), 0) as s, count(*) filter (where speech_s is null) from {table} "
        f"where {_IN_RANGE} group by all order by s desc, {label}",
        days,
    )
    total = sum(seconds for _, seconds, _ in rows)
    parts = [f"{name} {share(seconds, total)}" for name, seconds, _ in rows if seconds]
    untimed = [f"{name} on {channels}" for name, _, channels in rows if channels]
    parts += [f"without times: {', '.join(untimed)} channels"] if untimed else []
    if not parts:
        made_by = snapshot.tuples(f"select distinct engine, model from transcripts where {_IN_RANGE}", days)
        parts = [none_labelled([(engine, model) for engine, model in made_by], label)]
    out.print(f"{table.capitalize():<9} {', '.join(parts)}")


def _print_redactions(snapshot: Snapshot, days: Days) -> None:
    """How much was masked, by kind; a snapshot of an earlier version has none."""
    if "redactions" not in snapshot.tables():
        return
    rows = snapshot.tuples(
        "select kind, count(*) as places from redactions where policy <> 'keep' and "
        f"{_IN_RANGE} group by kind order by places desc, kind",
        days,
    )
    if rows:
        out.print(f"Redacted  {', '.join(f'{places} {kind}' for kind, places in rows)} (places in texts)", markup=False)


def _print_quarantine(snapshot: Snapshot, days: Days) -> None:
    rows = snapshot.tuples(
        "select call_id, status_reason, status_message from calls where status = 'quarantined' and "
        f"({_IN_RANGE} or call_date is null) order by call_date nulls last, call_id",
        days,
    )
    _print_reasons("Quarantined (never sent, nothing paid)", rows)


def _print_failures(snapshot: Snapshot, days: Days) -> None:
    rows = snapshot.tuples(
        "select call_id, status_reason, status_message from calls where status in ('partial', 'failed') "
        f"and status_reason is distinct from '{STILL_OPEN}' and {_IN_RANGE} order by call_date, call_id",
        days,
    )
    _print_reasons("Failed or partial", rows)


def _print_reasons(title: str, rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    out.print(f"{title}: {len(rows)}")
    print_lines(rows)


def print_lines(rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of equally many values, the last of which is a sentence, one line each: in a table a long id leaves the
    sentence no room. Ids and sentences hold what files and services gave, so they are text and never markup."""
    lines = [[visible(" ".join(str(value or "").split())) for value in row] for row in rows]
    last = max(map(len, lines), default=0) - 1
    widths = [min(max(cell_len(line[column]) for line in lines), WIDEST_COLUMN) for column in range(last)]
    for line in lines:
        text = Text()
        for column, width in enumerate(widths):
            text.append(_padded(line[column], width), style="bold" if column == 0 else "yellow")
        out.print(text.append(line[last]))


def _padded(text: str, width: int) -> str:
    return text + " " * (max(width - cell_len(text), 0) + 2)


def _print_money(snapshot: Snapshot, settings: Settings, days: Days) -> None:
    """Billed seconds and cost by engine; for the local service, which is free, what the paid one would have cost.

    Transcripts taken in from files are listed by engine: nothing was sent, so there is no price to compare.
    """
    rows = snapshot.tuples(
        "select engine, model, coalesce(sum(billed_s), 0), coalesce(sum(cost_usd), 0) from transcription_tasks "
        f"where {_IN_RANGE} and model <> 'imported' group by all order by engine, model",
        days,
    )
    rows = [row for row in rows if row[2]] or rows  # who was asked and answered nothing has billed nothing
    several = len({model for _, model, _, _ in rows}) > 1
    for engine, model, billed_s, cost_usd in rows:
        cost = f"{money(cost_usd)} at list price" if cost_usd else "free"
        if not cost_usd:
            with contextlib.suppress(UnknownPrice, UnknownModel):
                listed = price_usd(billed_s, settings.model_named(model), settings.region)
                cost = f"free; at list price in {settings.region} {money(listed)}"
        by = f"{engine} ({model})" if several else engine
        out.print(f"Billed    {billed_s:,.0f} s by {by}, {cost}", markup=False)
    _print_imported(snapshot, days)


def _print_imported(snapshot: Snapshot, days: Days) -> None:
    rows = snapshot.tuples(
        f"select engine, count(*) from transcripts where {_IN_RANGE} and model = 'imported' group by all order by all",
        days,
    )
    if rows:
        kinds = ", ".join(f"{channels} {visible(engine.removeprefix('import '))}" for engine, channels in rows)
        out.print(f"Imported  {kinds} (channels; nothing was sent or paid for them)", markup=False)
