"""Reads YAML 1.2, in which `no` is a word, by a model of pydantic; all that is wrong is named with file and line, at
once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from qa_pipeline.yaml_files.places import Place, line_of, one_line

_HINTS = {
    "extra_forbidden": "there is no such key",
    "missing": "it is missing",
    "string_type": "write it in quotes, as a text",
}
"""What pydantic calls a fault → in plain words; other faults say it well enough."""

Model = TypeVar("Model", bound=BaseModel)


class BadFile(ValueError):
    """A file that can't be used; `faults` are sentences with file and line."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class Placed(Generic[Model]):
    """What a file holds, and where in it."""

    value: Model
    _content: Any

    def line(self, place: Place) -> int:
        """The line of a place, from 1; where there is no such place, of what is nearest around it."""
        return line_of(self._content, place)


def read_model(
    text: str,
    label: str,
    model: type[Model],
    *,
    what: str,
    begins_with: str,
    references: Callable[[Model], Iterable[tuple[Place, str]]] = lambda _: (),
) -> Placed[Model]:
    """What a file holds. `label` is the file in messages, `what` what it should be (`the card`), `begins_with` the
    sentence for one that has no keys at all. `references` finds what does not fit together in one that is valid.

    Raises:
        BadFile: it is not one.
    """
    try:
        content = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadFile([f"{label}, line {line}: {one_line(error.problem or 'not YAML')}."]) from None
    except (YAMLError, ValueError) as error:
        raise BadFile([f"{label}: not YAML: {one_line(str(error))}."]) from None
    if not isinstance(content, dict):
        raise BadFile([f"{label}: {begins_with}"])
    try:
        read = model.model_validate(content)
    except ValidationError as error:
        raise BadFile(_faults(content, label, what, error.errors(include_url=False))) from None
    if faults := [f"{label}, line {line_of(content, place)}: {said}." for place, said in references(read)]:
        raise BadFile(faults)
    return Placed(read, content)


def _faults(content: Any, label: str, what: str, items: Sequence[Any]) -> list[str]:
    """In the order of lines. That a list of nothing but faulty items is empty is not said too."""
    places = [tuple(item["loc"]) for item in items]
    own = [
        item
        for item, place in zip(items, places, strict=True)
        if item["type"] != "too_short" or not any(other[: len(place)] == place != other for other in places)
    ]
    own.sort(key=lambda item: line_of(content, tuple(item["loc"])))
    return [_fault(content, label, what, item) for item in own]


def _fault(content: Any, label: str, what: str, item: Any) -> str:
    place: Place = tuple(item["loc"])
    name = next((str(part) for part in reversed(place) if isinstance(part, str)), what)
    said = _HINTS.get(item["type"]) or item["msg"].removeprefix("Value error, ")
    return f"{label}, line {line_of(content, place)}: {name}: {said[:1].lower()}{said[1:]}."
