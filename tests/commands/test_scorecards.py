"""`qa-pipeline scorecards`: cards are checked, tried and described as people run it."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from qa_pipeline.cli import app
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.reading import read_card
from qa_pipeline.terminal import CommandError
from tests.commands.conftest import Typed
from tests.own_settings import begin_project
from tests.scenario import ROOT
from tests.scorecards.forms.cards import EVERYTHING

SAMPLES = ROOT / "samples" / "scorecards"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    begin_project(monkeypatch, tmp_path)
    return tmp_path


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["scorecards", *map(str, arguments)])
    refused = done.exception if isinstance(done.exception, CommandError) else ""
    return done.exit_code, " ".join(f"{done.output} {refused}".split())


def written(card: Card) -> str:
    """As JSON, which is YAML too, with all that is not plain ASCII escaped."""
    return json.dumps(card.model_dump(mode="json", by_alias=True, exclude_defaults=True))


def test_the_cards_of_the_project_are_checked(project: Path) -> None:
    status, said = run("check")
    assert status != 0
    folder = project / "scorecards"
    folder.mkdir()
    for sample in SAMPLES.glob("*.yaml"):
        (folder / sample.name).write_bytes(sample.read_bytes())
    status, said = run("check")
    assert (status, said.count("✓")) == (0, 2)
    sample = (SAMPLES / "service-quality.yaml").read_text(encoding="utf-8")
    (folder / "earlier.yaml").write_text(
        sample.replace("effective_from: 2025-01-01", "effective_to: 2024-12-31"), encoding="utf-8"
    )
    assert run("check")[0] == 0, "another version of a card, for other days"
    (folder / "twice.yaml").write_text(sample, encoding="utf-8")
    (folder / "metric.yaml").write_text(
        "scorecard: m\ntitle: M\nscoring: points\nsections: [{id: s, title: S, questions: [{id: a, text: A, "
        "type: number, bands: [{points: 1}], answered_by: {metric: dead_air}, "
        "asked_when: {metadata: queues, values: [a]}}]}]\n",
        encoding="utf-8",
    )
    (folder / "wrong.yml").write_text("scorecard: a\ntitle: A\n", encoding="utf-8")
    status, said = run("check")
    assert status == 1
    assert "twice.yaml, line 6:" in said
    assert "service-quality.yaml, line 6, is the card service-quality too from 2025-01-01 on; give both" in said
    assert "a looks at the metadata queues, which calls don't have; did you mean queue?" in said
    assert "a looks at the metric dead_air, which calls don't have; did you mean dead_air_s?" in said
    assert "wrong.yml, line 1: scoring: it is missing." in said


def test_answers_that_are_written_down_are_scored(project: Path) -> None:
    answers = project / "answers.yaml"
    answers.write_text(
        "greeting: no\nidentity: not_applicable\nunderstood: yes\nsolved: yes\nnext_step: no\ndead_air: 12\n"
        "mistakes: [blame]\nempathy: not_applicable\nanything_else: yes\n",
        encoding="utf-8",
    )
    status, said = run("try", SAMPLES / "service-quality.yaml", answers, "--metric", "agent_interruptions=1")
    assert status == 0
    # 20 × 0 + 50 × (2 + 3 + 0 + 0.5 + 1) / 8 + 15 × 1/3 + 15 × 1
    assert said.startswith("Score 60.6%, by_section, 82% of the weight answered")
    assert said.endswith("Comment greeting demands one Metric listening: yes")
    answers.write_text("greeting: maybe\n", encoding="utf-8")
    status, said = run("try", SAMPLES / "service-quality.yaml", answers)
    assert status != 0


def test_metrics_and_metadata_of_the_call_can_be_tried_too(project: Path) -> None:
    (project / "card.yaml").write_text(
        "scorecard: c\ntitle: C\nscoring: points\nsections:\n  - id: s\n    title: S\n    questions:\n"
        "      - {id: n, text: N, type: number, bands: [{below: 9, points: 1}], answered_by: {metric: dead_air_s}}\n"
        "      - {id: a, text: A, asked_when: {metadata: queue, values: [billing]}, "
        "options: [{id: yes, text: Yes, points: 3}]}\n",
        encoding="utf-8",
    )
    (project / "answers.yaml").write_text("a: yes\n", encoding="utf-8")
    files = (project / "card.yaml", project / "answers.yaml")
    said = run("try", *files, "--metric", "dead_air_s=4", "--metadata", "queue=sales")[1]
    assert said == "Score 100.0%, points, 100% of the weight answered S: 100.0% Metric n: 4"
    assert "75% of the weight answered" in run("try", *files, "--metadata", "queue=billing")[1], "dead air is not known"
    assert "write a number" in run("try", *files, "--metric", "dead_air_s=much")[1]
    assert "write NAME=VALUE" in run("try", *files, "--metric", "12")[1]
    assert "did you mean dead_air_s?" in run("try", *files, "--metric", "dead_air=12")[1]
    assert "they have queue, direction" in run("try", *files, "--metadata", "tier=gold")[1]


BY_RULES = """scorecard: c
title: C
scoring: points
sections:
  - id: s
    title: S
    questions:
      - id: greeted
        text: Was the customer greeted?
        trust: automatic
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No}]
        answered_by:
          rules:
            - {rule: greeting, outcome: hit, answer: yes}
            - {rule: greeting, outcome: miss, answer: no}
