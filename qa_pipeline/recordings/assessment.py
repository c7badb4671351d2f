"""Decides of each recording whether it can be transcribed, and says why when it can't."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.probing import AudioProbe, TruncatedAudio, probe
from qa_pipeline.recordings.agent_channels import BY_DEFAULT
from qa_pipeline.recordings.channels import CallForm, ChannelSource, stereo_sources
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.recordings.landing_zone import LandingFile
from qa_pipeline.recordings.metadata import CallMetadata, MetadataSource
from qa_pipeline.recordings.quarantine import QuarantineReason, explain, joining_command
from qa_pipeline.recordings.sound_handling import Handling
from qa_pipeline.recordings.transcript_files import ImportedChannel

CHANNELS = 2


@dataclass(frozen=True)
class RecordingLimits:
    """What the speech service takes: bytes, seconds, and container names (see `audio.formats.ContainerFormat`).

    `asked` is who is meant by it, and `instead` the models that take longer recordings, where there are any.
    `is_fetched` says that the service reads the recordings themselves where they lie, and no copy that is sent.
    `on_truncated` says whether what is there of a truncated recording is taken.
    """

    max_bytes: int
    max_duration_s: float
    formats: frozenset[str]
    asked: str = "the speech service"
    instead: str = ""
    is_fetched: bool = False
    on_truncated: Handling = "quarantine"


@dataclass(frozen=True)
class Inspection:
    """What reading a file gave: its identity (None if it can't be read), and its probe or why there is none."""

    recording_id: str | None
    probe: AudioProbe | UnusableAudio

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
    fault = _fault_of_file(file, inspection, limits) or _fault_of_metadata(file, metadata)
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
    is_stereo = found.channels == CHANNELS and found.audio_streams == 1 and call.recording_id is not None
    return replace(
        call,
        sources=stereo_sources(call.recording_id, call.source_uri, found.duration_s, call.agent_channel)
        if is_stereo and call.recording_id
        else (),
        size_bytes=found.size_bytes,
        duration_s=found.duration_s,
        container=found.container,
        codec=found.codec,
        sample_rate=found.sample_rate,
        channels=found.channels,
    )


Fault = tuple[QuarantineReason, str]


def _fault_of_file(file: LandingFile, inspection: Inspection | None, limits: RecordingLimits) -> Fault | None:
    name = file.relative_path
    if file.leads_outside:
        return _fault(QuarantineReason.OUTSIDE_LANDING_ZONE, name)
    if file.size_bytes > limits.max_bytes or inspection is None:
        sizes = {"size_bytes": file.size_bytes, "max_bytes": limits.max_bytes}
        return _fault(QuarantineReason.TOO_LARGE, name, **sizes)
    found = inspection.usable(limits.on_truncated)
    if isinstance(found, UnusableAudio):
        return QuarantineReason(found.code.value), found.sentence
    return _fault_of_sound(name, found, limits)


def _fault_of_sound(name: str, found: AudioProbe, limits: RecordingLimits) -> Fault | None:
    if found.container not in limits.formats:
        formats = ", ".join(sorted(limits.formats))
        return _fault(QuarantineReason.UNSUPPORTED_FORMAT, name, container=found.container, formats=formats)
    if found.unheard_s is not None and limits.is_fetched:
        lengths = {"unheard_s": found.unheard_s, "duration_s": found.duration_s}
        return _fault(QuarantineReason.UNREADABLE, name, **lengths)
    if found.audio_streams > 1:
        return _fault_of_streams(name, found)
    if found.channels < CHANNELS:
        return _fault(QuarantineReason.MONO, name)
    if found.channels > CHANNELS:
        return _fault(QuarantineReason.TOO_MANY_CHANNELS, name, channels=found.channels)
    if found.duration_s > limits.max_duration_s:
        instead = f"set QA_MODEL to {limits.instead}, or " if limits.instead else ""
        facts = {"length": _spoken(found.duration_s), "most": _spoken(limits.max_duration_s)}
        return _fault(QuarantineReason.TOO_LONG, name, asked=limits.asked, instead=instead, **facts)
    return None


def _fault_of_streams(name: str, found: AudioProbe) -> Fault:
    reason, sentence = _fault(QuarantineReason.MULTIPLE_AUDIO_STREAMS, name, audio_streams=found.audio_streams)
    numbers = ", with the numbers of the parties' streams in place of 0 and 1" if found.audio_streams > 2 else ""
    return reason, f"{sentence[:-1]}{numbers}: `{joining_command(found.stream_channels)}`."


def _fault_of_metadata(file: LandingFile, metadata: CallMetadata) -> Fault | None:
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
