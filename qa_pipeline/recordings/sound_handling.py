"""What is done about a defect of the sound, before any money is spent: each is a setting.

Pure: names of defects in, an action a channel out. What is wrong is found in `audio.defects`; here it is decided who is
sent to be transcribed, and which calls are set aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from qa_pipeline.audio.defects import Defect
from qa_pipeline.recordings.quarantine import QuarantineReason, explain

SilentHandling = Literal["skip", "transcribe", "quarantine"]
DualMonoHandling = Literal["once", "both", "quarantine"]
Handling = Literal["keep", "quarantine"]

STEREO = 2


class ChannelAction(StrEnum):
    """What becomes of a channel; names as the column `acoustics.action` holds them."""

    TRANSCRIBE = "transcribe"
    SKIP_SILENT = "skip_silent"
    SKIP_DUPLICATE = "skip_duplicate"
    QUARANTINE = "quarantine"


SKIPPED = frozenset({ChannelAction.SKIP_SILENT, ChannelAction.SKIP_DUPLICATE})
"""Channels that are not sent, and so not paid for, although their call goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectHandling:
    """The settings of the same names."""

    on_dual_mono: DualMonoHandling = "once"
    on_silent_channel: SilentHandling = "skip"
    on_bleeding: Handling = "keep"
    on_one_sided: Handling = "keep"
    on_truncated: Handling = "keep"


@dataclass(frozen=True, slots=True)
class SoundVerdict:
    """An action for each channel; for a call that is set aside the reason, on all of its channels."""

    actions: tuple[ChannelAction, ...]
    reason: QuarantineReason | None = None


def judge_sound(defects: Sequence[Sequence[Defect]], agent_channel: int, handling: DefectHandling) -> SoundVerdict:
    """What is done about the defects of each channel; `agent_channel` is the one that stands for both of dual mono."""
    present = {defect for of_channel in defects for defect in of_channel}
    for defect, what, reason in (
        (Defect.DUAL_MONO, handling.on_dual_mono, QuarantineReason.DUAL_MONO),
        (Defect.SILENT, handling.on_silent_channel, QuarantineReason.SILENT_CHANNEL),
        (Defect.BLEEDING, handling.on_bleeding, QuarantineReason.BLEEDING),
        (Defect.ONE_SIDED, handling.on_one_sided, QuarantineReason.ONE_SIDED),
        (Defect.TRUNCATED, handling.on_truncated, QuarantineReason.TRUNCATED),
    ):
        if defect in present and what == "quarantine":
            return SoundVerdict((ChannelAction.QUARANTINE,) * len(defects), reason)
    return SoundVerdict(
        tuple(_action(channel_id, of_channel, agent_channel, handling) for channel_id, of_channel in enumerate(defects))
    )


def only_channel_with_both(defects: Sequence[Sequence[Defect]], verdict: SoundVerdict) -> int | None:
    """The channel of two that alone is sent and may have both parties on it: one of dual mono, or the one that is heard
    where the other one is silent. None where there is none."""
    if verdict.reason is not None or len(defects) != STEREO or sum(item in SKIPPED for item in verdict.actions) != 1:
        return None
    sent = next(channel_id for channel_id, action in enumerate(verdict.actions) if action not in SKIPPED)
    may_hold_both = Defect.DUAL_MONO in defects[sent] or Defect.ONE_SIDED in defects[sent]
    return sent if may_hold_both else None


def _action(channel_id: int, defects: Sequence[Defect], agent_channel: int, handling: DefectHandling) -> ChannelAction:
    if Defect.DUAL_MONO in defects and handling.on_dual_mono == "once" and channel_id != agent_channel:
        return ChannelAction.SKIP_DUPLICATE
    if Defect.SILENT in defects and handling.on_silent_channel == "skip":
        return ChannelAction.SKIP_SILENT
    return ChannelAction.TRANSCRIBE


def explain_quarantine(reason: QuarantineReason, name: str, missing: str | None) -> str:
    """The sentence for `calls.status_message`; `missing` says why the sound is not all there, where that is why."""
    return missing if reason is QuarantineReason.TRUNCATED and missing else explain(reason, name=name)
