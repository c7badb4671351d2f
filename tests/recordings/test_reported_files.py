"""Recordings of the WAV family, and what came in their place, as people have reported them, by row of their list."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from qa_pipeline.audio.acoustics import measure_acoustics
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.defects import Defect, late_s, name_defects
from qa_pipeline.landing.limits import READABLE
from qa_pipeline.recordings.assessment import assess
from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.file_names import compile_patterns
from qa_pipeline.recordings.inspection import RecordingLimits, inspect
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.landing_files import LandingZone
from qa_pipeline.recordings.notes import notes_of
from tests.recordings.conftest import write_call
from tests.recordings.scanning import scan

REPORTED = Path(__file__).parents[3] / "shared" / "audio" / "reported"
LIMITS = RecordingLimits(2_000_000_000, 12 * 3600.0, READABLE, on_truncated="keep")
Landed = tuple[LandingZone, dict[str, Call]]

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not REPORTED.is_dir(), reason="the reported recordings (../shared/audio) are not here"),
]


@pytest.fixture
def land(tmp_path: Path) -> Callable[[str], Landed]:
    """The files of a row, landed on a day beside a good call; the calls by their file's name."""

    def read(row: str) -> Landed:
        day = tmp_path / "zone" / "2025-09-01"
        day.mkdir(parents=True)
        for path in REPORTED.glob(f"{row}-*/*"):
            shutil.copy(path, day)
        write_call(day / "neighbour.wav")
        zone = scan(tmp_path / "zone")
        reader = MetadataReader(zone, patterns=compile_patterns(), timezone=ZoneInfo("Asia/Shanghai"))
        calls = {
            file.path.name: assess(file, reader.describe(file), inspect(file, LIMITS), LIMITS) for file in zone.files
        }
        assert calls.pop("neighbour.wav").is_usable
        return zone, calls

    return read


@pytest.mark.parametrize("row", ["a08a", "a08b", "a12", "a20"])
def test_the_whole_sound_of_the_recording_is_taken_and_heard_as_it_was(row: str, land: Callable[[str], Landed]) -> None:
    _, calls = land(row)
    assert calls["c.wav"].is_usable
    assert calls["c.wav"].duration_s == pytest.approx(6.0, abs=0.01)
    decoded = np.concatenate(list(decode_blocks(calls["c.wav"].path)), axis=1)
    truth = np.concatenate(list(decode_blocks(REPORTED / "a21-only-wav-truncated" / "c.wav")), axis=1)
    assert np.array_equal(decoded, truth)


def test_a_wav_that_promises_more_is_taken_as_far_as_it_goes(land: Callable[[str], Landed]) -> None:
    _, calls = land("a21")
    assert calls["c.wav"].is_usable
    assert calls["c.wav"].duration_s == pytest.approx(6.0, abs=0.01)
    found = measure_acoustics(calls["c.wav"].path)
    assert "promises 60.00 s" in str(found.missing)
    assert all(Defect.TRUNCATED in of_channel for of_channel in name_defects(found))


@pytest.mark.parametrize(
    ("row", "name", "reason", "words"),
    [
        ("e03a", "c.wav", "not_audio", "may be encrypted or has no header"),
        ("e03b", "c.wav", "not_audio", "encrypted (OpenSSL)"),
        ("e04c", "c.wav", "not_audio", "a tar archive"),
        ("c22", "c.mp2", "unsupported_format", "mp2"),
    ],
)
def test_what_is_no_recording_for_the_service_is_named(
    row: str, name: str, reason: str, words: str, land: Callable[[str], Landed]
) -> None:
    _, calls = land(row)
    assert calls[name].status_reason == reason
    assert words in str(calls[name].status_message)
    assert "ffmpeg -f" not in str(calls[name].status_message)


def test_every_file_is_taken_or_named_whatever_its_ending(land: Callable[[str], Landed]) -> None:
    zone, calls = land("e04e")
    assert {name: call.status_reason for name, call in calls.items()} == {"RE0123456789abcdef": None, "c5.weba": None}
    notes = notes_of(zone)
    for name, words in (("c1.nmf", "NICE"), ("c2.zip", "ZIP"), ("c3.wav.gz", "`gunzip`")):
        [note] = [note for note in notes if name in note]
        assert words in note


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("d07b", ([Defect.DUAL_MONO], [Defect.DUAL_MONO])),
        ("d09", ([], [Defect.OUT_OF_STEP])),
        ("d13", ([Defect.ONE_SIDED], [Defect.SILENT])),
        ("d14", ([Defect.ONE_SIDED], [Defect.SILENT])),
    ],
)
def test_what_is_wrong_with_the_sound_is_named(
    row: str, expected: tuple[list[Defect], list[Defect]], land: Callable[[str], Landed]
) -> None:
    _, calls = land(row)
    found = measure_acoustics(calls["c.wav"].path)
    assert tuple(list(of_channel) for of_channel in name_defects(found)) == expected
    assert late_s(found, 1) == (2.0 if row == "d09" else None)
