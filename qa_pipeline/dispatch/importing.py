"""Takes in the transcripts that lie beside recordings, before any service is asked: no network, no cost."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from qa_pipeline.landing.imports import UNUSABLE_ENGINE, read_for_call, read_transcript, unusable
from qa_pipeline.ledger.imports import ImportOutcome, note_imports, open_imports
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.ledger.states import IMPORT_KIND
from qa_pipeline.recordings.channels import ChannelSource
from qa_pipeline.recordings.transcript_files import ENDINGS, ImportedChannel
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.transcription.imports.parameters import ImportParameters
from qa_pipeline.transcription.imports.reading import IMPORTED_MODEL
from qa_pipeline.transcription.imports.speakers import CallSpeakers
from qa_pipeline.transcription.results import BadResult

logger = logging.getLogger("qa_pipeline.dispatch")

CHUNK = 200
"""Imports written to the ledger at once; a run that must stop does so between two of these."""

_NAME_DIGITS = 16


def wanted_import(call: UsableCall, source: ChannelSource, channel: ImportedChannel) -> WorkItem:
    """The item that stands in for a source for which a transcript speaks. `source_uri` is the transcript's."""
    return WorkItem(
        recording_id=source.recording_id,
        channel_id=source.source_channel,
        model=IMPORTED_MODEL,
        parameters=ImportParameters(
            transcript_sha256=channel.sha256,
            voices=CallSpeakers.from_parameters(channel.voices),
            file=channel.name,
            problem=channel.problem,
        ),
        call_id=call.call_id,
        call_date=call.call_date.isoformat(),
        source_uri=channel.uri,
        audio_s=source.duration_s,
    )


def apart_from_imports(wanted: Sequence[WorkItem]) -> tuple[list[WorkItem], list[WorkItem]]:
    """(what a service is asked for, what is taken in from files)."""
    imports = [unit for unit in wanted if isinstance(unit.parameters, ImportParameters)]
    return [unit for unit in wanted if not isinstance(unit.parameters, ImportParameters)], imports


def count_unreadable(imports: Sequence[WorkItem]) -> int:
    """How many of these imports can't be used as their files are now."""
    parameters = [unit.parameters for unit in imports if isinstance(unit.parameters, ImportParameters)]
    return sum(item.problem is not None for item in parameters)


async def take_in(imports: Sequence[WorkItem], ledger: Ledger, raw_store: RawStore) -> list[LedgerRow]:
    """Brings imports to their end, in ledger and raw store; returns the row of each, answered or failed.

    The document is on the disk before the ledger says so. A transcript that can't be read fails its own channel.
    """
    waiting = open_imports(ledger, imports)
    for start in range(0, len(waiting), CHUNK):
        await asyncio.to_thread(_take_in, waiting[start : start + CHUNK], ledger, raw_store)
    return [row for row in ledger.forecast(imports, IMPORT_KIND) if row is not None]


def _take_in(imports: Sequence[WorkItem], ledger: Ledger, raw_store: RawStore) -> None:
    note_imports(ledger, [_outcome(unit, raw_store) for unit in imports])


def _outcome(unit: WorkItem, raw_store: RawStore) -> ImportOutcome:
    parameters = unit.parameters
    assert isinstance(parameters, ImportParameters), "only imports are taken in"
    try:
        raw, engine = _read(unit, parameters)
    except (BadResult, _Unusable) as error:
        problem = str(error) if isinstance(error, _Unusable) else unusable(parameters.file, error)
        logger.warning("call %s, channel %d: %s", unit.call_id, unit.channel_id, problem)
        return ImportOutcome(unit, UNUSABLE_ENGINE, problem=problem)
    name = f"{unit.recording_id[:_NAME_DIGITS]}-{parameters.transcript_sha256[:_NAME_DIGITS]}"
    file = PurePosixPath(parameters.file).name.casefold()
    suffix = next(ending for ending in ENDINGS if file.endswith(ending))
    stored = raw_store.put(unit.model, unit.call_date, name, raw, suffix=suffix)
    return ImportOutcome(unit, engine, stored=stored)


def _read(unit: WorkItem, parameters: ImportParameters) -> tuple[bytes, str]:
    """The transcript's bytes and who made it. Raises `BadResult` or `_Unusable`."""
    if parameters.problem is not None:
        raise _Unusable(parameters.problem)
    raw = read_transcript(Path(unquote(urlsplit(unit.source_uri).path)))
    if hashlib.sha256(raw).hexdigest() != parameters.transcript_sha256:
        raise _Unusable(f"{parameters.file} was changed while the day was being run; run the day again")
    engine = read_for_call(raw, parameters.voices, unit.audio_s).engines.get(unit.channel_id)
    if engine is None:
        raise BadResult(f"it says nothing of channel {unit.channel_id}")
    return raw, engine


class _Unusable(Exception):
    """A transcript can't be taken in as it is now; the message is the whole sentence."""
