"""Which sources the channels of a day's calls have, each with what the ledger knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.recordings.channels import ChannelSource
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.transcription.tables import ChannelOfCall, ChannelOutcome


@dataclass(frozen=True, slots=True)
class AskedSource:
    """A source that is asked for, the channel that it is part of, and the ledger's row in force for it.

    `channel` has the model and engine of this source; its recording and length are the call's.
    """

    channel: ChannelOfCall
    source: ChannelSource
    row: LedgerRow | None


@dataclass(frozen=True, slots=True)
class UnsentSource:
    """A source of a call that was never sent, and how it therefore ended."""

    call_id: str
    source: ChannelSource
    outcome: ChannelOutcome


def channels_of(
    calls: Sequence[UsableCall], wanted: Sequence[WorkItem], rows: Sequence[LedgerRow | None]
) -> list[AskedSource]:
    """Each source that is wanted with the ledger's row in force for it; `rows` are in the order of `wanted`.

    Two channels of a call may have the same source: its answer is read for both.
    """
    by_id = {call.call_id: call for call in calls}
    return [
        AskedSource(_channel(by_id[item.call_id], source, item, row), source, row)
        for item, row in zip(wanted, rows, strict=True)
        for source in by_id[item.call_id].sources
        if source.key == (item.recording_id, item.channel_id)
    ]


def _channel(call: UsableCall, source: ChannelSource, item: WorkItem, row: LedgerRow | None) -> ChannelOfCall:
    return ChannelOfCall(
        call_id=call.call_id,
        channel_id=source.channel_id,
        call_date=call.call_date,
        role=source.role,
        recording_id=call.recording_id,
        duration_s=call.duration_s,
        model=item.model,
        engine=row.made_by if row else "",
    )
