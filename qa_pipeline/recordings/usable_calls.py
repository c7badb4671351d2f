"""Calls that are not quarantined, as every step after the landing takes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from qa_pipeline.recordings.channels import STEREO, CallForm, ChannelSource
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.recordings.transcript_files import ImportedChannel
from qa_pipeline.transcription.roles import ChannelRole, role_of


@dataclass(frozen=True, slots=True)
class UsableCall:
    """A call that is not quarantined; `duration_s` in seconds, `sample_rate` in Hz, `source_uri` its recording's place.

    `sources` say where the sound of each channel lies (see `recordings.channels`). `imports` are the channels for which
    a transcript lies beside the recording. `skipped` are channels that are not to be sent for what was heard on them;
    of `is_dual_mono` both parties are on each channel. `missing` are sentences on recordings of the call that could not
    be taken.
    """

    call_id: str
    recording_id: str
    call_date: dt.date
    duration_s: float
    agent_channel: int
    language: str | None
    source_uri: str
    sources: tuple[ChannelSource, ...]
    queue: str | None = None
    direction: str | None = None
    sample_rate: int | None = None
    imports: tuple[ImportedChannel, ...] = ()
    skipped: Mapping[int, ChannelAction] = field(default_factory=dict)
    is_dual_mono: bool = False
    form: CallForm = "stereo"
    missing: tuple[str, ...] = ()
    customer_id: str | None = None
    extra: str | None = None
    """Keys of its metadata that mean nothing to the product, as JSON."""

    @property
    def longest_source_s(self) -> float:
        """The longest file that is sent for the call, in seconds; what a model takes is a matter of files."""
        return max((source.duration_s for source in self.sources), default=self.duration_s)

    @property
    def timeline(self) -> str | None:
        """When the sources begin, as far as they don't with the call: `1.0=3000` is channel 1, segment 0, 3 s."""
        late = [source for source in self.sources if source.offset_ms]
        return ",".join(f"{each.channel_id}.{each.segment}={each.offset_ms}" for each in late) or None

    @property
    def roles(self) -> dict[int, ChannelRole]:
        """Who is on each channel of the call, channels in their order."""
        return {source.channel_id: source.role for source in sorted(self.sources, key=lambda item: item.channel_id)}

    @property
    def is_told_by_sound(self) -> bool:
        """Whether its two voices, which are on one channel, must be told apart by their sound."""
        return self.form == "diarized" and not any(channel.names_voices for channel in self.imports)

    def role_of(self, channel_id: int) -> ChannelRole:
        """Who is on a channel of the call.

        Raises:
            LookupError: the call has no such channel.
        """
        return self.roles[channel_id]

    def of_channel(self, channel_id: int) -> tuple[ChannelSource, ...]:
        """The sources of a channel, in the order of time."""
        return tuple(source for source in self.sources if source.channel_id == channel_id)


def on_one_channel(call: UsableCall, channel_id: int, form: CallForm) -> UsableCall:
    """A stereo call as one that has both parties on that channel; what was paid for the channel stays paid."""
    own = (replace(source, channel_id=0, role="mixed", name=None) for source in call.of_channel(channel_id))
    return replace(call, form=form, sources=tuple(own), skipped={}, is_dual_mono=False)


def on_two_channels(call: UsableCall) -> UsableCall:
    """What `on_one_channel` was made of."""
    pairs = (
        replace(source, channel_id=channel_id, source_channel=channel_id, role=role_of(channel_id, call.agent_channel))
        for channel_id in STEREO
        for source in call.sources
    )
    return replace(call, form="stereo", sources=tuple(pairs))


def file_ids(calls: Iterable[UsableCall]) -> list[str]:
    """The identities of all files that these calls are made of, in order; the ledger knows work by them."""
    return sorted({source.recording_id for call in calls for source in call.sources})
