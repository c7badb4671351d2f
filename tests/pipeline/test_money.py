"""What was paid for is never paid for again: reruns, lost warehouses, late days."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.pipeline.harness import GOLDEN_DAY, Golden, Pipeline, charges
from tests.pipeline.steps import rows, run_steps, working_tables


def test_reruns_a_lost_warehouse_and_a_late_older_day_bill_nothing_twice(pipeline: Pipeline) -> None:
    pipeline.land_sample_day("2025-09-02", 3)
    first = pipeline.run("2025-09-02")
    billed = pipeline.usage()
    tables = pipeline.tables()
    assert billed.seconds > 0
    assert "channels sent" in first.stdout

    again = pipeline.run("2025-09-02")
    assert pipeline.usage() == billed
    assert "nothing was sent to be transcribed again" in again.stdout
    assert pipeline.tables() == tables

    (pipeline.home / "warehouse.duckdb").unlink()
    pipeline.land_sample_day("2025-09-01", 2)
    pipeline.run("2025-09-01", "2025-09-02")
    in_all = pipeline.usage()
    assert in_all.seconds > billed.seconds
    assert in_all.times == {1}, "some channel was billed more than once"
    for table, of_both in pipeline.tables().items():
        assert [row for row in tables[table] if row not in of_both] == [], f"{table} lost what was paid for"
    days = pipeline.query("select call_date, count(*) from calls where status = 'ok' group by all order by all")
    assert [day for day, _ in days] == [dt.date(2025, 9, 1), dt.date(2025, 9, 2)]
    by_ledger = pipeline.query("select sum(billed_s) from transcription_tasks")[0][0]
    assert by_ledger == in_all.seconds, "our count of billed seconds is not the service's"


@pytest.mark.whole_run
def test_a_call_that_left_the_landing_zone_keeps_its_transcript(ran: Pipeline) -> None:
    tables = ran.tables()
    gone = next(ran.landing.glob(f"{GOLDEN_DAY}/c0101.*[!n]"))
    gone.unlink()
    run_steps(ran, GOLDEN_DAY)
    assert working_tables(ran) == tables


@pytest.mark.whole_run
def test_both_channels_in_one_task_give_the_same_tables(golden: Golden, ran: Pipeline) -> None:
    separate = ran.tables()
    tasks = ran.query("select count(distinct task_id), count(*) from transcription_tasks")[0]
    assert tasks[0] == tasks[1]

    others = charges(ran.base_url)
    settings = {"QA_CHANNELS_PER_TASK": "together"}
    together = Pipeline(ran.home.with_name("together"), ran.landing, ran.base_url, settings, others)
    run_steps(together, GOLDEN_DAY)
    tasks = rows(together, "select count(distinct task_id), count(*) from transcription_tasks")[0]
    assert tasks == (11, 20), "nine calls with both channels in a task, and two of which only one channel is sent"
    assert working_tables(together) == separate
    assert together.usage().charges == golden.charges
