"""What `qa-pipeline doctor` says of the log of looks at what was masked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.ledger.whereabouts import LedgerElsewhere
from qa_pipeline.looks.log import open_looks
from qa_pipeline.people.roles import NOBODY
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count


def looks(settings: Settings) -> Iterator[Finding]:
    """Who may look, how many looks there were, and whether the log is as it was written; nothing before the first."""
    url = make_url(settings.operations_database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    try:
        log = open_looks(settings.operations_database_url)
        try:
            checked = log.check()
        finally:
            log.close()
    except (SQLAlchemyError, ImportError, OSError, LedgerElsewhere):
        return  # as the ledger's line says
    if checked.fault:
        text = f"the log of looks at what was masked is not as it was written: {checked.fault}"
        fix = "find out who can write the operations database, and restore it from a backup"
        yield Finding("looks", Level.FAIL, text, fix)
    elif checked.last_at is not None:
        last = dt.datetime.fromtimestamp(checked.last_at, ZoneInfo(settings.timezone))
        may = ", ".join(settings.raw_text_roles) or NOBODY
        text = (
            f"{count(checked.looks, 'look')} at what was masked, the last on {last:%Y-%m-%d %H:%M}; "
            f"roles that may: {may}; `qa-pipeline looks` lists them"
        )
        yield Finding("looks", Level.OK, text)
