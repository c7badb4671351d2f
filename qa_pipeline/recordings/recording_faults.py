"""Why a recording can't be transcribed, with the sentence that says what to do about it."""

from __future__ import annotations

import math
from pathlib import PurePosixPath
from typing import Any

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.recordings.channel_parties import CHANNELS, parties_on
from qa_pipeline.recordings.inspection import Inspection, RecordingLimits
from qa_pipeline.recordings.landing_files import LandingFile
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.recordings.quarantine import QuarantineReason, explain, joining_command

Fault = tuple[QuarantineReason, str]


def fault_of_file(
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
