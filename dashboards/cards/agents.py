"""Cards of the page of agents: all of them side by side, in groups that can be told apart, and one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboards.board.figures import Card, Cell, Column, Table, Tile, Tiles
from dashboards.cards.overview import GROUP_METRICS, UNKNOWN_KEY
from dashboards.cards.rows import call_address, calls_address, calls_with, metric_help, rows_of
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.wording.clocks import UNKNOWN, clock
from qa_pipeline.wording.definitions import name as metric_name
from qa_pipeline.wording.figures import signed
from qa_pipeline.wording.languages import t, tn

RANKED_FROM = 20
"""Calls below which nobody is ranked: with 4 calls, an agent who does well in 90% of them comes out at or below one who
does in 80% in every third month; with 20, in every fifth."""

Group = Mapping[str, Any]
"""A row of which_agents_and_queues_took_calls."""


def groups_apart(means: Mapping[str, Mean], least: int = RANKED_FROM) -> dict[str, int]:
    """Key → group, from 1 for the highest means; keys with fewer than `least` values have none.

    Neighbours whose 95% intervals overlap are one group, so two of different groups can be told apart and two of the
    same one can't, or only by way of others between them.
    """
    spans = [
        (-mean.ci_high, mean.ci_low, key)
        for key, mean in means.items()
        if mean.n >= least and mean.ci_low is not None and mean.ci_high is not None
    ]
    found: dict[str, int] = {}
    number, lowest = 0, float("inf")
    for minus_high, low, key in sorted(spans):
        if -minus_high < lowest:
            number, lowest = number + 1, low
        lowest = min(lowest, low)
        found[key] = number
    return found


def agents_frame(
    groups: Sequence[Group], means: Mapping[str, Mapping[str, Mean]], column: str, minimum: int
) -> pd.DataFrame:
    """One row per agent for a table that can be sorted and searched: who, calls, the metric `column` with its interval
    and group, then the means of all other metrics, left out below `minimum` calls. Seconds for milliseconds,
    per cent for shares.

    The index is the agent's id. `means` are by agent and metric.
    """
    known = [group for group in groups if group["key"] != UNKNOWN_KEY]
    apart = groups_apart({key: own[column] for key, own in means.items() if column in own})
    rows = []
    for group in known:
        own = means.get(group["key"], {})
        mean = own.get(column)
        row: dict[str, Any] = {
            t("Agent"): named(group),
            t("Calls"): group["calls"],
            metric_name(column): None if mean is None else _drawn(column, mean.mean),
            t("95% interval"): "" if mean is None or mean.n < minimum else mean.interval(column).strip("()"),
            t("n"): 0 if mean is None else mean.n,
            t("Group"): apart.get(group["key"]),
        }
        for other in GROUP_METRICS:
            if other != column:
                found = own.get(other)
                row[metric_name(other)] = None if found is None or found.n < minimum else _drawn(other, found.mean)
        rows.append(row)
    frame = pd.DataFrame(rows, index=pd.Index([group["key"] for group in known], dtype=object))
    if rows:
        frame[t("Group")] = frame[t("Group")].astype("Int64")
        frame = frame.sort_values(metric_name(column), ascending=False, na_position="last")
    return frame


def group_notes(frame: pd.DataFrame) -> list[str]:
    """What the groups of a table of agents mean."""
    if frame.empty:
        return []
    found = frame[t("Group")]
    ranked = int(found.notna().sum())
    notes = []
    if ranked:
        notes.append(
            tn(
                "{n} group can be told apart among {agents} agents; within one, differences may be chance.",
                "{n} groups can be told apart among {agents} agents; within one, differences may be chance.",
                int(found.max()),
                agents=f"{ranked:,}",
            )
        )
    few = len(frame) - ranked
    if few:
        notes.append(
            tn(
                "{n} agent has fewer than {least} calls with this figure and no group: too few to rank.",
                "{n} agents have fewer than {least} calls with this figure and no group: too few to rank.",
                few,
                least=RANKED_FROM,
            )
        )
    return notes


def named(group: Group) -> str:
    """An agent's name and id."""
    return f"{group['name']} ({group['key']})" if group["name"] else str(group["key"])


def agent_tiles(
    group: Group,
    means: Mapping[str, Mean],
    everybody: Mapping[str, Mean],
    apart: Mapping[str, Mapping[str, int]],
    dates: DateRange,
) -> Tiles:
    """An agent's means beside those of all agents. `apart`: metric → agent → group, as of `groups_apart`."""
    key = group["key"]
    tiles = [Tile(t("Calls"), f"{group['calls']:,}", "", calls_address(CallFilter(dates, agents=(key,))))]
    for column in GROUP_METRICS:
        mean, all_mean = means.get(column), everybody.get(column)
        if mean is None:
            continue
        notes = [mean.interval(column), tn("{n} call", "{n} calls", mean.n)]
        if all_mean is not None and all_mean.unit == mean.unit:
            notes.append(t("all: {mean}", mean=all_mean.shown(column)))
        number = apart[column].get(key)
        notes.append(
            t("too few calls to rank")
            if number is None
            else t("group {number} of {all}", number=number, all=max(apart[column].values()))
        )
        href = calls_address(calls_with(column, dates, agents=(key,)))
        text = " · ".join(note for note in notes if note)
        tiles.append(Tile(metric_name(column), mean.shown(column), text, href, metric_help(column)))
    return Tiles(tuple(tiles))


def extremes_cards(calls: pd.DataFrame) -> tuple[Card, Card]:
    """The calls in which customers felt best and worst; each opens at its moment. `calls`: rows of
    which_calls_went_best_and_worst."""
    rows = rows_of(calls)
    return (
        _extremes(t("Where customers felt best"), [row for row in rows if row["is_best"]]),
        _extremes(t("Where customers felt worst"), [row for row in rows if not row["is_best"]]),
    )


def _extremes(title: str, rows: Sequence[Mapping[str, Any]]) -> Card:
    if not rows:
        return Card(title, notes=(t("Too few calls have labelled speech."),))
    lines = []
    for row in rows:
        at_s = None if row["moment_ms"] is None else row["moment_ms"] / 1000
        shift = UNKNOWN if row["valence_shift"] is None else signed(row["valence_shift"])
        lines.append(
            (
                Cell(row["call_id"], call_address(row["call_id"])),
                Cell(str(row["call_date"])),
                Cell(signed(row["customer_valence"])),
                Cell(shift),
                Cell(UNKNOWN if at_s is None else f"▶ {clock(at_s)}", call_address(row["call_id"], at_s)),
            )
        )
    columns = (
        Column(t("Call")),
        Column(t("Day")),
        Column(metric_name("customer_valence"), is_number=True),
        Column(metric_name("valence_shift"), is_number=True),
        Column(t("Moment"), is_number=True),
    )
    return Card(title, Table(columns, tuple(lines)))


def _drawn(column: str, value: float) -> float:
    """In the unit in which the table shows it: seconds for milliseconds, per cent for shares."""
    return value * {"ms": 0.001, "0 to 1": 100.0}.get(CATALOGUE[column].unit, 1.0)
