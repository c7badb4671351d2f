"""A better glossary costs nothing by itself; another answer is made when somebody asks."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import text

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import WorkItem
from qa_pipeline.ledger.states import ANSWERED, UnitState
from tests.ledger.building import PAID, bring, planned, stereo, work_item


def helped(context: str | None, name: str = "c1") -> WorkItem:
    return dataclasses.replace(work_item(name), context=context, model_reason="a reason")


# -- contexts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in UnitState if state is not UnitState.PLANNED])
def test_a_changed_context_sends_nothing_again(ledger: Ledger, state: UnitState) -> None:
    before = bring(ledger, ledger.plan([helped("ACME")], PAID, together=False)[0], state)
    after = ledger.plan([helped("ACME, Initech")], PAID, together=False)[0]
    assert (after.unit_id, after.state, after.attempt) == (before.unit_id, state, 1)
    assert ledger.context_of(after) == "ACME", "the context that it was asked with"


def test_what_was_never_sent_goes_with_the_context_of_now(ledger: Ledger) -> None:
    before = ledger.plan([helped("ACME")], PAID, together=False)[0]
    after = ledger.plan([helped("Initech")], PAID, together=False)[0]
    assert after.unit_id == before.unit_id
    assert ledger.context_of(after) == "Initech"
    assert ledger.context_of(ledger.plan([helped(None)], PAID, together=False)[0]) is None


def test_a_text_is_kept_once_however_many_channels_have_it(ledger: Ledger) -> None:
    wanted = [dataclasses.replace(item, context="ACME") for item in stereo("c1", "c2", "c3")]
    found = ledger.plan(wanted, PAID, together=False)
    assert len({unit.context_sha256 for unit in found}) == 1
    with ledger.engine.connect() as connection:
        assert connection.execute(text("select count(*) from contexts")).scalar_one() == 1
    assert all("context" not in unit.parameters and "corpus" not in unit.parameters for unit in found)


# -- another answer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(ANSWERED))
def test_an_answered_channel_is_asked_again_when_somebody_wants_it(ledger: Ledger, state: UnitState) -> None:
    old = bring(ledger, planned(ledger), state)
    again = ledger.plan_again([old.unit_id], PAID, answered=True)[0]
    assert (again.attempt, again.state, again.asked_again) == (2, UnitState.PLANNED, 1)
    assert ledger.plan([work_item()], PAID, together=False)[0].unit_id == again.unit_id
    assert ledger.plan_again([old.unit_id], PAID, answered=True)[0].unit_id == again.unit_id, "two people pay once"


@pytest.mark.parametrize("end", [UnitState.FAILED, UnitState.UNKNOWN])
def test_the_old_answer_stays_where_the_new_one_does_not_come(ledger: Ledger, end: UnitState) -> None:
    old = bring(ledger, planned(ledger), UnitState.PARSED)
    again = ledger.plan_again([old.unit_id], PAID, answered=True)[0]
    bring(ledger, again, end)
    assert ledger.forecast([work_item()], "dashscope")[0] == old


def test_the_new_answer_counts_once_it_is_there(ledger: Ledger) -> None:
    old = bring(ledger, planned(ledger), UnitState.PARSED)
    again = ledger.plan_again([old.unit_id], PAID, answered=True)[0]
    bring(ledger, again, UnitState.FETCHED)
    in_force = ledger.forecast([work_item()], "dashscope")[0]
    assert in_force is not None
    assert in_force.unit_id == again.unit_id


# -- requests -----------------------------------------------------------------------------------------------------


def test_a_channel_that_goes_apart_shares_no_request(ledger: Ledger) -> None:
    wanted = [dataclasses.replace(item, apart=True) for item in stereo("c1")]
    found = ledger.plan(wanted, PAID, together=True)
    assert len({unit.submission_id for unit in found}) == 2


def test_the_reason_of_the_model_is_kept(ledger: Ledger) -> None:
    assert ledger.plan([helped(None)], PAID, together=False)[0].model_reason == "a reason"
