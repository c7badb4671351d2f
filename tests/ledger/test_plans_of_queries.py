"""No question to the ledger looks at all of it: what a day costs must not grow with the history."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from sqlalchemy import event

from qa_pipeline.dispatch.retrying import RetryChoice, heard_otherwise, known_to_the_service, retriable
from qa_pipeline.ledger.attempts import attempts
from qa_pipeline.ledger.claims import Claim
from qa_pipeline.ledger.imports import open_imports
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import ANSWERED, UnitState
from qa_pipeline.recordings.days import DayRange
from tests.ledger.building import LOCAL, PAID, bring, stereo, work_item

LARGE = ("attempts", "attempt_calls", "attempt_recordings")
DAY = "2025-09-02"


@pytest.fixture
def history(ledger: Ledger) -> Ledger:
    """A few days in all states."""
    for day in ("2025-09-01", DAY, "2025-09-03"):
        units = ledger.plan(stereo(*(f"{day} {number}" for number in range(4)), day=day), PAID, together=False)
        for unit, state in zip(units, UnitState, strict=True):
            bring(ledger, unit, state)
    heard = ledger.plan([work_item("heard", day=DAY)], LOCAL, together=False)[0]
    bring(ledger, heard, UnitState.FETCHED)
    return ledger


def work_of_a_day(ledger: Ledger) -> None:
    """Everything that runs, commands and ticks ask of the ledger or write into it."""
    wanted = stereo(*(f"{DAY} {number}" for number in range(4)), day=DAY)
    rows = ledger.plan([*wanted, *stereo("new", day=DAY)], PAID, together=True)
    ledger.plan(
        [dataclasses.replace(item, source_uri="file:///elsewhere/x.wav") for item in wanted], LOCAL, together=True
    )
    ledger.forecast(wanted, "dashscope")
    ledger.plan_again([row.unit_id for row in rows if row.state is UnitState.FAILED], PAID)
    ledger.plan_changed(stereo("changed", day=DAY), PAID, together=False)
    claim = Claim(rows[-1].submission_id, "a worker")
    with ledger.engine.begin() as connection:
        assert ledger.take(connection, claim, [UnitState.PLANNED])
        assert ledger.begin_sending(connection, claim, sending_at=1.0)
    assert ledger.may_send(claim)
    ledger.move(claim.submission_id, UnitState.SUBMITTED, task_id="task", submitted_at=2.0)
    with ledger.engine.begin() as connection:
        ledger.hold_task(connection, claim)
        ledger.move_in(connection, claim.submission_id, UnitState.FETCHED, raw_path="x.json", raw_sha256="ab" * 32)
        ledger.set_billed(connection, claim.submission_id, 1.0, 1.0)
        ledger.note_answered_by(connection, claim.submission_id, {0: "an engine"})
        ledger.release(connection, claim)
    ledger.keep_claims("a worker")
    ledger.release_all("a worker")
    ledger.standings([row.unit_id for row in rows])
    ledger.note_open({rows[0].unit_id: "why"})
    ledger.note_unreadable({rows[0].unit_id: ("BAD_RESULT", "why")})
    ledger.mark_parsed([row.unit_id for row in rows])
    ledger.known_tasks(["task"])
    ledger.forget_failed("2025-08-01", DAY)
    ledger.open_rows()
    ledger.in_states(ANSWERED, DAY, DAY)
    ledger.counts(DAY, DAY)
    ledger.counts(first=ledger.newest_days(14)[-1])
    ledger.of_submissions([row.submission_id for row in rows])
    open_imports(ledger, wanted)
    day = dt.date.fromisoformat(DAY)
    choice = RetryChoice(DayRange(day, day))
    retriable(ledger, "dashscope", choice)
    known_to_the_service(ledger, "dashscope", choice)
    heard_otherwise(ledger, choice, ("local whisper",))


def test_every_statement_goes_by_an_index(history: Ledger) -> None:
    said: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        said.append((statement, parameters[0] if many else parameters))

    event.listen(history.engine, "before_cursor_execute", listen)
    work_of_a_day(history)
    event.remove(history.engine, "before_cursor_execute", listen)
    assert len(said) > 60
    parsed = attempts.c.state.type.dialect_impl(history.engine.dialect).process_bind_param(UnitState.PARSED, None)
    scans = []
    with history.engine.connect() as connection:
        for statement, parameters in said:
            if statement.split()[0] not in ("SELECT", "UPDATE", "DELETE"):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row[3] for row in plan]
            scans += [(step, statement) for step in steps if step.startswith("SCAN") and step.split()[1] in LARGE]
            if parsed in parameters:  # nearly all of a history is in that state
                scans += [
                    (step, statement) for step in steps if step.endswith("USING INDEX attempts_by_state (state=?)")
                ]
    assert scans == []
