"""When the questions of a form are asked, put into a card: a card asks in its order, and looks back only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.scorecards.forms.taking import Findings

Written = dict[str, Any]
ReadCondition = Callable[[], Written | str]
"""Gives the condition, or why a card can't say it, as the end of a sentence."""


@dataclass(slots=True)
class AskedQuestion:
    """A question as it is put together: its place in the form, and the conditions of itself and what is around it."""

    place: str
    values: Written
    conditions: list[ReadCondition] = field(default_factory=list)


def put_conditions(questions: Sequence[AskedQuestion], findings: Findings) -> None:
    """Gives each question its `asked_when`. One that can't be carried over is left out and named, so that the question
    is always asked; questions that wait for each other are a fault."""
    order = {question.values["id"]: place for place, question in enumerate(questions)}
    waits: dict[str, set[str]] = {}
    for question in questions:
        read = [each() for each in question.conditions]
        refused = [each for each in read if isinstance(each, str)]
        found = [each for each in read if not isinstance(each, str)]
        if refused:
            findings.note(
                question.place,
                f"when it is asked is not carried over, as {refused[0]}; it is always asked, and counts in each score",
            )
        elif found:
            question.values["asked_when"] = found[0] if len(found) == 1 else {"all": found}
            waits[question.values["id"]] = set(_looked_at(question.values["asked_when"]))
    if circle := _circle(waits):
        place = questions[order[circle[0]]].place
        findings.fault(
            place, f"these questions wait for each other: {', '.join(circle)}; take a condition out of one of them"
        )
        return
    for question in questions:
        own = question.values["id"]
        if later := sorted(each for each in waits.get(own, ()) if order[each] > order[own]):
            del question.values["asked_when"]
            findings.note(
                question.place,
                f"it is asked by the answer to {later[0]}, which comes after it; cards look back only, so it is always "
                f"asked: move {later[0]} before it, and write asked_when",
            )


def _looked_at(condition: Written) -> Iterator[str]:
    if "question" in condition:
        yield condition["question"]
    for inner in (
        *condition.get("all", ()),
        *condition.get("any", ()),
        *([condition["not"]] if "not" in condition else []),
    ):
        yield from _looked_at(inner)


def _circle(waits: dict[str, set[str]]) -> list[str]:
    """Questions that wait for each other, or for themselves; empty where there are none."""
    done: set[str] = set()
    for start in waits:
        way: list[str] = [start]
        tries = [iter(sorted(waits[start]))]
        while tries:
            step = next(tries[-1], None)
            if step is None:
                tries.pop()
                done.add(way.pop())
            elif step in way:
                return way[way.index(step) :]
            elif step not in done and step in waits:
                way.append(step)
                tries.append(iter(sorted(waits[step])))
    return []
