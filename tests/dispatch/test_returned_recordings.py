"""A recording that was away when it should have been sent: nothing was paid, and it is sent when it is back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.dispatch.returned_recordings import returned
from qa_pipeline.landing.recording_files import RecordingFiles
from qa_pipeline.ledger.rows import WorkItem
from qa_pipeline.ledger.states import UnitState
from tests.dispatch.trial import BILLED_S, PAID, Trial


def back(trial: Trial, wanted: list[WorkItem]) -> frozenset[str]:
    rows = trial.ledger.forecast(wanted, "dashscope")
    files = RecordingFiles(trial.folder / "landing")
    return asyncio.run(returned(zip(wanted, rows, strict=True), files, trial.ledger))


def run(trial: Trial, wanted: list[WorkItem], *, together: bool = False) -> tuple[int, int, dict[str, int]]:
    """Channels sent and answered, and failures by code, of a run as the asset starts it."""
    report = trial.run(wanted, returned=back(trial, wanted), together=together)
    return report.sent, report.answered, report.failed_by_code


@pytest.mark.parametrize("together", [False, True])
def test_a_folder_that_was_away_for_a_moment_is_sent_by_the_next_run(trial: Trial, together: bool) -> None:
    landing, away = trial.folder / "landing", trial.folder / "away"
    wanted = trial.calls("bank", "hotel")
    landing.rename(away)
    assert run(trial, wanted, together=together) == (0, 0, {"SOURCE_MISSING": 4})
    assert run(trial, wanted, together=together) == (0, 0, {"SOURCE_MISSING": 4})
    assert {unit.attempt for unit in trial.units(wanted)} == {1}, "what is still away is not tried again"
    away.rename(landing)
    assert run(trial, wanted, together=together) == (4, 4, {})
    assert run(trial, wanted, together=together) == (0, 4, {})
    assert trial.billed() == 4 * BILLED_S
    assert len(trial.tasks()) == (2 if together else 4)


def test_a_recording_that_came_back_elsewhere_is_sent_from_there(trial: Trial) -> None:
    path = trial.folder / "landing" / "hotel.wav"
    wanted = [trial.channel("hotel", 0)]
    path.rename(trial.folder / "kept.wav")
    assert run(trial, wanted)[2] == {"SOURCE_MISSING": 1}
    (trial.folder / "landing" / "again").mkdir()
    moved = (trial.folder / "kept.wav").rename(trial.folder / "landing" / "again" / "hotel.wav")
    wanted = [replace(wanted[0], source_uri=moved.as_uri())]
    assert run(trial, wanted) == (1, 1, {})


def test_another_recording_under_the_same_name_is_not_taken_for_the_one_that_was_away(trial: Trial) -> None:
    path = trial.folder / "landing" / "hotel.wav"
    wanted = [trial.channel("hotel", 0)]
    content = path.read_bytes()
    path.write_bytes(b"another call")
    assert run(trial, wanted)[2] == {"SOURCE_CHANGED": 1}
    assert run(trial, wanted)[2] == {"SOURCE_CHANGED": 1}
    path.write_bytes(content)
    assert run(trial, wanted) == (1, 1, {})


def test_a_place_that_cannot_be_read_fails_its_own_recording_and_passes_too(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = trial.calls("bank", "hotel")
    is_file = Path.is_file

    def stale(path: Path) -> bool:
        if path.name == "hotel.wav":
            raise OSError(116, "Stale file handle")
        return is_file(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "is_file", stale)
        assert run(trial, wanted) == (2, 2, {"SOURCE_MISSING": 2})
        assert "cannot be reached (Stale file handle)" in str(trial.units(trial.calls("hotel"))[0].message)
    assert run(trial, wanted) == (2, 4, {})


@pytest.mark.parametrize("code", ["DECODE_ERROR", "InvalidParameter", "EmptyFile"])
def test_what_the_service_or_the_bytes_themselves_failed_stays_failed(trial: Trial, code: str) -> None:
    wanted = [trial.channel("hotel", 0)]
    [unit] = trial.ledger.plan(wanted, PAID, together=False)
    trial.ledger.move(unit.submission_id, UnitState.FAILED, code=code, message="said by the service")
    assert back(trial, wanted) == frozenset()


def test_what_waits_to_be_sent_follows_its_recording_to_where_it_lies_now(trial: Trial) -> None:
    wanted = [trial.channel("hotel", 0)]
    trial.ledger.plan(wanted, PAID, together=False)
    path = trial.folder / "landing" / "hotel.wav"
    moved = path.rename(path.with_name("moved.wav"))
    wanted = [replace(wanted[0], source_uri=moved.as_uri(), call_id="moved")]
    assert run(trial, wanted) == (1, 1, {})
    assert trial.units(wanted)[0].call_id == "moved"
