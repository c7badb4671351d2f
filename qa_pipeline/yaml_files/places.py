"""Places in a file of YAML, as messages name them."""

from __future__ import annotations

from typing import Any

Place = tuple[int | str, ...]
"""Keys and numbers of items that lead to a value of the file."""


def line_of(content: Any, place: Place, begins_at: int = 0) -> int:
    """The line of a place of what ruamel.yaml has read, from 1; where there is no such place, of what is nearest around
    it. `begins_at` is the line of the content itself, from 0."""
    line = begins_at
    for part in place:
        try:
            lines = content.lc
            line = (lines.key(part) if isinstance(content, dict) else lines.item(part))[0]
            content = content[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return int(line) + 1


def one_line(text: str) -> str:
    """A message of several lines as a part of a sentence."""
    return " ".join(text.split()).rstrip(".")
