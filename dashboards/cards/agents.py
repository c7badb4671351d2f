"""Cards of the page of agents: all of them side by side, in groups that can be told apart, and one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboards.board.figures import Card, Cell, Column, Table, Tile, Tiles
from dashboards.cards.groups import RANKED_FROM, groups_of, in_words
from dashboards.cards.overview import GROUP_METRICS, mean_cell
from dashboards.cards.rows import TAKEN, agent_address, call_address, calls_address, calls_with, metric_help, rows_of
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange
from qa_pipeline.search.folding import fold
from qa_pipeline.wording.clocks import UNKNOWN, clock
from qa_pipeline.wording.definitions import name as metric_name
from qa_pipeline.wording.figures import signed
from qa_pipeline.wording.languages import as_sentence, t, tn

PER_PAGE = 40

Group = Mapping[str, Any]
"""A row of which_agents_and_queues_took_calls."""

Means = Mapping[str, Mapping[str, Mean]]
"""By agent and metric."""

AGENT, CALLS = "agent", "calls"
"""Orders of the table, besides those by one of GROUP_METRICS."""


@dataclass(frozen=True, slots=True)
class Order:
    """By agent, calls or a metric; `is_falling` puts the largest first."""

    by: str
    is_falling: bool

    def after_a_click_on(self, heading: str) -> Order:
        """A heading turns its own order round; another one begins with names from a, and figures from the largest."""
        return Order(heading, not self.is_falling if heading == self.by else heading != AGENT)


def in_order(groups: Sequence[Group], means: Means, order: Order, minimum: int, find: str = "") -> list[Group]:
    """The agents whose name or id has `find` in it, in order. Who has no value, fewer than `minimum` calls with it, or
    one in another unit than most, comes last, whichever way round."""
    looked_for = fold(find)
    found = [group for group in groups if looked_for in fold(named(group))]
    found.sort(key=lambda group: (fold(named(group)), group["key"]))
    if order.by == AGENT:
        return found[::-1] if order.is_falling else found
    values = {group["key"]: float(group["calls"]) for group in found}
    if order.by != CALLS:
        values = {key: mean.mean for key, mean in comparable(means, order.by).items() if mean.n >= minimum}
    known = [group for group in found if group["key"] in values]
    known.sort(key=lambda group: values[group["key"]], reverse=order.is_falling)
    return known + [group for group in found if group["key"] not in values]


def comparable(means: Means, column: str) -> dict[str, Mean]:
    """The agents' means of a metric in the unit that most of them have: words and characters per minute are not
    compared."""
    found = {key: own[column] for key, own in means.items() if column in own}
    units = Counter(mean.unit for mean in found.values())
    unit = max(units, key=lambda each: (units[each], each or ""), default=None)
    return {key: mean for key, mean in found.items() if mean.unit == unit}


def agents_card(
    shown: Sequence[Group],
    means: Means,
    column: str,
    order: Order,
    dates: DateRange,
    minimum: int,
    heading: Callable[[str], str],
) -> Card:
    """A table of the agents `shown` with their means, and their groups among all by the metric `column`. `heading`
    gives the address that a click on a heading leads to."""
    apart = groups_of(comparable(means, column))
    lines = []
    for group in shown:
        key = group["key"]
        own, found = means.get(key, {}), apart.get(key)
        lines.append(
            (
                Cell(named(group), agent_address(key, dates), group.get("team") or ""),
                Cell(f"{group['calls']:,}", calls_address(CallFilter(dates, agents=(key,), statuses=TAKEN))),
                Cell(UNKNOWN if found is None else str(found), tone="quiet" if found is None else ""),
                *(
                    mean_cell(name, own.get(name), minimum, calls_address(calls_with(name, dates, agents=(key,))))
                    for name in GROUP_METRICS
                ),
            )
        )

    def heads(by: str, name: str, about: str = "") -> Column:
        direction = ("descending" if order.is_falling else "ascending") if order.by == by else ""
        return Column(name, by != AGENT, heading(by), about, direction)

    columns = (
        heads(AGENT, t("Agent")),
        heads(CALLS, t("Calls")),
        Column(t("Group"), is_number=True, help=t("By {metric}.", metric=metric_name(column))),
        *(heads(name, metric_name(name), metric_help(name)) for name in GROUP_METRICS),
    )
    how_to_read = t(
        "Means over calls with their 95% intervals, from {n} calls on. A heading sorts; a name opens the agent, a "
        "number its calls.",
        n=minimum,
    )
    return Card(t("Means and groups"), Table(columns, tuple(lines)), notes=(*group_notes(means, column), how_to_read))


def group_notes(means: Means, column: str) -> list[str]:
    """What the groups by the metric `column` are, and who of those that have it has none."""
    alike = comparable(means, column)
    apart = groups_of(alike)
    notes = []
    if apart:
        number = tn(
            "By {metric}, {n} group of {agents} agents.",
            "By {metric}, {n} groups of {agents} agents.",
            max(found.last for found in apart.values()),
            agents=f"{len(apart):,}",
            metric=metric_name(column),
        )
        what = t(
            "Two agents who have a group in common can't be told apart: their 95% intervals overlap. Group 1 has the "
            "highest means, which are not always the best."
        )
        notes.append(f"{number} {what}")
    if few := len(alike) - len(apart):
        notes.append(
            tn(
                "{n} agent has fewer than {least} calls with this figure and no group: too few to rank.",
                "{n} agents have fewer than {least} calls with this figure and no group: too few to rank.",
                few,
                least=RANKED_FROM,
            )
        )
    if others := sum(column in own for own in means.values()) - len(alike):
        notes.append(
            tn(
                "{n} agent has this figure in another unit than most, and no group.",
                "{n} agents have this figure in another unit than most, and no group.",
                others,
            )
        )
    return notes


def with_people(groups: Sequence[Group], people: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The agents with their names and teams by the list of people; `people`: its periods with days of the range, the
    newest last. Who is not listed keeps the name that calls have."""
    listed: dict[str, dict[str, Any]] = {}
    for row in people:
        known = {name: row[name] for name in ("name", "team") if row[name] is not None}
        listed.setdefault(row["agent_id"], {}).update(known)
    return [{"team": None, **group, **listed.get(group["key"], {})} for group in groups]


