"""Planning decides what will be paid for, so it may be asked for as often, and by as many, as anybody likes."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from qa_pipeline.ledger.attempts import attempts
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import Billing, LedgerRow, row_in_force
from qa_pipeline.ledger.states import ANSWERED, UnitState
from tests.ledger.building import LOCAL, PAID, bring, open_ledger, planned, stereo, work_item

ROOT = Path(__file__).resolve().parents[2]


def rows(ledger: Ledger) -> int:
    with ledger.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(attempts)).scalar_one())


def test_a_second_plan_returns_the_rows_of_the_first_in_the_order_asked(ledger: Ledger) -> None:
    wanted = stereo("c1", "c2")
    first = ledger.plan(wanted, PAID, together=False)
    second = ledger.plan(list(reversed(wanted)), PAID, together=False)
    assert [unit.unit_id for unit in second] == [unit.unit_id for unit in reversed(first)]
    assert [unit.key for unit in first] == [unit.key for unit in wanted]
    assert rows(ledger) == 4


def test_one_wish_said_twice_is_planned_once(ledger: Ledger) -> None:
    found = ledger.plan([work_item(), work_item()], PAID, together=False)
    assert found[0].unit_id == found[1].unit_id
    assert rows(ledger) == 1


def test_a_recording_under_another_call_id_or_day_is_the_same_paid_work(ledger: Ledger) -> None:
    before = planned(ledger)
    moved = ledger.plan([work_item(day="2025-09-02")], PAID, together=False)[0]
    assert moved.unit_id == before.unit_id


def test_other_parameters_are_other_work(ledger: Ledger) -> None:
    planned(ledger)
    other = ledger.plan([work_item(language="zh")], PAID, together=False)[0]
    assert other.parameters["language"] == "zh"
    assert rows(ledger) == 2


@pytest.mark.parametrize("state", [state for state in UnitState if state is not UnitState.PLANNED])
def test_what_was_sent_is_never_planned_again_wherever_it_stands(ledger: Ledger, state: UnitState) -> None:
    before = bring(ledger, planned(ledger), state)
    after = ledger.plan([work_item()], PAID, together=False)[0]
    assert (after.unit_id, after.state, after.attempt) == (before.unit_id, state, 1)


@pytest.mark.parametrize("state", UnitState)
def test_what_was_paid_counts_while_the_local_service_is_the_engine(ledger: Ledger, state: UnitState) -> None:
    before = bring(ledger, planned(ledger, PAID), state)
    assert ledger.plan([work_item()], LOCAL, together=False)[0].unit_id == before.unit_id


@pytest.mark.parametrize("state", [state for state in UnitState if state is not UnitState.PLANNED])
def test_what_the_local_service_did_does_not_count_once_a_key_is_set(ledger: Ledger, state: UnitState) -> None:
    local = bring(ledger, planned(ledger, LOCAL), state)
    paid = ledger.plan([work_item()], PAID, together=False)[0]
    assert (paid.unit_id != local.unit_id, paid.state, paid.attempt) == (True, UnitState.PLANNED, 2)


@pytest.mark.parametrize("state", sorted(ANSWERED))
def test_what_the_local_service_answered_is_there_again_when_the_key_is_gone(ledger: Ledger, state: UnitState) -> None:
    local = bring(ledger, planned(ledger, LOCAL), state)
    ledger.plan([work_item()], PAID, together=False)
    assert ledger.plan([work_item()], LOCAL, together=False)[0].unit_id == local.unit_id


def test_a_row_never_sent_is_taken_over_by_the_engine_now_in_force(ledger: Ledger) -> None:
    local = planned(ledger, LOCAL)
    taken = ledger.plan([work_item()], PAID, together=False)[0]
    assert taken.unit_id == local.unit_id
    assert (taken.engine_kind, taken.engine, taken.region, taken.account) == (
        "dashscope", "dashscope beijing", "beijing", "account-of-paid",
    )  # fmt: skip


def test_a_row_under_way_keeps_the_account_that_will_be_billed(ledger: Ledger) -> None:
    bring(ledger, planned(ledger, PAID), UnitState.SUBMITTED)
    other = Billing("dashscope", "dashscope singapore", "singapore", "another-account")
    assert ledger.plan([work_item()], other, together=False)[0].account == "account-of-paid"


def test_apart_every_channel_has_a_request_of_its_own(ledger: Ledger) -> None:
    found = ledger.plan(stereo("c1", "c2"), PAID, together=False)
    assert len({unit.submission_id for unit in found}) == 4


def test_together_the_channels_of_a_recording_share_a_request(ledger: Ledger) -> None:
    found = ledger.plan(stereo("c1", "c2"), PAID, together=True)
    groups = {unit.call_id: unit.submission_id for unit in found}
    assert len(set(groups.values())) == 2
    assert all(unit.submission_id == groups[unit.call_id] for unit in found)


def test_together_channels_with_unlike_parameters_stay_apart(ledger: Ledger) -> None:
    found = ledger.plan(
        [work_item(channel_id=0, language="zh"), work_item(channel_id=1, language="en")], PAID, together=True
    )
    assert len({unit.submission_id for unit in found}) == 2


def test_together_a_channel_that_was_paid_before_is_not_in_the_new_request(ledger: Ledger) -> None:
    bring(ledger, planned(ledger), UnitState.FETCHED)
    answered, fresh = ledger.plan(stereo("c1"), PAID, together=True)
    assert [answered.state, fresh.state] == [UnitState.FETCHED, UnitState.PLANNED]
    assert answered.submission_id != fresh.submission_id


def test_a_forecast_says_what_a_plan_would_do_and_writes_nothing(ledger: Ledger) -> None:
    kept = bring(ledger, planned(ledger), UnitState.FETCHED)
    forecast = ledger.forecast([work_item("c1"), work_item("new")], "dashscope")
    assert forecast == [kept, None]
    assert rows(ledger) == 1


def test_a_new_attempt_is_planned_with_everything_that_is_known_of_the_work(ledger: Ledger) -> None:
    lost = bring(ledger, planned(ledger), UnitState.UNKNOWN, code="NOT_RECONCILED", message="perhaps")
    again = ledger.plan_again([lost.unit_id], PAID)[0]
    assert (again.key, again.attempt, again.state) == (lost.key, 2, UnitState.PLANNED)
    assert (again.code, again.task_id, again.billed_s, again.raw_path) == (None, None, None, None)
    assert (again.call_id, again.source_uri, again.audio_s) == (lost.call_id, lost.source_uri, lost.audio_s)
    assert again.submission_id != lost.submission_id, "a result must name the attempt it belongs to"
    assert ledger.plan([work_item()], PAID, together=False)[0].unit_id == again.unit_id
    assert ledger.get([lost.unit_id])[0].state is UnitState.UNKNOWN


def test_planning_again_twice_leaves_one_attempt_to_be_sent(ledger: Ledger) -> None:
    failed = bring(ledger, planned(ledger), UnitState.FAILED, code="FILE_SERVER_ERROR")
    first = ledger.plan_again([failed.unit_id], PAID)
    second = ledger.plan_again([failed.unit_id], PAID)
    assert [unit.unit_id for unit in second] == [unit.unit_id for unit in first]
    assert len(ledger.in_states([UnitState.PLANNED])) == 1


def test_a_failed_attempt_can_be_planned_again_as_often_as_somebody_wants(ledger: Ledger) -> None:
    unit = planned(ledger)
    for number in (2, 3, 4):
        failed = bring(ledger, unit, UnitState.FAILED)
        unit = ledger.plan_again([failed.unit_id], PAID)[0]
        assert unit.attempt == number


def test_two_attempts_at_the_same_work_are_planned_again_once(ledger: Ledger) -> None:
    first = bring(ledger, planned(ledger), UnitState.FAILED)
    second = bring(ledger, ledger.plan_again([first.unit_id], PAID)[0], UnitState.FAILED)
    assert [unit.attempt for unit in ledger.plan_again([first.unit_id, second.unit_id], PAID)] == [3]


def test_an_attempt_of_the_local_service_does_not_stand_in_for_a_paid_one(ledger: Ledger) -> None:
    lost = bring(ledger, planned(ledger, PAID), UnitState.UNKNOWN)
    bring(ledger, ledger.plan_again([lost.unit_id], LOCAL)[0], UnitState.PARSED)
    again = ledger.plan_again([lost.unit_id], PAID)[0]
    assert (again.attempt, again.engine_kind, again.state) == (3, "dashscope", UnitState.PLANNED)


def test_a_large_plan_goes_past_the_limits_of_one_statement(ledger: Ledger) -> None:
    wanted = [work_item(f"c{number}") for number in range(1_201)]
    assert len(ledger.plan(wanted, PAID, together=False)) == 1_201
    assert len(ledger.plan(wanted, PAID, together=False)) == rows(ledger) == 1_201


# -- which attempt is in force ------------------------------------------------------------------------------------


def attempt(unit: LedgerRow, number: int, state: UnitState, kind: str = "dashscope") -> LedgerRow:
    values = {name: getattr(unit, name) for name in LedgerRow.__slots__}
    return LedgerRow(**{**values, "unit_id": f"{number}", "attempt": number, "state": state, "engine_kind": kind})


def test_an_answer_goes_before_any_other_attempt(ledger: Ledger) -> None:
    unit = planned(ledger)
    for other in UnitState:
        attempts = [attempt(unit, 1, UnitState.PARSED), attempt(unit, 2, other)]
        in_force = row_in_force(attempts, "dashscope")
        assert in_force is not None
        assert in_force.state in ANSWERED


def test_with_a_key_set_no_attempt_of_the_local_service_is_ever_in_force_once_sent(ledger: Ledger) -> None:
    unit = planned(ledger)
    sent = [state for state in UnitState if state is not UnitState.PLANNED]
    for first, second in itertools.product(sent, sent):
        attempts = [attempt(unit, 1, first, "local"), attempt(unit, 2, second, "local")]
        assert row_in_force(attempts, "dashscope") is None


def test_the_last_failure_is_in_force_where_everything_failed(ledger: Ledger) -> None:
    unit = planned(ledger)
    attempts = [attempt(unit, 1, UnitState.FAILED), attempt(unit, 2, UnitState.FAILED)]
    assert row_in_force(attempts, "dashscope") == attempts[1]


# -- several planners at once -------------------------------------------------------------------------------------

PLANNER = """
import json, pathlib, sys, time
from tests.ledger.building import PAID, open_ledger, stereo
folder = pathlib.Path(sys.argv[1])
ledger = open_ledger(folder)
wanted = stereo(*(f"c{number}" for number in range(60)))
(folder / sys.argv[2]).touch()
while not (folder / "go").exists():
    time.sleep(0.001)
