"""Cards of what went wrong in a range: calls that were not transcribed in full, and defects of their sound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboards.board.figures import (
    Card,
    Cell,
    Column,
    Table,
)
from dashboards.cards.rows import (
    calls_address,
    rows_of,
)
from dashboards.filters import CallFilter, DateRange
from dashboards.palette import defect_label, status_mark
from qa_pipeline.wording.channels import explanation
from qa_pipeline.wording.clocks import ago
from qa_pipeline.wording.languages import t, tn
from qa_pipeline.wording.problems import problem


def problems_card(problems: pd.DataFrame, dates: DateRange, now_s: float) -> Card:
    """Why calls were not transcribed in full, one row per reason. `problems`: rows of which_problems_occurred; `now_s`:
    the time in UTC epoch seconds, from which the age of what is under way is told."""
    rows = rows_of(problems)
    total = sum(row["calls"] for row in rows)
    title = t("Not transcribed in full: {calls}", calls=f"{total:,}")
    if not rows:
        return Card(title, notes=(t("Every call of these dates was transcribed in full."),))
    lines = []
    for row in rows:
        reasons = (row["reason"],) if row["reason"] else ()
        href = calls_address(CallFilter(dates, statuses=(row["status"],), reasons=reasons))
        lines.append(
            (
                Cell(row["reason"] or t("no reason given"), href),
                Cell(status_mark(row["status"]).label, note=_age(row["open_since"], now_s)),
                Cell(f"{row['calls']:,}", href),
                Cell(str(row["last_date"])),
                _said(row),
            )
        )
    columns = (
        Column(t("Reason")),
        Column(t("Status")),
        Column(t("Calls"), is_number=True),
        Column(t("Newest")),
        Column(t("What the newest says")),
    )
    return Card(title, Table(columns, tuple(lines)))


def _said(row: Mapping[str, Any]) -> Cell:
    found = problem(row["reason"], row["message"])
    note = f"{row['call_id']}: {found.original}" if found.original else row["call_id"]
    return Cell(found.said, note=f"({note})", tone="words") if row["message"] or row["reason"] else Cell("")


def _age(open_since: float | None, now_s: float) -> str:
    return "" if open_since is None else t("oldest sent {age}", age=ago(now_s - open_since))


def defects_card(defects: pd.DataFrame, dates: DateRange) -> Card | None:
    """What is wrong with the sound, None where nothing is. `defects`: rows of which_defects_were_found."""
    lines = []
    for row in rows_of(defects):
        href = calls_address(CallFilter(dates, defects=(row["defect"],)))
        done = []
        if row["skipped"]:
            done.append(tn("{n} channel not sent", "{n} channels not sent", row["skipped"]))
        if row["quarantined"]:
            done.append(tn("{n} channel quarantined", "{n} channels quarantined", row["quarantined"]))
        lines.append(
            (
                Cell(defect_label(row["defect"]), href),
                Cell(f"{row['calls']:,}", href),
                Cell(explanation(row["defect"])),
                Cell(t(", ").join(done)),
            )
        )
    names = t("Defect"), t("Calls"), t("What it is"), t("What was done")
    columns = tuple(Column(name, is_number=at == 1) for at, name in enumerate(names))
    return Card(t("Defects of the sound"), Table(columns, tuple(lines))) if lines else None
