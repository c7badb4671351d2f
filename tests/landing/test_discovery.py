"""The landing zone with clock, cache and settings: what waits, what is looked at again, and which days changed."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import struct
import wave
import zlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from qa_pipeline.commands.doctor.landing import landing_zone
from qa_pipeline.landing import folder_source, inspection, looking, zone_reader
from qa_pipeline.landing.discovery import changed_days, discover_calls, overview
from qa_pipeline.landing.landed import Landing
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import landing_cache
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.recordings.landing_files import LandingFile, LandingZoneMissing
from qa_pipeline.recordings.unknown_files import look_at
from qa_pipeline.settings import Settings

DAY_1, DAY_2 = dt.date(2025, 9, 1), dt.date(2025, 9, 2)
LONG_AGO_S = 1_700_000_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "landing").mkdir()
    return Settings(home=tmp_path / "home", recordings=tmp_path / "landing", settle_s=600.0)


@pytest.fixture
def inspected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The recordings that were really opened, in order."""
    names: list[str] = []
    inspect = inspection.inspect

    def counting(file: LandingFile, limits: object) -> object:
        names.append(file.relative_path)
        return inspect(file, limits)  # type: ignore[arg-type]

    monkeypatch.setattr(inspection, "inspect", counting)
    return names


def land(settings: Settings, name: str | bytes, *, pitch: int = 300, young: bool = False) -> Path:
    """A stereo WAV that landed long ago, or just now."""
    path = settings.recordings / (name if isinstance(name, str) else os.fsdecode(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = [round(8000 * math.sin(2 * math.pi * pitch * index / 8000)) for index in range(4000)]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"".join(struct.pack("<hh", sample, -sample) for sample in tone))
    if not young:
        os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    return path


def ids(found: Landing) -> list[str]:
    return [call.call_id for call in found.calls]


def test_a_recording_is_opened_once_however_often_one_looks(
    settings: Settings, ledger: Ledger, inspected: list[str]
) -> None:
    land(settings, "2025-09-01/a.wav")
    first, second = discover_calls(settings, ledger), discover_calls(settings, ledger)
    assert inspected == ["2025-09-01/a.wav"]
    assert first == second
    assert (first.calls[0].recording_id, first.calls[0].duration_s) == (second.calls[0].recording_id, 0.5)


def test_a_recording_that_changed_is_looked_at_again(settings: Settings, ledger: Ledger, inspected: list[str]) -> None:
    land(settings, "2025-09-01/a.wav")
    before = discover_calls(settings, ledger).calls[0]
    changed = land(settings, "2025-09-01/a.wav", pitch=500)
    os.utime(changed, (LONG_AGO_S + 1, LONG_AGO_S + 1))
    after = discover_calls(settings, ledger).calls[0]
    assert len(inspected) == 2
    assert before.recording_id != after.recording_id


def test_a_file_whose_ending_says_nothing_is_looked_at_once_and_by_whoever_comes_first(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def counting(path: Path) -> str | None:
        looked.append(path.name)
        return look_at(path)

    monkeypatch.setattr(folder_source, "look_at", counting)
    land(settings, "2025-09-01/RE0123")
    (settings.recordings / "2025-09-01/c.zip").write_bytes(b"PK\x03\x04")
    assert overview(settings).ignored[0].relative_path == "2025-09-01/c.zip"
    assert sorted(looked) == ["RE0123", "c.zip"]
    looking._told.clear()  # as in another process
    found = discover_calls(settings, ledger)
    assert [call.relative_path for call in found.calls] == ["2025-09-01/RE0123"]
    assert found.notes == ("2025-09-01/c.zip is left out: a ZIP archive: unpack it and land the recordings in it",)
    looking._told.clear()
    assert set(changed_days(settings, {}).changed) == {"2025-09-01"}
    assert sorted(looked) == ["RE0123", "RE0123", "c.zip"]  # once more before its probe was remembered
    (settings.recordings / "2025-09-01/c.zip").write_bytes(b"RIFF")
    assert "plain text" in discover_calls(settings, ledger).notes[0]


def test_what_was_wrong_with_a_recording_is_remembered_with_its_reason(
    settings: Settings, ledger: Ledger, inspected: list[str]
) -> None:
    path = land(settings, "2025-09-01/text.wav")
    path.write_text("I am a letter")
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    first, second = discover_calls(settings, ledger), discover_calls(settings, ledger)
    assert len(inspected) == 1
    assert first.calls == second.calls
    assert first.calls[0].status == "quarantined"


def test_a_memory_of_another_version_is_looked_up_anew_and_stops_nothing(
    settings: Settings, ledger: Ledger, inspected: list[str]
) -> None:
    land(settings, "2025-09-01/a.wav")
    land(settings, "2025-09-01/b.wav", pitch=500)
    expected = discover_calls(settings, ledger).calls
    for name, probe in (("a", {"probe": {"loudness": 3}}), ("b", {"fault": {"code": "no_such_code", "sentence": ""}})):
        with ledger.engine.begin() as connection:
            files = json.loads(zlib.decompress(connection.execute(select(landing_cache.c.files)).scalar_one()))
            files[f"{name}.wav"][3] = probe
            connection.execute(update(landing_cache).values(files=zlib.compress(json.dumps(files).encode())))
    assert discover_calls(settings, ledger).calls == expected
    assert len(inspected) == 4
    assert discover_calls(settings, ledger).calls == expected
    assert len(inspected) == 4


def test_a_name_that_is_not_utf8_disturbs_no_other_recording(
    settings: Settings, ledger: Ledger, inspected: list[str]
) -> None:
    land(settings, "2025-09-01/a.wav")
    land(settings, b"2025-09-01/caf\xe9.wav", pitch=500)
    first, second = discover_calls(settings, ledger), discover_calls(settings, ledger)
    assert len(first.calls) == 2
    assert first.calls == second.calls
    assert len(inspected) == 2, "it is remembered like any other"


def test_a_recording_that_is_taken_away_while_one_looks_disturbs_no_other(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(settings, "2025-09-01/a.wav")
    fleeting = land(settings, "2025-09-01/b.wav", pitch=500)
    inspect = folder_source.FolderSource.inspect

    def lose_one_and_inspect(*asked: Any) -> object:
        fleeting.unlink()
        return inspect(*asked)

    monkeypatch.setattr(folder_source.FolderSource, "inspect", lose_one_and_inspect)
    found = discover_calls(settings, ledger)
    assert [(call.call_id, call.is_usable) for call in found.calls] == [("a", True), ("b", False)]


def test_a_landing_zone_that_is_missing_is_an_error_and_not_an_empty_day(settings: Settings, ledger: Ledger) -> None:
    settings.recordings.rmdir()
    with pytest.raises(LandingZoneMissing, match="point QA_RECORDINGS at the recordings"):
        discover_calls(settings, ledger)


# -- files that are still being written ---------------------------------------------------------------------------


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, without waiting."""
    seconds: list[float] = []
    monkeypatch.setattr(zone_reader.time, "sleep", seconds.append)
    return seconds


def test_a_recording_still_being_written_is_left_for_the_next_run(
    settings: Settings, ledger: Ledger, slept: list[float]
) -> None:
    land(settings, "2025-09-01/done.wav")
    land(settings, "2025-09-01/growing.wav", pitch=500, young=True)
    found = discover_calls(settings, ledger)
    assert (ids(found), found.unsettled, slept) == (["done"], ("2025-09-01/growing.wav",), [])


def test_it_is_waited_for_once_where_the_caller_wants_to_wait(
    settings: Settings, ledger: Ledger, slept: list[float]
) -> None:
    growing = land(settings, "2025-09-01/growing.wav", young=True)
    found = discover_calls(settings, ledger, wait=True)
    assert (ids(found), found.unsettled, slept) == ([], ("2025-09-01/growing.wav",), [600.0])
    os.utime(growing, (LONG_AGO_S, LONG_AGO_S))
    assert ids(discover_calls(settings, ledger, wait=True)) == ["growing"]


def test_nobody_waits_where_everything_has_settled(settings: Settings, ledger: Ledger, slept: list[float]) -> None:
    land(settings, "2025-09-01/done.wav")
    assert ids(discover_calls(settings, ledger, wait=True)) == ["done"]
    assert slept == []


def test_one_that_settles_while_it_is_waited_for_is_taken(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = land(settings, "2025-09-01/growing.wav", young=True)
    monkeypatch.setattr(zone_reader.time, "sleep", lambda _: os.utime(growing, (LONG_AGO_S, LONG_AGO_S)))
    found = discover_calls(settings, ledger, wait=True)
    assert (ids(found), found.unsettled) == (["growing"], ())


# -- what a run or a forecast takes of it -------------------------------------------------------------------------


def test_a_forecast_counts_equal_audio_once_and_nothing_outside_the_range(settings: Settings, ledger: Ledger) -> None:
    land(settings, "2025-09-01/a.wav")
    land(settings, "2025-09-01/again.wav")
    land(settings, "2025-09-02/b.wav", pitch=400)
    land(settings, "undated.wav", pitch=500)
    found = discover_calls(settings, ledger)
    assert [call.call_id for call in found.usable(DayRange(DAY_1, DAY_1))] == ["a"]
    assert [call.call_id for call in found.usable(DayRange(DAY_1, DAY_2))] == ["a", "b"]


# -- which days changed -------------------------------------------------------------------------------------------


def test_every_day_is_new_at_first_and_none_the_second_time(settings: Settings) -> None:
    land(settings, "2025-09-01/a.wav")
    land(settings, "2025-09-02/b.wav")
    first = changed_days(settings, {})
    assert set(first.changed) == {"2025-09-01", "2025-09-02"}
    assert changed_days(settings, first.fingerprints).changed == {}


def test_a_late_recording_asks_for_its_own_day_only_and_with_another_fingerprint(settings: Settings) -> None:
    land(settings, "2025-09-01/a.wav")
    land(settings, "2025-09-02/b.wav")
    first = changed_days(settings, {})
    land(settings, "2025-09-01/late.wav", pitch=500)
    second = changed_days(settings, first.fingerprints)
    assert set(second.changed) == {"2025-09-01"}
    assert second.changed["2025-09-01"] != first.changed["2025-09-01"]


def test_a_recording_still_being_written_asks_for_nothing_until_it_is_done(settings: Settings) -> None:
    growing = land(settings, "2025-09-01/growing.wav", young=True)
    first = changed_days(settings, {})
    assert first.changed == {}
    os.utime(growing, (LONG_AGO_S, LONG_AGO_S))
    assert set(changed_days(settings, first.fingerprints).changed) == {"2025-09-01"}


def test_a_sidecar_that_came_or_changed_asks_for_its_day_again(settings: Settings) -> None:
    land(settings, "2025-09-01/a.wav")
    first = changed_days(settings, {})
    sidecar = settings.recordings / "2025-09-01" / "a.json"
    sidecar.write_text('{"started_at": "2025-08-31T23:50:00Z"}')
    os.utime(sidecar, (LONG_AGO_S + 5, LONG_AGO_S + 5))
    assert set(changed_days(settings, first.fingerprints).changed) == {"2025-08-31"}


def test_a_folder_with_recordings_of_two_days_asks_for_both(settings: Settings) -> None:
    land(settings, "inbox/2025-09-01_agent_a.wav")
    land(settings, "inbox/2025-09-02_agent_b.wav")
    assert set(changed_days(settings, {}).changed) == {"2025-09-01", "2025-09-02"}


def test_a_call_list_that_came_later_asks_for_the_day_again(settings: Settings) -> None:
    land(settings, "2025-09-01/a.wav")
    first = changed_days(settings, {})
    listed = settings.recordings / "2025-09-01" / "calls.csv"
    listed.write_text("call_id,agent_id\na,a-chen\n")
    os.utime(listed, (LONG_AGO_S + 5, LONG_AGO_S + 5))
    assert set(changed_days(settings, first.fingerprints).changed) == {"2025-09-01"}


def test_a_call_list_of_the_whole_zone_does_not_ask_for_every_day_at_each_new_line(settings: Settings) -> None:
    land(settings, "2025-09-01/a.wav")
    (settings.recordings / "calls.csv").write_text("call_id,agent_id\na,a-chen\n")
    first = changed_days(settings, {})
    (settings.recordings / "calls.csv").write_text("call_id,agent_id\na,a-chen\nb,a-lam\n")
    assert changed_days(settings, first.fingerprints).changed == {}


def test_a_recording_that_was_taken_away_asks_for_its_day(settings: Settings) -> None:
    land(settings, "2025-09-01/a.wav")
    gone = land(settings, "2025-09-01/b.wav", pitch=500)
    first = changed_days(settings, {})
    gone.unlink()
    assert set(changed_days(settings, first.fingerprints).changed) == {"2025-09-01"}


def test_a_list_is_waited_for_once_and_its_open_line_left(settings: Settings, ledger: Ledger) -> None:
    land(settings, "2025-09-01/a.wav")
    land(settings, "2025-09-01/b.wav", pitch=400)
    settings = settings.model_copy(update={"settle_s": 0.2})
    listed = settings.recordings / "calls.csv"
    listed.write_text("call_id,queue\na,sales\nb,bil")
    found = discover_calls(settings, ledger)
    assert [call.queue for call in found.calls] == ["sales", None]
    assert any("still being written" in note for note in found.notes)
    found = discover_calls(settings, ledger, wait=True)
    assert [call.queue for call in found.calls] == ["sales", "bil"]
    assert any("copy it again" in note for note in found.notes)


def test_doctor_names_what_is_odd_about_lists_and_no_line_without_a_recording(settings: Settings) -> None:
    land(settings, "2025-09-01/a.wav")
    listed = settings.recordings / "calls.csv"
    listed.write_text('call_id,Agent\na,7\nb,"8\nghost,9\n')
    notes = [finding.detail for finding in landing_zone(settings) if finding.name == "call lists"]
    assert [note.split(": ")[0].split(" has")[0] for note in notes] == ["calls.csv, line 3,", "calls.csv"]
    assert "is agent_id meant?" in notes[1]
