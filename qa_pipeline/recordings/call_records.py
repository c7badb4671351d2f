"""Reads files with records of calls in JSON or XML: one, a list, a line each, or one behind the other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

_MOST_KEYS_AROUND_A_LIST = 10
"""Page, next_page_uri and the like; a record of a call has more, or objects beside its lists."""

_BETWEEN_RECORDS = " \t\r\n,"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its number in the file, its content, and why it can't be read, if so."""

    number: int
    content: Mapping[str, Any]
    problem: str | None = None


class NotRecords(ValueError):
    """A file holds no records; the message says why, as the end of "<file> ..."."""


def looks_like_records(text: str) -> bool:
    """Whether a text is JSON or XML rather than a table."""
    return text.lstrip()[:1] in ("{", "[", "<")


def read_records(text: str) -> list[Record]:
    """The records of a file; one that can't be read costs itself only, where JSON records stand one behind another.

    Raises:
        NotRecords: the file holds none.
    """
    found = list(_of_xml(text) if text.lstrip().startswith("<") else _of_json(text))
    if not found:
        raise NotRecords("holds no records of calls")
    return [
        Record(number, {}, item) if isinstance(item, str) else Record(number, item)
        for number, item in enumerate(found, 1)
    ]


_Found = Mapping[str, Any] | str
"""A record, or why there is none."""


def _of_json(text: str) -> Iterator[_Found]:
    """An array, or objects behind one another (a line each, or without anything between them)."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        yield from _one_by_one(text)
        return
    yield from (item for item in _unwrapped(whole) if isinstance(item, Mapping))


def _one_by_one(text: str) -> Iterator[_Found]:
    decoder = json.JSONDecoder()
    position = _start_of_record(text, 0)
    if text[position : position + 1] == "[":
        raise NotRecords("is not valid JSON; write it again")
    while position < len(text):
        try:
            item, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            yield f"is not a record in JSON ({error})"
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        else:
            yield from (found for found in _unwrapped(item) if isinstance(found, Mapping))
        position = _start_of_record(text, position)


def _start_of_record(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BETWEEN_RECORDS:
        position += 1
    return position


def _unwrapped(item: Any) -> list[Any]:
    """The records in an array, or in an object around one: {"calls": [...], "page": 1}."""
    if isinstance(item, list):
        return item
    if isinstance(item, Mapping):
        lists = [value for value in item.values() if isinstance(value, list) and value]
        if len(lists) == 1 and all(isinstance(value, Mapping) for value in lists[0]):
            others = [value for value in item.values() if isinstance(value, Mapping)]
            if not others and len(item) <= _MOST_KEYS_AROUND_A_LIST:
                return lists[0]
    return [item]


def _of_xml(text: str) -> Iterator[_Found]:
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise NotRecords("declares a document type, which no record of a call needs")
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities
    except ET.ParseError as error:
        raise NotRecords(f"is not valid XML ({error}); write it again") from error
    children = {child.tag for child in root}
    if len(children) == 1 and all(len(child) for child in root):
        yield from (found for child in root if isinstance(found := _element(child), Mapping))
    elif isinstance(found := _element(root), Mapping):
        yield found


def _element(element: ET.Element) -> Any:
    """Text, or what is inside by name; of several of one name a list."""
    if not len(element):
        return element.text or ""
    inside: dict[str, Any] = {}
    for child in element:
        value = _element(child)
        if child.tag not in inside:
            inside[child.tag] = value
        elif isinstance(inside[child.tag], list):
            inside[child.tag].append(value)
        else:
            inside[child.tag] = [inside[child.tag], value]
    return inside
