"""Cards of the page Pipeline: what `qa-pipeline status` says, as of the published snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboards.board.addresses import address
from dashboards.board.figures import Card, Cell, Column, Table, Tile, Tiles
from dashboards.cards.rows import call_address, calls_address, engine_label, rows_of
from dashboards.filters import CallFilter, DateRange
from qa_pipeline.published.standing import Failure
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.wording.channels import NOT_SENT
from qa_pipeline.wording.clocks import UNKNOWN, ago, duration, moment
from qa_pipeline.wording.figures import money
from qa_pipeline.wording.languages import t, tn, to_translate
from qa_pipeline.wording.problems import STATES, in_one_text, meaning, problem

NAMED = 3

ACTIONS = {**NOT_SENT, ChannelAction.TRANSCRIBE: to_translate("transcribed")}
"""What was decided of a channel for its sound → in words."""


def snapshot_tiles(file: str, age_s: float | None, engines: Sequence[tuple[str, int]], odd: int) -> Tiles:
    """The snapshot's file and age, who transcribed, and odd values."""
    tiles = [
        Tile(t("Published"), UNKNOWN if age_s is None else ago(age_s), file),
        *(
            Tile(t("Channels transcribed"), f"{channels:,}", t("by {engine}", engine=engine))
            for engine, channels in engines
        ),
    ]
    if odd:
        what = t("The rest of these results is kept; qa-pipeline sql --question which_results_have_odd_values")
        tiles.append(Tile(t("Calls with odd values"), f"{odd:,}", what))
    return Tiles(tuple(tiles))


def days_card(days: Sequence[tuple[Any, ...]]) -> Card:
    """Calls of the newest days by status. `days`: day (None: undated), calls, ok, partial, failed, quarantined."""
    lines = []
    statuses = ("ok", "partial", "failed", "quarantined")
    for day, calls, *numbers in days:
        dates = DateRange(day, day) if day else None
        cells = [
            Cell(str(day or t("undated")), calls_address(CallFilter(dates)) if dates else ""),
            Cell(f"{calls:,}"),
        ]
        for status, number in zip(statuses, numbers, strict=True):
            href = calls_address(CallFilter(dates, statuses=(status,))) if dates and number else ""
            cells.append(Cell(f"{number:,}", href, tone="" if number else "quiet"))
        lines.append(tuple(cells))
    names = (t("Day"), t("Calls"), t("OK"), t("Partial"), t("Failed"), t("Quarantined"))
    columns = tuple(Column(name, is_number=at > 0) for at, name in enumerate(names))
    return Card(t("Newest days"), Table(columns, tuple(lines)))


def failures_card(failures: Sequence[Failure]) -> Card:
    """Failed and partial calls of all days by reason, and what mends them."""
    if not failures:
        return Card(t("Failed and partial calls"), notes=(t("No call failed."),))
    lines = []
    for failure in failures:
        href = ""
        if failure.first_date and failure.last_date:
            reasons = (failure.reason,) if failure.reason else ()
            dates = DateRange(failure.first_date, failure.last_date)
            href = calls_address(CallFilter(dates, statuses=("failed", "partial"), reasons=reasons))
        named = ", ".join(failure.call_ids[:NAMED]) + (" …" if failure.calls > NAMED else "")
        lines.append(
            (
                Cell(failure.reason or t("no reason given"), href, note=meaning(failure.reason)),
                Cell(t(failure.standing)),
                Cell(f"{failure.calls:,}", href),
                Cell(named),
                Cell(t(failure.fix).replace("`", "")),
            )
        )
    columns = (
        Column(t("Reason")),
        Column(t("Status")),
        Column(t("Calls"), is_number=True),
        Column(t("The newest")),
        Column(t("What to do")),
    )
    return Card(t("Failed and partial calls"), Table(columns, tuple(lines)))


def undated_card(calls: pd.DataFrame) -> Card | None:
    """Recordings without a date, which are in no range; None without any. `calls`: rows of list_undated_recordings."""
    rows = rows_of(calls)
    if not rows:
        return None
    lines = [
        (Cell(row["call_id"], call_address(row["call_id"])), _words(row["reason"], row["message"])) for row in rows
    ]
    total = rows[0]["total"]
    notes = (t("The first {shown} of {all}.", shown=len(rows), all=f"{total:,}"),) if total > len(rows) else ()
    return Card(
        tn("{n} recording without a date", "{n} recordings without a date", total),
        Table((Column(t("Call")), Column(t("Reason"))), tuple(lines)),
        notes=notes,
    )


