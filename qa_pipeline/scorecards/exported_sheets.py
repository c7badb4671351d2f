"""A card as lines of a sheet that leads can read and change, and the card that such lines are: the same, if unchanged.

A line is an option, or a question without options. What leads change has columns of its own; all else of a card,
section, question or option is JSON in the column of its keys, where it begins. Lines added by hand have no keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.names import slug, unique
from qa_pipeline.scorecards.reading import BadCard

Written = dict[str, Any]
Cell = str | float

HEADINGS = {
    "section": "Section",
    "question": "Question",
    "type": "Type",
    "options": "Option",
    "points": "Points",
    "weight": "Weight",
    "not_applicable": "N/A",
    "auto_fail": "Auto-fail",
    "critical": "Critical",
    "instructions": "Guidance",
    "option_definition": "Option definition",
    "card_keys": "Keys of card",
    "section_keys": "Keys of section",
    "question_keys": "Keys of question",
    "option_keys": "Keys of option",
}
"""Column of a sheet → its heading, in their order."""

MOST_CHARS = 32_000
"""Excel cuts off a cell's text soon after."""

_EXACT_BELOW = 1e15
_ESCAPED = re.compile(r"_x")
_OPTION_CELLS = {"points": "points", "auto_fail": "auto_fail", "definition": "option_definition"}
"""Key of an option → its column."""


def lines_of_card(card: Card) -> list[dict[str, Cell]]:
    """The lines, cells by column; a cell that is not there is empty.

    Raises:
        BadCard: a cell would be longer than Excel lets it be.
    """
    content = card.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    lines: list[dict[str, Cell]] = []
    for section in content.pop("sections"):
        begins: dict[str, Cell] = {} if lines else {"card_keys": _written(content)}
        questions = section.pop("questions")
        begins |= _with_text(section, "title", "section", "section_keys")
        for question in questions:
            lines += _lines_of_question(question, begins)
            begins = {}
    for number, line in enumerate(lines, 2):
        for name, cell in line.items():
            if isinstance(cell, str) and len(cell) > MOST_CHARS:
                raise BadCard([f"line {number}: {HEADINGS[name]} has {len(cell)} characters, more than Excel takes."])
    return lines


def is_exported(lines: Sequence[tuple[int, Mapping[str, str]]]) -> bool:
    """Whether a sheet's lines are of a card that was written as a sheet."""
    return any("card_keys" in cells for _, cells in lines)


def card_of_lines(lines: Sequence[tuple[int, Mapping[str, str]]], label: str) -> Written:
    """The card, as YAML has it, that lines (number, cells by column) are.

    Raises:
        BadCard: a line can't be understood; all are named.
    """
    reader = _LineReader(label)
    for number, cells in lines:
        reader.take(number, cells)
    if reader.faults:
        raise BadCard(reader.faults)
    return reader.card


def _lines_of_question(question: Written, begins: Mapping[str, Cell]) -> Iterator[dict[str, Cell]]:
    options = question.pop("options", [])
    own: dict[str, Cell] = {"type": question.pop("type", "single")}
    if question.pop("not_applicable", False):
        own["not_applicable"] = "yes"
    if critical := question.pop("critical", None):
        own["critical"] = ", ".join(critical)
    if _survives(question.get("weight")):
        own["weight"] = question.pop("weight")
    if _survives(question.get("instructions")):
        own["instructions"] = question.pop("instructions")
    first = {**begins, **_with_text(question, "text", "question", "question_keys"), **own}
    for place, option in enumerate(options):
        cells = {column: option.pop(key) for key, column in _OPTION_CELLS.items() if _survives(option.get(key))}
        cells.setdefault("points", 0) if "points" not in option else None
        yield {**(first if place == 0 else {}), **_with_text(option, "text", "options", "option_keys"), **cells}
    if not options:
        yield first


def _with_text(content: Written, key: str, column: str, keys_column: str) -> dict[str, Cell]:
    """A text and all other keys; the text is among them too where its cell would not give it back as it is."""
    text = content[key]
    if _survives(text):
        del content[key]
    return {column: text, keys_column: _written(content)}


