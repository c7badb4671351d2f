"""What of a paid document was not taken as it came: each such value is remarked, and everything else is kept."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Literal

Action = Literal["null", "clipped", "converted", "derived", "sorted", "merged", "dropped"]
"""What was done: the field is null in the tables; a time was moved into the recording; the value was read from another
form; it was worked out from the rest of the document; sentences were put in order; parts were put together; an element
was left out."""

LONGEST_VALUE = 200
"""Characters of a value that a remark shows."""

MOST_OF_A_KIND = 20
"""Remarks with values of their own for one field and action of a channel; what follows is only counted."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One kind of odd value on a channel.

    `value` is the JSON of the document, shortened; None where there was none, or where several are counted together.
    `sentence_id` is the first sentence it was met in, None where it is not in a sentence.
    """

    field: str
    action: Action
    value: str | None = None
    sentence_id: int | None = None
    occurrences: int = 1


class Remarks:
    """Collects the remarks on one channel; equal ones are counted, not repeated."""

    def __init__(self, known: tuple[Remark, ...] = ()) -> None:
        self._found: dict[tuple[str, Action, str | None], Remark] = {}
        self._kinds: Counter[tuple[str, Action]] = Counter()
        for remark in known:
            self._add(remark)

    def note(self, field: str, action: Action, value: Any = None, sentence_id: int | None = None) -> None:
        """Notes one odd value."""
        self._add(Remark(field, action, None if value is None else _shown(value), sentence_id))

    def all(self) -> tuple[Remark, ...]:
        """The remarks in the order of their first values."""
        return tuple(self._found.values())

    def _add(self, remark: Remark) -> None:
        key = (remark.field, remark.action, remark.value)
        if key not in self._found and self._kinds[key[:2]] >= MOST_OF_A_KIND:
            key, remark = (*key[:2], None), replace(remark, value=None)
        if earlier := self._found.get(key):
            self._found[key] = replace(earlier, occurrences=earlier.occurrences + remark.occurrences)
        else:
            self._found[key] = remark
            self._kinds[key[:2]] += 1


def _shown(value: Any) -> str:
    """The value as JSON on one line, as much as a person needs of it; half a surrogate pair stays escaped."""
    try:
        text = json.dumps(value, ensure_ascii=False)
        if not text.isprintable():
            text = json.dumps(value)
    except RecursionError:
        text = f"a {type(value).__name__}"
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
