"""What `qa-pipeline doctor` says of evaluations by people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.whereabouts import LedgerElsewhere
from qa_pipeline.reviews.checking import check_end
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count


def reviews(settings: Settings) -> Iterator[Finding]:
    """Whether the end of their log is as it was written; nothing where nobody has evaluated anything."""
    url = make_url(settings.operations_database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    try:
        engine = open_operations(settings.operations_database_url)
        try:
            checked = check_end(engine)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError, OSError, LedgerElsewhere):
        return  # as the ledger's line says
    if checked.faults:
        text = f"the log of evaluations is not as it was written: {checked.faults[0]}"
        fix = "`qa-pipeline reviews verify` names every row; restore a backup into an empty operations database"
        yield Finding("reviews", Level.FAIL, text, fix)
    elif checked.head:
        text = f"{count(checked.head, 'row')} in the log of evaluations, the last {checked.rows:,} as they were written"
        if checked.erased:
            text += f", {checked.erased:,} of them without what was erased"
        yield Finding("reviews", Level.OK, text)
