"""The sensor and the schedule: which days they ask for, from real folders."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from qa_pipeline.defs import sensors
from qa_pipeline.defs.run_endings import ledger_of
from qa_pipeline.defs.schedules import yesterday
from qa_pipeline.defs.sensors import new_recordings
from qa_pipeline.landing.folder_index import FolderIndex
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.workers import WorkerRegister
from qa_pipeline.settings import load_settings
from tests.ledger.building import PAID, bring, work_item
from tests.pipeline.harness import LONG_AGO
from tests.serving import SAMPLES


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A landing zone with one day, and the settings pointed at it."""
    folder = tmp_path / "landing"
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QA_RECORDINGS", str(folder))
    land(folder, "2025-09-01/a.mp3")
    return folder


def land(folder: Path, relative: str, at: int = LONG_AGO) -> None:
    target = folder / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SAMPLES / "2025-09-01" / "c0101.mp3", target)
    os.utime(target, (at, at))


def tick(cursor: str | None, instance: dg.DagsterInstance | None = None) -> tuple[list[str], str, list[str]]:
    """Days asked for, the new cursor, and why nothing was asked for."""
    requests, cursor, skips = tick_of(cursor, instance)
    return [str(request.partition_key) for request in requests], cursor, skips


def tick_of(
    cursor: str | None, instance: dg.DagsterInstance | None = None
) -> tuple[list[dg.RunRequest], str, list[str]]:
    """As `tick`, with the requests themselves."""
    context = dg.build_sensor_context(cursor=cursor, instance=instance)
    answers = list(new_recordings(context) or ())
    days = [answer for answer in answers if isinstance(answer, dg.RunRequest)]
    skips = [answer.skip_message or "" for answer in answers if isinstance(answer, dg.SkipReason)]
    return days, context.cursor or "", skips


def test_the_sensor_asks_once_for_each_day_that_changed(landing: Path) -> None:
    days, cursor, _ = tick(None)
    assert days == ["2025-09-01"]
    days, cursor, skips = tick(cursor)
    assert days == []
    assert skips == ["no folder of the landing zone changed"]

    land(landing, "2025-09-03/b.mp3")
    days, cursor, _ = tick(cursor)
    assert days == ["2025-09-03"]


def describe(folder: Path, name: str, day: str) -> None:
    """A recording in the folder, with a sidecar that says of which day it is."""
    land(folder, f"{name}.mp3")
    sidecar = folder / f"{name}.json"
    sidecar.write_text(json.dumps({"started_at": f"{day}T08:00:00Z"}), encoding="utf-8")
    os.utime(sidecar, (LONG_AGO, LONG_AGO))


def test_what_lands_in_a_folder_of_many_days_asks_for_its_own_day(landing: Path) -> None:
    for day in ("2025-09-02", "2025-09-03", "2025-09-04"):
        describe(landing / "all", f"of-{day}", day)
    days, cursor, _ = tick(None)
    assert days == ["2025-09-01", "2025-09-02", "2025-09-03", "2025-09-04"]
    describe(landing / "all", "late", "2025-09-03")
    days, cursor, _ = tick(cursor)
    assert days == ["2025-09-03"]
    land(landing, "all/undated.mp3")  # is of every run, so one is enough
    days, cursor, _ = tick(cursor)
    assert days == ["2025-09-04"]
    assert tick(cursor)[0] == []


def test_what_a_sensor_remembers_grows_with_days_not_with_folders(landing: Path) -> None:
    for number in range(20):
        describe(landing / f"conversation_id={number}", "call", "2025-09-02")
    _, cursor, _ = tick(None)
    assert set(json.loads(cursor)["//"]["seen"]) == {"2025-09-01", "2025-09-02"}
    assert "conversation_id" not in cursor


def test_a_line_of_a_list_asks_for_the_days_of_the_recordings_it_is_about(landing: Path) -> None:
    """Also where the list lies further up, and where a day becomes again what it was."""
    land(landing, "2025-09-02/b.mp3")
    _, cursor, _ = tick(None)
    listed = landing / "calls.csv"
    asked = []
    for queue in ("billing", "returns", "billing"):
        listed.write_text(f"file,queue\nb.mp3,{queue}\n", encoding="utf-8")
        os.utime(listed, (LONG_AGO, LONG_AGO + len(asked)))
        requests, cursor, _ = tick_of(cursor)
        asked += requests
    assert [request.partition_key for request in asked] == ["2025-09-02"] * 3
    assert len({request.run_key for request in asked}) == 3


