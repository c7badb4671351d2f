"""Channels that were answered before and are asked for in another way now: new work, and that is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from qa_pipeline.dispatch.importing import apart_from_imports
from qa_pipeline.dispatch.report import channels_were
from qa_pipeline.ledger.reading_once import Attempts
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.ledger.states import ANSWERED, UnitState


def repeat_notes(ledger: Attempts, wanted: Sequence[WorkItem], engine_kind: str) -> list[str]:
    """One sentence for each pair of models: how many channels the other one answered, or the same one asked
    otherwise. Only what a run would send counts."""
    wanted, _ = apart_from_imports(wanted)
    rows = ledger.forecast(wanted, engine_kind)
    to_send = [item for item, row in zip(wanted, rows, strict=True) if row is None or row.state is UnitState.PLANNED]
    answered: dict[tuple[str, int], LedgerRow] = {}
    for unit in ledger.of_recordings(sorted({item.recording_id for item in to_send})):
        if unit.state in ANSWERED and unit.engine_kind in ("dashscope", engine_kind):
            answered[unit.recording_id, unit.channel_id] = unit
    pairs: Counter[tuple[str, str]] = Counter()
    for item in to_send:
        before = answered.get((item.recording_id, item.channel_id))
        if before is not None and before.key != item.key:
            pairs[before.model, item.model] += 1
    billed = "" if engine_kind == "local" else ", which is billed again"
    return [
        f"{channels_were(count)} answered by {_asked(before, now)}: this is new work{billed}"
        for (before, now), count in sorted(pairs.items())
    ]


def _asked(before: str, now: str) -> str:
    return f"{before} before, asked otherwise" if before == now else f"{before} before, and {now} is asked now"
