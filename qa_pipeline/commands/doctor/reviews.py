"""What `qa-pipeline doctor` says of evaluations by people."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.commands.doctor.operations import read_operations
from qa_pipeline.reviews.checking import check_end
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count


def reviews(settings: Settings) -> Iterator[Finding]:
    """Whether the end of their log is as it was written; nothing where nobody has evaluated anything."""
    checked = read_operations(settings, check_end)
    if checked is None:
        return
    if checked.faults:
        text = f"the log of evaluations is not as it was written: {checked.faults[0]}"
        fix = "`qa-pipeline reviews verify` names every row; restore a backup into an empty operations database"
        yield Finding("reviews", Level.FAIL, text, fix)
    elif checked.head:
        text = f"{count(checked.head, 'row')} in the log of evaluations, the last {checked.rows:,} as they were written"
        if checked.erased:
            text += f", {checked.erased:,} of them without what was erased"
        yield Finding("reviews", Level.OK, text)
