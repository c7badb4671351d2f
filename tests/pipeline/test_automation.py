"""The sensor and the schedule: which days they ask for, from real folders."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import dagster as dg
import pytest

from qa_pipeline.defs.schedules import yesterday
from qa_pipeline.defs.sensors import new_recordings
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


def tick(cursor: str | None) -> tuple[list[str], str, list[str]]:
    """Days asked for, the new cursor, and why nothing was asked for."""
    context = dg.build_sensor_context(cursor=cursor)
    answers = list(new_recordings(context) or ())
    days = [answer.partition_key for answer in answers if isinstance(answer, dg.RunRequest) and answer.partition_key]
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


def test_a_day_before_the_first_partition_is_not_asked_for(landing: Path) -> None:
    land(landing, "2001-01-01/old.mp3")
    assert tick(None)[0] == ["2025-09-01"]


def test_the_schedule_asks_for_yesterday() -> None:
    context = dg.build_schedule_context(scheduled_execution_time=dt.datetime(2025, 9, 10, 2, 0, tzinfo=dt.UTC))
    request = yesterday(context)
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == "2025-09-09"


def test_the_schedule_says_why_it_asks_for_nothing() -> None:
    context = dg.build_schedule_context(scheduled_execution_time=dt.datetime(2001, 1, 1, 2, 0, tzinfo=dt.UTC))
    skipped = yesterday(context)
    assert isinstance(skipped, dg.SkipReason)
    assert "start_date" in (skipped.skip_message or "")
