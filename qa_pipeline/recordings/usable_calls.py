"""Calls that are not quarantined, as every step after the landing takes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.recordings.transcript_files import ImportedChannel


@dataclass(frozen=True, slots=True)
class UsableCall:
    """A call that is not quarantined; `duration_s` in seconds, `sample_rate` in Hz, `source_uri` its recording's place.

    `imports` are the channels for which a transcript lies beside the recording. `skipped` are channels that are not to
    be sent for what was heard on them; of `is_dual_mono` both parties are on each channel.
    """

    call_id: str
    recording_id: str
    call_date: dt.date
    duration_s: float
    agent_channel: int
    language: str | None
    source_uri: str
    queue: str | None = None
    direction: str | None = None
    sample_rate: int | None = None
    imports: tuple[ImportedChannel, ...] = ()
    skipped: Mapping[int, ChannelAction] = field(default_factory=dict)
    is_dual_mono: bool = False
