"""Cards of the overview: what happened in a range of dates, what it cost, where it hurt, what was not transcribed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboards.board.addresses import address
from dashboards.board.figures import (
    Card,
    Cell,
    Column,
    Table,
    Tile,
    Tiles,
)
from dashboards.cards.rows import (
    TAKEN,
    call_address,
    calls_address,
    calls_with,
    engine_label,
    metric_address,
    metric_help,
    rows_of,
)
from dashboards.changes import change_of_count, change_of_share
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange, Span
from dashboards.palette import STATUSES
from qa_pipeline.wording.clocks import UNKNOWN, amount, duration
from qa_pipeline.wording.definitions import name as metric_name
from qa_pipeline.wording.figures import money, share
from qa_pipeline.wording.languages import t, tn

GROUP_METRICS = (
    "talk_ratio",
    "agent_interruptions",
    "response_ms_p50",
    "agent_talk_speed",
    "customer_valence",
    "valence_shift",
    "negative_share",
)
"""Metrics of metrics_daily that agents and queues are compared by."""

UNKNOWN_KEY = "unknown"
"""Group of the calls whose agent or queue is not known."""

QUEUES_SHOWN = 30


Totals = Mapping[str, Any]
"""The row of count_calls_and_cost."""


def tiles(
    totals: Totals,
    earlier: Totals | None,
    outcomes: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
    dates: DateRange,
) -> Tiles:
    """Counts and money; `earlier` and `before` are those of the period before, None where there is nothing to compare.

    `outcomes` is the row of how_calls_turned_out, None where that is not known.
    """
    sent = totals["ok"] + totals["partial"] + totals["failed"]
    found = [
        Tile(
            t("Calls"),
            f"{totals['calls']:,}",
            _count_change(totals, earlier, "calls"),
            calls_address(CallFilter(dates)),
            t("Every recording with a date that landed."),
        ),
        *(_status_tile(status, totals, earlier, dates) for status in STATUSES),
        Tile(
            t("Audio"),
            amount(totals["audio_s"]),
            change_of_count(totals["audio_s"], earlier["audio_s"], amount(earlier["audio_s"])) if earlier else "",
            help=t("Length of the calls, quarantined ones left out."),
        ),
        cost_tile(totals),
    ]
    for column in ("escalated", "recovered"):
        if outcomes is None:
            break
        note = ""
        if earlier and before:
            earlier_sent = earlier["ok"] + earlier["partial"] + earlier["failed"]
            note = change_of_share(outcomes[column], sent, before[column], earlier_sent)
        found.append(
            Tile(
                metric_name(column),
                f"{outcomes[column]:,}",
                note or t("{share} of calls that were sent", share=share(outcomes[column], sent)),
                calls_address(CallFilter(dates, metrics=((column, Span(1, 1)),))),
                metric_help(column),
            )
        )
    return Tiles(tuple(found))


def cost_tile(totals: Totals) -> Tile:
    """What was paid, in the words of `qa-pipeline cost`: what no service charged for is free, not zero."""
    paid, free = totals["billed_s"], totals["free_s"]
    parts = []
    if paid:
        parts.append(t("{length} billed", length=duration(paid)))
    if free:
        parts.append(t("{length} transcribed free of charge", length=duration(free)))
    if totals["unpriced_s"]:
        parts.append(t("{length} at a price that is not known", length=duration(totals["unpriced_s"])))
    value = money(totals["cost_usd"]) if paid else t("free") if free else UNKNOWN
    return Tile(
        t("Cost"),
        value,
        t(", ").join(parts) or t("nothing was sent"),
        address("pipeline"),
        t("At list price, each channel on its own."),
    )


def _status_tile(status: str, totals: Totals, earlier: Totals | None, dates: DateRange) -> Tile:
    whats = {
        "ok": t("Both roles transcribed."),
        "partial": t("One role transcribed, the other not."),
        "failed": t("No role transcribed."),
        "quarantined": t("Never sent, never billed."),
    }
    names = {"ok": t("OK"), "partial": t("Partial"), "failed": t("Failed"), "quarantined": t("Quarantined")}
    number = totals[status]
    note = share(number, totals["calls"]) if number else ""
    if earlier:
        note = change_of_share(number, totals["calls"], earlier[status], earlier["calls"])
    href = calls_address(CallFilter(dates, statuses=(status,))) if number else ""
    tone = "alert" if status == "failed" and number else ""
    return Tile(names[status], f"{number:,}", note, href, whats[status], tone)


def _count_change(totals: Totals, earlier: Totals | None, name: str) -> str:
    return change_of_count(totals[name], earlier[name], f"{earlier[name]:,}") if earlier else ""


def queues_card(
    groups: Sequence[Mapping[str, Any]], means: Mapping[str, Mapping[str, Mean]], dates: DateRange, minimum: int
) -> Card:
    """How each queue's calls went. `groups`: rows of which_agents_and_queues_took_calls; `means` by queue and metric;
    fewer calls than `minimum` are quiet and have no interval."""
    return _groups_card(t("Queues"), t("Queue"), "queues", groups, means, dates, minimum)


def teams_card(
    groups: Sequence[Mapping[str, Any]], means: Mapping[str, Mapping[str, Mean]], dates: DateRange, minimum: int
) -> Card:
    """How the calls of each team's agents went, as `queues_card`. `groups`: rows of which_teams_took_calls."""
    return _groups_card(t("Teams"), t("Team"), "teams", groups, means, dates, minimum)


