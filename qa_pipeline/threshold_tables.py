"""Tables of thresholds among the settings: `[metrics]` and `[acoustics]` of qa.toml, JSON objects in the environment.

Their keys are the fields of a dataclass of a pure room, which knows nothing of settings; here a table becomes one.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")


def table_reader(kind: type[T]) -> Callable[[Any], T]:
    """What makes a `kind` of a table (or of a `kind`); what the table leaves out keeps its default."""
    names = tuple(field.name for field in dataclasses.fields(kind))  # type: ignore[arg-type]
    adapter = TypeAdapter(kind)

    def read(value: Any) -> T:
        """Raises ValueError, naming the key, for what is no such table."""
        if isinstance(value, kind):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f'not a table of thresholds such as {{"{names[0]}": …}}')
        for key in value:
            if key not in names:
                raise ValueError(_no_such_key(str(key), names))
        for key, number in value.items():
            if isinstance(number, float) and not math.isfinite(number):
                raise ValueError(f"{key} is {number}; give a number")
        try:  # as JSON, where a list is a tuple and yet true is no number
            return adapter.validate_json(json.dumps(dict(value), default=str), strict=True)
        except ValidationError as error:
            raise ValueError(_explain(error)) from None

    return read


def changed_from_default(table: Any) -> dict[str, Any]:
    """The thresholds of a dataclass that are not as shipped."""
    values = {field.name: (field.default, getattr(table, field.name)) for field in dataclasses.fields(table)}
    return {name: value for name, (default, value) in values.items() if value != default}


def _no_such_key(key: str, names: tuple[str, ...]) -> str:
    like = difflib.get_close_matches(key, names, n=1)
    hint = f"is {like[0]} meant?" if like else f"there are {', '.join(names)}"
    return f"it has no key {key!r}; {hint}"


def _explain(error: ValidationError) -> str:
    reasons = []
    for item in error.errors(include_url=False, include_context=False):
        place = ".".join(str(part) for part in item["loc"])
        reason = item["msg"].removeprefix("Value error, ")
        reasons.append(f"{place} is {item['input']!r}: {reason}" if place else reason)
    return "; ".join(reasons)
