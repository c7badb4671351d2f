"""A run reads the folders of its days and those that changed, and finds what a look at everything would find."""

from __future__ import annotations

import datetime as dt
import errno
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import func, insert, select

from benchmarks.measuring import neutral_environment
from qa_pipeline.landing import folder_source, mapping, survey, zone_reader
from qa_pipeline.landing.cache import LandingCache
from qa_pipeline.landing.discovery import changed_days, discover_calls, overview
from qa_pipeline.landing.landed import ChangedDays, Landing
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import landing_cache, landing_files
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import Settings
from tests.landing.test_discovery import LONG_AGO_S, land

DAY_1, DAY_2, DAY_9 = dt.date(2025, 9, 1), dt.date(2025, 9, 2), dt.date(2025, 9, 9)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "landing").mkdir()
    return Settings(home=tmp_path / "home", recordings=tmp_path / "landing", settle_s=0.0)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were listed, by name; times of folders are believed at once."""
    monkeypatch.setattr(survey, "COARSE_S", 0.0)
    names: list[str] = []
    list_folder = folder_source.list_folder

    def listing(folder: Path) -> list[os.DirEntry[str]]:
        names.append(folder.name)
        return list_folder(folder)

    monkeypatch.setattr(folder_source, "list_folder", listing)
    return names


def write(settings: Settings, name: str, content: str) -> Path:
    """A file that was written long ago."""
    path = settings.recordings / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    return path


@pytest.mark.process
def test_every_process_knows_what_another_one_has_read(tmp_path: Path) -> None:
    code = (
        "from qa_pipeline.landing.describing import ZoneDescriber; from qa_pipeline.settings import Settings; "
        "print(ZoneDescriber(Settings()).definition)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=neutral_environment() | {"PYTHONHASHSEED": seed, "QA_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def look(settings: Settings, ledger: Ledger, day: dt.date, **options: dict[str, float]) -> Landing:
    return discover_calls(settings, ledger, days=DayRange(day, day), **options)


def paths(found: Landing, day: dt.date | None) -> list[str]:
    """Where the calls of a day lie."""
    return [call.relative_path for call in found.calls if call.call_date == day]


def test_a_folder_of_another_day_is_listed_once_and_then_known(
    settings: Settings, ledger: Ledger, listed: list[str]
) -> None:
    land(settings, "2025-09-01/a.wav")
    land(settings, "2025-09-02/b.wav", pitch=500)
    assert paths(look(settings, ledger, DAY_1), DAY_1) == ["2025-09-01/a.wav"]
    assert "2025-09-02" in listed
    listed.clear()
    assert paths(look(settings, ledger, DAY_1), DAY_1) == ["2025-09-01/a.wav"]
    assert set(listed) <= {"landing", "2025-09-01"}
    land(settings, "2025-09-02/c.wav", pitch=700)
    listed.clear()
    look(settings, ledger, DAY_1)
    assert "2025-09-02" in listed
    assert paths(look(settings, ledger, DAY_2), DAY_2) == ["2025-09-02/b.wav", "2025-09-02/c.wav"]


@pytest.mark.usefixtures("listed")
def test_a_recording_with_the_date_of_another_day_than_its_folder_is_found_when_that_day_is_run(
    settings: Settings, ledger: Ledger
) -> None:
    land(settings, "2025-09-01/a.wav")
    land(settings, "2025-09-01/late.wav", pitch=500)
    write(settings, "2025-09-01/late.json", '{"started_at": "2025-09-09T10:00:00Z"}')
    for _ in range(2):
        assert paths(look(settings, ledger, DAY_9), DAY_9) == ["2025-09-01/late.wav"]
        assert paths(look(settings, ledger, DAY_1), DAY_1) == ["2025-09-01/a.wav"]


@pytest.mark.usefixtures("listed")
def test_a_file_that_moved_a_folder_that_was_renamed_and_one_that_was_deleted_are_seen_by_any_run(
    settings: Settings, ledger: Ledger
) -> None:
    moved = land(settings, "2025-09-01/a.wav")
    land(settings, "2025-09-02/b.wav", pitch=500)
    land(settings, "2025-09-03/c.wav", pitch=700)
    look(settings, ledger, DAY_9)
    moved.rename(settings.recordings / "2025-09-02" / "a.wav")
    look(settings, ledger, DAY_9)
    assert paths(look(settings, ledger, DAY_1), DAY_1) == []
    assert paths(look(settings, ledger, DAY_2), DAY_2) == ["2025-09-02/a.wav", "2025-09-02/b.wav"]
    (settings.recordings / "2025-09-02").rename(settings.recordings / "2025-09-09")
    shutil.rmtree(settings.recordings / "2025-09-03")
    assert paths(look(settings, ledger, DAY_9), DAY_9) == ["2025-09-09/a.wav", "2025-09-09/b.wav"]
    assert look(settings, ledger, DAY_2).calls == ()
    assert overview(settings, with_recordings=True).recordings == ("2025-09-09/a.wav", "2025-09-09/b.wav")


@pytest.mark.usefixtures("listed")
def test_a_folder_that_was_touched_is_listed_and_asks_for_nothing(settings: Settings) -> None:
    land(settings, "2025-09-01/a.wav")
    before = changed_days(settings, {})
    os.utime(settings.recordings / "2025-09-01")
    assert changed_days(settings, before.fingerprints).changed == {}


def test_two_changes_in_the_same_two_seconds_are_both_seen(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def coarse(source: folder_source.FolderSource, folder: str) -> str:
        changed_s = (source.root / folder).stat().st_mtime_ns // 2_000_000_000 * 2
        return f"1:{changed_s}000000000"

    monkeypatch.setattr(folder_source.FolderSource, "stamp_of", coarse)
    land(settings, "2025-09-01/a.wav")
    folder = settings.recordings / "2025-09-01"
    at = time.time()
    os.utime(folder, (at, at))
    look(settings, ledger, DAY_9)
    land(settings, "2025-09-01/b.wav", pitch=500)
    os.utime(folder, (at, at))
    assert sorted(changed_days(settings, {}).changed) == ["2025-09-01"]
    assert overview(settings, with_recordings=True).recordings == ("2025-09-01/a.wav", "2025-09-01/b.wav")


def test_a_clock_that_went_back_hides_nothing(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(settings, "2025-09-01/a.wav")
    look(settings, ledger, DAY_1)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 7 * 86_400)
    land(settings, "2025-09-01/b.wav", pitch=500)
    look(settings, ledger, DAY_9)
    assert overview(settings, with_recordings=True).recordings == ("2025-09-01/a.wav", "2025-09-01/b.wav")


@pytest.mark.usefixtures("listed")
def test_what_is_corrected_in_place_is_seen_by_its_own_day_at_once_and_by_others_in_turn(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(settings, "2025-09-01/a.wav")
    sidecar = write(settings, "2025-09-01/a.json", '{"queue": "sales"}')
    look(settings, ledger, DAY_9)

    def correct(text: str, seconds: int) -> None:
        sidecar.write_text(text)
        os.utime(sidecar, (LONG_AGO_S + seconds, LONG_AGO_S + seconds))

    correct('{"queue": "billing"}', 1)
    assert look(settings, ledger, DAY_1).calls[0].queue == "billing"
    correct('{"started_at": "2025-09-09T10:00:00Z"}', 2)
    monkeypatch.setattr(survey, "ROUND_S", 0.0)
    assert paths(look(settings, ledger, DAY_9), DAY_9) == ["2025-09-01/a.wav"]


@pytest.mark.usefixtures("listed")
def test_a_list_that_is_edited_moves_recordings_wherever_they_lie(settings: Settings, ledger: Ledger) -> None:
    for day, name, pitch in (("2025-09-01", "a", 300), ("2025-09-02", "b", 500), ("2025-09-02", "c", 700)):
        land(settings, f"{day}/{name}.wav", pitch=pitch)
    write(settings, "calls.csv", "file,queue\na.wav,sales\nb.wav,sales\nc.wav,sales\n")
    write(settings, "2025-09-02/calls.csv", "file,queue\nc.wav,billing\n")
    assert look(settings, ledger, DAY_9).calls == ()
    write(settings, "calls.csv", "file,queue,started_at\na.wav,sales,2025-09-09 08:00\nb.wav,sales,\nc.wav,sales,\n")
    found = look(settings, ledger, DAY_9)
    assert paths(found, DAY_9) == ["2025-09-01/a.wav"]
    assert [note for note in found.notes if "no recording" in note] == [], "they lie in folders that were not read"
    write(settings, "2025-09-02/calls.csv", "file,queue,started_at\nc.wav,billing,2025-09-09 09:00\n")
    assert paths(look(settings, ledger, DAY_9), DAY_9) == ["2025-09-01/a.wav", "2025-09-02/c.wav"]


@pytest.mark.usefixtures("listed")
def test_a_recording_after_midnight_is_joined_to_its_call_of_the_evening(settings: Settings, ledger: Ledger) -> None:
    for day, name, at, pitch in (
        ("2025-09-01", "x", "2025-09-01T23:59:59Z", 300),
        ("2025-09-02", "y", "2025-09-02T00:00:01Z", 500),
    ):
        land(settings, f"{day}/{name}.wav", pitch=pitch)
        write(settings, f"{day}/{name}.json", json.dumps({"call_id": "k7", "started_at": at}))
    for _ in range(2):
        assert paths(look(settings, ledger, DAY_2), DAY_2) == []
        [call] = look(settings, ledger, DAY_1).calls
        assert len(call.sources) == 4


@pytest.mark.usefixtures("listed")
def test_a_recording_without_a_date_is_taken_by_the_next_run_and_not_again_until_its_folder_changes(
    settings: Settings, ledger: Ledger
) -> None:
    undated = land(settings, "inbox/u.wav")
    land(settings, "2025-09-01/a.wav", pitch=500)
    assert paths(look(settings, ledger, DAY_1, written={}), None) == ["inbox/u.wav"]
    written = {undated.as_uri(): time.time()}
    assert paths(look(settings, ledger, DAY_1, written=written), None) == []
    write(settings, "inbox/u.json", '{"queue": "sales"}')
    assert paths(look(settings, ledger, DAY_1, written=written), None) == ["inbox/u.wav"]


@pytest.mark.usefixtures("listed")
def test_other_settings_read_everything_again(settings: Settings, ledger: Ledger) -> None:
    land(settings, "in/20250909-a.wav")
    assert look(settings, ledger, DAY_9).calls == ()
    named = settings.model_copy(update={"file_name_patterns": ("{date}-{call_id}",)})
    assert paths(look(named, ledger, DAY_9), DAY_9) == ["in/20250909-a.wav"]


@pytest.mark.usefixtures("listed")
def test_a_link_to_a_folder_is_named_and_not_entered(settings: Settings, ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    land(settings, "2025-09-01/a.wav")
    (settings.recordings / "2025-09-02").symlink_to(tmp_path / "elsewhere")
    look(settings, ledger, DAY_1)
    left = {item.relative_path: item.reason for item in overview(settings).ignored}
    assert left == {"2025-09-02": "a link to a folder, which is not followed"}


def test_what_an_earlier_version_remembered_is_taken_over_and_no_recording_is_read_again(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = land(settings, "2025-09-01/a.wav")
    land(settings, "2025-09-01/deeper/b.wav", pitch=500)
    expected = discover_calls(settings, ledger).calls
    with ledger.engine.begin() as connection:
        cache = LandingCache(ledger.engine)
        for file in (path, path.parent / "deeper" / "b.wav"):
            stamp = (file.as_uri(), file.stat().st_size, file.stat().st_mtime_ns)
            known = cache.get(stamp)
            assert known is not None
            row = {"path": stamp[0], "size_bytes": stamp[1], "mtime_ns": str(stamp[2]), "recording_id": known.sha256}
            connection.execute(insert(landing_files).values(**row, probe=known.facts))
        connection.execute(landing_cache.delete())
    monkeypatch.setattr("qa_pipeline.landing.inspection.inspect", None)  # nothing can be looked into
    assert discover_calls(settings, ledger).calls == expected
    with ledger.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(landing_files)).scalar_one() == 0
    assert discover_calls(settings, ledger).calls == expected


@pytest.fixture
def a_second_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step of a look, a folder that is listed or read, takes a second of its time."""
    seconds = itertools.count()
    clock = SimpleNamespace(monotonic=lambda: float(next(seconds)), time=time.time, sleep=time.sleep)
    monkeypatch.setattr(mapping, "FILES_AT_ONCE_HURRIED", 1)
    for module in (mapping, zone_reader):
        monkeypatch.setattr(module, "time", clock)


