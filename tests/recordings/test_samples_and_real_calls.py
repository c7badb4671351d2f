"""The whole way from a landing zone to rows, on the committed sample calls and on real recordings."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from qa_pipeline.recordings.assessment import assess
from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.duplicates import resolve_duplicates
from qa_pipeline.recordings.file_names import compile_patterns
from qa_pipeline.recordings.inspection import RecordingLimits, inspect
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.transcription.models import find_model
from tests.recordings.scanning import scan

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples" / "recordings"
REAL_RECORDINGS = ROOT.parent / "shared" / "audio"
MODEL = find_model("qwen3-asr-flash-filetrans")
LIMITS = RecordingLimits(MODEL.max_bytes, MODEL.max_duration_s, MODEL.formats)


def land(root: Path) -> tuple[list[Call], tuple[str, ...]]:
    zone = scan(root)
    reader = MetadataReader(zone, patterns=compile_patterns(), timezone=ZoneInfo("Asia/Shanghai"))
    calls: Iterable[Call] = (assess(file, reader.describe(file), inspect(file, LIMITS), LIMITS) for file in zone.files)
    return resolve_duplicates(calls), reader.notes()


@pytest.fixture(scope="module")
def samples() -> dict[str, Call]:
    calls, notes = land(SAMPLES)
    assert notes == ()
    return {call.call_id: call for call in calls}


def test_the_samples_that_can_not_be_used_are_set_aside_each_for_its_reason(samples: dict[str, Call]) -> None:
    assert {call.call_id: call.status_reason for call in samples.values() if not call.is_usable} == {
        "c0192": "mono",
        "c0291": "duplicate_audio",
        "c0292": "truncated",
        "c0390": "not_audio",
        "c0391": "truncated",
        "c0392": "mono",
        "c0400": "no_date",
    }


def test_the_other_samples_land_on_their_days(samples: dict[str, Call]) -> None:
    days = Counter(call.call_date for call in samples.values() if call.is_usable)
    assert days == {dt.date(2025, 9, 1): 11, dt.date(2025, 9, 2): 10, dt.date(2025, 9, 3): 9}


def test_what_each_source_says_of_a_sample_is_kept(samples: dict[str, Call]) -> None:
    sidecar, listed, named, guid = (samples[name] for name in ("c0101", "c0205", "c0301", "c0309"))
    assert (sidecar.metadata_source, sidecar.agent_name, sidecar.language) == ("sidecar", "陈薇", "zh")
    assert (listed.metadata_source, listed.agent_channel, listed.queue) == ("calls.csv", 1, "billing")
    assert (named.metadata_source, named.agent_id, named.queue) == ("file name", "a-chen", None)
    assert guid.agent_id == "ReneeM"
    assert guid.started_at == dt.datetime(2025, 9, 3, 10, 22, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert samples["c0293"].metadata_source == "folder"
    assert samples["c0108"].started_at is None


@pytest.mark.recordings
def test_of_the_real_calls_the_two_party_ones_are_taken_and_the_mono_ones_set_aside(tmp_path: Path) -> None:
    if not REAL_RECORDINGS.is_dir():
        pytest.skip("the real recordings (../shared/audio) are not on this machine")
    shutil.copytree(REAL_RECORDINGS / "calls", tmp_path / "2025-09-10")
    calls, _ = land(tmp_path)
    usable = {call.call_id for call in calls if call.is_usable}
    assert usable == {"bankcard", "repairs40", "audiohook-mulaw", "bank-16k", "support-10s", "two-readers"}
    assert {call.status_reason for call in calls if not call.is_usable} == {"mono"}
    assert {call.call_date for call in calls} == {dt.date(2025, 9, 10)}
    bankcard = next(call for call in calls if call.call_id == "bankcard")
    assert (bankcard.codec, bankcard.sample_rate, bankcard.channels) == ("pcm_s16le", 8000, 2)
    assert bankcard.duration_s == pytest.approx(51.111, abs=0.01)
    assert bankcard.recording_id == "0d9b1dd8eae41ebfdb5e39483626f40b7e69b79a46ed575b069e72374ef2c28d"


@pytest.mark.recordings
def test_of_the_broken_files_none_is_taken_for_a_call_and_none_disturbs_the_others(tmp_path: Path) -> None:
    if not REAL_RECORDINGS.is_dir():
        pytest.skip("the real recordings (../shared/audio) are not on this machine")
    folder = tmp_path / "2025-09-10"
    shutil.copytree(REAL_RECORDINGS / "corrupt", folder)
    shutil.copy(REAL_RECORDINGS / "calls" / "bankcard.wav", folder)
    calls, _ = land(tmp_path)
    assert len(calls) == 45
    usable = {call.call_id for call in calls if call.is_usable}
    # Whole and stereo all the same, though short: what is wrong with it is an odd byte between two chunks.
    assert usable == {"bankcard", "tinytag_riff_extra_zero"}
    assert all(call.status_message for call in calls if not call.is_usable)
