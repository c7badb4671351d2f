"""What a rule says, in lines that people read."""

from __future__ import annotations

from qa_pipeline.rules.conditions import Rule
from qa_pipeline.wording.rule_conditions import rule_lines


def lines_of(**parts: object) -> list[str]:
    rule = Rule.model_validate({"id": "r", "title": "R", **parts})
    return [f"{'  ' * line.depth}{line.text}" for line in rule_lines(rule)]


def test_a_rule_is_told_from_whom_it_is_for_to_the_last_condition() -> None:
    phrases = {"phrases": {"any": ["refund", {"list": "money"}]}, "role": "agent"}
    silent = {"name": "dead_air_s", "at_least": 3}
    assert lines_of(
        applies_to={"queue": ["billing"], "min_duration_s": 20},
        effective_from="2025-09-01",
        when={"emotion": {"among": ["angry"], "run_at_least": 2}, "role": "customer"},
        condition={"all": [{**phrases, "window": {"first_s": 60}}, {"not": {"metric": silent}}]},
    ) == [
        "only calls of the queues billing",
        "only calls of 20 s or more",
        "only calls from 2025-09-01 on",
        "only where this occurs:",
        "  emotion: angry, 2 sentences in a row by the customer",
        "it is a hit where this holds:",
        "  all of",
        "    phrases: any of “refund”, list money by the agent in the first 60 s",
        "    not",
        "      metric: dead_air_s from 3",
    ]  # fmt: skip


def test_what_takes_a_place_back_stands_below_it() -> None:
    said = {"phrases": {"any": ["a"]}}
    assert lines_of(
        condition={
            **said,
            "without": {"phrases": ["not"], "side": "before"},
            "unless": {"condition": {"phrases": {"none": ["b"]}}, "within_s": 30},
        }
    )[1:] == [
        "  phrases: any of “a”",
        "    but not within 30 s of this: phrases: none of “b”",
        "    but not right behind: “not”",
    ]
    sequence = {"anchor": said, "expect": {"regex": "x+"}, "within_s": 5, "each": True}
    assert lines_of(condition={"sequence": sequence})[1:] == [
        "  sequence: expected after the anchor within 5 s, each time",
        "    anchor: phrases: any of “a”",
        "    expected: regex: x+",
    ]
    shown = lines_of(condition={"phrases": {"at_least": 2, "of": list("abcdef")}, "window": {"from_percent": 10}})
    assert shown[1:] == ["  phrases: at least 2 of “a”, “b”, “c”, “d”, and 2 more from 10% to the end"]
