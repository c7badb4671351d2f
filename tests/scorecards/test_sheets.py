"""Cards of sheets: what leads keep in Excel becomes a card, and what can't be carried over is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.reading import BadCard
from qa_pipeline.scorecards.sheets import card_of_sheet, column_of


def made_of(*lines: Mapping[str, str]) -> tuple[Card, list[str]]:
    numbered = list(enumerate(lines, 2))
    made = card_of_sheet(numbered, label="form.xlsx", card_id="form", title="Form", scoring="by_question")
    return Card.model_validate(made.card), [note.removeprefix("form.xlsx, ") for note in made.notes]


def options(card: Card, name: str) -> list[tuple[str, float, str | None]]:
    [found] = [question for question in card.questions if question.id == name]
    return [(option.id, option.points, option.auto_fail) for option in found.options]


def test_a_line_per_question_and_a_line_per_option_are_both_read() -> None:
    card, notes = made_of(
        {"section": "Opening", "question": "Greeting", "options": "Yes/Partly/No", "points": "2/1/0", "weight": "10"},
        {"question": "Identity", "options": "Yes=1; No=0; N/A", "weight": "20%", "auto_fail": "fatal"},
        {"section": "Solution", "question": "Understood", "options": "Fully", "points": "5", "instructions": "Why?"},
        {"options": "Partly", "points": "2,5"},
        {"options": "Not", "points": "0", "auto_fail": "section"},
    )
    assert [(section.id, len(section.questions)) for section in card.sections] == [("opening", 2), ("solution", 1)]
    assert options(card, "greeting") == [("yes", 2, None), ("partly", 1, None), ("no", 0, None)]
    assert options(card, "identity") == [("yes", 1, None), ("no", 0, "card")]
    assert options(card, "understood") == [("fully", 5, None), ("partly", 2.5, None), ("not", 0, "section")]
    identity = card.questions[1]
    assert (identity.weight, identity.not_applicable, card.questions[2].instructions) == (20, True, "Why?")
    assert notes == []


def test_what_is_taken_otherwise_or_not_at_all_is_named() -> None:
    card, notes = made_of(
        {"question": "Anything else?", "points": "3", "not_applicable": "yes", "Owner": "Ann"},
        {"question": "Tone", "options": "Good/Fair/Bad", "points": "4", "critical": "medium"},
        {"question": "Tone", "options": "好/坏"},
    )
    assert options(card, "anything_else") == [("yes", 3, None), ("no", 0, None)]
    assert options(card, "tone") == [("good", 4, None), ("fair", 2, None), ("bad", 0, None)]
    assert options(card, "tone_2") == [("好", 1, None), ("坏", 0, None)]
    assert notes == [
        "form.xlsx: not carried over: column Owner.",
        "line 3 critical is 'medium', none of customer, business, compliance; it is not carried over.",
        "line 2 names no options; Yes gives 3 and No gives 0.",
        "line 3 gives its options no points; taken from the first down: Good 4, Fair 2, Bad 0.",
        "line 4 gives its options no points; taken from the first down: 好 1, 坏 0.",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [{"options": "Yes/No/N/A", "points": "10/0/0"}],
        [{"options": "N/A/Yes/No", "points": "0/10/0"}],
        [{"options": "Yes; No; n/a", "points": "10; 0; N/A"}],
        [{"options": "Yes/No/N/A", "points": "10/0/-"}],
        [{"options": "Yes/No/N/A", "points": "10/0"}],
        [{"options": "Yes/No/N/A", "points": "10"}],
        [{"options": "Yes=10; No=0; N/A=0"}],
        [{"options": "Yes (10)\nNo (0)\nNot applicable (0)"}],
        [{"options": "Yes", "points": "10"}, {"options": "No", "points": "0"}, {"options": "N/A", "points": "0"}],
        [{"options": "N/A", "points": "0"}, {"options": "Yes", "points": "10"}, {"options": "No", "points": "0"}],
    ],
)
def test_points_of_not_applicable_are_no_points_of_an_option(lines: list[dict[str, str]]) -> None:
    card, notes = made_of({"question": "Identity", **lines[0]}, *lines[1:])
    assert options(card, "identity") == [("yes", 10, None), ("no", 0, None)]
    assert card.questions[0].not_applicable
    assert not [note for note in notes if "no points" not in note]


def test_points_for_not_applicable_are_named_as_not_carried_over() -> None:
    card, notes = made_of({"question": "Identity", "options": "Yes/No/N/A", "points": "10/0/10"})
    assert options(card, "identity") == [("yes", 10, None), ("no", 0, None)]
    assert notes == ["line 2 gives N/A 10 points; N/A never counts, so they are not carried over."]
    _, notes = made_of({"question": "Identity", "options": "Yes=10; No=0; N/A=10"})
    assert notes == ["line 2 gives N/A 10 points; N/A never counts, so they are not carried over."]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"options": "Yes"}, "line 2 names no question, and none is above it."),
        ({"question": "x", "weight": "much"}, "line 2 weight is 'much': write a number."),
        ({"question": "x", "options": "a/b/c", "points": "1/2"}, "line 2 has 3 options and 2 points; "),
        ({"question": "x", "options": "a/b/c/N/A", "points": "1/2"}, "line 2 has 3 options besides N/A and 2 points; "),
        ({"question": "x", "options": "a/b/N/A", "points": "1/0/much"}, "line 2 points is 'much': write a number."),
        ({"question": "x", "points": "1/2"}, "line 2 has several points and no options; "),
        ({"question": "x", "auto_fail": "maybe"}, "line 2 auto-fail is 'maybe': write yes or leave it empty."),
        ({"question": "x", "options": "a=1; b"}, "line 2 gives 'b' no points."),
    ],
)
def test_a_line_that_cant_be_understood_is_named(line: dict[str, Any], said: str) -> None:
    with pytest.raises(BadCard) as refused:
        made_of(line)
    assert refused.value.faults[0].removeprefix("form.xlsx, ").startswith(said)


def test_headings_are_known_in_several_words() -> None:
    found = [
        column_of(heading) for heading in ("Category", "评分项", "Max Points", "N/A", "Auto-Fail", "Ｗeight", "Owner")
    ]
    assert found == ["section", "question", "points", "not_applicable", "auto_fail", "weight", None]
