"""What people are told of a call whose words were deleted by age."""

from __future__ import annotations

import datetime as dt

from qa_pipeline.wording.languages import t


def texts_deleted(when: dt.datetime | None) -> str | None:
    """A sentence; None where the words are there. `when` is the column `calls.text_deleted_at`."""
    if when is None:
        return None
    return t("What was said was deleted by retention on {day}; figures and times are as they were.", day=when.date())
