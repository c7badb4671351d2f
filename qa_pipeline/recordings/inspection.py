"""What reading a recording gave, and what the speech service takes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.one_party import SoleChannel
from qa_pipeline.audio.probing import AudioProbe, TruncatedAudio, probe
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.recordings.landing_files import LandingFile
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.recordings.sound_handling import Handling

MonoHandling = Literal["quarantine", "diarize", "single"]


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