print(json.dumps([unit.unit_id for unit in ledger.plan(wanted, PAID, together=False)]))
"""


def test_processes_that_plan_the_same_at_once_get_the_same_rows(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    names = ["ready-1", "ready-2", "ready-3"]
    planners = [
        subprocess.Popen([sys.executable, "-c", PLANNER, tmp_path, name], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for name in names
    ]
    while not all((tmp_path / name).exists() for name in names):
        assert all(planner.poll() is None for planner in planners)
    (tmp_path / "go").touch()
    found = [json.loads(planner.communicate(timeout=300)[0]) for planner in planners]
    assert found[0] == found[1] == found[2]
    assert rows(ledger) == 120
    ledger.engine.dispose()


def test_of_several_claimants_exactly_one_gets_the_request(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    wanted = ledger.plan(stereo("c1", "c2", "c3"), PAID, together=True)
    barrier, won = threading.Barrier(4), []

    def claim(worker_id: str) -> None:
        barrier.wait()
        for submission in {unit.submission_id for unit in wanted}:
            with ledger.engine.begin() as connection:
                if ledger.try_move_in(connection, submission, UnitState.SENDING, worker_id=worker_id):
                    won.append((submission, worker_id))

    threads = [threading.Thread(target=claim, args=(f"worker-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(submission for submission, _ in won) == sorted({unit.submission_id for unit in wanted})
    owners = dict(won)
    for unit in ledger.get([unit.unit_id for unit in wanted]):
        assert (unit.state, unit.worker_id) == (UnitState.SENDING, owners[unit.submission_id])
    ledger.engine.dispose()
