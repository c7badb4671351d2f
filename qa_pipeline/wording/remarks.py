"""What was done with odd values of a result, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DONE = {
    "null": "can't be believed; it is empty",
    "clipped": "moved to the edge of the recording",
    "converted": "read from another form",
    "derived": "taken from the rest of the result",
    "sorted": "put in the order of time",
    "merged": "twice in the result; put together",
    "dropped": "left out",
}


def remark_line(row: Mapping[str, Any]) -> str:
    """A row of `transcript_remarks` in words; an action of a later version is named as it is."""
    what = row["field"] if row["value"] is None else f"{row['field']} {row['value']}"
    where = [] if row["sentence_id"] is None else [f"sentence {row['sentence_id']}"]
    often = [f"{row['occurrences']:,} times"] if row["occurrences"] > 1 else []
    place = f" ({', '.join(where + often)})" if where or often else ""
    return f"{what}: {_DONE.get(row['action'], row['action'])}{place}"
