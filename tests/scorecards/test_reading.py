"""Scorecards as YAML: what is wrong is named by file and line; the cards that are shipped are right."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.folder import card_files, read_cards
from qa_pipeline.scorecards.reading import BadCard, read_card
from tests.scenario import ROOT

SHIPPED = sorted((ROOT / "samples" / "scorecards").glob("*.yaml"))
CARD = """scorecard: c
title: C
scoring: points
sections:
  - id: a
    title: A
    questions:
      - id: q1
        text: Was it?
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No}]
"""
YES_NO = "{id: yes, text: Yes, points: 1}, {id: no, text: No}"
TWICE = "{rule: r, outcome: hit, answer: yes}"
NOTE = "      - {id: q2, text: x, type: text"


def faults(text: str) -> list[str]:
    with pytest.raises(BadCard) as refused:
        read_card(text, "c.yaml")
    return refused.value.faults


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_cards_that_are_shipped_are_right_and_fit_the_schema(path: Path) -> None:
    card = read_card(path.read_text(encoding="utf-8"), path.name)
    assert card.scorecard == path.stem
    plain = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    dates = {key: value.isoformat() for key, value in plain.items() if isinstance(value, dt.date)}
    jsonschema.validate(plain | dates, Card.model_json_schema())


def test_yes_and_no_are_words_and_a_version_is_its_content() -> None:
    card = read_card(CARD, "c.yaml")
    assert [option.id for option in card.questions[0].options] == ["yes", "no"]
    assert read_card(f"# a remark\n{CARD}", "other.yaml").version == card.version
    assert read_card(CARD.replace("Was it?", "Was it not?"), "c.yaml").version != card.version


def test_a_card_says_of_which_days_it_is() -> None:
    card = read_card(CARD + "effective_from: 2025-09-01\neffective_to: 2025-09-02\n", "c.yaml")
    assert (card.effective_from, card.effective_to) == (dt.date(2025, 9, 1), dt.date(2025, 9, 2))
    [fault] = faults(CARD + "effective_from: 2025-09-01\neffective_to: 2025-08-31\n")
    assert "effective_to lies before effective_from" in fault


def test_all_faults_are_named_with_their_lines() -> None:
    text = CARD.replace("title: C", "title: 12").replace("points\n", "by_magic\n").replace("id: yes", "id: 0123")
    assert faults(text.replace("    title: A", "    titel: A")) == [
        "c.yaml, line 2: title: write it in quotes, as a text.",
        "c.yaml, line 3: scoring: input should be 'points', 'by_question' or 'by_section'.",
        "c.yaml, line 5: title: it is missing.",
        "c.yaml, line 6: titel: there is no such key.",
        "c.yaml, line 10: id: write it in quotes, as a text.",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("      - {id: q1, text: x, type: text}\n", "line 11: there is a question q1 already."),
        (
            "      - {id: q2, text: x, type: text, asked_when: {question: q3, answers: [yes]}}\n",
            "no question q3 is asked",
        ),
        (
            "      - {id: q2, text: x, type: text, asked_when: {question: q1, answers: [oui]}}\n",
            "q1 has no option oui.",
        ),
        (
            "      - {id: q2, text: x, type: text, asked_when: {metric: m}}\n",
            "metric goes with at_least, below or both.",
        ),
        ("      - {id: q2, text: x}\n", "line 11: questions: a question of the type single needs options."),
        ("      - {id: q2, text: x, options: [{id: a, text: a}]}\n", "nothing of it gives points"),
        (
            "      - {id: q2, text: x, type: number, bands: [{below: 5, points: 1}, {at_least: 4, points: 0}]}\n",
            "two of its bands hold the same number.",
        ),
        ("      - {id: q2, text: x, options: [{id: a, text: a, points: -1}]}\n", "points below 0 belong to"),
        ("      - {id: q2, text: x, type: text, base: 3}\n", "base and cap belong to questions of the type several"),
        (
            "      - {id: q2, text: x, type: several, cap: {scope: each_hit}, options: [{id: a, text: a}]}\n",
            "a cap on each_hit says how many points",
        ),
        ("      - {id: q2, text: x, type: text, answered_by: {metric: m}}\n", "a metric answers a number or a single"),
        (
            "      - {id: q2, text: x, options: [{id: a, text: a, points: 1}], answered_by: {metric: m}}\n",
            "options of answered_by belong to a question of a single choice, which needs them",
        ),
        (
            "      - {id: q2, text: x, options: [{id: a, text: a, points: 1}], "
            "answered_by: {metric: m, options: [{option: b}]}}\n",
            "answered_by names the option b, which it does not have",
        ),
        ("      - {id: q2, text: x, type: text, trust: automatic}\n", "answered_by is missing"),
        *(
            (f"      - {{id: q2, text: x, {more}options: [{options}], answered_by: {{{by}}}}}\n", said)
            for more, options, by, said in (
                ("", YES_NO, "metric: m, rules: [{rule: r, outcome: hit, answer: yes}]", "by a metric or by rules"),
                ("", YES_NO, "options: [{option: yes}]", "by a metric or by rules: give one of both"),
                ("", YES_NO, "rules: [{rule: r, outcome: not_evaluated, answer: no}]", "says nothing of the call"),
                (
                    "",
                    YES_NO,
                    "rules: [{rule: r, outcome: hit, answer: maybe}]",
                    "names the option maybe, which it does",
                ),
                (
                    "",
                    YES_NO,
                    "rules: [{rule: r, outcome: heard, answer: yes}]",
                    "outcome: input should be 'hit', 'miss'",
                ),
                ("", YES_NO, "rules: [{rule: r, outcome: hit, answer: not_applicable}]", "set not_applicable: true"),
                ("", YES_NO, f"rules: [{TWICE}, {TWICE}]", "two entries for r hit, and only the first counts"),
                ("", "{id: cannot_tell, text: x, points: 1}", f"rules: [{TWICE}]", "the name of an answer that is no"),
                ("type: several, ", YES_NO, f"rules: [{TWICE}]", "rules answer a single choice, not a question of the"),
            )
        ),
        (
            "      - {id: q2, text: x, type: text, asked_when: {question: q1, at_least: 3}}\n",
            "q1 is not answered with a number",
        ),
        (
            "      - {id: q2, text: x, type: text, asked_when: {metric: m, at_least: 3, above: 3}}\n",
            "a side has one bound",
        ),
        ("title: C\n", 'line 11: found duplicate key "title"'),
        ("  - [\n", "c.yaml, line"),
    ],
)
def test_what_does_not_fit_together_is_named(more: str, said: str) -> None:
    [fault] = faults(CARD + more)
    assert said in fault


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n"])
def test_a_file_that_is_no_card_says_how_one_begins(text: str) -> None:
    [fault] = faults(text)
    assert "begins with the lines scorecard: and title:" in fault


def test_a_version_does_not_change_with_what_a_later_program_adds_as_a_default() -> None:
    card = read_card(CARD, "c.yaml")
    assert (
        read_card(CARD.replace("title: C", "title: C\nmost: 100\nmin_coverage: 0.7"), "c.yaml").version == card.version
    )
    assert card.version == "ebfae269d37b01df", "evaluations that are stored name it"


def test_a_folder_may_have_several_versions_of_a_card_each_for_days_of_its_own(tmp_path: Path) -> None:
    days = {
        "1": "effective_to: 2025-06-30",
        "2": "effective_from: 2025-07-01\neffective_to: 2025-12-31",
        "3": "# a remark\neffective_from: 2025-12-31",
    }
    for name, said in days.items():
        (tmp_path / f"{name}.yaml").write_text(
            CARD.replace("title: C", f"title: Version {name}\n{said}"), encoding="utf-8"
        )
    (tmp_path / "other.yml").write_text(CARD.replace("scorecard: c", "scorecard: a"), encoding="utf-8")
    (tmp_path / "bad.yaml").write_bytes(b"title: \xff")
    (tmp_path / "notes.txt").write_text("no card", encoding="utf-8")
    found = read_cards(card_files(tmp_path))
    assert [fault.replace(f"{tmp_path}/", "") for fault in found.faults] == [
        "3.yaml, line 4: 2.yaml, line 3, is the card c too from 2025-12-31 to 2025-12-31; give both effective_from and "
        "effective_to, so that no day has two.",
        "bad.yaml is not UTF-8 (byte 7); save it as UTF-8.",
    ]
    titles = {day: found.card_on("c", dt.date.fromisoformat(day)) for day in ("2020-01-01", "2025-07-01", "2026-01-01")}
    assert [card and card.title for card in titles.values()] == ["Version 1", "Version 2", None]
    assert [card.scorecard for card in found.on(dt.date(2025, 6, 30))] == ["a", "c"]
    assert card_files(tmp_path / "missing") == ()
