"""Decides of each recording whether it can be transcribed, and says why when it can't."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.one_party import SoleChannel
from qa_pipeline.audio.probing import AudioProbe, TruncatedAudio, probe
from qa_pipeline.recordings.agent_channels import BY_DEFAULT
from qa_pipeline.recordings.channels import (
    CallForm,
    ChannelSource,
    mapped_sources,
    one_channel_source,
    stereo_sources,
)
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.recordings.landing_files import LandingFile
from qa_pipeline.recordings.metadata import CallMetadata, MetadataSource
from qa_pipeline.recordings.parties import party_in, roles_of
from qa_pipeline.recordings.quarantine import QuarantineReason, explain, joining_command
from qa_pipeline.recordings.sound_handling import Handling
from qa_pipeline.recordings.transcript_files import ImportedChannel

CHANNELS = 2
MOST_TRACKS = 8
"""What FLAC takes, in which a copy with a channel per track is sent."""

MonoHandling = Literal["quarantine", "diarize", "single"]
FORM_OF_MONO: Mapping[MonoHandling, CallForm] = {"diarize": "diarized", "single": "single"}


@dataclass(frozen=True)
class RecordingLimits:
    """What the speech service takes: bytes, seconds, and container names (see `audio.formats.ContainerFormat`).

    `asked` is who is meant by it, and `instead` the models that take longer recordings, where there are any.
    `is_fetched` says that the service reads the recordings themselves where they lie, and no copy that is sent.
    `on_truncated` says whether what is there of a truncated recording is taken; `channels` who is on which channel of
    recordings with more than two, or with several tracks, where nothing nearer says it (None: not to be sent);
    `on_mono` what is made of one with a single channel, and `mono_problem` why not what was asked for.
    """

    max_bytes: int
    max_duration_s: float
    formats: frozenset[str]
    asked: str = "the speech service"
    instead: str = ""
    is_fetched: bool = False
    on_truncated: Handling = "quarantine"
    channels: Mapping[int, str | None] | None = None
    on_mono: MonoHandling = "quarantine"
    mono_problem: str = ""


@dataclass(frozen=True)
class Inspection:
    """What reading a file gave: its identity (None if it can't be read), and its probe or why there is none.

    `sole_channel`: the channel that is all there is to hear of a stereo file; only looked for in files that something
    says are of one party, None in all others.
    """

    recording_id: str | None
    probe: AudioProbe | UnusableAudio
    sole_channel: SoleChannel | None = None

    def usable(self, on_truncated: Handling) -> AudioProbe | UnusableAudio:
        """The probe; of a truncated recording that is kept, the probe of what is there."""
        if on_truncated == "keep" and isinstance(self.probe, TruncatedAudio):
            return self.probe.held
        return self.probe


@dataclass(frozen=True)
class Call:
    """One row of the table `calls`; names and units are the table's.

    `status` is None for a usable call, whose fate is not known yet. A quarantined call carries everything that is
    known of it; its `call_id` may be made of the file's name. `imports` are the channels for which a transcript lies
    beside the recording (looked for elsewhere, in usable calls only). `sources` say where the sound of each channel
    lies; there are none where that is not known.

    Of a recording that may be one of several of its call (`recordings.segments`), `segment` is the number that its
    metadata gives it, `has_given_id` whether its id may join it to others, and `apart` why it was not joined to the one
    that has its id. `missing` are sentences on recordings of the call that could not be taken.
    """

    call_id: str
    path: Path
    relative_path: str
    size_bytes: int
    recording_id: str | None = None
    call_date: dt.date | None = None
    started_at: dt.datetime | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    customer_id: str | None = None
    queue: str | None = None
    direction: str | None = None
    language: str | None = None
    agent_channel: int = 0
    agent_channel_from: str = BY_DEFAULT
    duration_s: float | None = None
    container: str | None = None
    codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    metadata_source: MetadataSource = "file name"
    metadata_extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    metadata_remarks: tuple[str, ...] = ()
    status: Literal["quarantined"] | None = None
    status_reason: QuarantineReason | None = None
    status_message: str | None = None
    imports: tuple[ImportedChannel, ...] = ()
    object_uri: str | None = None
    form: CallForm = "stereo"
    sources: tuple[ChannelSource, ...] = ()
    segment: int | None = None
    has_given_id: bool = False
    apart: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def source_uri(self) -> str:
        """Where the recording lies: a file:// URI, or that of an object in a bucket."""
        return self.object_uri or self.path.as_uri()

    @property
    def file_ids(self) -> tuple[str, ...]:
        """The sha256 of each of its files, in order; none where nothing could be read."""
        of_sources = dict.fromkeys(source.recording_id for source in self.sources)
        return tuple(of_sources) or ((self.recording_id,) if self.recording_id else ())

    @property
    def file_uris(self) -> tuple[str, ...]:
        """Where each of its files lies, in order."""
        return tuple(dict.fromkeys(source.source_uri for source in self.sources)) or (self.source_uri,)

    @property
    def is_usable(self) -> bool:
        """Whether the call can be transcribed."""
        return self.status is None

    def quarantined(self, reason: QuarantineReason, message: str) -> Call:
        """The same call, set aside."""
        return replace(self, status="quarantined", status_reason=reason, status_message=message)


@dataclass(frozen=True)
class Landed:
    """A recording that landed, with what is said of it and what is in it."""

    file: LandingFile
    metadata: CallMetadata
    inspection: Inspection | None

    def probe(self, limits: RecordingLimits) -> AudioProbe | None:
        """What is in it, where it can be used."""
        found = self.inspection.usable(limits.on_truncated) if self.inspection else None
        return found if isinstance(found, AudioProbe) else None

    def sole_channel(self, limits: RecordingLimits) -> int | None:
        """The channel with all there is to hear of a recording of one party; None where it may hold two."""
        return sole_channel_of(self.inspection, limits)


def sole_channel_of(inspection: Inspection | None, limits: RecordingLimits) -> int | None:
    """See `Landed.sole_channel`."""
    found = inspection.usable(limits.on_truncated) if inspection else None
    if inspection is None or not isinstance(found, AudioProbe) or found.audio_streams != 1:
        return None
    if found.channels == 1:
        return 0
    return None if inspection.sole_channel == "neither" else inspection.sole_channel


def inspect(file: LandingFile, limits: RecordingLimits) -> Inspection | None:
    """Hashes and probes a file; None for one that is not to be opened (outside the zone, or over the size limit)."""
    if file.leads_outside or file.size_bytes > limits.max_bytes:
        return None
    try:
        identity = recording_id(file.path)
    except UnusableAudio as error:
        return Inspection(None, error)
    try:
        return Inspection(identity, probe(file.path))
    except UnusableAudio as error:
        return Inspection(identity, error)


def assess(file: LandingFile, metadata: CallMetadata, inspection: Inspection | None, limits: RecordingLimits) -> Call:
    """The call that a file holds, quarantined with the first reason that applies (order of `QuarantineReason`).

    `inspection` is what `inspect` gave for the same file. Duplicates are looked for later, among all calls.
    """
    call = _call(file, metadata, inspection, limits)
    fault = _fault_of_file(file, metadata, inspection, limits) or fault_of_metadata(file, metadata)
    return call if fault is None else call.quarantined(*fault)


def _call(file: LandingFile, metadata: CallMetadata, inspection: Inspection | None, limits: RecordingLimits) -> Call:
    call = Call(
        call_id=metadata.call_id,
        path=file.path,
        relative_path=file.relative_path,
        size_bytes=file.size_bytes,
        recording_id=inspection.recording_id if inspection else None,
        call_date=metadata.call_date,
        started_at=metadata.started_at,
        agent_id=metadata.agent_id,
        agent_name=metadata.agent_name,
        customer_id=metadata.customer_id,
        queue=metadata.queue,
        direction=metadata.direction,
        language=metadata.language,
        agent_channel=metadata.agent_channel,
        agent_channel_from=metadata.agent_channel_from,
        metadata_source=metadata.source,
        metadata_extra=metadata.extra,
        metadata_remarks=metadata.remarks,
        segment=metadata.segment,
        has_given_id=metadata.has_given_id,
        object_uri=file.object_uri,
    )
    found = inspection.usable(limits.on_truncated) if inspection else None
    if not isinstance(found, AudioProbe):
        return call
    form, sources = _form_of(call, metadata, found, limits)
    return replace(
        call,
        form=form,
        sources=sources,
        agent_channel=next((each.channel_id for each in sources if each.role == "agent"), call.agent_channel),
        size_bytes=found.size_bytes,
        duration_s=found.duration_s,
        container=found.container,
        codec=found.codec,
        sample_rate=found.sample_rate,
        channels=max(found.channels, found.audio_streams) if form == "tracks" else found.channels,
    )


def _form_of(
    call: Call, metadata: CallMetadata, found: AudioProbe, limits: RecordingLimits
) -> tuple[CallForm, tuple[ChannelSource, ...]]:
    """How a recording that is a call by itself holds its parties; no sources where nothing says it."""
    if call.recording_id is None:
        return "stereo", ()
    parties = parties_on(metadata, found, limits)
    if parties is None and found.audio_streams == 1 and found.channels == CHANNELS:
        return "stereo", stereo_sources(call.recording_id, call.source_uri, found.duration_s, call.agent_channel)
    if parties is None and found.audio_streams == found.channels == 1 and limits.on_mono != "quarantine":
        source = one_channel_source(call.recording_id, call.source_uri, 0, found.duration_s)
        return FORM_OF_MONO[limits.on_mono], (source,)
    if parties is None:
        return "stereo", ()
    is_tracks = found.audio_streams > 1
    lengths = [track.end_s for track in found.tracks] if is_tracks else [found.duration_s] * found.channels
    sent = {number: party for number, party in parties.items() if party is not None}
    form: CallForm = "tracks" if is_tracks else "channels" if found.channels > CHANNELS else "stereo"
    return form, mapped_sources(call.recording_id, call.source_uri, lengths, sent)


def parties_on(metadata: CallMetadata, found: AudioProbe, limits: RecordingLimits) -> Mapping[int, str | None] | None:
    """Who is on which channel (or track) of a recording, None where the usual two channels, or nothing, say it.

    What the metadata says of the recording goes before what the settings say of all; two tracks need neither. None too
    where the metadata names a channel that the recording doesn't have; of the settings, which speak of recordings with
    more channels too, only what it has is taken.
    """
    is_tracks = found.audio_streams > 1
    number = found.audio_streams if is_tracks else found.channels
    said = metadata.channels or (_of_all(limits, number) if is_tracks or number > CHANNELS else None)
    if said is None and is_tracks and number == CHANNELS:
        said = _parties_on_tracks(metadata, found)
    if said is None or max(said) >= number or (is_tracks and number > MOST_TRACKS) or _lacks_sound(found, said):
        return None
    return said


def _of_all(limits: RecordingLimits, number: int) -> Mapping[int, str | None] | None:
    """What the settings say of the channels that a recording of `number` channels has; None without both parties."""
    held = {channel: party for channel, party in (limits.channels or {}).items() if channel < number}
    return held if {"agent", "customer"} <= set(held.values()) else None


def _lacks_sound(found: AudioProbe, said: Mapping[int, str | None]) -> bool:
    """Whether a track that is to be sent can't be read or is empty."""
    if found.audio_streams == 1:
        return False
    if len(found.tracks) != found.audio_streams:
        return True
    sent = [found.tracks[number] for number, party in said.items() if party is not None]
    return any(not track.channels or track.end_s <= 0 for track in sent)


def _parties_on_tracks(metadata: CallMetadata, found: AudioProbe) -> dict[int, str | None]:
    """The two parties on two tracks: as their titles say, else the agent on the one that `agent_channel` names."""
    said = [party_in(track.title or "") for track in found.tracks]
    if None in said:
        roles: Sequence[str] = ["agent", "customer"] if metadata.agent_channel == 0 else ["customer", "agent"]
        known = next((index for index, party in enumerate(said) if party in ("agent", "customer")), None)
        if known is not None:
            roles = ["agent", "customer"] if (said[known] == "agent") == (known == 0) else ["customer", "agent"]
        return dict(enumerate(roles))
    given = metadata.agent_channel if metadata.has_agent_channel else None
    roles = roles_of([party for party in said if party], direction=metadata.direction, agent_channel=given)
    if sorted(roles) != ["agent", "customer"]:
        roles = ["agent", "customer"] if metadata.agent_channel == 0 else ["customer", "agent"]
    return dict(enumerate(roles))


Fault = tuple[QuarantineReason, str]


def _fault_of_file(
    file: LandingFile, metadata: CallMetadata, inspection: Inspection | None, limits: RecordingLimits
) -> Fault | None:
    found = fault_of_reading(file, inspection, limits)
    if found is not None:
        return found
    probed = inspection.usable(limits.on_truncated) if inspection else None
    assert isinstance(probed, AudioProbe), "what can't be read has a fault"
    fault = _fault_of_channels(file.relative_path, metadata, probed, limits)
    return fault or fault_of_length(file.relative_path, probed, limits)


def fault_of_reading(file: LandingFile, inspection: Inspection | None, limits: RecordingLimits) -> Fault | None:
    """Why a file can't be read or sent, whatever is on its channels."""
    name = file.relative_path
    if file.leads_outside:
        return _fault(QuarantineReason.OUTSIDE_LANDING_ZONE, name)
    if file.size_bytes > limits.max_bytes or inspection is None:
        sizes = {"size_bytes": file.size_bytes, "max_bytes": limits.max_bytes}
        return _fault(QuarantineReason.TOO_LARGE, name, **sizes)
    found = inspection.usable(limits.on_truncated)
    if isinstance(found, UnusableAudio):
        return QuarantineReason(found.code.value), found.sentence
    if found.container not in limits.formats:
        formats = ", ".join(sorted(limits.formats))
        return _fault(QuarantineReason.UNSUPPORTED_FORMAT, name, container=found.container, formats=formats)
    if found.unheard_s is not None and limits.is_fetched:
        lengths = {"unheard_s": found.unheard_s, "duration_s": found.duration_s}
        return _fault(QuarantineReason.UNREADABLE, name, **lengths)
    return None


def _fault_of_channels(name: str, metadata: CallMetadata, found: AudioProbe, limits: RecordingLimits) -> Fault | None:
    is_known = parties_on(metadata, found, limits) is not None
    if found.audio_streams > 1 and not is_known:
        return _fault_of_streams(name, found)
    if found.audio_streams > 1 and limits.is_fetched:
        return QuarantineReason.MULTIPLE_AUDIO_STREAMS, (
            f"{name} holds a track for each party, and the service, which fetches the file itself, would hear "
            "the first alone; set QA_AUDIO_URLS to upload, which sends a copy with a channel per track."
        )
    if is_known or (found.audio_streams == 1 and found.channels == CHANNELS):
        return None
    if found.channels < CHANNELS:
        return _fault_of_mono(name, limits)
    return _fault(QuarantineReason.TOO_MANY_CHANNELS, name, channels=found.channels)


def _fault_of_mono(name: str, limits: RecordingLimits) -> Fault | None:
    if limits.on_mono != "quarantine":
        return None
    if limits.mono_problem:
        sentence = f"{name} has one channel, and its voices can't be told apart here: {limits.mono_problem}."
        return QuarantineReason.MONO, sentence
    return _fault(QuarantineReason.MONO, name, stem=PurePosixPath(name).stem)


def fault_of_length(name: str, found: AudioProbe, limits: RecordingLimits) -> Fault | None:
    """Why a file is too long to be sent."""
    if found.duration_s > limits.max_duration_s:
        instead = f"set QA_MODEL to {limits.instead}, or " if limits.instead else ""
        facts = {"length": _spoken(found.duration_s), "most": _spoken(limits.max_duration_s)}
        return _fault(QuarantineReason.TOO_LONG, name, asked=limits.asked, instead=instead, **facts)
    return None


def _fault_of_streams(name: str, found: AudioProbe) -> Fault:
    reason, sentence = _fault(QuarantineReason.MULTIPLE_AUDIO_STREAMS, name, audio_streams=found.audio_streams)
    numbers = ", with the numbers of the parties' streams in place of 0 and 1" if found.audio_streams > 2 else ""
    return reason, f"{sentence[:-1]}{numbers}: `{joining_command(found.stream_channels)}`."


def fault_of_metadata(file: LandingFile, metadata: CallMetadata) -> Fault | None:
    if metadata.problems:
        return QuarantineReason.BAD_METADATA, " ".join(metadata.problems)
    if metadata.call_date is None:
        return _fault(QuarantineReason.NO_DATE, file.relative_path)
    return None


def _spoken(seconds: float) -> str:
    """To the second, upwards: what is over a limit by one second must not read like the limit."""
    minutes, left = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (left, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def _fault(reason: QuarantineReason, name: str, **facts: Any) -> Fault:
    return reason, explain(reason, name=name, **facts)
