"""A rule by agent, team or queue, in groups of those who can't be told apart; by version; why not evaluated. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dashboards.board.figures import Bar, Bars, Card, Cell, Column, Table
from dashboards.cards.groups import RANKED_FROM
from dashboards.cards.rules import Leads, Row, figure_cells, figure_columns, rate_of
from dashboards.cards.scores import NOBODY, in_groups, version_name
from dashboards.filters import DateRange
from qa_pipeline.wording.clocks import UNKNOWN
from qa_pipeline.wording.languages import t, tn
from qa_pipeline.wording.rules import outcome_label, reason_in_words


def groups_card(
    title: str, of: str, rows: Sequence[Row], dates: DateRange, field: str, named: Callable[[Row], str], opens: Leads
) -> Card:
    """One version's rates by `of` (agent, team …) with its groups: who has a group in common can't be told apart.
    `field` is that of a `CallFilter`."""
    known = [row for row in rows if rate_of(row) is not None]
    ranked = in_groups([{**row, "n": row["hits"] + row["misses"], "mean": row["hit_rate"]} for row in known], named)
    lines = []
    for row, group in ranked:
        is_known = row["key"] != NOBODY
        few = t("too few") if is_known and row["n"] < RANKED_FROM else UNKNOWN
        lines.append(
            (
                Cell(named(row), opens(row) if is_known else ""),
                Cell(group) if group else Cell(few, tone="quiet"),
                Cell(f"{row['n']:,}"),
                *figure_cells(row, dates, {field: (row["key"],)}, leads=is_known),
            )
        )
    columns = (
        Column(of),
        Column(t("Group"), is_number=True, help=t("Those who have a group in common can't be told apart.")),
        Column(t("Calls evaluated"), is_number=True),
        *figure_columns(),
    )
    notes = []
    if any(group for _, group in ranked):
        notes.append(
            t("Those who have a group in common can't be told apart: their 95% intervals overlap. Group 1 has the "
              "highest rate; whether that is good is a matter of the rule.")
        )  # fmt: skip
    if any(not group and row["key"] != NOBODY for row, group in ranked):
        notes.append(t("Below {least} calls evaluated nobody is ranked: too few to tell.", least=RANKED_FROM))
    if not lines:
        return Card(title, notes=(t("No call of these dates was evaluated by it."),))
    return Card(title, Table(columns, tuple(lines)), notes=tuple(notes))


def versions_card(rows: Sequence[Row], dates: DateRange) -> Card | None:
    """The versions of a rule in these dates, where there are several; rates of two of them are never put together."""
    if len(rows) < 2:
        return None
    lines = [
        (
            Cell(version_name(row["rule_version"])),
            Cell(str(row["first_date"])),
            Cell(str(row["last_date"])),
            *figure_cells(row, DateRange(row["first_date"], row["last_date"]), {}),
        )
        for row in rows
    ]
    columns = (Column(t("Version")), Column(t("First call")), Column(t("Last call")), *figure_columns())
    return Card(t("Versions"), Table(columns, tuple(lines)))


def reasons_card(rows: Sequence[Row]) -> Card | None:
    """Why calls came to neither hit nor miss (rows of why_a_rule_was_not_evaluated); None where all did."""
    if not rows:
        return None
    most = max(row["calls"] for row in rows)
    bars = tuple(
        Bar(
            t("{outcome}: {reason}", outcome=outcome_label(row["outcome"]), reason=reason_in_words(row["reason"])),
            row["calls"] / most,
            tn("{n} call", "{n} calls", row["calls"]),
        )
        for row in rows
    )
    return Card(t("Why not evaluated, and why not applicable"), Bars(bars))