def of_team(
    groups: Sequence[Group], people: Sequence[Mapping[str, Any]], team: str | None, supervisor: str | None
) -> list[Group]:
    """The agents who were in the team and under the supervisor on any day of the range; None is any."""
    if team is None and supervisor is None:
        return list(groups)
    wanted = {
        row["agent_id"]
        for row in people
        if (team is None or row["team"] == team) and (supervisor is None or row["supervisor"] == supervisor)
    }
    return [group for group in groups if group["key"] in wanted]


def who(periods: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    """Sentences on an agent's team, supervisor and first day, by the agent's periods in the range; `names` are those of
    agents, for supervisors who are written as one."""
    sentences = []
    for row in periods:
        if not row["team"] and not row["supervisor"]:
            continue
        said = [t("team {team}", team=row["team"])] if row["team"] else []
        if row["supervisor"]:
            said.append(t("supervisor {name}", name=names.get(row["supervisor"], row["supervisor"])))
        if len(periods) > 1 and row["valid_from"]:
            said.append(t("since {date}", date=row["valid_from"]))
        sentences.append(as_sentence(t(", ").join(said)))
    hired = [row["hired_at"] for row in periods if row["hired_at"]]
    return sentences + ([t("Hired on {date}.", date=hired[-1])] if hired else [])


def named(group: Group) -> str:
    """An agent's name and id."""
    return f"{group['name']} ({group['key']})" if group["name"] else str(group["key"])


def agent_tiles(
    group: Group,
    means: Mapping[str, Mean],
    everybody: Mapping[str, Mean],
    all_agents: Means,
    dates: DateRange,
) -> Tiles:
    """An agent's means beside those of `everybody`, and its groups among `all_agents`."""
    key = group["key"]
    tiles = [
        Tile(t("Calls"), f"{group['calls']:,}", "", calls_address(CallFilter(dates, agents=(key,), statuses=TAKEN)))
    ]
    for column in GROUP_METRICS:
        mean, all_mean = means.get(column), everybody.get(column)
        if mean is None:
            continue
        notes = [mean.interval(column), tn("{n} call", "{n} calls", mean.n)]
        if all_mean is not None and all_mean.unit == mean.unit:
            notes.append(t("all: {mean}", mean=all_mean.shown(column)))
        alike = comparable(all_agents, column)
        apart = groups_of(alike)
        if key in alike:
            notes.append(in_words(apart.get(key), apart))
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
