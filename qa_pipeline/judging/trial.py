"""Rules tried on one call, with what each condition comes to, so that a lead sees why: for the command and the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qa_pipeline.rules.book import BookedRule, RuleBook
from qa_pipeline.rules.calls import RuleCall
from qa_pipeline.rules.compiled import Compiled
from qa_pipeline.rules.conditions import AppliesTo, Condition
from qa_pipeline.rules.evaluation import Judge, RuleOutcome
from qa_pipeline.rules.verdicts import Hit, Verdict

MOST_EVIDENCE = 5
"""Places that are shown of a condition."""

Part = Literal["when", "condition"]


@dataclass(frozen=True, slots=True)
class Step:
    """What a condition of a rule came to, of its precondition or of its condition proper, and how deep it stands in it.
    `evidence` are the first places that it found itself; those of conditions inside it are theirs."""

    part: Part
    depth: int
    condition: Condition
    verdict: Verdict
    evidence: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule came to in a call, and its conditions, the outer ones first; without those that were not looked
    at, since the others had decided."""

    rule: BookedRule
    outcome: RuleOutcome
    steps: tuple[Step, ...]


def try_rule(call: RuleCall, book: RuleBook, rule: BookedRule) -> Trial:
    """Tries a rule of a book."""
    told: list[tuple[int, Compiled, Verdict]] = []
    outcome = Judge(call, book, lambda depth, compiled, verdict: told.append((depth, compiled, verdict))).outcome(rule)
    shown: set[int] = set()
    steps = []
    parts: tuple[tuple[Part, Compiled | None], ...] = (("when", rule.when), ("condition", rule.condition))
    for part, top in parts:
        for depth, compiled, verdict in _in_reading_order(top, told):
            if id(compiled) not in shown:
                shown.add(id(compiled))
                evidence = () if list(compiled.children()) else verdict.hits[:MOST_EVIDENCE]
                steps.append(Step(part, depth, compiled.condition, verdict, evidence))
    return Trial(rule, outcome, tuple(steps))


def as_meant(call: RuleCall, to: AppliesTo) -> RuleCall:
    """A call that is written down; what nobody wrote of it is as the rule wants it: its conditions are to be tried."""
    return replace(
        call,
        queue=call.queue or (to.queue or (None,))[0],
        direction=call.direction or (to.direction or (None,))[0],
        languages=call.languages or frozenset(to.language or ()),
    )


def _in_reading_order(
    top: Compiled | None, told: Sequence[tuple[int, Compiled, Verdict]]
) -> Iterator[tuple[int, Compiled, Verdict]]:
    """Of a condition and those inside it what each came to, the outer ones first; but for what was not looked at."""
    by_condition = {id(compiled): (depth, compiled, verdict) for depth, compiled, verdict in told}
    yield from (by_condition[id(each)] for each in (top.walk() if top else ()) if id(each) in by_condition)
