"""A call as the landing zone has it: a row of the table `calls`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from qa_pipeline.recordings.agent_channels import BY_DEFAULT
from qa_pipeline.recordings.channels import CallForm, ChannelSource
from qa_pipeline.recordings.metadata import MetadataSource
from qa_pipeline.recordings.quarantine import QuarantineReason
from qa_pipeline.recordings.transcript_files import ImportedChannel


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
