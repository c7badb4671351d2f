"""What the ledger forgets, and what it never does."""

from __future__ import annotations

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from tests.ledger.building import PAID, bring, planned


def test_a_failure_that_was_tried_again_is_forgotten_and_what_may_be_paid_is_not(ledger: Ledger) -> None:
    first = bring(ledger, planned(ledger), UnitState.FAILED, billed_s=0.0)
    second = bring(ledger, ledger.plan_again([first.unit_id], PAID)[0], UnitState.UNKNOWN)
    third = bring(ledger, ledger.plan_again([second.unit_id], PAID)[0], UnitState.PARSED)
    assert ledger.forget_failed("2025-08-01", "2025-08-31") == 0, "calls of other days"
    assert ledger.forget_failed("2025-08-31", "2025-09-01") == 1
    assert [row.unit_id for row in ledger.of_recordings([first.recording_id])] == [second.unit_id, third.unit_id]


def test_the_last_attempt_stays_though_it_failed_and_one_that_was_billed_stays_too(ledger: Ledger) -> None:
    billed = bring(ledger, planned(ledger), UnitState.FAILED, billed_s=62.0)
    last = bring(ledger, ledger.plan_again([billed.unit_id], PAID)[0], UnitState.FAILED)
    assert ledger.forget_failed("2025-08-31", "2025-09-30") == 0
    again = ledger.plan_again([last.unit_id], PAID)[0]
    assert again.attempt == 3
    assert ledger.forget_failed("2025-08-31", "2025-09-30") == 1
    assert ledger.plan_again([again.unit_id], PAID)[0].attempt == 4, "attempts are numbered on"
