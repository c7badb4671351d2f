"""One look at the ledger reads each attempt once, and is the same to its end."""

from __future__ import annotations

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.reading_once import ReadOnce
from qa_pipeline.ledger.states import UnitState
from tests.ledger.building import PAID, bring, stereo, work_item


def test_it_tells_what_the_ledger_tells(ledger: Ledger) -> None:
    wanted = [*stereo("c1", "c2"), work_item("c1", language="zh"), work_item("never planned")]
    planned = ledger.plan(wanted[:-1], PAID, together=False)
    bring(ledger, planned[0], UnitState.FETCHED)
    bring(ledger, planned[2], UnitState.FAILED)
    ledger.plan_again([planned[2].unit_id], PAID)
    look = ReadOnce(ledger)
    assert look.forecast(wanted, "dashscope") == ledger.forecast(wanted, "dashscope")
    recordings = sorted({item.recording_id for item in wanted})
    assert sorted(row.unit_id for row in look.of_recordings(recordings)) == sorted(
        row.unit_id for row in ledger.of_recordings(recordings)
    )


def test_what_changes_meanwhile_is_of_the_next_look(ledger: Ledger) -> None:
    [first] = ledger.plan([work_item("c1")], PAID, together=False)
    look = ReadOnce(ledger)
    assert look.of_recordings([first.recording_id]) == [first]
    fetched = bring(ledger, first, UnitState.FETCHED)
    [other] = ledger.plan([work_item("c2")], PAID, together=False)
    assert look.forecast([work_item("c1"), work_item("c2")], "dashscope") == [first, other]
    assert ReadOnce(ledger).of_recordings([first.recording_id]) == [fetched]
