"""The sentences of one call as they were said, from the service's own JSON: no table holds them.

They are read as the step `sentences` reads them, so that a sentence here has the number that it has in the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from qa_pipeline.errors import UserError
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import ANSWERED
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.reading.channels import AskedSource
from qa_pipeline.reading.rows import read_answers
from qa_pipeline.reading.voices import VoiceReader
from qa_pipeline.recordings.channels import ChannelSource
from qa_pipeline.recordings.usable_calls import UsableCall, file_ids
from qa_pipeline.service.raw_documents import raw_store
from qa_pipeline.settings import Settings
from qa_pipeline.statements.files import read_sql
from qa_pipeline.transcription.tables import ChannelOfCall
from qa_pipeline.voices.telling import Unsure, VoiceSpan, VoicesTold

SentenceKey = tuple[int, int]
"""(channel_id, sentence_id), as in the table `sentences`."""


class NothingRaw(UserError):
    """What was said can't be read any more; the message says why."""


@dataclass(frozen=True, slots=True)
class RawTexts:
    """Rows as of `sentences`, by channel and number; `unreadable` are reasons why others can't be read."""

    sentences: Mapping[SentenceKey, Row]
    unreadable: tuple[str, ...] = ()


def read_raw_texts(settings: Settings, snapshot: Snapshot, call_id: str) -> RawTexts:
    """What was said in a call that `snapshot` has.

    Raises:
        NothingRaw: the call has no answer whose raw JSON is kept.
        UnreadableSnapshot, LedgerElsewhere: something else is in the way.
        StorageError: the bucket of raw JSON can't be read.
    """
    found = snapshot.rows(read_sql("reads/describe_call_to_unmask.sql"), {"call_id": call_id})
    if not found:
        raise NothingRaw(f"there is no call {call_id}")
    [described] = found
    call = _call(described)
    with closing(_Opened(settings)) as opened:
        asked = _asked(call, described["answered_by"] or (), opened.ledger.of_recordings(file_ids([call])))
    if not asked:
        raise NothingRaw(f"no answer to call {call_id} is in the ledger, so its raw JSON can't be found")
    told = described["told"]
    voices = VoiceReader.of([call], {call_id: _told(told)} if told else {}, settings.metrics)
    answers = read_answers(
        asked,
        raw_store(settings),
        emotion_roles="none",
        languages={call_id: call.language},
        voices=voices,
    )
    sentences = {(row["channel_id"], row["sentence_id"]): row for row in answers.sentences}
    reasons = tuple(dict.fromkeys(message for _, message in answers.unreadable.values()))
    if not sentences and reasons:
        raise NothingRaw("; ".join(reasons))
    return RawTexts(sentences, reasons)


class _Opened:
    """The ledger for the time of one look."""

    def __init__(self, settings: Settings) -> None:
        self._engine = open_operations(settings.operations_database_url)
        self.ledger = Ledger(self._engine)

    def close(self) -> None:
        self._engine.dispose()


def _call(row: Row) -> UsableCall:
    return UsableCall(
        call_id=row["call_id"],
        recording_id=row["recording_id"] or "",
        call_date=row["call_date"],
        duration_s=row["duration_s"] or 0.0,
        agent_channel=row["agent_channel"],
        language=row["language"],
        source_uri=row["source_uri"],
        sources=tuple(ChannelSource(**source) for source in row["sources"] or ()),
        direction=row["direction"],
        form=row["form"],
    )


def _asked(call: UsableCall, answered_by: Sequence[Mapping[str, Any]], rows: Sequence[LedgerRow]) -> list[AskedSource]:
    """Each source with the answer that its published transcript was made of: by model and engine, else the newest."""
    answered = [row for row in rows if row.state in ANSWERED]
    found = []
    for source in call.sources:
        of_source = [row for row in answered if (row.recording_id, row.channel_id) == source.key]
        if not of_source:
            continue
        row = max(of_source, key=lambda each: (_is_published(each, answered_by), each.planned_at))
        channel = ChannelOfCall(
            call_id=call.call_id,
            channel_id=source.channel_id,
            call_date=call.call_date,
            role=source.role,
            recording_id=call.recording_id,
            duration_s=call.duration_s,
            model=row.model,
            engine=row.made_by,
        )
        found.append(AskedSource(channel, source, row))
    return found


def _is_published(row: LedgerRow, answered_by: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a transcript names this model and engine; that of a channel of several recordings names several."""
    return any(row.model in each["model"] and row.made_by in each["engine"] for each in answered_by)


def _told(told: Mapping[str, Any]) -> VoicesTold:
    spans = tuple(VoiceSpan(item["begin_ms"], item["end_ms"], item["voice"]) for item in told["segments"])
    unsure = told["unsure"]
    return VoicesTold(spans, told["voices"], told["separation"], None if unsure is None else Unsure(unsure))
