"""What the form says of how choices count: base, cap, and how far a bonus lifts a section."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards.evaluating.counting import how_bonus_counts, how_choices_count
from qa_pipeline.scorecards.cards import Question, Section

OPTIONS = [{"id": "a", "text": "A", "points": 2}, {"id": "b", "text": "B", "points": -1}]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, []),
        ({"base": 6}, ["begins with 6 points"]),
        ({"base": 1, "cap": {"scope": "once"}},
         ["begins with 1 point", "only the choice that gives most and the one that takes most count"]),
        ({"cap": {"scope": "each_hit", "points": 4}}, ["all choices give or take at most 4 points"]),
    ],
)  # fmt: skip
def test_base_and_cap_of_several_choices_are_said(keys: dict[str, Any], said: list[str]) -> None:
    question = Question.model_validate({"id": "q", "text": "Q", "type": "several", "options": OPTIONS, **keys})
    assert how_choices_count(question) == said


def test_a_section_says_how_far_its_bonus_lifts_it() -> None:
    bonus = {"id": "q", "text": "Q", "bonus": True, "options": OPTIONS[:1]}

    def section(*questions: dict[str, Any]) -> Section:
        return Section.model_validate({"id": "s", "title": "S", "most": 120, "questions": questions})

    assert how_bonus_counts(section(bonus)) == "with its bonus at most 120%"
    assert how_bonus_counts(section({**bonus, "bonus": False})) == ""