"""


def test_rules_that_a_card_names_are_looked_up_where_the_project_has_rules(project: Path) -> None:
    (project / "card.yaml").write_text(BY_RULES, encoding="utf-8")
    assert run("check", project / "card.yaml")[0] == 0, "there is no folder of rules"
    rules = project / "rules"
    rules.mkdir()
    rule = "id: {}\ntitle: Greets\nneeds_review: {}\ncondition: {{phrases: {{any: [hello]}}}}\n"
    (rules / "greeting.yaml").write_text(rule.format("greetings", "false"), encoding="utf-8")
    status, said = run("check", project / "card.yaml")
    assert status == 1
    assert "card.yaml, line 14: greeted is answered by the rule greeting, which rules/ does not have" in said
    assert "did you mean greetings." in said
    (rules / "greeting.yaml").write_text(rule.format("greeting", "true"), encoding="utf-8")
    status, said = run("check", project / "card.yaml")
    assert (status, "write trust: assisted." in said) == (1, True), "a person has to look at its hits"
    (rules / "greeting.yaml").write_text(rule.format("greeting", "false"), encoding="utf-8")
    assert run("check", project / "card.yaml")[0] == 0
    (rules / "greeting.yaml").write_text("id: greeting\n", encoding="utf-8")
    status, said = run("check", project / "card.yaml")
    assert (status, "`qa-pipeline rules check` names them" in said) == (1, True)


def test_outcomes_of_rules_can_be_tried_too(project: Path) -> None:
    (project / "card.yaml").write_text(BY_RULES, encoding="utf-8")
    (project / "answers.yaml").write_text("{}\n", encoding="utf-8")
    files = (project / "card.yaml", project / "answers.yaml")
    assert "Score 0.0%" in run("try", *files, "--rule", "greeting=miss")[1]
    assert "Rule greeted: cannot_tell" in run("try", *files, "--rule", "greeting=not_evaluated")[1]
    assert "name one of greeting" in run("try", *files, "--rule", "greet=hit")[1]
    assert "write one of hit, miss" in run("try", *files, "--rule", "greeting=yes")[1]


def test_every_question_of_the_shipped_cards_can_be_answered(project: Path) -> None:
    for sample in SAMPLES.glob("*.yaml"):
        card = read_card(sample.read_text(encoding="utf-8"), str(sample))
        answers = {each.id: each.options[0].id if each.options else 3 for each in card.questions}
        answers |= {each.id: "Thank you: well done" for each in card.questions if each.type == "text"}
        (project / "answers.yaml").write_text(json.dumps(answers), encoding="utf-8")
        status, said = run("try", sample, project / "answers.yaml")
        assert (status, said.startswith("Score 100.0%")) == (0, True), said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("when: 2025-03-31\nwhat: a text", None),
        ("when: '2025-03-31'\nwhat: '12'", None),
        ("when: not_applicable\nwhat:", None),
        ("when: tomorrow", "when is answered with a date, such as 2025-03-31, not with tomorrow"),
        ("when: 2025-03-31 12:00:00", "when is answered with a date, not with 2025-03-31 12:00:00"),
        ("when: 2025-02-30", "is not YAML: "),
        ("what: 0012", "what is answered with a text: write 12 in quotes"),
        ("what: [a, b]", "what is answered with a text, not with a, b"),
        ("seconds: true", "seconds is answered with a number, not with True"),
        ("seconds: some", "seconds is answered with a number, not with some"),
    ],
)
def test_texts_dates_and_numbers_are_written_as_they_are(project: Path, written: str, said: str | None) -> None:
    (project / "card.yaml").write_text(
        "scorecard: c\ntitle: C\nscoring: points\nsections:\n  - id: s\n    title: S\n    questions:\n"
        "      - {id: a, text: A, options: [{id: yes, text: Yes, points: 1}]}\n"
        "      - {id: when, text: When, type: date, not_applicable: true}\n      - {id: what, text: What, type: text}\n"
        "      - {id: seconds, text: Seconds, type: number, excluded: true, bands: [{points: 0}]}\n",
        encoding="utf-8",
    )
    (project / "answers.yaml").write_text(f"a: yes\n{written}\n", encoding="utf-8")
    status, printed = run("try", project / "card.yaml", project / "answers.yaml")
    if said is None:
        assert (status, printed.startswith("Score 100.0%")) == (0, True), printed
    else:
        assert status != 0
        assert said in printed


@pytest.mark.parametrize("to", ["yaml", "json"])
def test_an_exported_card_is_the_same_card(project: Path, to: str) -> None:
    own = project / "own.yaml"
    own.write_text(
        "scorecard: '007'\ntitle: C\nscoring: points\neffective_to: 2030-12-31\nmost: 120\nsections:\n  - id: s\n"
        "    title: 'no'\n    questions:\n      - {id: a, text: 'A: b', options: [{id: yes, text: Yes, points: 1}]}\n"
        "      - {id: b, text: B, type: several, asked_when: {not: {all: [{question: a, answers: [yes]}, "
        "{metric: x, below: 3}]}}, options: [{id: '1', text: One, points: 0.1}]}\n",
        encoding="utf-8",
    )
    everything = project / "everything.yaml"
    everything.write_text(written(EVERYTHING), encoding="utf-8")
    for number, source in enumerate([own, everything, *SAMPLES.glob("*.yaml")]):
        target = project / "exported" / f"{number}.{to}"
        status, said = run("export", source, "--to", to, "--output", target)
        assert status == 0, said
        card = read_card(source.read_text(encoding="utf-8"), str(source))
        text = target.read_text(encoding="utf-8")
        assert read_card(text, str(target)) == card
        assert card.version in said
        printed = CliRunner().invoke(app, ["scorecards", "export", str(source), "--to", to])
        assert printed.output == text
        assert run("export", source, "--to", to, "--output", target)[0] != 0, "never written over another"
    if to == "json":
        assert json.loads(text)["scoring"]
    (project / "bad.yaml").write_text("scorecard: a\n", encoding="utf-8")
    assert "bad.yaml, line 1: scoring: it is missing." in run("export", project / "bad.yaml")[1]


def test_a_workbook_of_a_card_imports_to_the_same_card(project: Path) -> None:
    everything = project / "everything.yaml"
    everything.write_text(written(EVERYTHING), encoding="utf-8")
    for number, source in enumerate([everything, *SAMPLES.glob("*.yaml")]):
        book, back = project / f"{number}.xlsx", project / "back" / f"{number}.yaml"
        assert run("export", source, "--to", "excel", "--output", book)[0] == 0
        status, said = run("import", book, "--output", back)
        assert (status, "note" in said) == (0, False), said
        card, again = (read_card(path.read_text(encoding="utf-8"), str(path)) for path in (source, back))
        assert (again, again.version) == (card, card.version)
        sheet = openpyxl.load_workbook(book).active
        assert [cell.value for cell in sheet[1]][:5] == ["Section", "Question", "Type", "Option", "Points"]
        assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row} <= {"s", "n"}, "no formula"
    assert "name it with --output" in run("export", everything, "--to", "excel")[1]


@pytest.mark.parametrize("to", ["connect", "genesys"])
def test_a_card_becomes_a_form_of_another_system_and_what_it_does_not_hold_is_said(project: Path, to: str) -> None:
    source = SAMPLES / "service-quality.yaml"
    form = project / f"{to}.json"
    status, said = run("export", source, "--to", to, "--output", form)
    assert status == 0
    assert "note: min_coverage: 0.7 is not kept" in said
    status, said = run("import", form, "--output", project / "back.yaml")
    assert status == 0, said
    own, back = (read_card(path.read_text(encoding="utf-8"), str(path)) for path in (source, project / "back.yaml"))
    assert [question.text for question in back.questions] == [question.text for question in own.questions]
    assert [section.title for section in back.sections] == [section.title for section in own.sections]


def test_forms_of_other_systems_become_cards_and_what_is_not_carried_over_is_said(project: Path) -> None:
    options = [{"RefId": "o1", "Text": "Yes", "Score": 10}, {"RefId": "o2", "Text": "No", "Score": 0}]
    asked = {"Title": "Was it?", "RefId": "q1", "QuestionType": "SINGLESELECT",
             "QuestionTypeProperties": {"SingleSelect": {"Options": options, "DisplayAs": "RADIO"}}}  # fmt: skip
    section = {"Section": {"Title": "S", "RefId": "s", "Items": [{"Question": asked}]}}
    form = {"Title": "Überblick", "Items": [section], "ScoringStrategy": {"Mode": "QUESTION_ONLY", "Status": "ENABLED"}}
    source = project / "My form (1).json"
    source.write_text(json.dumps(form), encoding="utf-8-sig")
    status, said = run("import", source)
    assert status == 0, said
    assert 'SingleSelect.DisplayAs: "RADIO" is not carried over' in said
    made = project / "scorecards" / "My form (1).yaml"
    card = read_card(made.read_text(encoding="utf-8"), "made")
    assert (card.scorecard, card.title, card.questions[0].id) == ("my_form_1", "Überblick", "q1")
    assert run("check")[0] == 0
    genesys = {"name": "G", "questionGroups": [{"name": "G", "questions": [
        {"text": "Was it?", "isCritical": True, "answerOptions": [{"text": "Yes", "value": 1}]}]}]}  # fmt: skip
    (project / "g.txt").write_text(json.dumps(genesys), encoding="utf-8")
    assert run("import", project / "g.txt", "--critical", "compliance")[0] == 0
    assert "critical: - compliance" in " ".join((project / "scorecards" / "g.yaml").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", '{"Title": "T", "Items": [{"Sect', "a.json, line 1, column 27: ends in the middle; fetch it again"),
        (
            "a.json",
            '{"contacts": []}',
            "a.json is not an evaluation form of Amazon Connect, which has Items, or of Genesys",
        ),
        ("a.json", '{"entities": []}', "a.json is a list of forms; ask for one of them by its id, and import that."),
        ("a.json", '{"scorecard": "a"}', "a.json is a card already; copy it to scorecards/, with the ending .yaml."),
        (
            "a.json",
            '{"Items": [{"Section": {"RefId": "s"}}]}',
            "a.json, ScoringStrategy: missing; choose one with --scoring.",
        ),
        ("a.csv", "Question\nWas it?\n", "a.csv does not say how answers make a score; give --scoring points"),
        ("a.json", "", "a.json, line 1, column 1: ends in the middle"),
    ],
)
def test_what_is_no_form_is_refused_and_nothing_is_written(project: Path, name: str, content: str, said: str) -> None:
    (project / name).write_text(content, encoding="utf-8")
    status, printed = run("import", project / name)
    assert status != 0
    assert said in printed
    assert not (project / "scorecards").exists()


def test_trust_says_what_keeps_an_answer_of_a_metric_from_counting_by_itself(typed: Typed, snapshot: Path) -> None:
    said = typed("scorecards", "trust", SAMPLES / "service-quality.yaml")
    assert said.code == 0
    assert "✓ service-quality dead_air: assisted\n  0 answered blind, agreement –, AC1 –" in said.out
    assert "✓ service-quality listening: advisory" in said.out
    card = snapshot.parent / "automatic.yaml"
    text = (SAMPLES / "service-quality.yaml").read_text(encoding="utf-8")
    card.write_text(text.replace("trust: assisted", "trust: automatic"), encoding="utf-8")
    said = typed("scorecards", "trust", card)
    assert said.code == 1
    assert "✗ service-quality dead_air: automatic in the card, assisted by the figures" in said.out
    assert "  not automatic: 0 calls were answered blind, fewer than 30" in said.out


def test_the_schema_is_json() -> None:
    done = CliRunner().invoke(app, ["scorecards", "schema"])
    assert json.loads(done.output)["properties"]["scoring"]


def test_a_workbook_becomes_a_card_that_is_never_written_over_another(project: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["Quality form 2025"],
        ["Section", "Question", "Options", "Points", "Weight", "N/A", "Auto-fail"],
        ["Opening", "Greeting", "Yes/No", "1/0", 10, "", ""],
        [None, "Identity", "Yes/No", "1/0", 20, "yes", "yes"],
    ):
        book.active.append(row)
    book.save(project / "form.xlsx")
    status, said = run("import", project / "form.xlsx", "--scoring", "by_question")
    assert status == 0
    assert "2 questions in 1 section" in said
    assert run("check")[0] == 0
    before = (project / "scorecards" / "form.yaml").read_text(encoding="utf-8")
    assert "auto_fail: card" in before
    status, _ = run("import", project / "form.xlsx", "--scoring", "points")
    assert status != 0
    assert (project / "scorecards" / "form.yaml").read_text(encoding="utf-8") == before
    (project / "bad.csv").write_text("Question,Weight\nTone,much\n", encoding="utf-8")
    status, _ = run("import", project / "bad.csv", "--scoring", "points")
    assert status != 0
    assert not (project / "scorecards" / "bad.yaml").exists()
