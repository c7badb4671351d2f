"""Which channels a day's calls have, each with what the ledger knows of it."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.ledger.ledger import LedgerRow, WorkItem
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.transcription.tables import ChannelOfCall, role_of


def channels_of(
    calls: Sequence[UsableCall], wanted: Sequence[WorkItem], rows: Sequence[LedgerRow | None]
) -> list[tuple[ChannelOfCall, LedgerRow | None]]:
    """Each wanted channel of each call with the ledger's row in force for it; `rows` are in the order of `wanted`."""
    by_id = {call.call_id: call for call in calls}
    channels = []
    for item, row in zip(wanted, rows, strict=True):
        call = by_id[item.call_id]
        channel = ChannelOfCall(
            call_id=call.call_id,
            channel_id=item.channel_id,
            call_date=call.call_date,
            role=role_of(item.channel_id, call.agent_channel),
            recording_id=call.recording_id,
            duration_s=call.duration_s,
            model=item.model,
            engine=row.engine if row else "",
        )
        channels.append((channel, row))
    return channels