def _survives(value: Any) -> bool:
    """Whether a cell gives a value back as it is."""
    if isinstance(value, str):
        plain = value.replace("\n", " ").isprintable() and value == value.strip() and not value.startswith("=")
        return bool(value) and plain and len(value) <= MOST_CHARS and not _ESCAPED.search(value)
    if isinstance(value, int | float):
        return abs(value) < _EXACT_BELOW and float(f"{value:.15G}") == value
    return False


def _written(content: Written) -> str:
    """JSON of plain ASCII, in which nothing looks like an escape of Excel."""
    return _ESCAPED.sub(r"\\u005fx", json.dumps(content))


class _LineReader:
    def __init__(self, label: str) -> None:
        self.faults: list[str] = []
        self.card: Written = {"sections": []}
        self._label = label
        self._ids: dict[str, set[str]] = {"section": set(), "question": set()}
        self._options: set[str] = set()

    def take(self, number: int, cells: Mapping[str, str]) -> None:
        """Reads a line of a sheet; what is wrong in it is added to the faults."""
        if "card_keys" in cells:
            self.card = {**self._keys(number, cells, "card_keys"), "sections": []}
        if "section" in cells or "section_keys" in cells:
            section = self._begun(number, cells, "section", "title")
            self.card["sections"].append({**section, "questions": []})
        sections = self.card["sections"]
        if "question" in cells or "question_keys" in cells:
            if not sections:
                sections.append({"id": "general", "title": "General", "questions": []})
            question = self._begun(number, cells, "question", "text")
            sections[-1]["questions"].append(self._described(number, cells, question))
            self._options = set()
        if "options" in cells or "option_keys" in cells:
            if not sections or not sections[-1]["questions"]:
                self._fault(number, "has an option, and no question is above it")
                return
            sections[-1]["questions"][-1].setdefault("options", []).append(self._option(number, cells))

    def _begun(self, number: int, cells: Mapping[str, str], kind: str, text_key: str) -> Written:
        """A section or question that begins on a line."""
        keys = self._keys(number, cells, f"{kind}_keys")
        text = keys.pop(text_key, None) or cells.get(kind, "")
        own_id = keys.pop("id", None) or unique(slug(text), self._ids[kind])
        self._ids[kind].add(str(own_id))
        return {"id": own_id, text_key: text, **keys}

    def _described(self, number: int, cells: Mapping[str, str], question: Written) -> Written:
        found = dict(question)
        if kind := cells.get("type"):
            found["type"] = kind.casefold()
        if "weight" in cells:
            found["weight"] = self._number(number, cells, "weight")
        if cells.get("not_applicable", "").casefold() == "yes":
            found["not_applicable"] = True
        if critical := cells.get("critical"):
            found["critical"] = [tag.strip().casefold() for tag in critical.split(",")]
        if "instructions" in cells:
            found["instructions"] = cells["instructions"]
        return found

    def _option(self, number: int, cells: Mapping[str, str]) -> Written:
        keys = self._keys(number, cells, "option_keys")
        text = keys.pop("text", None) or cells.get("options", "")
        own_id = keys.pop("id", None) or unique(slug(text), self._options)
        self._options.add(str(own_id))
        option: Written = {"id": own_id, "text": text, **keys}
        if "points" in cells:
            option["points"] = self._number(number, cells, "points")
        if "auto_fail" in cells:
            option["auto_fail"] = cells["auto_fail"].casefold()
        if "option_definition" in cells:
            option["definition"] = cells["option_definition"]
        return option

    def _keys(self, number: int, cells: Mapping[str, str], column: str) -> Written:
        if column not in cells:
            return {}
        try:
            found = json.loads(cells[column])
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self._fault(number, f"{HEADINGS[column]} is not what was written there; undo the change, or empty the cell")
            return {}
        return found

    def _number(self, number: int, cells: Mapping[str, str], column: str) -> float:
        try:
            return float(cells[column].replace(",", "."))
        except ValueError:
            self._fault(number, f"{HEADINGS[column]} is {cells[column]!r}: write a number")
            return 0.0

    def _fault(self, number: int, said: str) -> None:
        self.faults.append(f"{self._label}, line {number}: {said}.")