def looks_until_all_is_read(settings: Settings, known: dict[str, str], within_s: float) -> list[ChangedDays]:
    """As many looks as it takes; each of them gets on, so not many more than there are folders."""
    looks: list[ChangedDays] = []
    while not looks or looks[-1].unread_folders:
        looks.append(changed_days(settings, known, within_s=within_s))
        assert len(looks) < 40
    return looks


def land_days(settings: Settings) -> list[str]:
    """Ten folders with a recording each."""
    names = [f"2025-09-{day:02}" for day in range(1, 11)]
    for name in names:
        land(settings, f"{name}/{name}.wav")
    return names


@pytest.mark.parametrize("within_s", [4.5, 0.0])
@pytest.mark.usefixtures("a_second_a_step")
def test_looks_whose_time_is_up_go_on_where_the_last_one_ended(settings: Settings, within_s: float) -> None:
    """Also where looking at all folders takes all of the time."""
    names = land_days(settings)
    looks = looks_until_all_is_read(settings, {}, within_s)
    assert len(looks) > 4
    assert all((look.changed, look.fingerprints) == ({}, {}) for look in looks[:-1])
    assert sorted(looks[-1].changed) == names
    left = [look.unread_folders for look in looks]
    assert left == sorted(left, reverse=True)
    elsewhere = settings.model_copy(update={"home": settings.home / "elsewhere"})
    assert looks[-1] == changed_days(elsewhere, {})


