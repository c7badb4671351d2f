"""What samples say of all calls of a period, of evaluations in real tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from qa_pipeline.drawing.estimating import estimate_period
from qa_pipeline.sampling.draws import draw
from qa_pipeline.sampling.frames import FrameCall, PeriodKind, period_named
from qa_pipeline.sampling.plans import Plan
from qa_pipeline.warehouse.database import empty_database, insert_rows

DAY = dt.date(2025, 9, 1)
AT = dt.datetime(2025, 9, 9, tzinfo=dt.UTC)
WEEK = period_named("2025-W36", PeriodKind.WEEK)
PLAN = Plan.model_validate(
    {
        "plan": "weekly", "scorecard": "service", "period": "week", "effective_from": "2025-09-01", "seed": 1,
        "strata": {"take": 30, "by": []}, "blind_share": 1, "eligible": {"queues": ["billing"]},
        "risk": [{"id": "silent", "take": 30, "when": {"outcome": "csat", "at_most": 2}}],
    }
)  # fmt: skip
"""Of 150 calls that went well and 50 that did not, 30 each."""


def evaluation(call_id: str, score: float, **fields: Any) -> dict[str, Any]:
    return {
        "evaluation_id": f"{call_id} {fields.get('evaluation_type', 'blind')}", "call_id": call_id, "call_date": DAY,
        "scorecard_id": "service", "scorecard_version": "1", "evaluation_type": "blind", "state": "released",
        "score": score, "failed_by": [], "is_expert": False, "created_at": AT, "dispute_round": 0,
        "dispute_questions": [], "revision": 1, "loaded_at": AT, **fields,
    }  # fmt: skip


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Calls with a machine's score that is 5 points too high: 95 where all went well, else 55."""
    calls, outcomes, scores = [], [], []
    for n in range(240):
        queue = "billing" if n < 200 else "other"
        is_bad = n % 4 == 0
        calls.append({"call_id": f"c{n:03}", "call_date": DAY, "queue": queue, "status": "ok", "source_uri": "x",
                      "loaded_at": AT})  # fmt: skip
        outcomes.append({"call_id": f"c{n:03}", "call_date": DAY, "name": "csat", "value": 1.0 if is_bad else 5.0,
                         "is_flag": False, "loaded_at": AT})  # fmt: skip
        machine = 55.0 if is_bad else 95.0
        scores.append(evaluation(f"c{n:03}", machine if n < 200 else 0, evaluation_type="machine", state="submitted"))
    with empty_database() as connection:
        insert_rows(connection, "calls", calls)
        insert_rows(connection, "outcomes", outcomes)
        insert_rows(connection, "evaluations", scores)
        frame = [
            FrameCall(f"c{n:03}", DAY, queue="billing", outcomes={"csat": 1.0 if n % 4 == 0 else 5.0})
            for n in range(200)
        ]
        drawn = draw(PLAN, WEEK, frame).drawn
        insert_rows(connection, "sampling_draws", [
            {
                "sample_id": each.sample_id, "call_id": each.call_id, "call_date": DAY, "plan_id": "weekly",
                "plan_version": each.plan_version, "period": WEEK.name, "period_from": WEEK.first,
                "period_to": WEEK.last, "scorecard_id": "service", "stratum": each.stratum, "is_risk": each.is_risk,
                "frame_calls": 200, "stratum_calls": each.stratum_calls, "stratum_taken": each.stratum_taken,
                "inclusion_probability": each.inclusion_probability, "is_blind": each.is_blind,
                "blind_probability": 1.0, "is_double": False, "random_number": each.random_number, "seed": "1",
                "frame_hash": each.frame_hash, "due_at": AT, "drawn_at": AT, "loaded_at": AT,
            }
            for each in drawn
        ])  # fmt: skip
        yield connection


def evaluate(database: duckdb.DuckDBPyConnection, calls: int) -> None:
    """People give 50 and 90; of each stratum as many."""
    for is_risk, score in ((True, 50.0), (False, 90.0)):
        rows = database.execute(
            "select call_id, sample_id, inclusion_probability from sampling_draws where is_risk = ? "
            "order by random_number limit ?",
            [is_risk, calls],
        ).fetchall()
        insert_rows(database, "evaluations", [
            evaluation(call_id, score, sample_id=sample_id, inclusion_probability=probability)
            for call_id, sample_id, probability in rows
        ])  # fmt: skip


def estimate(database: duckdb.DuckDBPyConnection) -> Any:
    return estimate_period(lambda sql, values: database.execute(sql, dict(values)).fetchall(), PLAN, WEEK)


def test_risks_are_weighted_back_and_the_machine_is_corrected(database: duckdb.DuckDBPyConnection) -> None:
    evaluate(database, 20)
    found = estimate(database)
    assert (found.drawn, found.evaluated) == (60, 40)
    assert found.plain_mean == 70, "a plain mean says the half of all calls went badly"
    assert found.mean.mean == pytest.approx(80)
    assert (found.corrected.calls, found.corrected.n) == (200, 40), "calls that are not eligible are no part of it"
    assert found.corrected.machine == pytest.approx(85)
    assert found.corrected.mean == pytest.approx(80)


def test_with_few_evaluations_nothing_is_corrected(database: duckdb.DuckDBPyConnection) -> None:
    assert estimate(database).mean.mean is None
    evaluate(database, 5)
    found = estimate(database)
    assert found.mean.is_too_few
    assert found.corrected.is_too_few
    assert found.corrected.mean is None
    assert found.corrected.machine == pytest.approx(85)


def test_a_retracted_evaluation_is_none(database: duckdb.DuckDBPyConnection) -> None:
    evaluate(database, 20)
    database.execute("update evaluations set state = 'retracted' where evaluation_type = 'blind'")
    assert estimate(database).evaluated == 0


def test_a_machine_is_corrected_by_what_was_given_blind_and_not_by_what_a_dispute_made_of_it(
    database: duckdb.DuckDBPyConnection,
) -> None:
    evaluate(database, 20)
    decided = database.execute("select call_id, sample_id from evaluations where sample_id is not null").fetchall()
    database.execute("update evaluations set state = 'retracted', superseded_by = 'x' where sample_id is not null")
    insert_rows(database, "evaluations", [
        evaluation(call_id, 100.0, sample_id=sample_id, evaluation_type="dispute", state="changed")
        for call_id, sample_id in decided
    ])  # fmt: skip
    found = estimate(database)
    assert found.mean.mean == pytest.approx(100)
    assert (found.corrected.n, found.corrected.mean) == (40, pytest.approx(80))
