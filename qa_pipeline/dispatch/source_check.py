"""A recording that was replaced since it landed must not be paid for under the old one's name."""

from __future__ import annotations

import asyncio

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.dashscope.thread_contexts import entered_in_thread
from qa_pipeline.landing.cache import LandingCache
from qa_pipeline.landing.recording_files import RecordingFiles, RecordingGone
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.recordings.identity import recording_id


class SourceChanged(LookupError):
    """Another recording lies where the one to be sent was found."""


async def require_unchanged(unit: LedgerRow, recordings: RecordingFiles, known: LandingCache) -> None:
    """Looks at the recording once more: the bytes of a file; the ETag of an object, and its bytes if that is new:
    `known` has what was found when it landed, and reads a folder once.

    Raises:
        RecordingGone, SourceChanged: it is gone, or another one lies there.
        StorageError: the bucket cannot be asked.
    """
    stamp = await asyncio.to_thread(recordings.stamp, unit.source_uri)
    if stamp is not None and await asyncio.to_thread(known.identity_of, stamp) == unit.recording_id:
        return
    async with entered_in_thread(recordings.hold(unit.source_uri)) as path:
        try:
            found = await asyncio.to_thread(recording_id, path)
        except UnusableAudio as error:  # it was read when it landed, so it is away or out of reach now
            raise RecordingGone(f"{path}: {error.sentence}; make it readable again and run again") from error
    if found != unit.recording_id:
        place = unit.source_uri if stamp else path
        raise SourceChanged(f"{place} was replaced after it landed; run the day again to take the new recording in")
