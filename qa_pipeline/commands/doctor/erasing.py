"""What `qa-pipeline doctor` says of erasures: whether one was left unfinished, and whether erased calls are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.erasing.beginning import list_erasures
from qa_pipeline.erasing.holds import list_holds
from qa_pipeline.erasing.plan import open_plans
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.tombstones import read_tombstones
from qa_pipeline.ledger.whereabouts import LedgerElsewhere
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count


def erasures(settings: Settings) -> Iterator[Finding]:
    """Nothing where nothing was ever erased or held. Raises TombstonesUnreadable."""
    if plans := open_plans(settings.home):
        text = f"{count(len(plans), 'erasure')} begun and not finished"
        yield Finding("erasure", Level.WARN, text, "`qa-pipeline erase` goes on with it")
    url = make_url(settings.operations_database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    try:
        engine = open_operations(settings.operations_database_url)
        try:
            done, holds = list_erasures(engine), list_holds(engine)
            known = read_tombstones(engine, settings.home)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError, OSError, LedgerElsewhere):
        return  # as the ledger's line says
    if done or holds:
        calls = sum(each.calls for each in done)
        text = f"{count(calls, 'call')} erased, known by {len(known.marks):,} tombstones; {count(len(holds), 'hold')}"
        yield Finding("erasure", Level.OK, text)
