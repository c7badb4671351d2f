"""The way of a channel through one run, and what ends a channel without ending the others."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from qa_pipeline.dispatch.audio_source import HttpSource
from qa_pipeline.dispatch.task_finisher import ATTEMPTS
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.transcription.results import parse_result
from tests.dispatch.trial import BILLED_S, LOCAL, Trial


def test_every_channel_is_sent_once_fetched_and_accounted_for(trial: Trial) -> None:
    wanted = trial.calls("bank", "hotel")
    report = trial.run(wanted)
    assert (report.wanted, report.sent, report.answered, report.remaining, report.unknown) == (4, 4, 4, 0, 0)
    assert report.billed_s == trial.billed() == 4 * BILLED_S
    assert report.cost_usd == pytest.approx(4 * BILLED_S * 0.000032)
    assert (report.stopped_by, report.failed_by_code) == (None, {})
    assert report.task_p50_s is not None
    for unit in trial.units(wanted):
        assert (unit.state, unit.billed_s, unit.code) == (UnitState.FETCHED, BILLED_S, None)
        assert unit.planned_at <= (unit.sending_at or 0) <= (unit.submitted_at or 0) <= (unit.fetched_at or 0)
        heard = parse_result(trial.raw_store.get(str(unit.raw_path), str(unit.raw_sha256)))
        assert [item.text for item in heard.channel(unit.channel_id).sentences] == [f"{unit.call_id}。"]


def test_each_channel_is_asked_for_in_a_task_of_its_own(trial: Trial) -> None:
    trial.run(trial.calls("bank"))
    assert sorted(task["channel_ids"] for task in trial.tasks()) == [[0], [1]]


def test_together_one_task_brings_both_channels(trial: Trial) -> None:
    wanted = trial.calls("bank")
    report = trial.run(wanted, together=True)
    assert [task["channel_ids"] for task in trial.tasks()] == [[0, 1]]
    assert report.billed_s == trial.billed() == 2 * BILLED_S
    assert [unit.billed_s for unit in trial.units(wanted)] == [BILLED_S, BILLED_S]
    assert len({unit.raw_path for unit in trial.units(wanted)}) == 1


def test_the_result_names_the_row_it_was_paid_for(trial: Trial) -> None:
    wanted = trial.calls("bank")
    trial.run(wanted)
    for unit in trial.units(wanted):
        file_url = parse_result(trial.raw_store.get(str(unit.raw_path), str(unit.raw_sha256))).file_url
        assert unit.submission_id in str(file_url)


def test_a_rerun_sends_nothing_and_bills_nothing(trial: Trial) -> None:
    wanted = trial.calls("bank", "hotel")
    trial.run(wanted)
    again = trial.run(wanted)
    assert (again.sent, again.skipped_as_paid, again.billed_s, again.cost_usd) == (0, 4, 0.0, 0.0)
    assert len(trial.tasks()) == 4
    assert trial.billed() == 4 * BILLED_S


def test_a_day_added_later_sends_only_its_own_channels(trial: Trial) -> None:
    trial.run(trial.calls("hotel"))
    report = trial.run(trial.calls("bank", "hotel"))
    assert (report.sent, report.skipped_as_paid) == (2, 2)
    assert trial.billed() == 4 * BILLED_S


def test_the_local_engine_costs_nothing(trial: Trial) -> None:
    report = trial.run(trial.calls("bank"), billing=LOCAL)
    assert (report.billed_s, report.cost_usd) == (2 * BILLED_S, 0.0)


# -- one channel's trouble stays its own --------------------------------------------------------------------------


def test_a_file_the_service_cannot_decode_fails_alone_with_the_services_code(trial: Trial) -> None:
    fault = {"endpoint": "task", "action": "fail_task", "file_pattern": "*hotel*", "code": "DECODE_ERROR"}
    trial.fault({**fault, "message": "cannot be decoded"})
    report = trial.run(trial.calls("bank", "hotel", "shop"))
    assert (report.answered, report.failed_by_code) == (4, {"DECODE_ERROR": 2})
    for unit in trial.units(trial.calls("hotel")):
        assert (unit.state, unit.message, unit.billed_s, unit.attempt) == ("failed", "cannot be decoded", 0.0, 1)
    assert trial.billed() == 4 * BILLED_S


def test_a_failure_is_final_for_every_later_run(trial: Trial) -> None:
    trial.fault({"endpoint": "task", "action": "fail_task", "code": "DECODE_ERROR"})
    trial.run(trial.calls("bank"))
    trial.fault()
    assert trial.run(trial.calls("bank")).failed_by_code == {"DECODE_ERROR": 2}
    assert len(trial.tasks()) == 2


@pytest.mark.parametrize("code", ["SUCCESS_WITH_NO_VALID_FRAGMENT", "ASR_RESPONSE_HAVE_NO_WORDS"])
def test_where_nobody_spoke_the_answer_is_an_empty_transcript_and_no_failure(trial: Trial, code: str) -> None:
    trial.fault({"endpoint": "task", "action": "fail_task", "file_pattern": "*bank*", "code": code})
    report = trial.run(trial.calls("bank", "shop"))
    assert (report.answered, report.failed, report.remaining) == (4, 0, 0)
    for unit in trial.units(trial.calls("bank")):
        assert (unit.state, unit.code, unit.billed_s) == (UnitState.FETCHED, code, 0.0)
        assert unit.ended_at is not None
        told = json.loads(trial.raw_store.get(str(unit.raw_path), str(unit.raw_sha256)))
        assert told["output"]["task_id"] == unit.task_id


RESUBMITTED = {
    "FILE_SERVER_ERROR": 3,
    "FILE_TRANS_TASK_EXPIRED": 3,
    "InternalError.Timeout": 3,
    "FILE_DOWNLOAD_FAILED": 2,
    "InvalidFile.DownloadFailed": 2,
    "FILE_403_FORBIDDEN": 1,
    "NOBODY_LISTED_THIS": 1,
}


@pytest.mark.parametrize(("code", "attempts"), RESUBMITTED.items(), ids=RESUBMITTED)
def test_a_code_is_tried_as_often_as_the_service_advises_and_then_failed(
    trial: Trial, code: str, attempts: int
) -> None:
    trial.fault({"endpoint": "task", "action": "fail_task", "code": code})
    report = trial.run([trial.channel("bank", 0)])
    assert report.failed_by_code == {code: 1}
    assert len(trial.tasks()) == attempts
    assert trial.units([trial.channel("bank", 0)])[0].attempt == attempts
    assert trial.billed() == 0


def test_a_task_that_failed_on_the_way_succeeds_when_sent_again(trial: Trial) -> None:
    trial.fault({"endpoint": "task", "action": "fail_task", "code": "FILE_SERVER_ERROR", "times": 2})
    report = trial.run([trial.channel("bank", 0)])
    assert (report.answered, report.failed) == (1, 0)
    assert trial.billed() == BILLED_S
    history = trial.ledger.of_recordings([trial.channel("bank", 0).recording_id])
    assert sorted((unit.attempt, unit.state.value) for unit in history) == [
        (1, "failed"), (2, "failed"), (3, "fetched"),
    ]  # fmt: skip


def test_no_code_is_resubmitted_for_ever() -> None:
    assert max(ATTEMPTS.values()) == 3


def test_a_recording_that_is_gone_fails_alone(trial: Trial) -> None:
    (trial.folder / "landing" / "hotel.wav").unlink()
    report = trial.run(trial.calls("bank", "hotel"))
    assert (report.answered, report.failed_by_code, report.stopped_by) == (2, {"SOURCE_MISSING": 2}, None)
    assert "hotel.wav is gone; put it back" in str(trial.units(trial.calls("hotel"))[0].message)


@pytest.mark.parametrize("content", [b"", b"another call"])
def test_a_recording_that_was_replaced_since_it_landed_fails_alone(trial: Trial, content: bytes) -> None:
    (trial.folder / "landing" / "hotel.wav").write_bytes(content)
    report = trial.run(trial.calls("bank", "hotel"))
    assert (report.answered, report.failed_by_code, report.stopped_by) == (2, {"SOURCE_CHANGED": 2}, None)
    assert "hotel.wav was replaced after it landed; run the day again" in str(
        trial.units(trial.calls("hotel"))[0].message
    )


def test_a_file_the_upload_cannot_take_fails_alone(trial: Trial) -> None:
    wanted = trial.calls("bank", "hotel")
    (trial.folder / "landing" / "hotel.wav").write_bytes(b"")
    empty = hashlib.sha256(b"").hexdigest()
    wanted = [dataclasses.replace(unit, recording_id=empty) if unit.call_id == "hotel" else unit for unit in wanted]
    report = trial.run(wanted)
    assert (report.answered, report.failed_by_code, report.stopped_by) == (2, {"EmptyFile": 2}, None)


def test_a_recording_the_service_refuses_by_its_name_fails_alone(trial: Trial) -> None:
    trial.fault({"endpoint": "submit", "action": "status", "status": 400, "code": "InvalidParameter", "nth": [1]})
    report = trial.run(trial.calls("bank", "hotel"))
    assert (report.answered, report.failed_by_code, report.stopped_by) == (3, {"InvalidParameter": 1}, None)


def test_a_recording_outside_the_served_folder_fails_alone(trial: Trial, tmp_path: Path) -> None:
    served = tmp_path / "elsewhere"
    served.mkdir()
    report = trial.run(trial.calls("hotel"), source=HttpSource("http://127.0.0.1:9/calls", served))
    assert report.failed_by_code == {"SOURCE_MISSING": 2}
    assert "hotel.wav lies outside" in str(trial.units(trial.calls("hotel"))[0].message)


def test_the_raw_json_is_the_services_byte_for_byte(trial: Trial) -> None:
    wanted = [trial.channel("bank", 0)]
    trial.run(wanted)
    unit = trial.units(wanted)[0]
    document = (trial.folder / "raw" / str(unit.raw_path)).read_bytes()
    assert hashlib.sha256(document).hexdigest() == unit.raw_sha256
    assert json.loads(document)["transcripts"][0]["channel_id"] == 0


def test_a_disk_that_takes_no_json_ends_the_run_with_its_reason_and_what_was_paid_is_fetched_later(
    trial: Trial,
) -> None:
    wanted = trial.calls("bank")
    (trial.folder / "raw").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="raw"):
        trial.run(wanted)
    (trial.folder / "raw").unlink()
    report = trial.run(wanted)
    assert (report.answered, report.remaining, trial.billed()) == (2, 0, 2 * BILLED_S)
