"""Decides of each recording whether it can be transcribed, and says why when it can't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.recordings.channel_parties import CHANNELS, parties_on
from qa_pipeline.recordings.channels import CallForm, ChannelSource, mapped_sources, one_channel_source, stereo_sources
from qa_pipeline.recordings.inspection import Inspection, MonoHandling, RecordingLimits
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.landing_files import LandingFile
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.recordings.recording_faults import fault_of_file, fault_of_metadata

FORM_OF_MONO: Mapping[MonoHandling, CallForm] = {"diarize": "diarized", "single": "single"}


def assess(file: LandingFile, metadata: CallMetadata, inspection: Inspection | None, limits: RecordingLimits) -> Call:
    """The call that a file holds, quarantined with the first reason that applies (order of `QuarantineReason`).

    `inspection` is what `inspect` gave for the same file. Duplicates are looked for later, among all calls.
    """
    call = _call(file, metadata, inspection, limits)
    fault = fault_of_file(file, metadata, inspection, limits) or fault_of_metadata(file, metadata)
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
