"""docs/rules-truth.md is what rules come to: every line of it is tried."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from ruamel.yaml import YAML

from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.conditions import Rule
from qa_pipeline.rules.dialogue import read_dialogue
from qa_pipeline.rules.evaluation import outcomes_of
from qa_pipeline.rules.quick import QuickBook
from qa_pipeline.rules.verdicts import Hit, Outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules-truth.md"
LEAST_CASES = 12


class Case(NamedTuple):
    operator: str
    number: str
    rule: str
    call: str
    outcome: str


def sections() -> list[tuple[str, str, list[Case]]]:
    """Heading, rules as YAML, and cases of each operator."""
    found = []
    for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        heading, _, rest = part.partition("\n")
        rules = re.search(r"```yaml\n(.*?)```", rest, re.DOTALL)
        assert rules, heading
        cells = [
            [cell.strip() for cell in line.split("|")[1:-1]] for line in rest.splitlines() if re.match(r"\| \d", line)
        ]
        found.append((heading, rules[1], [Case(heading, *row[:4]) for row in cells]))
    return found


SECTIONS = sections()
BOOKS = {
    heading: RuleBook(
        [
            Rule.model_validate({"id": name, "title": name, **rule})
            for name, rule in YAML(typ="safe").load(rules).items()
        ],
        {},
    )
    for heading, rules, _ in SECTIONS
}


@pytest.mark.parametrize("operator", [heading for heading, _, _ in SECTIONS])
def test_every_line_is_true(operator: str) -> None:
    cases = next(cases for heading, _, cases in SECTIONS if heading == operator)
    wrong = [(case, said) for case in cases if (said := _shown(case)) != case.outcome]
    assert wrong == []


@pytest.mark.parametrize(("operator", "cases"), [(heading, cases) for heading, _, cases in SECTIONS])
def test_every_operator_has_all_outcomes_in_both_languages(operator: str, cases: list[Case]) -> None:
    assert len(cases) >= LEAST_CASES
    assert {case.outcome.split(":")[0].split(" ")[0] for case in cases} == {outcome.value for outcome in Outcome}
    assert any(re.search("[\u4e00-\u9fff]", case.call) for case in cases), operator
    assert any(re.search("[A-Za-z]{4}", case.call.split(":")[-1]) for case in cases), operator


def _shown(case: Case) -> str:
    call = read_dialogue(case.call.replace(" / ", "\n"))
    book = BOOKS[case.operator]
    outcome = next(each for each in outcomes_of(call, book) if each.rule.id == case.rule)
    if outcome.reason:
        return f"{outcome.outcome.value}: {outcome.reason}"
    evidence = " + ".join(map(_evidence, outcome.hits))
    return f"{outcome.outcome.value} {evidence}".strip()


def _evidence(hit: Hit) -> str:
    if hit.sentence_id is not None:
        return f"“{hit.text}”"
    return f"({_clock(hit.begin_ms)} to {_clock(hit.end_ms)})"


def _clock(ms: int | None) -> str:
    minutes, rest = divmod(ms or 0, 60_000)
    return f"{minutes}:{rest / 1000:04.1f}".removesuffix(".0")


def test_many_rules_at_once_come_to_the_same_as_each_by_itself() -> None:
    """What is skipped because none of its words is said comes to what it would have come to."""
    for heading, _, cases in SECTIONS:
        quick = QuickBook(BOOKS[heading])
        for case in cases:
            call = read_dialogue(case.call.replace(" / ", "\n"))
            assert quick.outcomes(call) == outcomes_of(call, BOOKS[heading]), case
