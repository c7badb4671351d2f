"""Finds causes in what is published: the same causes however often it is asked, so that a sender that was killed, or a
run that was repeated, neither loses nor adds anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from qa_pipeline.alerts.causes import SEVERITIES, Cause, CauseKind
from qa_pipeline.alerts.plan import AlertPlan, Watched
from qa_pipeline.outbox.rates import find_rates, find_shares
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.statements.files import read_sql


def find_causes(snapshot: Snapshot, plan: AlertPlan, today: dt.date) -> list[Cause]:
    """All causes of the days that the plan is for, by day, each once. `today` is a day of the settings' time zone."""
    first = plan.first_day(today)
    found: dict[str, Cause] = {}
    for watched in plan.causes:
        for cause in _find(snapshot, plan, watched, first, today):
            found.setdefault(cause.key, cause)
    return sorted(found.values(), key=lambda cause: (cause.call_date or dt.date.min, cause.call_id or ""))


def _find(snapshot: Snapshot, plan: AlertPlan, watched: Watched, first: dt.date, last: dt.date) -> Iterator[Cause]:
    if watched.kind == "rule" and "rule_outcomes" in snapshot.tables():
        yield from _find_rules(snapshot, plan, watched, first, last)
    if watched.kind == "auto_fail" and "evaluations_current" in snapshot.tables():
        yield from _find_auto_fails(snapshot, plan, watched, first, last)
    if watched.kind == "share":
        yield from find_shares(snapshot, watched, first, last)
    if watched.kind == "rate":
        yield from find_rates(snapshot, watched, first, last)


def _find_rules(
    snapshot: Snapshot, plan: AlertPlan, watched: Watched, first: dt.date, last: dt.date
) -> Iterator[Cause]:
    values = {
        "from_date": first,
        "to_date": last,
        "outcome": watched.outcome,
        "severities": SEVERITIES[SEVERITIES.index(watched.severity_at_least or "info") :],
        "rules": watched.rules,
    }
    for row in snapshot.rows(read_sql("reads/list_rule_alerts.sql"), _lists(values)):
        yield Cause(
            kind=CauseKind.RULE,
            severity=watched.grave(row["severity"]),
            identity=(row["rule_id"], watched.outcome, row["call_id"]),
            title=row["title"],
            rule_id=row["rule_id"],
            facts={"outcome": watched.outcome, "needs_review": int(row["needs_review"])},
            **_of_call(row, plan),
        )


def _find_auto_fails(
    snapshot: Snapshot, plan: AlertPlan, watched: Watched, first: dt.date, last: dt.date
) -> Iterator[Cause]:
    values = {"from_date": first, "to_date": last, "scorecards": watched.scorecards}
    for row in snapshot.rows(read_sql("reads/list_auto_fail_alerts.sql"), _lists(values)):
        # metrics evaluate a call anew with each run of its day
        which = row["call_id"] if row["evaluated_by"] == "machine" else row["evaluation_id"]
        yield Cause(
            kind=CauseKind.AUTO_FAIL,
            severity=watched.grave(),
            identity=(row["scorecard_id"], row["evaluated_by"], which),
            title=row["title"],
            facts={"scorecard": row["scorecard_id"], "evaluated_by": row["evaluated_by"]},
            **_of_call(row, plan),
        )


def _of_call(row: dict[str, Any], plan: AlertPlan) -> dict[str, Any]:
    return {
        "call_id": row["call_id"],
        "call_date": row["call_date"],
        "queue": row["queue"],
        "team": row["team"],
        "agent": row["agent_name"] if plan.agent_names else None,
    }


def _lists(values: dict[str, Any]) -> dict[str, Any]:
    """DuckDB takes lists, and no tuples."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
