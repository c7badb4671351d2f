"""What `qa-pipeline doctor` says of erasures: whether one was left unfinished, and whether erased calls are known."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.commands.doctor.operations import read_operations
from qa_pipeline.erasing.beginning import list_erasures
from qa_pipeline.erasing.holds import list_holds
from qa_pipeline.erasing.plan import open_plans
from qa_pipeline.ledger.tombstones import read_tombstones
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count


def erasures(settings: Settings) -> Iterator[Finding]:
    """Nothing where nothing was ever erased or held. Raises TombstonesUnreadable."""
    if plans := open_plans(settings.home):
        text = f"{count(len(plans), 'erasure')} begun and not finished"
        yield Finding("erasure", Level.WARN, text, "`qa-pipeline erase` goes on with it")
    found = read_operations(
        settings,
        lambda engine: (list_erasures(engine), list_holds(engine), read_tombstones(engine, settings.home)),
    )
    if found is None:
        return
    done, holds, known = found
    if done or holds:
        calls = sum(each.calls for each in done)
        text = f"{count(calls, 'call')} erased, known by {len(known.marks):,} tombstones; {count(len(holds), 'hold')}"
        yield Finding("erasure", Level.OK, text)