@pytest.mark.usefixtures("a_second_a_step")
def test_what_has_to_be_read_anew_asks_for_no_day_again(settings: Settings) -> None:
    land_days(settings)
    before = changed_days(settings, {}).fingerprints
    land(settings, "2025-09-05/late.wav")
    otherwise = settings.model_copy(update={"timezone": "Asia/Tokyo"})  # nothing of before counts
    assert overview(otherwise, within_s=1.5).unread_folders
    looks = looks_until_all_is_read(otherwise, before, 4.5)
    assert all((look.changed, look.fingerprints) == ({}, before) for look in looks[:-1])
    assert list(looks[-1].changed) == ["2025-09-05"]


@pytest.mark.usefixtures("a_second_a_step")
def test_what_changes_between_looks_whose_time_is_up_is_read_as_it_is_at_last(settings: Settings) -> None:
    names = land_days(settings)
    assert changed_days(settings, {}, within_s=4.5).unread_folders
    land(settings, "2025-09-03/late.wav", pitch=500)
    land(settings, "2025-09-11/2025-09-11.wav")
    shutil.rmtree(settings.recordings / "2025-09-02")
    write(settings, "calls.csv", "file,started_at\nlate.wav,2025-09-20T10:00:00Z\n")
    last = looks_until_all_is_read(settings, {}, 4.5)[-1]
    assert sorted(last.changed) == [*names[:1], *names[2:], "2025-09-11", "2025-09-20"]
    elsewhere = settings.model_copy(update={"home": settings.home / "elsewhere"})
    assert last == changed_days(elsewhere, {})


