"""The sources of a call's channels, and what a call made of several files is known by."""

from __future__ import annotations

from dataclasses import replace

from qa_pipeline.recordings.channels import (
    ChannelSource,
    by_channel,
    call_recording_id,
    recordings_in_time,
    stereo_sources,
)

FIRST, SECOND = "a" * 64, "b" * 64


def part(channel_id: int, recording_id: str, *, offset_ms: int = 0, segment: int = 0) -> ChannelSource:
    role = "customer" if channel_id else "agent"
    return ChannelSource(channel_id, role, recording_id, f"file:///{recording_id[:4]}.wav", 0, offset_ms, 5.0, segment)


def test_a_stereo_file_has_two_channels_with_the_agent_where_the_metadata_says() -> None:
    sources = stereo_sources(FIRST, "file:///c.wav", 6.0, 1)
    assert [(each.channel_id, each.role, each.key) for each in sources] == [
        (0, "customer", (FIRST, 0)),
        (1, "agent", (FIRST, 1)),
    ]
    assert call_recording_id(sources) == FIRST
    assert recordings_in_time(sources) == 1


def test_a_call_of_two_files_is_known_by_both_and_their_places_and_not_by_when_they_begin() -> None:
    pair = (part(0, FIRST), part(1, SECOND))
    known = call_recording_id(pair)
    assert known not in (FIRST, SECOND)
    assert call_recording_id((part(1, SECOND, offset_ms=900), part(0, FIRST))) == known
    assert call_recording_id((part(0, SECOND), part(1, FIRST))) != known
    assert call_recording_id((part(0, FIRST), part(1, "c" * 64))) != known


def test_the_sources_of_a_channel_come_in_time() -> None:
    sources = (part(1, SECOND, segment=1, offset_ms=9000), part(0, FIRST), replace(part(1, FIRST), source_channel=1))
    ordered = by_channel(sources)
    assert list(ordered) == [0, 1]
    assert [source.offset_ms for source in ordered[1]] == [0, 9000]
    assert ordered[1][1].end_ms == 14_000
    assert recordings_in_time(sources) == 2
