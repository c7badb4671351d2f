"""The channels of a call, and where the sound of each lies.

A call has channels, each with a role; a channel has one or more sources in the order of time. A plain stereo call has
two channels with one source each, both in the same file. Parts (a file a party), tracks of one container and further
channels give a call other channels; several recordings of one call, one after the other, give each channel more than
one source: its *segments*.

Everything behind the landing goes through `Call.sources` and `UsableCall.sources` and asks no file for its channels:

- the planner makes one work item per source, keyed by `ChannelSource.key`: what was paid for a file stays paid,
  however files are paired, shifted or joined to calls later;
- reading shifts the answer to a source by its `offset_ms` and joins the sources of a channel in order
  (`reading.rows.read_answers`); a source that failed makes its channel incomplete and takes nothing from the others;
- the table `call_channels` has a row per source, and SQL joins `transcription_tasks` with calls through it.

So a new form of a call is a function here or beside this module that makes its sources; nothing further down changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from qa_pipeline.transcription.roles import ChannelRole, role_of

CallForm = Literal["stereo", "parts", "tracks", "channels", "diarized", "single"]
"""How a call was handed over: one stereo file, a file per party, a track per party, more than two channels, or one
channel that was split by voice (`diarized`) or kept as it is (`single`)."""

ONE_CHANNEL: frozenset[CallForm] = frozenset({"diarized", "single"})
"""Forms of calls that have both parties on one channel."""

SourceKey = tuple[str, int]
"""(recording_id, source_channel): what the ledger knows the sound of a source by."""

STEREO: tuple[int, int] = (0, 1)


@dataclass(frozen=True, slots=True)
class ChannelSource:
    """Where the sound of a channel of a call lies, for one stretch of it.

    `channel_id` counts the channels of the call, `source_channel` those of the file at `source_uri`, of whose bytes
    `recording_id` is the sha256. The file begins `offset_ms` after the call and has `duration_s` seconds. `segment`
    counts the recordings of the call in time, from 0. `name` is what people call the channel, where it is not its role;
    agent and queue are given where a call has several segments.
    """

    channel_id: int
    role: ChannelRole
    recording_id: str
    source_uri: str
    source_channel: int
    offset_ms: int
    duration_s: float
    segment: int = 0
    name: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    queue: str | None = None

    @property
    def key(self) -> SourceKey:
        """What the ledger knows this sound by."""
        return (self.recording_id, self.source_channel)

    @property
    def end_ms(self) -> int:
        """Where it ends, in ms from the beginning of the call."""
        return self.offset_ms + round(self.duration_s * 1000)


def stereo_sources(
    recording_id: str, source_uri: str, duration_s: float, agent_channel: int
) -> tuple[ChannelSource, ...]:
    """The sources of a call that is one stereo file."""
    return tuple(
        ChannelSource(
            channel_id, role_of(channel_id, agent_channel), recording_id, source_uri, channel_id, 0, duration_s
        )
        for channel_id in STEREO
    )


def mapped_sources(
    recording_id: str, source_uri: str, lengths_s: Sequence[float], parties: Mapping[int, str]
) -> tuple[ChannelSource, ...]:
    """The sources of a call whose file has a party on each of some channels (or tracks).

    `parties` maps channels of the file to agent, customer, or what anybody else is called; `lengths_s` are those of all
    channels. The two parties are channels 0 and 1 of the call, in their order in the file; the others follow.
    """
    ordered = sorted(parties.items(), key=lambda item: (item[1] not in ("agent", "customer"), item[0]))
    return tuple(
        ChannelSource(
            channel_id,
            _role(party),
            recording_id,
            source_uri,
            number,
            0,
            lengths_s[number],
            name=None if party in ("agent", "customer") else party,
        )
        for channel_id, (number, party) in enumerate(ordered)
    )


def _role(party: str) -> ChannelRole:
    return "agent" if party == "agent" else "customer" if party == "customer" else "other"


def one_channel_source(recording_id: str, source_uri: str, source_channel: int, duration_s: float) -> ChannelSource:
    """The source of a call that has both parties on one channel of a file; it is sent, and paid, once."""
    return ChannelSource(0, "mixed", recording_id, source_uri, source_channel, 0, duration_s)


def by_channel(sources: Iterable[ChannelSource]) -> dict[int, tuple[ChannelSource, ...]]:
    """The sources of each channel, in the order of time; channels in their order."""
    ordered = sorted(sources, key=lambda source: (source.channel_id, source.segment, source.offset_ms))
    return {channel_id: tuple(own) for channel_id, own in groupby(ordered, key=lambda source: source.channel_id)}


def recordings_in_time(sources: Iterable[ChannelSource]) -> int:
    """How many recordings a call has one after the other; 1 for one without sources."""
    return len({source.segment for source in sources}) or 1


def call_recording_id(sources: Sequence[ChannelSource]) -> str:
    """The identity of what a call was made of: that of its file, or for several files a sha256 over their identities
    and places (which channel and segment each is), not over their offsets."""
    files = {source.recording_id for source in sources}
    if len(files) == 1:
        return files.pop()
    places = sorted(f"{each.channel_id}.{each.segment}={each.recording_id}.{each.source_channel}" for each in sources)
    return hashlib.sha256("\n".join(places).encode()).hexdigest()
