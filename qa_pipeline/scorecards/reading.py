"""Reads a scorecard from YAML 1.2, in which `no` is a word; all that is wrong is named with file and line, at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qa_pipeline.scorecards.cards import Card, Question
from qa_pipeline.scorecards.conditions import Condition
from qa_pipeline.yaml_files.places import Place
from qa_pipeline.yaml_files.reading import BadFile, Placed, read_model

_BEGINS_WITH = "a card begins with the lines scorecard: and title:, see docs/scorecards.md."


class BadCard(BadFile):
    """A card that can't be used; `faults` are sentences with file and line."""


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule that a question names, and the line of the first entry that does."""

    question: Question
    rule: str
    line: int


@dataclass(frozen=True, slots=True)
class PlacedCard:
    """A card, the file that it is from as messages name it, the line that says from when it is, and those in which its
    questions name rules."""

    card: Card
    label: str
    line: int
    rules: tuple[NamedRule, ...] = ()


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
        read = read_model(text, label, Card, what="the card", begins_with=_BEGINS_WITH, references=_references)
    except BadFile as error:
        raise BadCard(error.faults) from None
    since = "effective_from" if "effective_from" in read.value.model_fields_set else "scorecard"
    return PlacedCard(read.value, label, read.line((since,)), tuple(_named_rules(read)))


def _named_rules(read: Placed[Card]) -> Iterator[NamedRule]:
    for number, section in enumerate(read.value.sections):
        for place, question in enumerate(section.questions):
            entries = [] if question.answered_by is None else [each.rule for each in question.answered_by.rules]
            here: Place = ("sections", number, "questions", place, "answered_by", "rules")
            for rule_id in dict.fromkeys(entries):
                yield NamedRule(question, rule_id, read.line((*here, entries.index(rule_id))))


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
