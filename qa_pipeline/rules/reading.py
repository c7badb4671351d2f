"""Reads rules from YAML 1.2, in which `no` is a word; all that is wrong is named with file and line, at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.conditions import LANGUAGE_PATTERN, OPERATORS, Rule, RuleFile
from qa_pipeline.rules.fitting import ReadRule, line_in, unfit
from qa_pipeline.rules.phrase_lists import BadPhraseList, read_phrases
from qa_pipeline.yaml_files.places import Place, one_line

MOST_DEPTH = 20
"""Conditions inside conditions; nobody reads deeper ones."""
MOST_PARTS = 200_000
"""Values in a file once its anchors are written out: a few lines of anchors may stand for billions."""

_HINTS = {
    "missing": "it is missing; write it",
    "string_type": "write it in quotes, as a text",
    "too_short": "write at least one",
    "tuple_type": "write it as a list, such as [one, other]",
}
"""What pydantic calls a fault → in the words of this page; other faults say it well enough."""


class BadRules(ValueError):
    """Rules that can't be used; `faults` are sentences with file and line."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


def read_book(
    files: Mapping[str, str],
    lists: Mapping[str, str] | None = None,
    *,
    metrics: Collection[str] | None = None,
    changed: Mapping[str, str] | None = None,
) -> RuleBook:
    """The rules of several files, by the names of the files in messages; `lists` are the texts of lists of phrases by
    the labels of their files, whose names end with the list's name and .txt: of two of one name the later one
    counts. `metrics` are the names of known figures. Rules of the files `changed` stand in for those of the same
    ids.

    Raises:
        BadRules: anything is wrong with any of them: then none is used.
    """
    faults: list[str] = []
    read: list[ReadRule] = []
    known: dict[str, tuple[str, ...]] = {}
    for label, text in (lists or {}).items():
        try:
            known[list_name(label)] = read_phrases(text, label)
        except BadPhraseList as error:
            faults += error.faults
            known[list_name(label)] = ("-",)
    for label, text in files.items():
        read += _read(text, label, faults)
    newer = [rule for label, text in (changed or {}).items() for rule in _read(text, label, faults)]
    replaced = {each.rule.id for each in newer}
    read = [*(each for each in read if each.rule.id not in replaced), *newer]
    faults += unfit(read, known, metrics, is_whole=not faults)
    if faults:
        raise BadRules(faults)
    return RuleBook([each.rule for each in read], known)


def _read(text: str, label: str, faults: list[str]) -> list[ReadRule]:
    """The rules of a file; none, and its faults, where it has any."""
    try:
        return read_file(text, label)
    except BadRules as error:
        faults += error.faults
        return []


def list_name(label: str) -> str:
    """The name by which rules know the list of a file."""
    return label.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".txt")


def read_file(text: str, label: str) -> list[ReadRule]:
    """The rules of one file: one rule, or several below `rules:`.

    Raises:
        BadRules: it has none that can be used.
    """
    content = _content(text, label)
    if not isinstance(content, dict):
        raise BadRules([f"{label}: a rule begins with the lines id: and title:, see docs/rules.md."])
    if fault := _too_much(content):
        raise BadRules([f"{label}, line {fault}"])
    is_file = "rules" in content
    try:
        rules = RuleFile.model_validate(content).rules if is_file else (Rule.model_validate(content),)
    except ValidationError as error:
        raise BadRules(_faults(content, label, error.errors(include_url=False))) from None
    if is_file:
        return [ReadRule(rule, label, content["rules"][place]) for place, rule in enumerate(rules)]
    return [ReadRule(rules[0], label, content)]


def _content(text: str, label: str) -> Any:
    try:
        if _MAY_BE_TANGLED.search(text) and (fault := _tangled(YAML(typ="rt").compose(text))):
            raise BadRules([f"{label}, line {fault}."])
        return YAML(typ="rt").load(text)
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = one_line(error.problem or "").split(" with value")[0].removeprefix("found ")
        raise BadRules([f"{label}, line {line}: {said}: it is written twice; keep one of both."]) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = one_line(error.problem or "not YAML")
        is_tab = "\\t" in said or "\t" in _line_of(text, line)
        way_out = "; a tab is not allowed there, write blanks" if is_tab else ""
        raise BadRules([f"{label}, line {line}: {said}{way_out}."]) from None
    except ReaderError as error:
        line = text.count("\n", 0, text.find(chr(error.character))) + 1
        raise BadRules(
            [f"{label}, line {line}: the invisible character U+{error.character:04X} can't be there; delete it."]
        ) from None
    except BadRules:
        raise
    except ValueError as error:
        line = _line_without_value(text)
        raise BadRules([f"{label}, line {line}: {one_line(str(error))}; correct it, or write it in quotes."]) from None
    except (YAMLError, RecursionError) as error:
        raise BadRules([f"{label}: not YAML: {one_line(str(error))}."]) from None


