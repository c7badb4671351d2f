"""Recordings of one call as they lie in a landing zone: whatever form each has, joined by what is said of them."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import av
import numpy as np
import pytest

from qa_pipeline.landing.discovery import changed_days, discover_calls
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.recordings.duplicates import resolve_duplicates
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.settings import Settings

REPORTED = Path(__file__).parents[3] / "shared" / "audio" / "reported" / "d15-two-segments"
LONG_AGO_S = 1_700_000_000
HEAD = "file,call_id,agent_id,started_at\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "landing").mkdir()
    return Settings(home=tmp_path / "home", recordings=tmp_path / "landing", timezone="Asia/Shanghai")


def land(settings: Settings, name: str, *, pitch: int = 300, channels: int = 2, seconds: float = 1.0) -> None:
    path = Path(str(settings.recordings)) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(round(8000 * seconds)) / 8000
    tones = np.stack([np.sin(2 * np.pi * (pitch + 40 * channel) * times) for channel in range(channels)])
    layout = "stereo" if channels == 2 else "mono"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout=layout)
        frame = av.AudioFrame.from_ndarray((8000 * tones).astype("<i2").T.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = 8000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))


def write(settings: Settings, name: str, text: str) -> None:
    path = Path(str(settings.recordings)) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))


def found(settings: Settings, ledger: Ledger) -> list[Call]:
    return resolve_duplicates(discover_calls(settings, ledger).calls)


def places(call: Call) -> list[tuple[int, str, int, str, int, int]]:
    names = {uri: uri.rpartition("/")[2] for uri in call.file_uris}
    return [(s.channel_id, s.role, s.segment, names[s.source_uri], s.source_channel, s.offset_ms) for s in call.sources]


def test_numbers_in_the_names_of_files_join_them_in_their_order(settings: Settings, ledger: Ledger) -> None:
    for number in (2, 10, 1):
        land(settings, f"2025-09-01/c9_{number}.wav", pitch=300 + number)
    [call] = found(replace_settings(settings, "{call_id}_{segment}"), ledger)
    assert (call.call_id, call.duration_s) == ("c9", 3.0)
    assert [place[3:] for place in places(call) if place[0] == 0] == [
        ("c9_1.wav", 0, 0),
        ("c9_2.wav", 0, 1000),
        ("c9_10.wav", 0, 2000),
    ]


def replace_settings(settings: Settings, pattern: str) -> Settings:
    return settings.model_copy(update={"file_name_patterns": (pattern,)})


def test_a_pair_of_mono_files_goes_on_as_a_stereo_file_and_as_another_pair(settings: Settings, ledger: Ledger) -> None:
    for pitch, name in enumerate(("1_agent", "1_customer", "3_agent", "3_customer")):
        land(settings, f"2025-09-01/c9_{name}.wav", channels=1, pitch=300 + 50 * pitch)
    land(settings, "2025-09-01/middle.wav", pitch=900, seconds=2.0)
    write(
        settings,
        "2025-09-01/calls.csv",
        HEAD
        + "".join(f"c9_1_{party}.wav,c9,a-1,2025-09-01T14:00:00+08:00\n" for party in ("agent", "customer"))
        + "middle.wav,c9,a-2,2025-09-01T14:01:00+08:00\n"
        + "".join(f"c9_3_{party}.wav,c9,a-2,2025-09-01T14:02:00+08:00\n" for party in ("agent", "customer")),
    )
    [call] = found(replace_settings(settings, "{call_id}_{segment}_{party}"), ledger)
    assert places(call) == [
        (0, "agent", 0, "c9_1_agent.wav", 0, 0),
        (0, "agent", 1, "middle.wav", 0, 60_000),
        (0, "agent", 2, "c9_3_agent.wav", 0, 120_000),
        (1, "customer", 0, "c9_1_customer.wav", 0, 0),
        (1, "customer", 1, "middle.wav", 1, 60_000),
        (1, "customer", 2, "c9_3_customer.wav", 0, 120_000),
    ]
    assert [source.agent_id for source in call.sources if source.channel_id == 0] == ["a-1", "a-2", "a-2"]


def test_a_sidecar_of_each_recording_joins_them(settings: Settings, ledger: Ledger) -> None:
    for number, minute in ((1, "00"), (2, "05")):
        land(settings, f"2025-09-01/r{number}.wav", pitch=300 + number)
        write(
            settings,
            f"2025-09-01/r{number}.json",
            f'{{"call_id": "c9", "agent_id": "a-{number}", "started_at": "2025-09-01T14:{minute}:00+08:00"}}',
        )
    [call] = found(settings, ledger)
    assert [place[5] for place in places(call) if place[0] == 0] == [0, 300_000]


def test_a_broken_recording_is_a_row_of_its_own_and_the_call_says_which(settings: Settings, ledger: Ledger) -> None:
    land(settings, "2025-09-01/one.wav")
    write(settings, "2025-09-01/two.wav", "this is no sound")
    write(settings, "2025-09-01/calls.csv", "file,call_id\none.wav,c9\ntwo.wav,c9\n")
    usable, broken = found(settings, ledger)
    assert usable.missing == (f"recording {broken.relative_path} is missing: {broken.status_message}",)
    assert (usable.call_id, broken.status_reason) == ("c9", "not_audio")
    assert broken.call_id.startswith("c9~")


@pytest.mark.recordings
@pytest.mark.skipif(not REPORTED.is_dir(), reason="the reported recordings (../shared/audio) are not here")
def test_the_two_recordings_that_were_reported_are_one_call(settings: Settings, ledger: Ledger) -> None:
    for path in sorted(REPORTED.iterdir()):
        target = Path(str(settings.recordings)) / "2025-09-01" / path.name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
        os.utime(target, (LONG_AGO_S, LONG_AGO_S))
    text = (REPORTED / "calls.csv").read_text(encoding="utf-8").replace("d15-two-segments__", "")
    write(settings, "2025-09-01/calls.csv", text)
    [call] = found(settings, ledger)
    assert (call.call_id, call.agent_id, len(call.file_ids)) == ("call-900", "a-1", 2)
    assert call.duration_s == pytest.approx(6.0, abs=0.01)


def test_what_arrives_after_midnight_asks_for_the_day_on_which_the_call_began(settings: Settings) -> None:
    land(settings, "2025-09-01/first.wav")
    write(settings, "2025-09-01/calls.csv", HEAD + "first.wav,c9,a-1,2025-09-01T23:59:30+08:00\n")
    known = changed_days(settings, {}).fingerprints
    land(settings, "2025-09-02/second.wav", pitch=500)
    land(settings, "2025-09-02/other.wav", pitch=700)
    rows = "second.wav,c9,a-2,2025-09-02T00:01:00+08:00\nother.wav,c10,a-2,2025-09-02T00:05:00+08:00\n"
    write(settings, "2025-09-02/calls.csv", HEAD + rows)
    assert set(changed_days(settings, known).changed) == {"2025-09-01", "2025-09-02"}
    again = changed_days(settings, known).fingerprints
    land(settings, "2025-09-02/late.wav", pitch=800)
    write(settings, "2025-09-02/calls.csv", HEAD + rows + "late.wav,c11,a-2,2025-09-02T01:00:00+08:00\n")
    assert str(dt.date(2025, 9, 2)) in changed_days(settings, again).changed
