"""Who is on which channel, or track, of a recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.recordings.inspection import RecordingLimits
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.recordings.parties import party_in, roles_of

CHANNELS = 2
MOST_TRACKS = 8
"""What FLAC takes, in which a copy with a channel per track is sent."""


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
