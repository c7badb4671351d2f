"""What a person may be shown of what was masked in a call, as the page of the call offers it."""

from __future__ import annotations

from typing import Any

from dashboards.page import Reading
from dashboards.serving.access import Right
from dashboards.serving.masked_spans import masked_spans
from dashboards.unmasking.links import unmask_link
from qa_pipeline.looks.chain import What

NEEDS = {What.TEXT: (), What.SOUND: (Right.LISTEN,), What.EXPORT: (Right.LISTEN, Right.EXPORT)}
"""What somebody must be allowed besides the right to what was masked."""


def unmask_offer(page: Reading, call_id: str, *, has_sound: bool) -> dict[str, Any] | None:
    """Where to ask, and what for; None for people without the right, and where nothing is masked.

    Raises:
        UnreadableSnapshot: the snapshot does not answer.
        OSError: the key of links can't be read or written.
    """
    if not page.viewer.may(Right.RAW_TEXT) or not masked_spans(page.snapshot, call_id):
        return None
    may = [
        what.value
        for what, needs in NEEDS.items()
        if all(map(page.viewer.may, needs)) and (has_sound or what is What.TEXT)
    ]
    return {"link": unmask_link(page.viewer, page.settings, call_id), "may": may}
