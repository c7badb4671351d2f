"""Makes a card of a sheet as leads keep it: a line per question, or a line per option below its question.

What can't be carried over is named; nothing is dropped in silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.scorecards.exported_sheets import card_of_lines, is_exported
from qa_pipeline.scorecards.names import slug, unique
from qa_pipeline.scorecards.reading import BadCard

COLUMNS = {
    "section": "section category group part area 模块 类别 分类 环节",
    "question": "question item criterion criteria behaviour behavior 题目 问题 评分项 检查项",
    "type": "type question_type answer_type 题型",
    "options": "options option answers answer choices choice scale 选项 答案",
    "points": "points point score scores value max_points maximum 分值 分数 得分",
    "weight": "weight weighting weight_% 权重",
    "not_applicable": "n/a na not_applicable n/a_allowed na_allowed allow_n/a 不适用",
    "auto_fail": "auto_fail autofail auto-fail fatal critical_fail knock_out zero_tolerance 一票否决 致命项",
    "critical": "critical critical_type error_type 关键项",
    "instructions": "instructions instruction guidance help notes description definition 说明 评分标准 标准",
    "option_definition": "option_definition",
    "card_keys": "keys_of_card",
    "section_keys": "keys_of_section",
    "question_keys": "keys_of_question",
    "option_keys": "keys_of_option",
}
"""Key → headings that mean it, in small letters with _ for blanks."""

_KEYS = {word: key for key, words in COLUMNS.items() for word in words.split()}
_BETWEEN = re.compile(r"\s*[;|\n/，、；]\s*")
_WRITTEN_NA = re.compile(r"\bn\s*/\s*a\b", re.IGNORECASE)
_WITH_POINTS = re.compile(r"(.+?)\s*(?:=|:|：|\()\s*([+-]?\d+(?:[.,]\d+)?)\s*\)?")
_NOT_APPLICABLE = frozenset(("n/a", "na", "n.a.", "not applicable", "not_applicable", "不适用"))
_YES = frozenset(("yes", "y", "true", "x", "1", "✓", "√", "是", "card", "fatal"))
_NO = frozenset(("", "no", "n", "false", "0", "-", "否"))
_TYPES = {
    "single": "single", "choice": "single", "single choice": "single", "radio": "single", "yes/no": "single",
    "several": "several", "multiple": "several", "multiple choice": "single", "multi-select": "several",
    "multiselect": "several", "checkbox": "several", "checkboxes": "several", "text": "text", "free text": "text",
    "comment": "text", "date": "date", "单选": "single", "多选": "several", "文本": "text", "日期": "date",
}  # fmt: skip
"""What leads call a type, in small letters → the type."""

_TAGS = ("customer", "business", "compliance")


@dataclass(slots=True)
class _Question:
    """A question as it is put together, and the line that it begins in."""

    line: int
    values: dict[str, Any]
    options: list[dict[str, Any]] = field(default_factory=list)
    points: float | None = None
    fails: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A card as YAML has it, and sentences on what was taken otherwise, or not at all."""

    card: dict[str, Any]
    notes: tuple[str, ...]


def column_of(heading: str) -> str | None:
    """The key that a heading means."""
    return _KEYS.get(re.sub(r"\s+", "_", unicodedata.normalize("NFKC", heading).strip().casefold()))


def card_of_sheet(
    lines: Sequence[tuple[int, Mapping[str, str]]], *, label: str, card_id: str, title: str, scoring: str | None
) -> Imported:
    """The card that lines (number, cells by key or heading) make; `label` is the file in messages. A sheet that a card
    was written as has its own id, title and scoring.

    Raises:
        BadCard: a line can't be understood; all are named.
    """
    unused = sorted({name for _, cells in lines for name in cells if name not in COLUMNS})
    notes = [f"{label}: not carried over: column {', '.join(unused)}."] if unused else []
    if is_exported(lines):
        return Imported({**card_of_lines(lines, label), **({"scoring": scoring} if scoring else {})}, tuple(notes))
    if scoring is None:
        raise BadCard(
            [f"{label} does not say how answers make a score; give --scoring points, by_question or by_section."]
        )
    reader = _SheetReader(label)
    for number, cells in lines:
        reader.take(number, cells)
    sections = list(reader.sections())
    if reader.faults or not sections:
        raise BadCard(reader.faults or [f"{label} has no question."])
    card = {"scorecard": card_id, "title": title, "scoring": scoring, "sections": sections}
    return Imported(card, (*notes, *reader.notes))


