"""A paid result that does not come at once: nothing is taken for it, and it is asked for until its 24 h are over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.dashscope.tasks import TASKS_LIVE_S
from qa_pipeline.dispatch.results import NOT_A_RESULT, RESULT_EXPIRED, RESULT_MISSING, RESULT_REFUSED
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.transcription.mending import read_result
from qa_pipeline.transcription.silence import NO_SPEECH_CODES
from tests.dispatch.test_synchronous import flash
from tests.dispatch.trial import BILLED_S, LOCAL, PAID, Trial

PLACE = {"endpoint": "result", "action": "status"}
GONE = {**PLACE, "status": 404, "code": "NoSuchKey"}
EXPIRED = {
    **PLACE,
    "status": 403,
    "body": "<Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>",
}
WRONG_SIGNATURE = {**PLACE, "status": 403, "body": "<Error><Code>SignatureDoesNotMatch</Code></Error>"}
RESULT = json.dumps({"transcripts": [{"channel_id": 0, "text": "x", "sentences": []}]})


def instead(body: str, content_type: str = "application/json") -> dict[str, Any]:
    return {**PLACE, "status": 200, "body": body, "content_type": content_type}


NO_RESULTS = {
    "a login page": instead("<html><title>Sign in</title></html>", "text/html"),
    "nothing": instead(""),
    "an error of the storage": instead("<Error><Code>InternalError</Code></Error>", "application/xml"),
    "half a result": instead(RESULT[: len(RESULT) // 2]),
    "an error of the service": instead('{"code": "InternalError", "message": "later"}'),
    "a list": instead("[]"),
    "a result of nothing": instead('{"transcripts": [null]}'),
}


def wanted(trial: Trial) -> list[WorkItem]:
    return [trial.channel("bank", 0)]


def only(trial: Trial) -> LedgerRow:
    [unit] = trial.units(wanted(trial))
    return unit


def days_later(trial: Trial) -> None:
    clock = trial.ledger.clock
    trial.ledger.clock = lambda: clock() + TASKS_LIVE_S


def odd_files(trial: Trial) -> list[Path]:
    return [path for path in (trial.folder / "raw" / "odd").rglob("*") if path.is_file()]


@pytest.mark.parametrize("fault", [GONE, EXPIRED, WRONG_SIGNATURE, *NO_RESULTS.values()])
def test_a_result_that_does_not_come_at_once_is_fetched_again_under_a_fresh_address(
    trial: Trial, fault: dict[str, Any]
) -> None:
    trial.fault({**fault, "times": 1})
    report = trial.run(wanted(trial))
    assert (report.answered, report.remaining, report.unknown) == (1, 0, 0)
    unit = only(trial)
    heard = read_result(trial.raw_store.get(str(unit.raw_path), str(unit.raw_sha256))).channel(0)
    assert (heard.text, unit.code, unit.message) == ("bank。", None, None)
    assert (len(trial.tasks()), trial.billed()) == (1, BILLED_S)


@pytest.mark.parametrize(
    ("fault", "code"), [(GONE, RESULT_EXPIRED), (EXPIRED, RESULT_EXPIRED), (WRONG_SIGNATURE, RESULT_REFUSED)]
)
def test_a_result_that_stays_away_is_left_to_the_next_run_and_says_why(
    trial: Trial, fault: dict[str, Any], code: str
) -> None:
    trial.fault(fault)
    report = trial.run(wanted(trial))
    unit = only(trial)
    assert (report.remaining, report.unknown, unit.state, unit.code) == (1, 0, UnitState.SUCCEEDED, code)
    assert unit.billed_s == BILLED_S
    assert "each run asks again until" in str(unit.message)
    trial.fault()
    assert trial.run(wanted(trial)).answered == 1
    assert (len(trial.tasks()), trial.billed()) == (1, BILLED_S)


@pytest.mark.parametrize("fault", NO_RESULTS.values(), ids=NO_RESULTS)
def test_what_is_no_result_is_never_taken_for_the_answer_and_kept_beside(trial: Trial, fault: dict[str, Any]) -> None:
    trial.fault(fault)
    trial.run(wanted(trial))
    unit = only(trial)
    assert (unit.state, unit.code, unit.raw_path) == (UnitState.SUCCEEDED, NOT_A_RESULT, None)
    kept = odd_files(trial)
    assert [path.read_bytes().decode() for path in kept] == ([fault["body"]])
    assert kept[0].relative_to(trial.folder).as_posix() in str(unit.message)
    trial.fault()
    assert trial.run(wanted(trial)).answered == 1
    assert (len(trial.tasks()), trial.billed()) == (1, BILLED_S)


def test_a_result_that_never_came_in_its_24_h_is_unknown_and_keeps_its_bill(trial: Trial) -> None:
    trial.fault(GONE)
    trial.run(wanted(trial))
    days_later(trial)
    report = trial.run(wanted(trial))
    unit = only(trial)
    assert (report.unknown, unit.state, unit.code, unit.billed_s) == (1, UnitState.UNKNOWN, RESULT_EXPIRED, BILLED_S)
    assert "its 24 h are over" in str(unit.message)
    assert trial.run(wanted(trial)).sent == 0


def query_says(**output: Any) -> dict[str, Any]:
    body = json.dumps({"request_id": "r", "output": output, "usage": {"seconds": BILLED_S}})
    return {"endpoint": "query", "action": "status", "status": 200, "body": body, "content_type": "application/json"}


def test_a_task_that_succeeded_and_names_no_result_is_asked_again(trial: Trial) -> None:
    trial.fault({**query_says(task_status="SUCCEEDED"), "times": 1})
    assert trial.run(wanted(trial)).answered == 1
    trial.fault(query_says(task_status="SUCCEEDED", result={}, results=[{}]))
    other = [trial.channel("hotel", 0)]
    trial.run(other)
    [unit] = trial.units(other)
    assert (unit.state, unit.code) == (UnitState.SUCCEEDED, RESULT_MISSING)


# -- tasks that the service does not know ---------------------------------------------------------------------------


def submitted(trial: Trial, task_id: str = "gone", *, ago_s: float = 0.0, billing: Any = PAID) -> LedgerRow:
    unit = trial.ledger.plan(wanted(trial), billing, together=False)[0]
    at = trial.ledger.clock() - ago_s
    trial.ledger.move(unit.submission_id, UnitState.SENDING, sending_at=at)
    trial.ledger.move(unit.submission_id, UnitState.SUBMITTED, task_id=task_id, submitted_at=at)
    return unit


def test_a_task_that_is_denied_right_after_it_was_sent_is_asked_about_again(trial: Trial) -> None:
    trial.fault({**query_says(task_status="UNKNOWN"), "times": 3})
    report = trial.run(wanted(trial))
    assert (report.answered, report.unknown, report.remaining) == (1, 0, 0)
    assert (len(trial.tasks()), trial.billed()) == (1, BILLED_S)


def test_a_task_that_stays_denied_is_left_to_the_next_run(trial: Trial) -> None:
    trial.fault(query_says(task_status="UNKNOWN"))
    report = trial.run(wanted(trial))
    unit = only(trial)
    assert (report.unknown, report.remaining, unit.state, unit.code) == (0, 1, UnitState.SUBMITTED, "TASK_UNKNOWN")
    assert "the service does not know this task; each run asks again until" in str(unit.message)
    trial.fault()
    assert trial.run(wanted(trial)).answered == 1
    assert (only(trial).code, len(trial.tasks()), trial.billed()) == (None, 1, BILLED_S)


def test_a_task_that_is_denied_when_its_24_h_are_over_is_unknown_and_not_sent_again(trial: Trial) -> None:
    submitted(trial, ago_s=TASKS_LIVE_S)
    report = trial.run(wanted(trial))
    unit = only(trial)
    assert (report.unknown, report.sent, unit.state, unit.code) == (1, 0, UnitState.UNKNOWN, "TASK_UNKNOWN")
    assert "its 24 h are over" in str(unit.message)
    assert trial.run(wanted(trial)).sent == 0
    assert trial.tasks() == []


def test_a_task_that_the_local_service_does_not_know_is_forgotten(trial: Trial) -> None:
    submitted(trial, billing=LOCAL)
    report = trial.run(wanted(trial), billing=LOCAL)
    [unit] = trial.units(wanted(trial), "local")
    assert (report.unknown, unit.code) == (1, "TASK_UNKNOWN")
    assert "the local service does not know this task" in str(unit.message)


# -- how tasks end --------------------------------------------------------------------------------------------------


def test_a_task_that_was_cancelled_elsewhere_says_so(trial: Trial) -> None:
    trial.fault(query_says(task_status="CANCELED"))
    report = trial.run(wanted(trial))
    assert report.failed_by_code == {"CANCELED": 1}
    assert "cancelled before it began, in the console or by another program; nothing was billed" in str(
        only(trial).message
    )


@pytest.mark.parametrize("code", NO_SPEECH_CODES)
def test_silence_that_a_synchronous_model_calls_an_error_is_an_empty_transcript(trial: Trial, code: str) -> None:
    asked = flash(trial, "bank")[:1]
    trial.fault({"endpoint": "generation", "action": "status", "status": 400, "code": code, "message": code})
    report = trial.run(asked)
    [unit] = trial.units(asked)
    assert (report.answered, report.failed, unit.state, unit.code) == (1, 0, UnitState.FETCHED, code)
    assert (unit.billed_s, unit.cost_usd) == (0.0, 0.0)
