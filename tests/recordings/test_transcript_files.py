"""Transcripts beside a recording: found by their names, brought to it, in the order in which they count."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_pipeline.recordings.landing_files import LandingFile
from qa_pipeline.recordings.transcript_files import TranscriptName, possible_names
from tests.recordings.scanning import scan

Put = Callable[..., Path]


def transcripts(file: LandingFile) -> list[tuple[str, int | None]]:
    return [(item.path.name, item.channel_id) for item in file.transcripts]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("c1.vtt", (TranscriptName("c1", None, 3),)),
        ("C1.VTT", (TranscriptName("C1", None, 3),)),
        ("c1.vcon", (TranscriptName("c1", None, 2),)),
        ("c1.vcon.json", (TranscriptName("c1", None, 1),)),
        ("c1.transcript.json", (TranscriptName("c1", None, 0),)),
        ("a.b.Channel-1.vtt", (TranscriptName("a.b.Channel-1", None, 3), TranscriptName("a.b", 1, 3))),
        ("c1.channel-2.vtt", (TranscriptName("c1.channel-2", None, 3),)),
        ("c1.json", ()),
        (".vtt", ()),
        (".transcript.json", ()),
        ("vtt", ()),
    ],
)
def test_a_name_tells_the_recording_and_perhaps_the_channel(name: str, expected: tuple[TranscriptName, ...]) -> None:
    assert possible_names(name) == expected


def test_transcripts_are_brought_to_their_recordings_the_most_exact_and_richest_first(zone: Path, put: Put) -> None:
    for name in ("a.wav", "a.json", "a.vtt", "a.vcon", "a.vcon.json", "a.transcript.json", "a.channel-1.vtt", "b.wav"):
        put(f"2025-09-01/{name}", {} if name.endswith("json") else b"x")
    put("2025-09-02/a.vtt", b"x")
    first, second = scan(zone).files
    assert transcripts(first) == [
        ("a.channel-1.vtt", 1),
        ("a.transcript.json", None),
        ("a.vcon.json", None),
        ("a.vcon", None),
        ("a.vtt", None),
    ]
    assert first.sidecar is not None
    assert first.sidecar.name == "a.json"
    assert transcripts(second) == []


def test_a_recording_may_have_a_name_that_looks_like_that_of_a_channel(zone: Path, put: Put) -> None:
    for name in ("a.channel-0.wav", "a.wav", "a.channel-0.vtt", "a.channel-1.vtt"):
        put(name, b"x")
    found = {file.path.name: transcripts(file) for file in scan(zone).files}
    assert found == {"a.channel-0.wav": [("a.channel-0.vtt", None)], "a.wav": [("a.channel-1.vtt", 1)]}


def test_a_transcript_without_a_recording_is_named(zone: Path, put: Put) -> None:
    put("2025-09-01/a.wav", b"x")
    for name in ("b.vtt", "a.channel-2.vtt", "c.transcript.json", "d.vcon.json"):
        put(f"2025-09-01/{name}", b"x")
    found = scan(zone)
    assert found.orphan_sidecars == (
        "2025-09-01/a.channel-2.vtt",
        "2025-09-01/b.vtt",
        "2025-09-01/c.transcript.json",
        "2025-09-01/d.vcon.json",
    )
    assert found.ignored == ()


def test_a_call_waits_for_a_transcript_that_is_still_being_written(zone: Path, put: Put) -> None:
    recording, transcript = put("a.wav", b"x"), put("a.vtt", b"x")
    os.utime(recording, ns=(10, 10))
    os.utime(transcript, ns=(70, 70))
    assert scan(zone).files[0].changed_ns == 70


def test_a_transcript_that_is_a_link_out_of_the_zone_is_marked(zone: Path, elsewhere: Path, put: Put) -> None:
    put("a.wav", b"x")
    (elsewhere / "secret.vtt").write_text("WEBVTT")
    (zone / "a.vtt").symlink_to(elsewhere / "secret.vtt")
    [transcript] = scan(zone).files[0].transcripts
    assert transcript.leads_outside


def test_a_transcript_that_is_still_being_copied_is_left_alone(zone: Path, put: Put) -> None:
    for name in ("a.wav", "a.vtt.part", ".a.vtt"):
        put(name, b"x")
    found = scan(zone)
    assert found.files[0].transcripts == ()
    assert {left.relative_path for left in found.ignored} == {"a.vtt.part", ".a.vtt"}
