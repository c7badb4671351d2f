"""Reads a scorecard from YAML 1.2, in which `no` is a word; all that is wrong is named with file and line, at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from qa_pipeline.scorecards.cards import Card, Question
from qa_pipeline.scorecards.conditions import Condition

_HINTS = {
    "extra_forbidden": "there is no such key",
    "missing": "it is missing",
    "string_type": "write it in quotes, as a text",
}
"""What pydantic calls a fault → in the words of this page; other faults say it well enough."""

Place = tuple[int | str, ...]


class BadCard(ValueError):
    """A card that can't be used; `faults` are sentences with file and line."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class PlacedCard:
    """A card, the file that it is from as messages name it, and the line that says from when it is."""

    card: Card
    label: str
    line: int


def read_card(text: str, label: str) -> Card:
    """The card that a file holds; `label` is the file in messages.

    Raises:
        BadCard: it is not one.
    """
    return read_placed_card(text, label).card


def read_placed_card(text: str, label: str) -> PlacedCard:
    """The card that a file holds, with its place.

    Raises:
        BadCard: it is not one.
    """
    try:
        content = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadCard([f"{label}, line {line}: {_one_line(error.problem or 'not YAML')}."]) from None
    except (YAMLError, ValueError) as error:
        raise BadCard([f"{label}: not YAML: {_one_line(str(error))}."]) from None
    if not isinstance(content, dict):
        raise BadCard([f"{label}: a card begins with the lines scorecard: and title:, see docs/scorecards.md."])
    try:
        card = Card.model_validate(content)
    except ValidationError as error:
        raise BadCard(_faults(content, label, error.errors(include_url=False))) from None
    if faults := [f"{label}, line {_line(content, place)}: {said}." for place, said in _references(card)]:
        raise BadCard(faults)
    place: Place = ("effective_from",) if "effective_from" in content else ("scorecard",)
    return PlacedCard(card, label, _line(content, place))


def _faults(content: Any, label: str, items: Sequence[Any]) -> list[str]:
    """In the order of lines. That a list of nothing but faulty items is empty is not said too."""
    places = [tuple(item["loc"]) for item in items]
    own = [
        item
        for item, place in zip(items, places, strict=True)
        if item["type"] != "too_short" or not any(other[: len(place)] == place != other for other in places)
    ]
    own.sort(key=lambda item: _line(content, tuple(item["loc"])))
    return [_fault(content, label, item) for item in own]


def _fault(content: Any, label: str, item: Any) -> str:
    place: Place = tuple(item["loc"])
    name = next((str(part) for part in reversed(place) if isinstance(part, str)), "the card")
    said = _HINTS.get(item["type"]) or item["msg"].removeprefix("Value error, ")
    return f"{label}, line {_line(content, place)}: {name}: {said[:1].lower()}{said[1:]}."


def _references(card: Card) -> Iterator[tuple[Place, str]]:
    """What of a card does not fit together: ids that are there twice, conditions on what is not asked before."""
    sections: set[str] = set()
    asked: dict[str, Question] = {}
    for number, section in enumerate(card.sections):
        if section.id in sections:
            yield ("sections", number, "id"), f"there is a section {section.id} already"
        sections.add(section.id)
        for place, question in enumerate(section.questions):
            here: Place = ("sections", number, "questions", place)
            if question.id in asked:
                yield (*here, "id"), f"there is a question {question.id} already"
            for part in question.asked_when.parts() if question.asked_when else ():
                if said := _unknown(part, asked):
                    yield (*here, "asked_when"), said if part.question in asked else f"{said} before {question.id}"
            asked[question.id] = question


def _unknown(part: Condition, asked: Mapping[str, Question]) -> str | None:
    """What a part of a condition looks at that is not there."""
    if part.question is None:
        return None
    if (question := asked.get(part.question)) is None:
        return f"no question {part.question} is asked"
    if part.has_bounds and question.type != "number":
        return f"{question.id} is not answered with a number"
    unknown = sorted(set(part.answers or ()) - {option.id for option in question.options})
    return f"{question.id} has no option {unknown[0]}" if unknown else None


def _line(content: Any, place: Place) -> int:
    """The line of a place, or of what is nearest around it."""
    line = 0
    for part in place:
        try:
            lines = content.lc
            line = (lines.key(part) if isinstance(content, dict) else lines.item(part))[0]
            content = content[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return int(line) + 1


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
