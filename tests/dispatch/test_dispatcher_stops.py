"""What stops a run: accounts, outages, cancelling. Whatever it is, every row is left for the next run to go on with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.workers import WorkerRegister
from qa_pipeline.local_service import ServiceConfig
from tests.dispatch.trial import BILLED_S, LOCAL, PAID, Trial, lose_answer
from tests.local_service.in_thread import service_in_thread


@pytest.fixture
def locked(trial: Trial, landing: Path) -> Iterator[Trial]:
    """The same trial on a service that takes one key only."""
    config = ServiceConfig(api_key="sk-right", references=(landing,), submits_per_minute=100_000)
    with service_in_thread(config) as running:
        yield replace(trial, base_url=running.base_url)


def test_a_key_that_is_refused_halts_the_run_says_so_and_leaves_everything_planned(locked: Trial) -> None:
    wanted = locked.calls("bank", "hotel")
    report = locked.run(wanted, key="sk-wrong")
    assert "check DASHSCOPE_API_KEY" in str(report.stopped_by)
    assert (report.sent, report.failed, report.unknown, report.remaining) == (0, 0, 0, 4)
    assert set(locked.states(wanted)) == {"planned"}
    assert locked.run(wanted, key="sk-right").answered == 4


def test_a_key_refused_at_the_submit_leaves_everything_planned_too(trial: Trial) -> None:
    trial.fault({"endpoint": "submit", "action": "status", "status": 401, "code": "InvalidApiKey"})
    wanted = trial.calls("bank", "hotel", "shop")
    report = trial.run(wanted)
    assert "InvalidApiKey" in str(report.stopped_by)
    assert (set(trial.states(wanted)), report.remaining) == ({"planned"}, 6)
    trial.fault()
    assert trial.run(wanted).answered == 6
    assert trial.billed() == 6 * BILLED_S


SETTINGS_FAULTS = {
    "a model the region has not": (404, "ModelNotFound"),
    "a workspace that is not": (404, "WorkSpaceNotFound"),
    "a model for short audio": (403, "AccessDenied"),
    "a bill that is due": (400, "Arrearage"),
    "a free quota that is used up": (403, "AllocationQuota.FreeTierOnly"),
}


@pytest.mark.parametrize(("status", "code"), SETTINGS_FAULTS.values(), ids=SETTINGS_FAULTS)
def test_what_is_wrong_with_the_settings_settles_the_fate_of_no_recording(trial: Trial, status: int, code: str) -> None:
    trial.fault({"endpoint": "submit", "action": "status", "status": status, "code": code})
    wanted = trial.calls("bank", "hotel")
    report = trial.run(wanted)
    assert code in str(report.stopped_by)
    assert (set(trial.states(wanted)), report.failed) == ({"planned"}, 0)


def test_a_run_that_is_halted_still_fetches_what_was_submitted(trial: Trial) -> None:
    trial.fault({"endpoint": "submit", "action": "status", "status": 401, "code": "InvalidApiKey", "nth": [2, 3, 4]})
    report = trial.run(trial.calls("bank", "hotel"))
    assert (report.answered, report.remaining) == (1, 3)
    assert report.stopped_by is not None


def test_a_service_that_always_throttles_leaves_rows_planned_and_bills_nothing(trial: Trial) -> None:
    trial.fault({"endpoint": "submit", "action": "status", "status": 429, "code": "Throttling.RateQuota"})
    wanted = trial.calls("bank")
    report = trial.run(wanted)
    assert (report.sent, report.remaining, report.failed, report.unknown) == (0, 2, 0, 0)
    assert set(trial.states(wanted)) == {"planned"}
    trial.fault()
    assert trial.run(wanted).answered == 2
    assert trial.billed() == 2 * BILLED_S


def test_a_service_that_throttles_for_a_moment_is_waited_for(trial: Trial) -> None:
    trial.fault({"endpoint": "submit", "action": "status", "status": 429, "code": "Throttling", "times": 3})
    report = trial.run(trial.calls("bank"))
    assert (report.answered, report.stopped_by, trial.billed()) == (2, None, 2 * BILLED_S)


def test_a_service_that_cannot_be_reached_is_named(trial: Trial) -> None:
    nowhere = replace(trial, base_url="http://127.0.0.1:9/api/v1")
    wanted = trial.calls("bank", "hotel", "shop")
    report = nowhere.run(wanted)
    assert "cannot be reached" in str(report.stopped_by)
    assert (set(trial.states(wanted)), report.remaining) == ({"planned"}, 6)


def test_a_task_that_does_not_end_is_left_for_the_next_run_and_waited_for_once(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    trial.fault(task_latency_s=[3.0, 3.0])
    wanted = [trial.channel("bank", 0)]
    with caplog.at_level(logging.WARNING):
        report = trial.run(wanted, task_timeout_s=0.2)
    waits = [record for record in caplog.records if "has not ended" in record.message]
    assert (report.remaining, trial.states(wanted), len(waits)) == (1, ["submitted"], 1)
    task_id = trial.units(wanted)[0].task_id
    assert str(task_id) in waits[0].message
    assert trial.run(wanted).answered == 1
    assert trial.units(wanted)[0].task_id == task_id
    assert trial.billed() == BILLED_S


def test_a_task_whose_queries_cannot_be_read_is_left_with_what_the_service_said(trial: Trial) -> None:
    trial.fault({"endpoint": "query", "action": "status", "status": 200, "body": "<html>busy</html>"})
    wanted = trial.calls("bank")
    report = trial.run(wanted)
    assert (report.answered, report.remaining, report.came_to_nothing) == (0, 2, False)
    assert {row.state.value for row in report.open} == {"submitted"}
    assert all(f"answer about its task {unit.task_id} cannot be used" in str(unit.message) for unit in report.open)
    trial.fault()
    assert trial.run(wanted).answered == 2
    assert trial.billed() == 2 * BILLED_S
    assert {unit.message for unit in trial.units(wanted)} == {None}


def test_a_task_that_is_waited_for_says_what_was_wrong_with_the_last_answer(trial: Trial) -> None:
    trial.fault({"endpoint": "query", "action": "status", "status": 503, "code": "ServiceUnavailable"})
    wanted = [trial.channel("bank", 0)]
    report = trial.run(wanted, task_timeout_s=0.5)
    assert report.remaining == 1
    [unit] = trial.units(wanted)
    assert f"the service has not ended its task {unit.task_id}: " in str(unit.message)
    assert "ServiceUnavailable" in str(unit.message)


async def _until_submitted(trial: Trial, count: int) -> None:
    while len(trial.ledger.in_states([UnitState.SUBMITTED])) < count:  # noqa: ASYNC110 - another task's database
        await asyncio.sleep(0.01)


def test_a_cancelled_run_leaves_rows_to_go_on_with_and_the_next_pays_nothing_twice(trial: Trial) -> None:
    trial.fault(task_latency_s=[3.0, 3.0])
    wanted = trial.calls("bank", "hotel")

    async def cancelled() -> None:
        run = asyncio.create_task(trial.dispatch(wanted))
        await _until_submitted(trial, 4)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    asyncio.run(cancelled())
    assert set(trial.states(wanted)) == {"submitted"}
    assert WorkerRegister(trial.ledger.engine).living() == set()
    report = trial.run(wanted)
    assert (report.sent, report.answered) == (0, 4)
    assert (len(trial.tasks()), trial.billed()) == (4, 4 * BILLED_S)


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.03, 0.06, 0.1])
def test_cancelled_at_any_moment_nothing_is_lost_and_nothing_paid_twice(trial: Trial, after_s: float) -> None:
    wanted = trial.calls("bank", "hotel")

    async def cancelled() -> None:
        run = asyncio.create_task(trial.dispatch(wanted))
        await asyncio.sleep(after_s)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)

    asyncio.run(cancelled())
    trial.run(wanted)
    # What left last is proved not to have arrived only once the list shows a task that was sent after it.
    everything = trial.calls("bank", "hotel", "shop")
    report = trial.run(everything)
    assert (report.answered, report.remaining, report.unknown) == (6, 0, 0)
    assert trial.billed() == 6 * BILLED_S


def test_two_runs_over_the_same_calls_pay_once_and_both_end_well(trial: Trial) -> None:
    wanted = trial.calls("bank", "hotel", "shop")

    async def both() -> list[int]:
        reports = await asyncio.gather(trial.dispatch(wanted), trial.dispatch(wanted))
        return [report.answered for report in reports]

    first, second = asyncio.run(both())
    assert 6 in (first, second)
    assert trial.run(wanted).answered == 6
    assert trial.billed() == 6 * BILLED_S


def test_two_runs_that_are_both_told_to_resubmit_resubmit_once(trial: Trial) -> None:
    fault = {"endpoint": "task", "action": "fail_task", "code": "FILE_SERVER_ERROR", "times": 1}
    trial.fault(fault, task_latency_s=[0.3, 0.3])
    wanted = [trial.channel("bank", 0)]

    async def both() -> None:
        first = asyncio.create_task(trial.dispatch(wanted))
        await _until_submitted(trial, 1)
        await asyncio.gather(first, trial.dispatch(wanted))

    asyncio.run(both())
    assert trial.run(wanted).answered == 1
    assert (len(trial.tasks()), trial.billed()) == (2, BILLED_S)


# -- another engine, another key ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED, UnitState.UNKNOWN])
def test_the_local_engine_leaves_what_the_paid_service_has_under_way_alone(trial: Trial, state: UnitState) -> None:
    wanted = [trial.channel("bank", 0)]
    unit = trial.ledger.plan(wanted, PAID, together=False)[0]
    trial.ledger.move(unit.submission_id, UnitState.SENDING, worker_id="killed", sending_at=trial.ledger.clock())
    if state is UnitState.UNKNOWN:
        trial.ledger.move(unit.submission_id, state, code="NOT_RECONCILED")
    elif state is not UnitState.SENDING:
        task = {"task_id": "of-the-paid-service", "submitted_at": trial.ledger.clock()}
        trial.ledger.move(unit.submission_id, UnitState.SUBMITTED, **task)
        if state is UnitState.SUCCEEDED:
            trial.ledger.move(unit.submission_id, state)
    before = trial.ledger.get([unit.unit_id])
    report = trial.run([*wanted, *trial.calls("hotel")], billing=LOCAL)
    assert trial.ledger.get([unit.unit_id]) == before
    assert (report.answered, len(trial.tasks())) == (2, 2)
    if state is not UnitState.UNKNOWN:
        assert report.remaining == 1
        assert "1 channel was sent to the paid service" in str(report.stopped_by)


def test_a_request_sent_with_another_key_is_not_declared_unsent_by_this_ones_list(trial: Trial) -> None:
    other = replace(PAID, account="another-account")
    lost = lose_answer(trial, trial.channel("bank", 0), billing=other)
    wanted = [trial.channel("bank", 0)]
    report = trial.run(wanted, key="sk-of-another-account")
    unit = trial.units(wanted)[0]
    assert (unit.unit_id, unit.state, report.sent) == (lost.unit_id, UnitState.UNKNOWN, 0)
    assert "another key" in str(unit.message)
    assert len(trial.tasks()) == 1


def test_a_request_sent_with_another_key_is_found_once_that_key_is_back(trial: Trial) -> None:
    other = replace(PAID, account="another-account")
    lose_answer(trial, trial.channel("bank", 0), billing=other)
    wanted = [trial.channel("bank", 0)]
    trial.run(wanted, key="sk-of-another-account")
    report = trial.run(wanted, billing=other)
    assert (report.answered, report.sent, trial.billed()) == (1, 0, BILLED_S)


def test_a_task_of_another_key_waits_for_that_key(trial: Trial) -> None:
    trial.fault(task_latency_s=[0.5, 0.5])
    wanted = [trial.channel("bank", 0)]
    other = replace(PAID, account="another-account")
    assert trial.run(wanted, billing=other, task_timeout_s=0.1).remaining == 1
    report = trial.run(wanted, key="sk-of-another-account")
    assert (report.remaining, report.unknown, trial.states(wanted)) == (1, 0, ["submitted"])
    assert "another key" in str(report.stopped_by)
    assert trial.run(wanted, billing=other).answered == 1
    assert trial.billed() == BILLED_S


def test_a_heartbeat_that_cannot_be_written_does_not_end_the_run(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    beats = []

    def fail(_: WorkerRegister, worker_id: str) -> None:
        beats.append(worker_id)
        raise OSError("the disk is full")

    monkeypatch.setattr(WorkerRegister, "beat", fail)
    monkeypatch.setattr("qa_pipeline.dispatch.dispatcher.HEARTBEAT_S", 0.01)
    trial.fault(task_latency_s=[0.3, 0.3])
    assert trial.run(trial.calls("bank")).answered == 2
    assert len(beats) > 1
