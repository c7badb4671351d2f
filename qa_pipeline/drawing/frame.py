"""Reads the calls of a period, of the working database or of what is published, as plans look at them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from qa_pipeline.sampling.frames import FrameCall, Period
from qa_pipeline.sampling.plans import Plan
from qa_pipeline.statements.files import read_sql

Ask = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]
"""Answers a select with its values."""

RULES = "rule_outcomes"
_TABLE = "call_metrics"


def list_calls(ask: Ask, period: Period, plans: Iterable[Plan]) -> dict[str, FrameCall]:
    """Call id → the call, of all usable calls of the period, with the metrics and outcomes of rules that the plans ask
    for."""
    days = {"from_date": period.first, "to_date": period.last}
    conditions = [condition for plan in plans for condition in plan.conditions()]
    metrics = _metrics(ask, days, {each.metric for each in conditions if each.metric})
    rules = _rules(ask, days, {each.rule for each in conditions if each.rule})
    found: dict[str, FrameCall] = {}
    for row in ask(read_sql("reads/list_calls_to_sample.sql"), days):
        call_id, day, status, agent_id, agents, team, hired_at, queue, direction, language, duration_s, *lists = row
        defects, outcomes = lists
        found[call_id] = FrameCall(
            call_id,
            day,
            status=status,
            agent_id=agent_id,
            agents=frozenset(agents or ()),
            team=team,
            hired_at=hired_at,
            queue=queue,
            direction=direction,
            language=language,
            duration_s=duration_s,
            defects=frozenset(defects or ()),
            metrics=metrics.get(call_id, {}),
            outcomes=outcomes or {},
            rules=rules.get(call_id, {}),
        )
    return found


def _numeric_metrics(ask: Ask) -> set[str]:
    """The columns of call_metrics that are numbers or yes and no."""
    select = f"select column_name from information_schema.columns where table_name = '{_TABLE}' and data_type in "
    kinds = "('DOUBLE', 'INTEGER', 'BIGINT', 'BOOLEAN', 'FLOAT')"
    return {name for (name,) in ask(select + kinds, {})}


def _has_table(ask: Ask, table: str) -> bool:
    """Whether there is such a table or view."""
    select = "select 1 from information_schema.tables where table_name = $table"
    return bool(ask(select, {"table": table}))


def _metrics(ask: Ask, days: Mapping[str, Any], names: set[str]) -> dict[str, dict[str, float]]:
    known = sorted(names & _numeric_metrics(ask)) if names else []
    if not known:
        return {}
    columns = ", ".join(f"cast({name} as double)" for name in known)
    select = f"select call_id, {columns} from {_TABLE} where call_date between $from_date and $to_date"
    return {
        call_id: {
            name: value for name, value in zip(known, values, strict=True) if value is not None and math.isfinite(value)
        }
        for call_id, *values in ask(select, days)
    }


def _rules(ask: Ask, days: Mapping[str, Any], names: set[str]) -> dict[str, dict[str, str]]:
    if not names or not _has_table(ask, RULES):
        return {}
    select = f"select call_id, rule_id, outcome from {RULES} where call_date between $from_date and $to_date "
    chosen = "and list_contains($rules::varchar[], rule_id)"
    found: dict[str, dict[str, str]] = {}
    for call_id, rule_id, outcome in ask(select + chosen, {**days, "rules": sorted(names)}):
        found.setdefault(call_id, {})[rule_id] = outcome
    return found
