"""Channels that failed before anything was sent, because their recording was away: it may be back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from qa_pipeline.dispatch.source_check import SourceChanged, require_unchanged
from qa_pipeline.landing.cache import LandingCache
from qa_pipeline.landing.recording_files import RecordingFiles, RecordingGone
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.object_storage.faults import StorageError

NEVER_LEFT = frozenset({"SOURCE_MISSING", "SOURCE_CHANGED", "SOURCE_REFUSED", "UnreadableFile", "FileChanged"})
"""Codes of failures that come before anything is sent, and that pass when the recording can be read again."""

LOOKED_AT_AT_ONCE = 8


def may_return(row: LedgerRow) -> bool:
    """Whether a row failed only because its recording could not be read; nothing was sent for it, nothing paid."""
    return row.state is UnitState.FAILED and row.code in NEVER_LEFT


async def returned(
    pairs: Iterable[tuple[WorkItem, LedgerRow | None]], recordings: RecordingFiles, ledger: Ledger
) -> frozenset[str]:
    """The units whose recording is there again, with the bytes that it had: where it lies now, not where it lay.

    What cannot be looked at now counts as still away.
    """
    waiting = [(item, row) for item, row in pairs if row is not None and may_return(row)]
    limit = asyncio.Semaphore(LOOKED_AT_AT_ONCE)
    landed = LandingCache(ledger.engine)
    places = {(item.source_uri, item.recording_id): row for item, row in waiting}

    async def is_back(source_uri: str, row: LedgerRow) -> bool:
        async with limit:
            try:
                await require_unchanged(replace(row, source_uri=source_uri), recordings, landed)
            except (RecordingGone, SourceChanged, StorageError):
                return False
            return True

    found = await asyncio.gather(*(is_back(source_uri, row) for (source_uri, _), row in places.items()))
    back = {place for place, is_there in zip(places, found, strict=True) if is_there}
    return frozenset(row.unit_id for item, row in waiting if (item.source_uri, item.recording_id) in back)
