"""`qa-pipeline rules`: rules are checked, tried on calls and compared as people run it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from qa_pipeline.commands.rules.running import rules_to_apply
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import CommandError
from tests import scenario
from tests.commands.conftest import Typed
from tests.own_settings import begin_project
from tests.scenario import ROOT

SAMPLES = ROOT / "samples" / "rules"
GREETING = """\
id: greeting
title: Greets
condition:
  phrases: {any: [good morning, 您好]}
  role: agent
  window: {first_s: 10}
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A QA_HOME with the calls of the scenario, also those with defects, published."""
    folder = tmp_path_factory.mktemp("published")
    scenario.publish_snapshot(folder, scenario.CALLS + scenario.CALLS_WITH_DEFECTS)
    return folder


@pytest.fixture
def project(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the rules that are shipped as samples."""
    begin_project(monkeypatch, tmp_path)
    shutil.copytree(SAMPLES, tmp_path / "rules")
    return tmp_path


def test_the_rules_of_the_project_are_checked_together(project: Path, typed: Typed) -> None:
    checked = typed("rules", "check")
    assert (checked.code, checked.out.count("✓")) == (0, 9)
    (project / "rules" / "wrong.yaml").write_text(GREETING, encoding="utf-8")
    refused = typed("rules", "check")
    assert refused.code == 1
    assert "✓" not in refused.out
    assert "there is a rule greeting already" in refused.err


def test_a_project_without_rules_is_told_where_to_find_some(project: Path, typed: Typed) -> None:
    shutil.rmtree(project / "rules")
    refused = typed("rules", "check")
    assert refused.code == 2
    assert "copy some from samples/rules" in refused.err


def test_after_the_last_rule_its_outcomes_can_be_taken_away(project: Path) -> None:
    settings = load_settings()
    assert len(rules_to_apply(settings, had_rules=True).rules) == 9
    shutil.rmtree(project / "rules")
    assert rules_to_apply(settings, had_rules=True).rules == ()
    with pytest.raises(CommandError, match="copy some from samples/rules"):
        rules_to_apply(settings, had_rules=False)


def test_a_pasted_text_is_tried_condition_by_condition(project: Path, typed: Typed) -> None:
    tried = typed("rules", "test", "--rule", "promise", "--text", "I cannot promise it. But I guarantee a refund.")
    assert tried.code == 0
    lines = [line.strip() for line in tried.out.splitlines()]
    assert lines[0].endswith(": hit")
    assert "✓ phrases: any of list promise-en by the agent" in lines
    assert "agent: I guarantee" in lines
    assert "✗ phrases: any of list promise-zh by the agent" in lines


def test_a_dialogue_is_tried_and_a_wrong_line_is_named(project: Path, typed: Typed) -> None:
    dialogue = project / "dialogue.txt"
    dialogue.write_text("language: en\n0:02 agent: Yeah?\n0:04 customer: Good morning.\n", encoding="utf-8")
    tried = typed("rules", "test", "--rule", "greeting", "--dialogue", dialogue)
    assert "greeting" in tried.out
    assert ": miss" in tried.out
    dialogue.write_text("language: en\n0:02 nobody: Yeah?\n", encoding="utf-8")
    refused = typed("rules", "test", "--dialogue", dialogue)
    assert refused.code == 2
    assert "line 2: nobody is nobody; write agent, customer or other" in refused.err


def test_a_stored_call_is_tried_with_what_is_wrong_with_its_sound(snapshot: Path, project: Path, typed: Typed) -> None:
    greeted = typed("rules", "test", "--call", "c0101", "--rule", "greeting")
    assert "0:01.0 agent: 您好" in greeted.out
    silent = typed("rules", "test", "--call", "c0304", "--rule", "abuse")
    assert "not_evaluated, nobody is heard on a channel that it looks at" in silent.out
    mixed = typed("rules", "test", "--call", "c0305", "--rule", "greeting")
    assert "not_applicable, the rule is for other languages" in mixed.out
    assert typed("rules", "test", "--call", "c0104").code == 2, "it was set aside"


def test_a_change_is_seen_on_stored_calls_before_it_counts(snapshot: Path, project: Path, typed: Typed) -> None:
    draft, flips = project / "draft.yaml", project / "flips.csv"
    draft.write_text(GREETING.replace("您好", "您早"), encoding="utf-8")
    (project / "old.yaml").write_text(GREETING, encoding="utf-8")
    compared = typed("rules", "diff", draft, "--old", project / "old.yaml", "--csv", flips)
    assert compared.code == 0
    assert "hit → miss: 2 calls" in compared.out
    assert "c0101  0:01.0 agent: 您好" in compared.out
    assert "agent a-chen: 66.7%" in compared.out
    with flips.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["call_id"], row["before"], row["after"], row["evidence"]) for row in rows] == [
        ("c0101", "hit", "miss", "您好"),
        ("c0103", "hit", "miss", "您好"),
    ]
    assert typed("rules", "diff", draft, "--old", draft).out.startswith("no rule differs")
    assert typed("rules", "diff", draft, "--from", "2025-09-03", "--to", "2025-09-01").code == 2


CARD = """\
scorecard: service
title: Service
scoring: points
min_coverage: 0.1
sections:
  - id: s
    title: S
    questions:
      - id: greeted
        text: Greeted?
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0}]
        answered_by:
          rules: [{rule: greeting, outcome: hit, answer: yes}, {rule: greeting, outcome: miss, answer: no}]
      - id: closed
        text: Closed?
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0}]
        answered_by: {rules: [{rule: closing, outcome: hit, answer: yes}, {rule: closing, outcome: miss, answer: no}]}
"""


def test_a_change_shows_what_becomes_of_scores_by_cards_that_name_the_rule(
    snapshot: Path, project: Path, typed: Typed
) -> None:
    (project / "scorecards").mkdir()
    (project / "scorecards" / "service.yaml").write_text(CARD, encoding="utf-8")
    draft = project / "draft.yaml"
    draft.write_text(GREETING.replace("您好", "您早"), encoding="utf-8")
    greeting = (project / "rules" / "greeting.yaml").read_text(encoding="utf-8")
    compared = typed("rules", "diff", draft)
    assert compared.code == 0
    said = compared.out.partition("scores by service: Service")[2]
    assert " points (" in said, "with an interval"
    assert "agent a-chen: " in said
    assert (project / "rules" / "greeting.yaml").read_text(encoding="utf-8") == greeting, "nothing is published"
    promise = project / "promise.yaml"
    promise.write_text("id: promise\ntitle: P\ncondition: {phrases: {any: [您好]}}\n", encoding="utf-8")
    assert "scores by" not in typed("rules", "diff", promise).out, "no question names it"


def test_the_schema_takes_what_the_command_takes(project: Path, typed: Typed) -> None:
    schema = json.loads(typed("rules", "schema").out)
    validator = jsonschema.Draft202012Validator(schema)
    for path in SAMPLES.glob("*.yaml"):
        validator.validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    assert not validator.is_valid({"id": "a", "title": "b", "condition": {"phrase": {"any": ["x"]}}})
