"""What `qa-pipeline doctor` says of the log of looks at what was masked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.commands.doctor.operations import read_operations
from qa_pipeline.looks.log import Looks
from qa_pipeline.people.roles import NOBODY
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count


def looks(settings: Settings) -> Iterator[Finding]:
    """Who may look, how many looks there were, and whether the log is as it was written; nothing before the first."""
    checked = read_operations(settings, lambda engine: Looks(engine).check())
    if checked is None:
        return
    if checked.fault:
        text = f"the log of looks at what was masked is not as it was written: {checked.fault}"
        fix = "find out who can write the operations database, and restore it from a backup"
        yield Finding("looks", Level.FAIL, text, fix)
    elif checked.last_at is not None:
        last = dt.datetime.fromtimestamp(checked.last_at, settings.tz)
        may = ", ".join(settings.raw_text_roles) or NOBODY
        text = (
            f"{count(checked.looks, 'look')} at what was masked, the last on {last:%Y-%m-%d %H:%M}; "
            f"roles that may: {may}; `qa-pipeline looks` lists them"
        )
        yield Finding("looks", Level.OK, text)
