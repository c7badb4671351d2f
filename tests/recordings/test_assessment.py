from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from qa_pipeline.audio.faults import AudioFault
from qa_pipeline.audio.probing import AudioProbe
from qa_pipeline.recordings.assessment import assess
from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.recordings.inspection import Inspection, RecordingLimits, inspect
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.landing_files import LandingFile
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.recordings.quarantine import MEANINGS, QuarantineReason, explain
from tests.recordings.scanning import scan

Put = Callable[..., Path]
DAY = dt.date(2025, 9, 1)
FILE = LandingFile(Path("/zone/2025-09-01/c1.wav"), "2025-09-01/c1.wav", size_bytes=1000, changed_ns=0)
METADATA = CallMetadata("c1", call_date=DAY, agent_id="a-chen", extra={"site": "b"}, source="sidecar")
PROBE = AudioProbe("wav", "pcm_mulaw", 8000, channels=2, duration_s=60.0, size_bytes=1000, audio_streams=1)


def judged(
    limits: RecordingLimits, *, file: dict[str, Any] | None = None, metadata: dict[str, Any] | None = None, **probe: Any
) -> Call:
    return assess(
        dataclasses.replace(FILE, **(file or {})),
        dataclasses.replace(METADATA, **(metadata or {})),
        Inspection("ab" * 32, dataclasses.replace(PROBE, **probe)),
        limits,
    )


def test_a_usable_call_carries_all_that_is_known_of_it(limits: RecordingLimits) -> None:
    call = judged(limits)
    assert call.is_usable
    assert call == Call(
        call_id="c1",
        path=FILE.path,
        relative_path="2025-09-01/c1.wav",
        size_bytes=1000,
        recording_id="ab" * 32,
        call_date=DAY,
        agent_id="a-chen",
        duration_s=60.0,
        container="wav",
        codec="pcm_mulaw",
        sample_rate=8000,
        channels=2,
        metadata_source="sidecar",
        metadata_extra={"site": "b"},
        sources=stereo_sources("ab" * 32, FILE.path.as_uri(), 60.0, 0),
    )


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        ({"container": "aiff"}, "unsupported_format", ["is aiff", "mp3, wav", "ffmpeg -i"]),
        ({"audio_streams": 2}, "multiple_audio_streams", ["2 audio streams", "amerge"]),
        (
            {"audio_streams": 3, "stream_channels": (2, 1, 2)},
            "multiple_audio_streams",
            ["3 audio streams", "in place of 0 and 1", "[0:a:0]", "pan=mono|c0=.5*c0+.5*c1[a]", "pan=mono|c0=c0[b]"],
        ),
        ({"channels": 1}, "mono", ["one channel"]),
        ({"channels": 6}, "too_many_channels", ["6 channels", "with channels in a sidecar", "[channels] of qa.toml"]),
        ({"duration_s": 12 * 3600 + 0.5}, "too_long", ["lasts 12 h 1 s, ", "takes 12 h; ", "split"]),
        ({"metadata": {"call_date": None}}, "no_date", ["started_at", "YYYY-MM-DD", "file_name_patterns"]),
        ({"metadata": {"problems": ("c1.json: x.", "c1.json: y.")}}, "bad_metadata", ["c1.json: x. c1.json: y."]),
        ({"file": {"leads_outside": True}}, "outside_landing_zone", ["link", "not opened"]),
        (
            {"file": {"size_bytes": 2_000_000_001}},
            "too_large",
            ["has 2,000,000,001 bytes", "takes 2,000,000,000;", "split"],
        ),
    ],
)
def test_each_reason_sets_a_call_aside_with_a_sentence(
    limits: RecordingLimits, changes: dict[str, Any], reason: str, words: list[str]
) -> None:
    call = judged(limits, **changes)
    assert (call.status, call.status_reason, call.is_usable) == ("quarantined", reason, False)
    assert call.status_message is not None
    assert all(word in call.status_message for word in words)
    assert call.agent_id == "a-chen"
    if reason != "bad_metadata":
        assert call.status_message.startswith("2025-09-01/c1.wav ")


