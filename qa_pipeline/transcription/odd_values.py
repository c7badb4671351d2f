"""What a message may say of a value that can't be used: what kind it is and how long, never what it says.

A value in the wrong place may be something that was said, and messages go where no text goes unmasked: into tables,
logs and pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_TELLS_NOTHING = re.compile(r"None|True|False|-?inf|nan|-?\d{1,2}(?:\.\d{1,2})?")
"""Values that are part of nothing personal, and help."""


def described(value: Any) -> str:
    """The kind and length of a value of JSON: `text of 5 characters`, `a number of 16 characters`; itself where it is
    null, true, false, no finite number or a number of two digits."""
    if isinstance(value, str):
        return f"text of {_counted(len(value), 'character')}"
    if isinstance(value, list):
        return f"a list of {_counted(len(value), 'value')}"
    if isinstance(value, dict):
        return f"an object of {_counted(len(value), 'field')}"
    written = repr(value)
    return written if _TELLS_NOTHING.fullmatch(written) else f"a number of {_counted(len(written), 'character')}"


def each_described(values: Iterable[Any]) -> str:
    """These values in brackets, as `described`."""
    return f"[{', '.join(map(described, values))}]"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