def states_card(states: pd.DataFrame) -> Card:
    """Channels by state of their last attempt, as the ledger had them when this was published. `states`: rows of
    count_channel_states."""
    lines = [
        (
            Cell(t(STATES.get(row["state"], row["state"]))),
            _code(row["code"], row["message"]),
            Cell(f"{row['channels']:,}"),
            Cell(UNKNOWN if row["oldest"] is None else moment(row["oldest"])),
        )
        for row in rows_of(states)
    ]
    names = (t("State"), t("Code"), t("Channels"), t("Oldest"))
    columns = tuple(Column(name, is_number=at == 2) for at, name in enumerate(names))
    note = t(
        "As of this snapshot; qa-pipeline status asks the ledger itself. Unknown ones may have been billed, and are "
        "never sent again unasked: qa-pipeline retry shows them."
    )
    return Card(t("Channels in the ledger"), Table(columns, tuple(lines)), notes=(note,))


def _words(code: str | None, message: str | None) -> Cell:
    found = problem(code, message)
    return Cell(found.said, note=found.original, tone="words")


def _code(code: str | None, message: str | None) -> Cell:
    return Cell(code or "", note=in_one_text(problem(code, message)) if code else "", tone="words")


def costs_card(costs: pd.DataFrame) -> Card:
    """What each month cost, by engine and model. `costs`: rows of what_months_cost."""
    lines = [
        (
            Cell(f"{row['month']:%Y-%m}"),
            Cell(engine_label(row["engine"]), note="" if row["model"] == "none" else row["model"]),
            Cell(f"{row['channels']:,}"),
            Cell(duration(row["billed_s"]) if row["billed_s"] else UNKNOWN),
            Cell(money(row["cost_usd"]) if row["cost_usd"] else t("free") if row["billed_s"] else t("nothing")),
        )
        for row in rows_of(costs)
    ]
    names = (t("Month"), t("Engine"), t("Channels"), t("Transcribed"), t("Cost"))
    columns = tuple(Column(name, is_number=at > 1) for at, name in enumerate(names))
    notes = (t("At list price. qa-pipeline cost --from DAY says the same of any days, and what is still to be sent."),)
    return Card(t("Cost"), Table(columns, tuple(lines)), notes=notes)


def sound_card(actions: pd.DataFrame) -> Card:
    """What was done with channels for their sound. `actions`: rows of what_was_done_for_sound."""
    rows = rows_of(actions)
    lines = [
        (Cell(t(ACTIONS.get(row["action"], row["action"].replace("_", " ")))), Cell(f"{row['channels']:,}"))
        for row in rows
    ]
    columns = (Column(t("Channels")), Column(t("Number"), is_number=True))
    note = t("Silent channels and copies of the other one are never sent, and nothing is paid for them.")
    body = Table(columns, tuple(lines)) if lines else None
    return Card(t("Sound"), body, notes=(note if lines else t("No sound was measured."),), href=address("overview"))


def runs_card(runs: pd.DataFrame) -> Card:
    """What was published when, and for which days. `runs`: rows of list_publications."""
    lines = []
    for row in rows_of(runs):
        first, last = row["first_date"], row["last_date"]
        days = (
            UNKNOWN
            if first is None
            else str(first)
            if first == last
            else t("{first} to {last}", first=first, last=last)
        )
        lines.append(
            (
                Cell(moment(row["published_at"])),
                Cell(days),
                Cell(row["engine"] or UNKNOWN),
                Cell(row["pipeline_version"] or UNKNOWN),
                Cell(row["run_id"] or UNKNOWN),
            )
        )
    names = (t("Published"), t("Days"), t("Engine"), t("Version"), t("Run"))
    return Card(t("Newest runs"), Table(tuple(Column(name) for name in names), tuple(lines)))


def stale_card(stale: Sequence[tuple[str, int, list[str]]]) -> Card | None:
    """Calls that are shown as they were transcribed before; None without any."""
    lines = [
        (
            Cell(reason, tone="words"),
            Cell(f"{number:,}"),
            Cell(", ".join(ids[:NAMED]) + (" …" if number > NAMED else "")),
        )
        for reason, number, ids in stale
    ]
    names = (t("Reason"), t("Calls"), t("The newest"))
    columns = tuple(Column(name, is_number=at == 1) for at, name in enumerate(names))
    return Card(t("Kept as transcribed before"), Table(columns, tuple(lines))) if lines else None