def test_limits_are_met_to_the_last_byte_and_second(limits: RecordingLimits) -> None:
    assert judged(limits, file={"size_bytes": 2_000_000_000}, duration_s=12 * 3600.0).is_usable


def test_the_first_reason_counts_in_the_order_of_the_list(limits: RecordingLimits) -> None:
    everything = {"container": "aiff", "audio_streams": 2, "channels": 1, "duration_s": 1e6}
    bad = {"problems": ("p",), "call_date": None}
    assert judged(limits, metadata=bad, **everything).status_reason == "unsupported_format"
    assert judged(limits, metadata=bad, channels=1, duration_s=1e6).status_reason == "mono"
    assert judged(limits, metadata=bad).status_reason == "bad_metadata"


def test_what_the_probe_found_wrong_is_the_reason_with_its_own_sentence(
    zone: Path, put: Put, limits: RecordingLimits
) -> None:
    put("2025-09-01/empty.wav", b"")
    put("2025-09-01/text.wav", "I am no sound.\n" * 9)
    whole = put("2025-09-01/whole.wav").read_bytes()
    put("2025-09-01/cut.wav", whole[: len(whole) // 3])
    put("2025-09-01/damaged.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x05" + bytes(500))
    reasons = {}
    for file in scan(zone).files:
        call = assess(file, dataclasses.replace(METADATA, call_id=file.path.stem), inspect(file, limits), limits)
        reasons[call.call_id] = call.status_reason
        assert call.recording_id is not None
        assert call.is_usable or file.path.name in (call.status_message or "")
    assert reasons == {
        "empty": "empty_file",
        "text": "not_audio",
        "whole": None,
        "cut": "truncated",
        "damaged": "unreadable",
    }


def test_every_fault_of_the_audio_room_that_a_probe_can_find_is_a_reason() -> None:
    of_probe = set(AudioFault) - {AudioFault.NO_SUCH_CHANNEL, AudioFault.TOO_LONG}
    assert {fault.value for fault in of_probe} < {reason.value for reason in QuarantineReason}


def test_every_reason_has_a_meaning_and_a_sentence_or_brings_its_own() -> None:
    assert set(MEANINGS) == set(QuarantineReason)
    facts = {
        "size_bytes": 1,
        "max_bytes": 1,
        "container": "x",
        "formats": "y",
        "audio_streams": 2,
        "channels": 3,
        "apart": "",
    }
    facts |= {
        "length": "13 h",
        "most": "12 h",
        "asked": "x",
        "instead": "",
        "other": "c2",
        "place": "",
        "call_id": "c1",
        "name": "a.wav",
        "stem": "a",
        "missing": "b.wav",
        "apart": "",
    }
    own = {fault.value for fault in AudioFault} | {"bad_metadata"}
    for reason in QuarantineReason:
        if reason.value not in own or reason is QuarantineReason.TOO_LONG:
            assert explain(reason, **facts).startswith("a.wav ")


def test_a_file_outside_or_too_large_is_not_opened(
    zone: Path, elsewhere: Path, put: Put, limits: RecordingLimits
) -> None:
    (elsewhere / "secret.wav").write_bytes(b"secret")
    (zone / "linked.wav").symlink_to(elsewhere / "secret.wav")
    put("large.wav")
    small = dataclasses.replace(limits, max_bytes=100)
    for file in scan(zone).files:
        assert inspect(file, small) is None
        call = assess(file, METADATA, None, small)
        assert (call.recording_id, call.is_usable) == (None, False)


def test_a_file_that_vanished_is_unreadable_and_has_no_identity(zone: Path, put: Put, limits: RecordingLimits) -> None:
    path = put("c1.wav")
    file = scan(zone).files[0]
    path.unlink()
    call = assess(file, METADATA, inspect(file, limits), limits)
    assert (call.status_reason, call.recording_id) == ("unreadable", None)


def put_tracks(path: Path, *titles: str) -> None:
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in titles]
        for stream, title in zip(streams, titles, strict=True):
            stream.metadata["title"] = title
        for stream in streams:
            frame = av.AudioFrame(format="s16", layout="mono", samples=800)
            frame.sample_rate, frame.pts = 8000, 0
            container.mux(stream.encode(frame))


def test_real_files_of_every_kind_are_judged_together(zone: Path, put: Put, limits: RecordingLimits) -> None:
    put("good.wav")
    put_tracks(zone / "two.mkv", "", "")
    put_tracks(zone / "three.mkv", "", "", "")
    wide = dataclasses.replace(limits, formats=frozenset({"wav", "mkv"}))
    calls = {
        file.path.name: assess(file, METADATA, inspect(file, wide), wide).status_reason for file in scan(zone).files
    }
    assert calls == {"good.wav": None, "two.mkv": None, "three.mkv": "multiple_audio_streams"}


@pytest.mark.parametrize(
    ("titles", "agent_channel", "agent_on"),
    [(("", ""), 0, 0), (("", ""), 1, 1), (("Desktop Audio", "Mic/Aux"), 0, 1), (("Customer", "x"), 0, 1)],
)
def test_the_agents_track_is_the_one_whose_title_says_so_else_that_of_the_agents_channel(
    zone: Path, limits: RecordingLimits, titles: tuple[str, str], agent_channel: int, agent_on: int
) -> None:
    put_tracks(zone / "two.mkv", *titles)
    [file] = scan(zone).files
    metadata = dataclasses.replace(METADATA, agent_channel=agent_channel)
    wide = dataclasses.replace(limits, formats=frozenset({"mkv"}))
    call = assess(file, metadata, inspect(file, wide), wide)
    assert (call.form, call.agent_channel, call.channels) == ("tracks", agent_on, 2)
    assert [(each.source_channel, each.role == "agent") for each in call.sources] == [
        (0, not agent_on),
        (1, bool(agent_on)),
    ]
    fetched = dataclasses.replace(wide, is_fetched=True)
    told = assess(file, metadata, inspect(file, fetched), fetched)
    assert "would hear the first alone; set QA_AUDIO_URLS to upload" in (told.status_message or "")


def test_channels_that_are_named_are_taken_with_the_parties_first_and_others_by_their_names(
    limits: RecordingLimits,
) -> None:
    said = {"channels": {0: "supervisor", 1: "customer", 2: None, 3: "agent"}}
    call = judged(limits, metadata=said, channels=4)
    assert (call.form, call.agent_channel, call.is_usable) == ("channels", 1, True)
    assert [(each.role, each.source_channel, each.name) for each in call.sources] == [
        ("customer", 1, None),
        ("agent", 3, None),
        ("other", 0, "supervisor"),
    ]
    for_all = dataclasses.replace(limits, channels={0: "agent", 1: "customer", 2: "supervisor"})
    assert [each.role for each in judged(for_all, channels=3).sources] == ["agent", "customer", "other"]
    assert judged(for_all, channels=2).form == "stereo"
    assert judged(limits, metadata=said, channels=3).status_reason == "too_many_channels", "there is no channel 3"


def test_of_what_the_settings_say_of_all_recordings_each_takes_the_channels_that_it_has(
    zone: Path, limits: RecordingLimits
) -> None:
    put_tracks(zone / "two.mkv", "", "")
    [file] = scan(zone).files
    wide = dataclasses.replace(limits, formats=frozenset({"mkv"}))
    for said, agent_on in (
        ({0: "customer", 1: "agent", 2: "supervisor"}, 1),
        ({0: "agent", 2: "customer"}, 0),  # says nothing of two tracks, which need no word
    ):
        for_all = dataclasses.replace(wide, channels=said)
        call = assess(file, METADATA, inspect(file, for_all), for_all)
        assert (call.form, call.status_reason) == ("tracks", None)
        assert [each.source_channel for each in call.sources if each.role == "agent"] == [agent_on]
