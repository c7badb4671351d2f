"""How channels ended that were never sent: refused by every model, or left out for what was heard on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.dispatch.planning import Plan
from qa_pipeline.ledger.states import DUAL_MONO
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.transcription.tables import ChannelOfCall, ChannelOutcome, role_of

NO_MODEL = "none"
SILENT_ENGINE = "none (silent channel)"
"""What `transcripts` says of a channel that nobody was asked about, because there was nothing to hear."""


def unsent_outcomes(calls: Sequence[UsableCall], plan: Plan) -> dict[tuple[str, int], ChannelOutcome]:
    """The outcome of each channel that was not sent, by call id and channel."""
    by_id = {call.call_id: call for call in calls}
    outcomes = {}
    for channel in plan.refused:
        role = role_of(channel.channel_id, by_id[channel.call_id].agent_channel)
        outcomes[channel.call_id, channel.channel_id] = ChannelOutcome(
            channel.channel_id, role, "failed", channel.code, channel.message
        )
    for skipped in plan.skipped:
        call = by_id[skipped.call_id]
        outcomes[skipped.call_id, skipped.channel_id] = _skipped(call, skipped.channel_id, skipped.action)
    return outcomes


def _skipped(call: UsableCall, channel_id: int, action: ChannelAction) -> ChannelOutcome:
    role = role_of(channel_id, call.agent_channel)
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
            role=role_of(skipped.channel_id, call.agent_channel),
            recording_id=call.recording_id,
            duration_s=call.duration_s,
            model=NO_MODEL,
            engine=SILENT_ENGINE,
        )
        for skipped in plan.skipped
        if skipped.action is ChannelAction.SKIP_SILENT
        for call in [by_id[skipped.call_id]]
    ]
