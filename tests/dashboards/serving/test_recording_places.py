"""Where recordings may be read, and what people with and without the right to paths are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.serving.access import Role, Viewer
from dashboards.serving.recording_places import (
    NotPlayable,
    OtherRecording,
    RecordingMoved,
    find_recording,
    sentence_for,
    told_to,
)
from qa_pipeline.settings import Settings, load_settings

ADMIN, LEAD = Viewer("al", Role.ADMIN), Viewer("lea", Role.LEAD)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "home of qa", recordings=tmp_path / "calls", dashboard_contact="Ana")


def test_a_recording_below_the_landing_zone_is_found_by_uri_and_by_path(recordings: Path) -> None:
    path = recordings / "2025-09-01" / "c0102.wav"
    assert find_recording(path.as_uri(), [recordings]) == path.resolve()
    assert find_recording(str(path), [recordings.parent / "elsewhere", recordings]) == path.resolve()


def test_a_name_with_spaces_and_other_scripts_is_found(tmp_path: Path) -> None:
    path = tmp_path / "通话 1 #%.wav"
    path.touch()
    assert find_recording(path.as_uri(), [tmp_path]) == path.resolve()


def test_a_recording_that_is_gone_is_named_with_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(RecordingMoved, match=r"no longer at .*c1\.wav\. Put the file back.*set QA_RECORDINGS"):
        find_recording((tmp_path / "c1.wav").as_uri(), [tmp_path])


@pytest.mark.parametrize("uri", ["s3://bucket/c1.wav", "https://example.com/c1.wav"])
def test_a_recording_kept_elsewhere_is_named(tmp_path: Path, uri: str) -> None:
    with pytest.raises(RecordingMoved, match="not in the landing zone"):
        find_recording(uri, [tmp_path])


def test_nothing_outside_the_landing_zone_is_read(tmp_path: Path) -> None:
    zone = tmp_path / "zone"
    zone.mkdir()
    secret = tmp_path / "secret.wav"
    secret.touch()
    (zone / "link.wav").symlink_to(secret)
    for uri in (secret.as_uri(), f"{zone.as_uri()}/../secret.wav", (zone / "link.wav").as_uri(), "\0"):
        with pytest.raises(NotPlayable):
            find_recording(uri, [zone])


def test_a_recording_that_moved_is_told_with_and_without_its_path(settings: Settings) -> None:
    trouble = RecordingMoved("The recording is no longer at /data/calls/c1.wav.")
    assert sentence_for(trouble, ADMIN, settings) == str(trouble)
    assert sentence_for(trouble, LEAD, settings) == (
        "The recording of this call was moved. Tell Ana; the transcript stays."
    )
    assert "replaced after it was transcribed. Tell Ana" in sentence_for(OtherRecording("/c1.wav"), LEAD, settings)
    assert "can't be played. Tell Ana" in sentence_for(NotPlayable("/data/c1.wav is text"), LEAD, settings)


def test_the_paths_of_a_calls_recordings_are_known_whatever_characters_they_have(settings: Settings) -> None:
    uris = [(Path("/data of ours/9, März («a»)/c 1.wav")).as_uri(), "s3://bucket/a b/c 2.wav"]
    text = f"the recording /data of ours/9, März («a»)/c 1.wav is gone; {uris[1]} is, too; see {uris[0]}"
    assert told_to(ADMIN, text, settings, uris) == text
    assert told_to(LEAD, text, settings, uris) == ("the recording …/c 1.wav is gone; …/c 2.wav is, too; see …/c 1.wav")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("the recording /data/x y/c1.wav is gone", None),
        ("the recording {calls}/2025-09-01/c 1.wav is gone", "the recording …/2025-09-01/c 1.wav is gone"),
        ("no snapshot below {home}", "no snapshot below …"),
        ("kept at s3://bucket/raw/c1.wav, and/or 1/2 of it", "kept at …/c1.wav, and/or 1/2 of it"),
        ("'file:///data/c1.wav'", "'…/c1.wav'"),
        ("no path at all: 3/4", "no path at all: 3/4"),
    ],
)
def test_paths_are_left_out_of_texts_for_those_without_the_right(
    settings: Settings, text: str, told: str | None
) -> None:
    text = text.format(home=settings.home, calls=settings.recordings)
    assert told_to(ADMIN, text, settings) == text
    found = told_to(LEAD, text, settings)
    assert "/data" not in found
    assert told is None or found == told