def test_a_zone_too_large_for_one_tick_is_gone_on_with_and_asked_for_when_all_of_it_is_read(
    landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(landing, "2025-09-02/b.mp3")
    monkeypatch.setattr(sensors, "LOOK_S", 0.0)
    days, cursor, skips = tick(None)
    ticks = 1
    while skips:
        assert days == []
        assert len(skips) == 1
        assert skips[0].startswith("3 folders were not read in the time allowed for this look at the landing zone; ")
        days, cursor, skips = tick(cursor)
        ticks += 1
        assert ticks < 20
    assert ticks > 2
    assert days == ["2025-09-01", "2025-09-02"]


def test_a_late_recording_asks_for_the_day_it_belongs_to(landing: Path) -> None:
    _, cursor, _ = tick(None)
    land(landing, "2025-09-09/late.mp3")
    sidecar = landing / "2025-09-09" / "late.json"
    sidecar.write_text('{"started_at": "2025-09-02T08:00:00Z"}', encoding="utf-8")
    os.utime(sidecar, (LONG_AGO, LONG_AGO))
    days, _, _ = tick(cursor)
    assert days == ["2025-09-02"]


def test_a_recording_that_is_still_written_is_asked_for_when_it_is_done(landing: Path) -> None:
    _, cursor, _ = tick(None)
    land(landing, "2025-09-03/growing.mp3")
    os.utime(landing / "2025-09-03" / "growing.mp3")
    days, cursor, _ = tick(cursor)
    assert days == []
    os.utime(landing / "2025-09-03" / "growing.mp3", (LONG_AGO, LONG_AGO))
    days, _, _ = tick(cursor)
    assert days == ["2025-09-03"]


def test_a_day_before_the_first_partition_is_named_and_not_asked_for(landing: Path) -> None:
    land(landing, "2001-01-01/old.mp3")
    days, cursor, _ = tick(None)
    assert days == ["2025-09-01"]
    _, _, skips = tick(cursor)
    assert skips == [
        "no folder of the landing zone changed; left out, because start_date is 2025-01-01: 2001-01-01",
    ]


def test_tomorrows_folder_waits_until_it_is_that_day(landing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).date().isoformat()
    land(landing, f"{tomorrow}/early.mp3")
    days, cursor, _ = tick(None)
    assert days == ["2025-09-01"]
    _, cursor, skips = tick(cursor)
    assert f"waiting until it is that day in the pipeline's time zone: {tomorrow}" in skips[0]
    later = [*sensors.DAILY.get_partition_keys(), tomorrow]
    monkeypatch.setattr(sensors, "DAILY", SimpleNamespace(get_partition_keys=lambda: later))
    assert tick(cursor)[0] == [tomorrow]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test(temp_dir=str(tmp_path)) as made:
        yield made


def note_run(
    instance: dg.DagsterInstance, request: dg.RunRequest, status: dg.DagsterRunStatus, **tags: str
) -> dg.DagsterRun:
    """A run as the daemon makes it of a request, in the state that it came to."""
    known = {"dagster/run_key": request.run_key or "", "dagster/partition": request.partition_key or ""}
    return instance.add_run(dg.DagsterRun("daily", tags=known | tags, status=status))


def test_a_day_whose_run_failed_is_asked_again_later_each_time_until_one_succeeds(
    landing: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr(sensors, "time", SimpleNamespace(time=lambda: now[0]))
    [first], cursor, _ = tick_of(None, instance)
    note_run(instance, first, dg.DagsterRunStatus.STARTED)
    assert tick(cursor, instance)[0] == []
    waits = []
    for _ in range(4):
        instance.wipe()
        note_run(instance, first, dg.DagsterRunStatus.FAILURE)
        waited = 0
        while not (asked := tick_of(cursor, instance))[0]:
            cursor, skips = asked[1], asked[2]
            assert "not done after a run, and asked for again later: 2025-09-01" in skips[0]
            now[0] += 300
            waited += 300
        [again], cursor, _ = asked
        assert again.run_key != first.run_key, "Dagster makes one run per key"
        first = again
        waits.append(waited)
    assert waits == [0, 600, 1200, 2400]
    note_run(instance, first, dg.DagsterRunStatus.SUCCESS)
    _, cursor, skips = tick(cursor, instance)
    assert skips == ["no folder of the landing zone changed"]
    now[0] += 7 * 24 * 3600
    assert tick(cursor, instance)[0] == []


def test_a_run_that_somebody_else_made_of_the_day_counts(landing: Path, instance: dg.DagsterInstance) -> None:
    [first], cursor, _ = tick_of(None, instance)
    note_run(instance, first, dg.DagsterRunStatus.FAILURE)
    instance.add_run(
        dg.DagsterRun("daily", tags={"dagster/partition": "2025-09-01"}, status=dg.DagsterRunStatus.SUCCESS)
    )
    assert tick(cursor, instance)[0] == []


def test_a_cursor_that_was_reset_asks_for_every_day_with_new_keys(landing: Path, instance: dg.DagsterInstance) -> None:
    [first], _, _ = tick_of(None, instance)
    note_run(instance, first, dg.DagsterRunStatus.SUCCESS)
    [again], _, _ = tick_of(None, instance)
    assert again.partition_key == "2025-09-01"
    assert again.run_key != first.run_key


def test_the_cursor_of_an_earlier_version_is_gone_on_with(landing: Path) -> None:
    tick(None)
    with ledger_of(load_settings()) as ledger:
        known = FolderIndex(ledger.engine).folders(landing.as_uri())
    earlier = json.dumps({"2025-09-01": known[(landing / "2025-09-01").as_uri()].fingerprint})
    days, cursor, _ = tick(earlier)
    assert days == []
    land(landing, "2025-09-03/b.mp3")
    assert tick(cursor)[0] == ["2025-09-03"]


def leave_open(day: str, age_s: float) -> Ledger:
    """A channel of the day that was sent `age_s` ago and has not ended."""
    ledger = Ledger(open_operations(load_settings().operations_database_url))
    unit = ledger.plan([work_item(day=day)], PAID, together=False)[0]
    bring(ledger, unit, UnitState.SUBMITTED, submitted_at=time.time() - age_s)
    return ledger


def test_a_day_with_open_channels_is_asked_again_while_the_service_keeps_its_results(
    landing: Path, instance: dg.DagsterInstance
) -> None:
    [first], cursor, _ = tick_of(None, instance)
    note_run(instance, first, dg.DagsterRunStatus.SUCCESS)
    ledger = leave_open("2025-09-01", age_s=3600)
    [again], cursor, _ = tick_of(cursor, instance)
    assert again.partition_key == "2025-09-01"
    [unit] = ledger.in_states([UnitState.SUBMITTED])
    ledger.move(unit.submission_id, UnitState.FAILED, code="DECODE_ERROR")
    note_run(instance, again, dg.DagsterRunStatus.SUCCESS)
    assert tick(cursor, instance)[0] == []


@pytest.mark.parametrize(("age_s", "asked"), [(3600.0, ["2025-09-02"]), (25 * 3600.0, [])])
def test_a_day_that_another_run_left_open_is_asked_for_too_but_not_when_it_is_too_late(
    landing: Path, instance: dg.DagsterInstance, age_s: float, asked: list[str]
) -> None:
    [first], cursor, _ = tick_of(None, instance)
    note_run(instance, first, dg.DagsterRunStatus.SUCCESS)
    ledger = leave_open("2025-09-02", age_s)
    register = WorkerRegister(ledger.engine)
    worker = register.enter("a-run")
    assert tick(cursor, instance)[0] == [], "a run is asking already"
    register.leave(worker)
    assert tick(cursor, instance)[0] == asked


def night(instance: dg.DagsterInstance | None = None) -> dg.ScheduleEvaluationContext:
    moment = dt.datetime(2025, 9, 10, 2, 0, tzinfo=dt.UTC)
    return dg.build_schedule_context(instance=instance, scheduled_execution_time=moment)


def test_the_schedule_asks_for_yesterday(landing: Path) -> None:
    request = yesterday(night())
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == "2025-09-09"


def test_the_schedule_asks_again_for_what_earlier_nights_left(landing: Path, instance: dg.DagsterInstance) -> None:
    of_schedule = {"dagster/schedule_name": "yesterday"}
    for day, status in {"07": "SUCCESS", "06": "FAILURE", "05": "FAILURE"}.items():
        request = dg.RunRequest(run_key=f"2025-09-{day}", partition_key=f"2025-09-{day}")
        note_run(instance, request, dg.DagsterRunStatus(status), **of_schedule)
    note_run(instance, dg.RunRequest(partition_key="2025-09-05"), dg.DagsterRunStatus.SUCCESS)
    leave_open("2025-08-01", age_s=3600)
    requests = yesterday(night(instance))
    assert isinstance(requests, list)
    assert [(request.partition_key, request.run_key) for request in requests] == [
        ("2025-08-01", "2025-08-01:2025-09-10"),
        ("2025-09-06", "2025-09-06:2025-09-10"),
        ("2025-09-09", "2025-09-09"),
    ]


def test_the_schedule_says_why_it_asks_for_nothing(landing: Path) -> None:
    context = dg.build_schedule_context(scheduled_execution_time=dt.datetime(2001, 1, 1, 2, 0, tzinfo=dt.UTC))
    skipped = yesterday(context)
    assert isinstance(skipped, dg.SkipReason)
    assert "start_date" in (skipped.skip_message or "")
