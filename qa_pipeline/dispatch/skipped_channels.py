"""How channels ended that were never sent: refused by every model, or left out for what was heard on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.dispatch.planning import Plan
from qa_pipeline.ledger.states import DUAL_MONO
from qa_pipeline.reading.channels import UnsentSource
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.transcription.tables import ChannelOfCall, ChannelOutcome

NO_MODEL = "none"
SILENT_ENGINE = "none (silent channel)"
"""What `transcripts` says of a channel that nobody was asked about, because there was nothing to hear."""


def unsent_outcomes(calls: Sequence[UsableCall], plan: Plan) -> list[UnsentSource]:
    """The outcome of each source that was not sent; a channel that is skipped has one for all of its sources."""
    by_id = {call.call_id: call for call in calls}
    refused = [
        UnsentSource(
            each.call_id,
            each.source,
            ChannelOutcome(each.source.channel_id, each.source.role, "failed", each.code, each.message),
        )
        for each in plan.refused
    ]
    skipped = [
        UnsentSource(each.call_id, call.of_channel(each.channel_id)[0], _skipped(call, each.channel_id, each.action))
        for each in plan.skipped
        for call in [by_id[each.call_id]]
    ]
    return refused + skipped


def _skipped(call: UsableCall, channel_id: int, action: ChannelAction) -> ChannelOutcome:
    role = call.role_of(channel_id)
    if action is ChannelAction.SKIP_SILENT:
        return ChannelOutcome(channel_id, role, "ok")
    message = (
        f"both channels carry the same sound, so only channel {call.agent_channel} was transcribed; let the recorder "
        "keep each party on its own channel, or set on_dual_mono to both"
    )
    return ChannelOutcome(channel_id, role, "failed", DUAL_MONO, message)


def silent_channels(calls: Sequence[UsableCall], plan: Plan) -> list[ChannelOfCall]:
    """The channels that count as transcribed because nothing is to be heard on them."""
    by_id: Mapping[str, UsableCall] = {call.call_id: call for call in calls}
    return [
        ChannelOfCall(
            call_id=call.call_id,
            channel_id=skipped.channel_id,
            call_date=call.call_date,
            role=call.role_of(skipped.channel_id),
            recording_id=call.recording_id,
            duration_s=call.duration_s,
            model=NO_MODEL,
            engine=SILENT_ENGINE,
        )
        for skipped in plan.skipped
        if skipped.action is ChannelAction.SKIP_SILENT
        for call in [by_id[skipped.call_id]]
    ]
