"""What may have been meant by a name that nothing has."""

from __future__ import annotations

import difflib
from collections.abc import Collection

NO_SUCH_RULE = "write it into rules/, or correct the name."


def did_you_mean(name: str, known: Collection[str], otherwise: str) -> str:
    """The end of a sentence: the known name that is nearest, or what to do where none is near."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f"did you mean {near[0]}?" if near else otherwise