class _SheetReader:
    def __init__(self, label: str) -> None:
        self.faults: list[str] = []
        self.notes: list[str] = []
        self._label = label
        self._sections: dict[str, list[_Question]] = {}
        self._section = "General"
        self._ids: set[str] = set()
        self._section_ids: set[str] = set()

    def take(self, number: int, cells: Mapping[str, str]) -> None:
        """One line."""
        self._section = cells.get("section", self._section)
        if text := cells.get("question"):
            question = _Question(number, {"id": self._id(text), "text": text})
            self._sections.setdefault(self._section, []).append(question)
        elif own := self._sections.get(self._section):
            question = own[-1]
        else:
            self._fault(number, "names no question, and none is above it")
            return
        self._describe(question, number, cells)
        self._add_options(question, number, cells)

    def sections(self) -> Iterator[dict[str, Any]]:
        """The sections with their questions, complete."""
        for title, questions in self._sections.items():
            own_id = unique(slug(title), self._section_ids)
            yield {"id": own_id, "title": title, "questions": [self._complete(each) for each in questions]}

    def _describe(self, question: _Question, number: int, cells: Mapping[str, str]) -> None:
        if "weight" in cells and (weight := self._number(number, "weight", cells["weight"])) is not None:
            question.values["weight"] = weight
        if (mark := cells.get("not_applicable")) is not None and self._is_marked(number, "N/A", mark):
            question.values["not_applicable"] = True
        if kind := cells.get("type"):
            if (known := _TYPES.get(kind.strip().casefold())) is not None:
                question.values["type"] = known
            else:
                self._note(number, f"type is {kind!r}, which no card has in a sheet; it is taken as a single choice")
        if instructions := cells.get("instructions"):
            before = question.values.get("instructions")
            question.values["instructions"] = f"{before}\n{instructions}" if before else instructions
        if critical := cells.get("critical"):
            tags = [tag for tag in _TAGS if tag in critical.casefold()]
            if tags:
                question.values["critical"] = tags
            elif critical.strip().casefold() not in _NO:
                self._note(number, f"critical is {critical!r}, none of {', '.join(_TAGS)}; it is not carried over")

    def _add_options(self, question: _Question, number: int, cells: Mapping[str, str]) -> None:
        scope = self._scope(number, cells.get("auto_fail", ""))
        texts = _parts(_WRITTEN_NA.sub("NA", cells.get("options", "")))
        cell = _parts(_WRITTEN_NA.sub("NA", cells.get("points", "")))
        if not texts:
            written = [self._number(number, "points", each) for each in cell]
            question.points = written[0] if len(written) == 1 else question.points
            if len(written) > 1:
                self._fault(number, "has several points and no options; name an option for each")
            question.fails = scope or question.fails
            return
        added = []
        beside = cell if len(cell) == len(texts) else None
        own_points = [] if beside else cell
        for place, text in enumerate(texts):
            inside = _WITH_POINTS.fullmatch(text)
            if (inside[1] if inside else text).strip().casefold() in _NOT_APPLICABLE:
                question.values["not_applicable"] = True
                self._leave_out(number, beside[place] if beside else inside[2] if inside else "")
                continue
            if beside:
                own_points.append(beside[place])
            points = self._number(number, "points", inside[2]) if inside and not cell else None
            added.append({"id": "", "text": inside[1] if inside and not cell else text, "points": points})
        written = [self._number(number, "points", each) for each in own_points]
        if len(written) == 1 and len(added) > 1:  # the most that the question gives
            question.points, written = written[0], []
        if written and len(written) != len(added):
            besides = " besides N/A" if len(added) < len(texts) else ""
            self._fault(
                number, f"has {len(added)} options{besides} and {len(written)} points; give each option its points"
            )
            return
        for option, points in zip(added, written, strict=False):
            option["points"] = points
        question.options += added
        if scope is not None and len(added) == 1:
            added[0]["auto_fail"] = scope
        else:
            question.fails = scope or question.fails

    def _leave_out(self, number: int, points: str) -> None:
        """The points that a sheet gives to N/A, which counts for nothing; 0 and a dash say just that."""
        if points.strip().casefold() in _NOT_APPLICABLE | _NO:
            return
        if self._number(number, "points", points):
            self._note(number, f"gives N/A {points} points; N/A never counts, so they are not carried over")

    def _complete(self, question: _Question) -> dict[str, Any]:
        options = question.options
        if (kind := question.values.get("type")) in ("text", "date"):
            if options or question.points is not None:
                self._fault(question.line, f"has options or points, and its type is {kind}; give it another type")
            return question.values
        if not options:
            points = 1.0 if question.points is None else question.points
            options = [{"id": "yes", "text": "Yes", "points": points}, {"id": "no", "text": "No", "points": 0.0}]
            self._note(question.line, f"names no options; Yes gives {points:g} and No gives 0")
        elif all(option["points"] is None for option in options):
            best = 1.0 if question.points is None else question.points
            steps = len(options) - 1
            for place, option in enumerate(options):
                option["points"] = best * (steps - place) / steps if steps else best
            said = ", ".join(f"{option['text']} {option['points']:g}" for option in options)
            self._note(question.line, f"gives its options no points; taken from the first down: {said}")
        for option in options:
            if option["points"] is None:
                self._fault(question.line, f"gives {option['text']!r} no points")
                option["points"] = 0.0
        taken: set[str] = set()
        for option in options:
            option["id"] = unique(option["id"] or slug(option["text"]), taken)
        if question.fails is not None:
            lowest = min(options, key=lambda option: option["points"])
            lowest["auto_fail"] = question.fails
        return {**question.values, "options": options}

    def _scope(self, number: int, text: str) -> str | None:
        if text.strip().casefold() == "section":
            return "section"
        return "card" if self._is_marked(number, "auto-fail", text) else None

    def _is_marked(self, number: int, name: str, text: str) -> bool:
        word = text.strip().casefold()
        if word not in _YES and word not in _NO:
            self._fault(number, f"{name} is {text!r}: write yes or leave it empty")
        return word in _YES

    def _number(self, number: int, name: str, text: str) -> float | None:
        try:
            return float(text.strip().removesuffix("%").strip().replace(",", "."))
        except ValueError:
            self._fault(number, f"{name} is {text!r}: write a number")
            return None

    def _id(self, text: str) -> str:
        return unique(slug(text), self._ids)

    def _fault(self, number: int, said: str) -> None:
        self.faults.append(f"{self._label}, line {number} {said}.")

    def _note(self, number: int, said: str) -> None:
        self.notes.append(f"{self._label}, line {number} {said}.")


def _parts(text: str) -> list[str]:
    return [part for part in _BETWEEN.split(text.strip()) if part]