_MAY_BE_TANGLED = re.compile(r"<<\s*:|[&*]\w")
"""Texts of YAML with this may have anchors that hold themselves, or keys that are taken over and overridden."""


def _tangled(top: Any) -> str | None:
    """The line, and what is wrong with it, of a value that holds itself, or of a key beside one taken over by `<<`."""
    done: set[int] = set()

    def look(node: Any, around: frozenset[int]) -> str | None:
        if id(node) in around:
            return f"{node.start_mark.line + 1}: &{node.anchor} holds itself by *{node.anchor}; write out what is meant"
        if id(node) in done or isinstance(node, ScalarNode) or node is None:
            return None
        done.add(id(node))
        if isinstance(node, MappingNode) and (fault := _overridden(node)):
            return fault
        pairs = node.value if isinstance(node, MappingNode) else [(each,) for each in node.value]
        return next(filter(None, (look(each, around | {id(node)}) for pair in pairs for each in pair)), None)

    return look(top, frozenset())


def _overridden(node: MappingNode) -> str | None:
    own = {key.value: key for key, _ in node.value if isinstance(key, ScalarNode)}
    for key, value in node.value:
        if key.value != "<<":
            continue
        for taken in value.value if isinstance(value, SequenceNode) else [value]:
            for name in (each.value for each, _ in taken.value) if isinstance(taken, MappingNode) else ():
                if name in own:
                    line = own[name].start_mark.line + 1
                    return f"{line}: {name} is written here and taken over by <<; keep one of both"
    return None


def _line_without_value(text: str) -> int:
    """The line of the first word that is no date or number though it looks like one; 1 where none is found."""
    reader = YAML(typ="rt")
    waiting = [reader.compose(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ScalarNode):
            try:
                reader.constructor.construct_object(node)
            except ValueError:
                return int(node.start_mark.line) + 1
        elif isinstance(node, MappingNode):
            waiting += [each for pair in reversed(node.value) for each in reversed(pair)]
        elif isinstance(node, SequenceNode):
            waiting += reversed(node.value)
    return 1


def _line_of(text: str, line: int) -> str:
    lines = text.splitlines()
    return lines[line - 1] if 0 < line <= len(lines) else ""


def _too_much(content: Any) -> str | None:
    """The line of what is too deep, or of more than anybody writes, and what is wrong. Anchors of YAML may make a text
    that holds itself."""
    waiting = [(content, 0, 1)]
    parts = 0
    while waiting:
        node, depth, line = waiting.pop()
        if depth > 3 * MOST_DEPTH:
            return f"{line}: more than {MOST_DEPTH} conditions inside each other; make rules of them."
        values = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else ()
        parts += len(values)
        if parts > MOST_PARTS:
            return f"{line}: more than {MOST_PARTS:,} values, once its anchors are written out; write fewer."
        at = getattr(getattr(node, "lc", None), "line", None)
        waiting += [
            (value, depth + 1, line if at is None else at + 1) for value in values if isinstance(value, dict | list)
        ]
    return None


def _faults(content: Any, label: str, items: Sequence[Any]) -> list[str]:
    """In the order of lines. That a list of nothing but faulty items is empty is not said too."""
    places = [_in_yaml(item["loc"]) for item in items]
    own = [
        (place, item)
        for item, place in zip(items, places, strict=True)
        if item["type"] != "too_short" or not any(other[: len(place)] == place != other for other in places)
    ]
    own.sort(key=lambda each: line_in(content, each[0]))
    return [f"{label}, line {line_in(content, place)}: {_said(place, item)}." for place, item in own]


def _in_yaml(place: Sequence[int | str]) -> Place:
    return tuple("not" if part == "not_" else part for part in place)


def _said(place: Place, item: Any) -> str:
    name = next((str(part) for part in reversed(place) if isinstance(part, str)), "the rule")
    if item["type"] == "extra_forbidden":
        near = "; the operators are " + ", ".join(OPERATORS) if _is_condition(place[:-1]) else ""
        return f"{name}: there is no such key{near}; see docs/rules.md"
    if item.get("ctx", {}).get("pattern") == LANGUAGE_PATTERN:
        return (
            f"{name}: {item['input']} is no code of a language; write two or three small letters, such as en, zh, yue"
        )
    said = _HINTS.get(item["type"]) or item["msg"].removeprefix("Value error, ")
    return f"{name}: {said[:1].lower()}{said[1:]}"


def _is_condition(place: Place) -> bool:
    names = [part for part in place if isinstance(part, str)]
    return bool(names) and names[-1] in ("condition", "when", "all", "any", "not", "absence", "anchor", "expect")
