"""What rules answer to the calls of some days: by what each came to, with its hits as evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb

from qa_pipeline.reading.machine_answers import SEVERAL_AGENTS, CallRow, MachineAnswer
from qa_pipeline.scorecards.cards import Question
from qa_pipeline.scorecards.machine import AnsweredBy
from qa_pipeline.scorecards.rule_answers import Mapped, rule_answer
from qa_pipeline.scorecards.scoring import NoOption
from qa_pipeline.statements.files import read_sql


class RuleResult(NamedTuple):
    """What a rule came to in a call: its outcome, with the reason of one that is neither hit nor miss, its version, and
    its hits as `evaluation_answers.evidence` has them."""

    outcome: str
    reason: str | None = None
    version: str | None = None
    hits: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class RuledCall:
    """What rules came to in one call, by their ids."""

    results: Mapping[str, RuleResult] = field(default_factory=dict)

    @property
    def versions(self) -> dict[str, str | None]:
        """The version by which each rule was applied."""
        return {rule_id: result.version for rule_id, result in self.results.items()}

    def evidence(self, rules: str) -> list[dict[str, Any]]:
        """The hits of the rule that decided; none of several that decided nothing."""
        return [dict(hit) for hit in self.results[rules].hits] if rules in self.results else []


NO_RULES = RuledCall()


def answer_by_rules(question: Question, answered_by: AnsweredBy, call: CallRow, ruled: RuledCall) -> MachineAnswer:
    """What the rules that a question names say to it. Where several agents took part nobody knows of whom they say
    it."""
    mapped = rule_answer(question, {rule_id: result.outcome for rule_id, result in ruled.results.items()})
    assert mapped is not None
    is_told = mapped.answer is not NoOption.CANNOT_TELL
    said = None if is_told else _why(mapped, answered_by, ruled)
    if is_told and call["agents"] > 1:
        mapped, said = Mapped(NoOption.CANNOT_TELL, mapped.rule), SEVERAL_AGENTS
    rules = (mapped.rule,) if mapped.rule else answered_by.rule_ids
    versions = [version for rule_id in rules if (version := ruled.versions.get(rule_id))]
    return MachineAnswer(mapped.answer, "rule", ", ".join(rules), said, ", ".join(versions) or None)


def ruled_calls(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], call_ids: Sequence[str], rules: Sequence[str]
) -> dict[str, RuledCall]:
    """What these rules came to in these calls of the days."""
    if not call_ids or not rules:
        return {}
    values = {"days": list(days), "call_ids": list(call_ids), "rules": list(rules)}
    found: dict[str, dict[str, RuleResult]] = {}
    for call_id, rule_id, *result in connection.execute(read_sql("steps/list_rule_results.sql"), values).fetchall():
        found.setdefault(call_id, {})[rule_id] = RuleResult(*result)
    return {call_id: RuledCall(results) for call_id, results in found.items()}


def _why(mapped: Mapped, answered_by: AnsweredBy, ruled: RuledCall) -> str:
    """Why rules can't tell."""
    if mapped.rule is None:
        came_to = (f"{rule_id} {ruled.results[rule_id].outcome}" for rule_id in answered_by.rule_ids)
        return f"the question has no answer for {', '.join(came_to)}"
    if mapped.rule not in ruled.results:
        return f"the rule {mapped.rule} was not applied to the call"
    result = ruled.results[mapped.rule]
    said = f"the rule {mapped.rule} came to {result.outcome}"
    return f"{said}: {result.reason}" if result.reason else said
