"""Weights of a form that a card can't have: what weighs nothing is asked and not scored."""

from __future__ import annotations

from typing import Any

from qa_pipeline.scorecards.forms.taking import Findings

Written = dict[str, Any]


def leave_out_weightless(card: Written, findings: Findings) -> None:
    """Excludes what weighs 0 in this scoring, and says so; weights below 0, and a card in which nothing is scored, are
    faults."""
    scoring = card["scoring"]
    for section in card["sections"]:
        weight = section.get("weight", 1)
        if weight < 0:
            findings.fault(
                f"section {section['id']}", f"its weight is {weight:g}; give it one above 0, or 0 for no score"
            )
        if weight <= 0:
            del section["weight"]
            if scoring == "by_section":
                findings.note(f"section {section['id']}", "it weighs 0, so its questions are asked and not scored")
                for question in section["questions"]:
                    _exclude(question)
        for question in section["questions"]:
            own = question.get("weight", 1)
            if own < 0:
                findings.fault(
                    f"question {question['id']}", f"its weight is {own:g}; give it one above 0, or 0 for no score"
                )
            if own <= 0:
                del question["weight"]
                if scoring != "points" and question["type"] not in ("text", "date") and not question.get("excluded"):
                    findings.note(f"question {question['id']}", "it weighs 0, so it is asked and not scored")
                    _exclude(question)
    asked = [question for section in card["sections"] for question in section["questions"]]
    counts = [each for each in asked if each["type"] not in ("text", "date") and not each.get("excluded")]
    if asked and not findings.faults and not [each for each in counts if not each.get("bonus")]:
        findings.fault(
            "the form",
            "no question has a weight and points above 0, so nothing would be scored; give some there, or choose "
            "another scoring with --scoring",
        )


def _exclude(question: Written) -> None:
    if question["type"] not in ("text", "date"):
        question["excluded"] = True
