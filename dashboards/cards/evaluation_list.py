"""A table of evaluations, each of which opens, with its call. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.board.addresses import address
from dashboards.board.figures import Card, Cell, Column, Table
from dashboards.cards.rows import call_address
from dashboards.cards.scores import version_name
from dashboards.links import evaluation_link
from qa_pipeline.wording.clocks import UNKNOWN, moment
from qa_pipeline.wording.evaluations import score_text, share_text, state_label, type_label
from qa_pipeline.wording.languages import t


def evaluations_card(title: str, rows: Sequence[Mapping[str, Any]], notes: Sequence[str]) -> Card:
    """`rows`: of find_evaluations."""
    columns = (
        Column(t("Call")),
        Column(t("Day")),
        Column(t("Agent")),
        Column(t("Queue")),
        Column(t("Score"), is_number=True),
        Column(t("Coverage"), is_number=True),
        Column(t("State")),
        Column(t("Type")),
        Column(t("Evaluator")),
        Column(t("Scorecard")),
        Column(t("Submitted")),
    )
    return Card(title, Table(columns, tuple(map(_line, rows))), notes=tuple(notes))


def _line(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    is_machine = row["evaluation_type"] == "machine"
    opens = call_address(row["call_id"]) if is_machine else address(*evaluation_link(row["evaluation_id"]))
    name = row["agent_name"] or row["agent_id"] or UNKNOWN
    return (
        Cell(row["call_id"], call_address(row["call_id"])),
        Cell(str(row["call_date"])),
        Cell(name, note=row["team"] or ""),
        Cell(row["queue"] or UNKNOWN),
        Cell(score_text(row["score"]), opens, t("automatic fail") if row["failed_by"] else ""),
        Cell(share_text(row["coverage"])),
        Cell(state_label(row["state"])),
        Cell(type_label(row["evaluation_type"])),
        Cell(row["evaluator"] or UNKNOWN),
        Cell(row["scorecard_id"], note=version_name(row["scorecard_version"])),
        Cell(moment(row["submitted_at"])),
    )
