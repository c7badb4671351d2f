"""Walks through JSON: every place of a form, and the form without it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]


def keys_of(value: Any, at: Path = ()) -> Iterator[Path]:
    """The path of every key of an object within."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            yield from keys_of(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from keys_of(inner, (*at, number))


def without(form: Any, path: Path) -> Any:
    """A copy without that key."""
    made = copy.deepcopy(form)
    inner = made
    for part in path[:-1]:
        inner = inner[part]
    del inner[path[-1]]
    return made


def objects_of(value: Any, at: Path = ()) -> Iterator[Path]:
    """The path of every object within, and of the form itself."""
    if isinstance(value, dict):
        yield at
        for key, inner in value.items():
            yield from objects_of(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from objects_of(inner, (*at, number))


def with_key(form: Any, path: Path, key: str, value: Any) -> Any:
    """A copy in which an object has one more key."""
    made = copy.deepcopy(form)
    inner = made
    for part in path:
        inner = inner[part]
    inner[key] = value
    return made
