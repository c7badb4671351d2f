"""The newest calls in which rules are a hit, each opening where it is said. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dashboards.board.figures import Card, Cell, Column, Table
from dashboards.cards.rows import call_address
from dashboards.cards.rules import Row
from dashboards.palette import ROLES
from qa_pipeline.wording.clocks import UNKNOWN, clock
from qa_pipeline.wording.languages import t, tn
from qa_pipeline.wording.rules import severity_label


def hits_card(
    title: str, rows: Sequence[Row], named: Callable[[str | None], str], *, with_rule: bool, notes: Sequence[str] = ()
) -> Card:
    """The newest calls in which rules are a hit (rows of list_newest_rule_hits); each opens where it is said."""
    if not rows:
        return Card(title, notes=(t("None in these dates."),))
    columns = [Column(t("Call")), Column(t("Day")), Column(t("Agent"))]
    columns += [Column(t("Rule"))] * with_rule
    columns += [Column(t("Who")), Column(t("What is said")), Column(t("Play"), is_number=True)]
    return Card(
        title, Table(tuple(columns), tuple(_hit(row, named, with_rule=with_rule) for row in rows)), notes=tuple(notes)
    )


def _hit(row: Row, named: Callable[[str | None], str], *, with_rule: bool) -> tuple[Cell, ...]:
    at_s = None if row["begin_ms"] is None else row["begin_ms"] / 1000
    more = row["places"] - 1
    href = call_address(row["call_id"], at_s)
    evidence = row["evidence"] or t("nothing of it is said")
    return (
        Cell(row["call_id"], href),
        Cell(str(row["call_date"])),
        Cell(named(row["agent_id"])),
        *([Cell(row["title"], note=severity_label(row["severity"]))] if with_rule else []),
        Cell(speaker(row["role"])),
        Cell(evidence, "", tn("and {n} place more", "and {n} places more", more) if more > 0 else "", tone="words"),
        Cell(UNKNOWN if at_s is None else f"▶ {clock(at_s)}", href if at_s is not None else ""),
    )


def speaker(role: str | None) -> str:
    """Who says something: Agent; anybody where a rule is about nobody in particular."""
    return ROLES[role].label if role in ROLES else t("anybody")
