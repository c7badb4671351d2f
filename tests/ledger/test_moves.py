"""The states of a unit: what may follow what, what a move writes, and what is refused."""

from __future__ import annotations

import itertools

import pytest

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import IllegalMove
from qa_pipeline.ledger.states import ANSWERED, FINAL, MOVES, UnitState
from tests.ledger.building import PAID, bring, planned, stereo

EVERY_MOVE = list(itertools.product(UnitState, UnitState))


@pytest.mark.parametrize(("origin", "target"), [(a, b) for a, b in EVERY_MOVE if b in MOVES[a]])
def test_a_move_of_the_table_is_made_and_writes_its_fields(
    ledger: Ledger, origin: UnitState, target: UnitState
) -> None:
    unit = bring(ledger, planned(ledger), origin)
    ledger.move(unit.submission_id, target, message="on its way")
    moved = ledger.get([unit.unit_id])[0]
    assert (moved.state, moved.message) == (target, "on its way")


@pytest.mark.parametrize(("origin", "target"), [(a, b) for a, b in EVERY_MOVE if b not in MOVES[a]])
def test_any_other_move_is_refused_and_changes_nothing(ledger: Ledger, origin: UnitState, target: UnitState) -> None:
    unit = bring(ledger, planned(ledger), origin)
    with pytest.raises(IllegalMove, match=f"cannot become {target}"):
        ledger.move(unit.submission_id, target, message="must not be written")
    assert ledger.get([unit.unit_id]) == [unit]


def test_nothing_that_was_answered_can_ever_be_sent() -> None:
    reachable = set(ANSWERED)
    while new := {state for origin in reachable for state in MOVES[origin]} - reachable:
        reachable |= new
    assert not reachable & {UnitState.PLANNED, UnitState.SENDING, UnitState.SUBMITTED}


def test_a_failure_is_final() -> None:
    assert MOVES[UnitState.FAILED] == frozenset()
    assert UnitState.FAILED in FINAL


def test_a_request_for_two_channels_moves_both(ledger: Ledger) -> None:
    both = ledger.plan(stereo("c1"), PAID, together=True)
    ledger.move(both[0].submission_id, UnitState.SENDING, worker_id="w")
    assert {unit.state for unit in ledger.of_submissions([both[0].submission_id])} == {UnitState.SENDING}


def test_a_request_nobody_knows_cannot_be_moved(ledger: Ledger) -> None:
    with pytest.raises(IllegalMove):
        ledger.move("f" * 32, UnitState.SENDING)


def test_a_refused_move_rolls_back_with_the_transaction_it_stood_in(ledger: Ledger) -> None:
    good, bad = ledger.plan(stereo("c1"), PAID, together=False)

    def move_both() -> None:
        with ledger.engine.begin() as connection:
            ledger.move_in(connection, good.submission_id, UnitState.SENDING)
            ledger.move_in(connection, bad.submission_id, UnitState.PARSED)

    with pytest.raises(IllegalMove):
        move_both()
    assert {unit.state for unit in ledger.get([good.unit_id, bad.unit_id])} == {UnitState.PLANNED}


def test_what_a_task_over_two_channels_was_billed_is_split_between_them(ledger: Ledger) -> None:
    both = ledger.plan(stereo("c1"), PAID, together=True)
    with ledger.engine.begin() as connection:
        ledger.set_billed(connection, both[0].submission_id, 124.0, 0.000032)
    billed = ledger.get([unit.unit_id for unit in both])
    assert [unit.billed_s for unit in billed] == [62.0, 62.0]
    assert sum(unit.cost_usd or 0.0 for unit in billed) == pytest.approx(124 * 0.000032)


def test_only_what_was_answered_is_marked_as_parsed(ledger: Ledger) -> None:
    fetched, sent = ledger.plan(stereo("c1"), PAID, together=False)
    bring(ledger, fetched, UnitState.FETCHED)
    bring(ledger, sent, UnitState.SUBMITTED)
    ledger.mark_parsed([fetched.unit_id, sent.unit_id])
    assert [unit.state for unit in ledger.of_submissions([fetched.submission_id])] == [UnitState.PARSED]
    assert [unit.state for unit in ledger.of_submissions([sent.submission_id])] == [UnitState.SUBMITTED]


def test_what_was_parsed_before_is_not_written_again_unless_a_fault_is_over(ledger: Ledger) -> None:
    one, other = ledger.plan(stereo("c1"), PAID, together=False)
    for unit in (one, other):
        bring(ledger, unit, UnitState.FETCHED)
    ledger.mark_parsed([one.unit_id, other.unit_id])
    ledger.note_unreadable({other.unit_id: ("BAD_RESULT", "not JSON")})
    before = ledger.get([one.unit_id, other.unit_id])
    ledger.mark_parsed([one.unit_id, other.unit_id])
    after = ledger.get([one.unit_id, other.unit_id])
    assert after[0] == before[0]
    assert (before[1].code, after[1].code, after[1].message) == ("BAD_RESULT", None, None)


def test_counts_are_by_state_over_a_range_of_days(ledger: Ledger) -> None:
    for day in ("2025-09-01", "2025-09-02", "2025-09-03"):
        ledger.plan(stereo(day, day=day), PAID, together=False)
    bring(ledger, ledger.in_states([UnitState.PLANNED])[0], UnitState.SUBMITTED)
    assert ledger.counts() == {UnitState.PLANNED: 5, UnitState.SUBMITTED: 1}
    assert sum(ledger.counts("2025-09-02", "2025-09-02").values()) == 2
    assert sum(ledger.counts(first="2025-09-02").values()) == 4
    assert sum(ledger.counts(last="2025-09-02").values()) == 4


def test_the_tasks_it_knows_are_those_it_was_told_of(ledger: Ledger) -> None:
    unit = planned(ledger)
    assert ledger.known_tasks(["task-1"]) == {}
    bring(ledger, unit, UnitState.SUBMITTED, task_id="task-1")
    assert set(ledger.known_tasks(["task-1", "another"])) == {"task-1"}