def _groups_card(
    title: str,
    heading: str,
    field: str,
    groups: Sequence[Mapping[str, Any]],
    means: Mapping[str, Mapping[str, Mean]],
    dates: DateRange,
    minimum: int,
) -> Card:
    """`field` is the one of `CallFilter` that narrows calls to a group."""
    lines = []
    for group in groups[:QUEUES_SHOWN]:
        key = group["key"]
        narrow = {} if key == UNKNOWN_KEY else {field: (key,)}
        taken = CallFilter(dates, statuses=TAKEN, **narrow)  # type: ignore[arg-type]
        href = calls_address(taken) if narrow else ""
        cells = [Cell(key if narrow else t("not known"), href), Cell(f"{group['calls']:,}", href)]
        for column in GROUP_METRICS:
            mean = means.get(key, {}).get(column)
            href = calls_address(calls_with(column, dates, **narrow)) if narrow else ""
            cells.append(mean_cell(column, mean, minimum, href))
        lines.append(tuple(cells))
    columns = (Column(heading), Column(t("Calls"), is_number=True), *(metric_column(name) for name in GROUP_METRICS))
    notes = [t("Means over calls with their 95% intervals, from {n} calls on.", n=minimum)]
    if len(groups) > QUEUES_SHOWN:
        notes.append(t("The {shown} with the most calls of {all}.", shown=QUEUES_SHOWN, all=f"{len(groups):,}"))
    return Card(title, Table(columns, tuple(lines)), notes=tuple(notes))


def metric_column(column: str) -> Column:
    """A table's column of a metric, which leads to its explanation."""
    return Column(metric_name(column), is_number=True, href=metric_address(column), help=metric_help(column))


def mean_cell(column: str, mean: Mean | None, minimum: int, href: str) -> Cell:
    """A mean with its interval; quiet and without it below `minimum` calls."""
    if mean is None:
        return Cell(UNKNOWN, tone="quiet")
    if mean.n < minimum:
        return Cell(mean.shown(column), href, tn("{n} call", "{n} calls", mean.n), "quiet")
    return Cell(mean.shown(column), href, mean.interval(column))


def angriest_card(calls: pd.DataFrame, dates: DateRange, notes: Sequence[str]) -> Card:
    """The calls with the most angry speech. `calls`: rows of which_calls_were_angriest."""
    lines = []
    for row in rows_of(calls):
        lasted = t("no times") if row["angry_s"] is None else duration(row["angry_s"])
        lines.append(
            (
                Cell(row["call_id"], call_address(row["call_id"])),
                Cell(row["agent_name"] or row["agent_id"] or UNKNOWN),
                Cell(row["queue"] or UNKNOWN),
                Cell(lasted, note=f"{row['angry_share'] or 0:.0%}"),
            )
        )
    if not lines:
        return Card(t("Angriest customers"), notes=tuple(notes) or (t("No customer was heard angry in these dates."),))
    columns = (Column(t("Call")), Column(t("Agent")), Column(t("Queue")), Column(t("Angry speech"), is_number=True))
    href = calls_address(CallFilter(dates, emotions=("angry",)), sort="anger")
    return Card(t("Angriest customers"), Table(columns, tuple(lines)), href=href)


def engines_card(engines: pd.DataFrame) -> Card:
    """Which engines worked, and what for. `engines`: rows of which_engines_worked."""
    lines = []
    for row in rows_of(engines):
        is_paid = bool(row["cost_usd"])
        lines.append(
            (
                Cell(engine_label(row["engine"]) if row["engine"] else t("not known")),
                Cell(f"{row['channels']:,}"),
                Cell(f"{row['failed']:,}"),
                Cell(duration(row["billed_s"]) if row["billed_s"] else UNKNOWN),
                Cell(money(row["cost_usd"]) if is_paid else t("free") if row["billed_s"] else t("nothing")),
            )
        )
    columns = (
        Column(t("Engine")),
        Column(t("Channels"), is_number=True),
        Column(t("Failed attempts"), is_number=True),
        Column(t("Transcribed"), is_number=True),
        Column(t("Cost"), is_number=True),
    )
    return Card(t("Engines"), Table(columns, tuple(lines)), href=address("pipeline"))