@pytest.mark.usefixtures("a_second_a_step", "listed")
def test_a_folder_that_cannot_be_listed_when_it_is_to_be_read_is_read_later(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = land_days(settings)
    while changed_days(settings, {}, within_s=0.0).unread_folders > 1:  # all are listed, some are read
        pass
    list_folder = folder_source.list_folder

    def failing(folder: Path) -> list[os.DirEntry[str]]:
        if folder.name.startswith("2025-"):
            raise OSError(errno.EIO, "Input/output error", str(folder))
        return list_folder(folder)

    with monkeypatch.context() as failed:
        failed.setattr(folder_source, "list_folder", failing)
        changed_days(settings, {}, within_s=4.5)
    assert sorted(looks_until_all_is_read(settings, {}, 4.5)[-1].changed) == names


@pytest.mark.usefixtures("a_second_a_step")
def test_a_run_reads_its_days_whole_after_looks_that_only_listed_them(settings: Settings, ledger: Ledger) -> None:
    for day in range(1, 11):
        land(settings, f"2025-09-{day:02}/{day}.wav")
    for _ in range(10):  # the zone itself and nine of its folders, one in each look
        assert changed_days(settings, {}, within_s=0.0).unread_folders == 11
    assert paths(look(settings, ledger, DAY_9), DAY_9) == ["2025-09-09/9.wav"]
    assert not changed_days(settings, {}, within_s=4.5).unread_folders


def test_half_characters_in_metadata_keep_no_day_from_being_named(settings: Settings) -> None:
    """As JSON and names of files can hold them, and no text of UTF-8."""
    for name in (b"a\xff_agent.wav", b"a\xff_customer.wav", b"b\xff.wav"):
        land(settings, b"2025-09-01/" + name)
    land(settings, "2025-09-01/a.wav")
    write(settings, "2025-09-01/a.json", '{"queue": "\\ud800", "agent_name": "\\udc00", "note": "\\udfff"}')
    assert list(changed_days(settings, {}).changed) == ["2025-09-01"]
