"""Before anybody pays twice, the service is asked about tasks that were given up and that it may still know."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.dashscope.tasks import TASKS_LIVE_S
from qa_pipeline.dispatch.retrying import RetryChoice, known_to_the_service, readable, retriable
from qa_pipeline.dispatch.run import ask_again
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.recordings.days import DayRange
from tests.wire.service import CountingService, Strike, html, text
from tests.wire.shape import Desk, desk
from tests.wire.shapes_results import query

DAY = dt.date(2025, 9, 1)
EVERYTHING = RetryChoice(DayRange(DAY, DAY))
DENIED = Strike("query", query(task_status="UNKNOWN"))
GONE = Strike("result", text(404, "<Error><Code>NoSuchKey</Code></Error>"))


@pytest.fixture
def at(tmp_path: Path, ledger: Ledger) -> Desk:
    return desk(tmp_path, ledger)


def given_up(at: Desk, service: CountingService, *strikes: Strike) -> list[LedgerRow]:
    """Channels that a run under these strikes left, as an earlier version marked them."""
    service.strikes = list(strikes)
    at.run()
    for row in at.rows.values():
        if row.state is not UnitState.FETCHED:
            at.trial.ledger.move(row.submission_id, UnitState.UNKNOWN)
    return known_to_the_service(at.trial.ledger, "dashscope", EVERYTHING)


def ask(at: Desk, rows: list[LedgerRow]) -> set[str]:
    return asyncio.run(ask_again(rows, at.settings, at.trial.ledger, RawStore(at.settings.home / "raw")))


@pytest.mark.parametrize("strike", [DENIED, GONE, Strike("result", html(200))], ids=["denied", "gone", "a page"])
def test_what_the_service_still_has_is_fetched_and_not_paid_again(
    service: CountingService, at: Desk, strike: Strike
) -> None:
    rows = given_up(at, service, replace(strike, of="bank"))
    assert [row.state for row in rows] == [UnitState.UNKNOWN] * 2
    service.strikes = []
    assert ask(at, rows) == set()
    assert {row.state for row in at.rows.values()} == {UnitState.FETCHED}
    assert {(row.code, row.message) for row in at.rows.values()} == {(None, None)}
    assert (service.count("submit"), service.bills.twice) == (6, {})
    assert retriable(at.trial.ledger, "dashscope", EVERYTHING) == []


def test_what_the_service_still_denies_is_offered(service: CountingService, at: Desk) -> None:
    rows = given_up(at, service, replace(DENIED, of="bank", channel=1))
    denied = ask(at, rows)
    assert denied == {rows[0].submission_id}
    assert at.rows["bank/1"].state is UnitState.SUBMITTED, "the next run asks again, unless a person decides"
    assert "each run asks again until" in str(at.rows["bank/1"].message)
    [offered] = retriable(at.trial.ledger, "dashscope", EVERYTHING, denied)
    assert (offered.call_id, offered.channel_id) == ("bank", 1)


def test_a_task_that_is_too_old_or_of_another_account_is_not_asked_about(service: CountingService, at: Desk) -> None:
    rows = given_up(at, service, replace(DENIED, of="bank", channel=1))
    asked = service.count("query")
    other = Desk(at.trial, at.settings.model_copy(update={"base_url": "https://dashscope-intl.aliyuncs.com/api/v1"}))
    assert ask(other, rows) == set()
    assert (service.count("query"), at.rows["bank/1"].state) == (asked, UnitState.UNKNOWN)
    clock = at.trial.ledger.clock
    at.trial.ledger.clock = lambda: clock() + TASKS_LIVE_S
    assert known_to_the_service(at.trial.ledger, "dashscope", EVERYTHING) == []
    assert len(retriable(at.trial.ledger, "dashscope", EVERYTHING)) == 1


def test_an_answer_that_can_be_read_by_now_is_not_offered(service: CountingService, at: Desk) -> None:
    service.strikes = []
    at.run()
    ledger, store = at.trial.ledger, RawStore(at.settings.home / "raw")
    row = at.rows["bank/0"]
    ledger.note_unreadable({row.unit_id: ("BAD_RESULT", "emotion is 'calm'")})
    found = retriable(ledger, "dashscope", EVERYTHING)
    assert [unit.unit_id for unit in readable(ledger, store, found)] == [row.unit_id]
    (store.root / str(row.raw_path)).unlink()
    assert readable(ledger, store, found) == []
