"""What was paid for is never paid for again: reruns, lost warehouses, late days."""

from __future__ import annotations

import datetime as dt

from tests.pipeline.harness import Pipeline, usage


def test_reruns_a_lost_warehouse_and_a_late_older_day_bill_nothing_twice(pipeline: Pipeline, service_url: str) -> None:
    pipeline.land_sample_day("2025-09-02")
    first = pipeline.run("2025-09-02")
    billed = usage(service_url)["billed_seconds"]
    tables = pipeline.tables()
    assert billed > 0
    assert "channels sent" in first.stdout

    again = pipeline.run("2025-09-02")
    assert usage(service_url)["billed_seconds"] == billed
    assert "nothing was sent to be transcribed again" in again.stdout
    assert pipeline.tables() == tables

    (pipeline.home / "warehouse.duckdb").unlink()
    pipeline.run("2025-09-02")
    assert usage(service_url)["billed_seconds"] == billed
    assert pipeline.tables() == tables

    pipeline.land_sample_day("2025-09-01")
    pipeline.run("2025-09-01", "2025-09-02")
    counts = [row["count"] for row in usage(service_url)["by_channel"]]
    assert usage(service_url)["billed_seconds"] > billed
    assert set(counts) == {1}, "some channel was billed more than once"
    days = pipeline.query("select call_date, count(*) from calls where status = 'ok' group by all order by all")
    assert [day for day, _ in days] == [dt.date(2025, 9, 1), dt.date(2025, 9, 2)]
    by_ledger = pipeline.query("select sum(billed_s) from transcription_tasks")[0][0]
    assert by_ledger == usage(service_url)["billed_seconds"], "our count of billed seconds is not the service's"


def test_a_call_that_left_the_landing_zone_keeps_its_transcript(pipeline: Pipeline, service_url: str) -> None:
    pipeline.land_sample_day("2025-09-01")
    pipeline.run("2025-09-01")
    tables = pipeline.tables()
    gone = next(pipeline.landing.glob("2025-09-01/c0101.*[!n]"))
    gone.unlink()
    pipeline.run("2025-09-01")
    assert pipeline.tables() == tables


def test_both_channels_in_one_task_give_the_same_tables(pipeline: Pipeline, service_url: str) -> None:
    pipeline.land_sample_day("2025-09-01")
    pipeline.run("2025-09-01")
    separate, billed = pipeline.tables(), usage(service_url)["billed_seconds"]
    tasks = pipeline.query("select count(distinct task_id), count(*) from transcription_tasks")[0]
    assert tasks[0] == tasks[1]

    together = Pipeline(
        pipeline.home.with_name("together"), pipeline.landing, service_url, {"QA_CHANNELS_PER_TASK": "together"}
    )
    together.run("2025-09-01")
    tasks = together.query("select count(distinct task_id), count(*) from transcription_tasks")[0]
    assert tasks == (11, 20), "nine calls with both channels in a task, and two of which only one channel is sent"
    assert together.tables() == separate
    assert usage(service_url)["billed_seconds"] == 2 * billed
