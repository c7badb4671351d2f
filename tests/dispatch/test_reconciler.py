"""Requests whose answer was never read: found again or proved unsent, and where neither can be, left to a person."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from qa_pipeline.dashscope.tasks import SubmitRequest
from qa_pipeline.dispatch.reconciler import LIST_REACHES_BACK_S
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.workers import WorkerRegister
from tests.dispatch.trial import BILLED_S, LOCAL, MODEL, PAID, Trial, lose_answer


def sending(
    trial: Trial, name: str = "bank", *, worker_id: str = "killed", ago_s: float = 0.0, channel_id: int = 0
) -> LedgerRow:
    """A row in `sending` whose request never left."""
    unit = trial.ledger.plan([trial.channel(name, channel_id)], PAID, together=False)[0]
    sent_at = trial.ledger.clock() - ago_s
    trial.ledger.move(unit.submission_id, UnitState.SENDING, worker_id=worker_id, sending_at=sent_at)
    return trial.ledger.get([unit.unit_id])[0]


def somebody_elses_task(trial: Trial, landing: Path) -> None:
    """Another program of the same account transcribes something of its own."""

    async def submit() -> None:
        async with trial.client() as client:
            url = await client.upload(landing / "shop.wav", model=MODEL, object_name="minutes-of-monday.wav")
            await client.submit(SubmitRequest(MODEL, url, {"channel_id": [1]}))

    asyncio.run(submit())


# -- while a run lives --------------------------------------------------------------------------------------------


def lost_before_the_task_existed(trial: Trial, **fault: object) -> list[WorkItem]:
    """Both channels of a recording that a run could send nothing after."""
    trial.fault({"endpoint": "submit", "action": "drop_before", **fault})
    wanted = trial.calls("bank")
    report = trial.run(wanted)
    assert (report.sent, report.unknown, trial.states(wanted)) == (0, 2, ["unknown", "unknown"])
    trial.fault()
    return wanted


def test_a_connection_that_drops_before_the_task_exists_is_sent_again_once_that_is_proved(trial: Trial) -> None:
    wanted = lost_before_the_task_existed(trial) + trial.calls("hotel")
    report = trial.run(wanted)
    assert (report.answered, report.remaining, report.unknown, report.stopped_by) == (4, 0, 0, None)
    assert (len(trial.tasks()), trial.billed()) == (4, 4 * BILLED_S)


def test_an_empty_list_proves_nothing_while_nothing_sent_later_is_on_it(trial: Trial) -> None:
    wanted = lost_before_the_task_existed(trial)
    assert "neither is anything that was sent later" in str(trial.units(wanted)[0].message)
    report = trial.run(wanted)
    assert (report.sent, report.unknown, trial.billed()) == (0, 2, 0)


def test_the_local_services_list_is_never_behind(trial: Trial) -> None:
    trial.fault({"endpoint": "submit", "action": "drop_before", "nth": [1]})
    assert trial.run(trial.calls("bank"), billing=LOCAL).answered == 2


def test_a_connection_that_drops_after_the_task_exists_is_not_sent_again(trial: Trial) -> None:
    trial.fault({"endpoint": "submit", "action": "drop_after"})
    wanted = trial.calls("bank", "hotel")
    report = trial.run(wanted)
    assert trial.struck() == [4]
    assert (report.answered, report.unknown, report.remaining) == (4, 0, 0)
    assert (len(trial.tasks()), trial.billed()) == (4, 4 * BILLED_S)
    assert {unit.task_id for unit in trial.units(wanted)} == {task["task_id"] for task in trial.tasks()}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_of_the_service_that_made_no_task_is_sent_again_once_that_is_proved(trial: Trial, status: int) -> None:
    page = {"action": "status", "status": status, "body": "<html>"}
    wanted = lost_before_the_task_existed(trial, **page) + trial.calls("hotel")
    report = trial.run(wanted)
    assert (report.answered, report.remaining, report.unknown) == (4, 0, 0)
    assert (len(trial.tasks()), trial.billed()) == (4, 4 * BILLED_S)


def test_together_a_lost_answer_is_found_for_both_channels(trial: Trial) -> None:
    trial.fault({"endpoint": "submit", "action": "drop_after", "times": 1})
    wanted = trial.calls("bank")
    report = trial.run(wanted, together=True)
    assert (report.answered, len(trial.tasks()), trial.billed()) == (2, 1, 2 * BILLED_S)


def test_other_channels_do_not_wait_for_an_answer_that_was_lost(trial: Trial, landing: Path) -> None:
    trial.fault(task_latency_s=[2.0, 2.0])
    somebody_elses_task(trial, landing)
    trial.fault()
    sending(trial, "bank")
    wanted = [trial.channel("bank", 0), trial.channel("hotel", 0)]

    async def hotel_is_there_before_bank_is_settled() -> list[str]:
        run = asyncio.create_task(trial.dispatch(wanted))
        while trial.states(wanted)[1:] != ["fetched"]:  # noqa: ASYNC110 - another task's database
            await asyncio.sleep(0.02)
        states = trial.states(wanted)
        await run
        return states

    assert asyncio.run(hotel_is_there_before_bank_is_settled()) == ["sending", "fetched"]
    assert trial.states(wanted) == ["fetched", "fetched"]


# -- after a kill -------------------------------------------------------------------------------------------------


def test_a_task_whose_sender_was_killed_is_adopted(trial: Trial) -> None:
    lost = lose_answer(trial, trial.channel("bank", 0))
    report = trial.run([trial.channel("bank", 0)])
    unit = trial.ledger.get([lost.unit_id])[0]
    assert (report.sent, report.answered) == (0, 1)
    assert (unit.task_id, unit.billed_s) == (trial.tasks()[0]["task_id"], BILLED_S)
    assert (len(trial.tasks()), trial.billed()) == (1, BILLED_S)


def test_a_request_that_never_left_is_sent_once_one_that_left_later_is_listed(trial: Trial) -> None:
    lost = sending(trial)
    report = trial.run([trial.channel("bank", 0), trial.channel("hotel", 0)])
    assert (report.sent, report.answered, trial.billed()) == (2, 2, 2 * BILLED_S)
    assert trial.ledger.get([lost.unit_id])[0].state is UnitState.FETCHED


def test_a_lost_task_that_failed_cost_nothing_and_is_sent_again(trial: Trial) -> None:
    trial.fault({"endpoint": "task", "action": "fail_task", "code": "DECODE_ERROR", "times": 1})
    lose_answer(trial, trial.channel("bank", 0))
    report = trial.run([trial.channel("bank", 0), trial.channel("hotel", 0)])
    assert (report.answered, len(trial.tasks()), trial.billed()) == (2, 3, 2 * BILLED_S)


def test_tasks_of_somebody_else_in_the_account_are_left_alone(trial: Trial, landing: Path) -> None:
    somebody_elses_task(trial, landing)
    theirs = trial.tasks()[0]["task_id"]
    sending(trial)
    report = trial.run([trial.channel("bank", 0), trial.channel("hotel", 0)])
    assert report.answered == 2
    assert trial.ledger.known_tasks([theirs]) == {}


def test_a_task_that_names_no_file_of_ours_and_may_be_the_lost_one_is_a_doubt(trial: Trial, landing: Path) -> None:
    somebody_elses_task(trial, landing)
    sending(trial, "bank", channel_id=1)
    sending(trial, "hotel", channel_id=0)
    wanted = [trial.channel("bank", 1), trial.channel("hotel", 0), trial.channel("shop", 0)]
    report = trial.run(wanted)
    assert (report.answered, report.unknown, trial.states(wanted)) == (2, 1, ["unknown", "fetched", "fetched"])
    assert "names a file that is not one of ours, and it may be of this recording" in str(
        trial.units(wanted)[0].message
    )


def test_what_a_living_process_is_sending_is_not_touched(trial: Trial) -> None:
    worker_id = WorkerRegister(trial.ledger.engine).enter("another run")
    unit = sending(trial, worker_id=worker_id)
    report = trial.run([trial.channel("bank", 0)])
    assert (report.sent, report.remaining) == (0, 1)
    assert trial.ledger.get([unit.unit_id]) == [unit]


# -- what cannot be settled ---------------------------------------------------------------------------------------


def test_a_request_older_than_the_services_list_is_unknown(trial: Trial) -> None:
    sending(trial, ago_s=LIST_REACHES_BACK_S + 1)
    wanted = [trial.channel("bank", 0)]
    report = trial.run(wanted)
    unit = trial.units(wanted)[0]
    assert (report.unknown, report.sent, unit.code) == (1, 0, "NOT_RECONCILED")
    assert "It may have been sent and billed: the service lists tasks of the last 24 h only" in str(unit.message)
    assert trial.run(wanted).sent == 0


def test_a_list_that_cannot_be_read_leaves_rows_unknown_until_it_can(trial: Trial) -> None:
    lost = lose_answer(trial, trial.channel("bank", 0))
    wanted = [trial.channel("bank", 0), trial.channel("hotel", 0)]
    trial.fault({"endpoint": "list", "action": "status", "status": 500})
    report = trial.run(wanted)
    assert (report.unknown, report.answered) == (1, 1)
    assert "task list did not settle it" in str(trial.ledger.get([lost.unit_id])[0].message)
    trial.fault()
    again = trial.run(wanted)
    found = trial.ledger.get([lost.unit_id])[0]
    assert (again.answered, again.sent, again.unknown) == (2, 0, 0)
    assert (found.code, found.message) == (None, None)
    assert trial.billed() == 2 * BILLED_S


def test_a_list_that_stays_unreadable_is_asked_for_once_a_run(trial: Trial) -> None:
    sending(trial)
    trial.fault({"endpoint": "list", "action": "status", "status": 400, "code": "InvalidParameter"})
    trial.run([trial.channel("bank", 0)])
    assert trial.struck() == [1]


def test_a_listed_task_that_does_not_end_in_time_leaves_the_unmatched_unknown_and_adopts_the_matched(
    trial: Trial, landing: Path
) -> None:
    lose_answer(trial, trial.channel("bank", 0))
    trial.fault(task_latency_s=[60.0, 60.0])
    somebody_elses_task(trial, landing)
    trial.fault()
    sending(trial, "hotel")
    wanted = [trial.channel("bank", 0), trial.channel("hotel", 0)]
    report = trial.run(wanted, task_timeout_s=1.0)
    assert (report.answered, report.unknown, report.sent) == (1, 1, 0)
    assert trial.states(wanted) == ["fetched", "unknown"]


def test_a_listed_task_the_service_does_not_know_any_more_proves_nothing(trial: Trial) -> None:
    lose_answer(trial, trial.channel("bank", 0))
    wanted = [trial.channel("bank", 0)]
    task_id = trial.tasks()[0]["task_id"]
    forgotten = {"output": {"task_id": task_id, "task_status": "UNKNOWN"}, "request_id": "r"}
    trial.fault(
        {
            "endpoint": "query",
            "action": "status",
            "status": 200,
            "body": json.dumps(forgotten),
            "content_type": "application/json",
        }
    )
    report = trial.run(wanted)
    assert (report.unknown, report.sent, len(trial.tasks())) == (1, 0, 1)


def test_a_person_may_have_it_sent_again(trial: Trial) -> None:
    unit = sending(trial, ago_s=LIST_REACHES_BACK_S + 1)
    wanted = [trial.channel("bank", 0)]
    trial.run(wanted)
    trial.ledger.plan_again([unit.unit_id], PAID)
    report = trial.run(wanted)
    assert (report.answered, report.sent) == (1, 1)
