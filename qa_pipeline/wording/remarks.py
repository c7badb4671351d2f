"""What was done with odd values of a result, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_pipeline.wording.languages import t, to_translate

_DONE = {
    "null": to_translate("can't be believed; it is empty"),
    "clipped": to_translate("moved to the edge of the recording"),
    "converted": to_translate("read from another form"),
    "derived": to_translate("taken from the rest of the result"),
    "sorted": to_translate("put in the order of time"),
    "merged": to_translate("twice in the result; put together"),
    "dropped": to_translate("left out"),
}


def remark_line(row: Mapping[str, Any]) -> str:
    """A row of `transcript_remarks` in words; an action of a later version is named as it is."""
    what = row["field"] if row["value"] is None else f"{row['field']} {row['value']}"
    where = [] if row["sentence_id"] is None else [t("sentence {number}", number=row["sentence_id"])]
    often = [t("{count} times", count=f"{row['occurrences']:,}")] if row["occurrences"] > 1 else []
    place = f" ({t(', ').join(where + often)})" if where or often else ""
    return f"{what}: {t(_DONE.get(row['action'], row['action']))}{place}"
