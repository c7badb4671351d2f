"""Asset `sampling_draws`: what runs draw, bring into the table and publish."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine

from qa_pipeline.defs.assets.sampling_draws import sampling_draws
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.reviews.rights import PIPELINE
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.warehouse.database import Warehouse
from tests.warehouse.building import DAY_1, DAY_2, DAY_3, call_rows, put, read, snapshot

RESOURCES = {
    "settings": SettingsResource(),
    "warehouse": WarehouseResource(),
    "operations": OperationsResource(),
}
PLANS = """plans:
  - plan: daily
    scorecard: service
    period: day
    effective_from: 2025-09-01
    seed: 1
    strata: {by: [queue], take: 2}
"""
SHOWN = "select call_date, call_id, stratum_calls, inclusion_probability from sampling_draws order by all"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def warehouse(home: Path) -> Warehouse:
    return Warehouse(home / "warehouse.duckdb")


@pytest.fixture
def operations(home: Path) -> Engine:
    return open_operations(f"sqlite:///{home / 'operations.sqlite'}")


def run(day: dt.date) -> dg.ExecuteInProcessResult:
    return dg.materialize([sampling_draws], partition_key=day.isoformat(), resources=RESOURCES)


def land(warehouse: Warehouse, day: dt.date, *numbers: int) -> None:
    put(warehouse, *(call_rows(f"{day:%d}-{number}", day, queue="billing", agent_id="a-1") for number in numbers))


@pytest.mark.thorough  # a whole run in the process; draws alone: tests/drawing
def test_a_run_draws_its_days_and_publishes_what_was_drawn(
    home: Path, warehouse: Warehouse, operations: Engine
) -> None:
    (home / "sampling.yaml").write_text(PLANS, encoding="utf-8")
    land(warehouse, DAY_1, *range(8))
    land(warehouse, DAY_2, *range(4))
    run(DAY_1)
    snapshot(warehouse, DAY_1, DAY_2)
    shown = read(home / "qa.duckdb", SHOWN)
    assert [(day, calls, probability) for day, _, calls, probability in shown] == [(DAY_1, 8, 0.25)] * 2
    tasks = Reviews(operations).tasks(PIPELINE)
    assert {task.call.call_id for task in tasks} == {call_id for _, call_id, *_ in shown}
    assert {task.sample_id for task in tasks} == {f"daily/2025-09-01/{call_id}" for _, call_id, *_ in shown}
    run(DAY_1)
    with warehouse.transaction() as connection:
        assert connection.execute(SHOWN).fetchall() == shown
    assert len(Reviews(operations).tasks(PIPELINE)) == 2


@pytest.mark.whole_run
def test_what_was_drawn_by_hand_is_published_with_the_next_run_of_any_day(home: Path, warehouse: Warehouse) -> None:
    (home / "sampling.yaml").write_text(PLANS, encoding="utf-8")
    land(warehouse, DAY_1, *range(8))
    snapshot(warehouse, DAY_1)
    land(warehouse, DAY_2, 1)
    run(DAY_1)
    with warehouse.transaction() as connection:
        connection.execute("delete from sampling_draws")
    (home / "sampling.yaml").unlink()
    run(DAY_2)
    snapshot(warehouse, DAY_2)
    assert [day for day, *_ in read(home / "qa.duckdb", SHOWN)] == [DAY_1] * 2


def test_a_call_that_moved_takes_its_draw_along_and_one_that_is_gone_is_in_no_table(
    home: Path, warehouse: Warehouse
) -> None:
    (home / "sampling.yaml").write_text(PLANS, encoding="utf-8")
    land(warehouse, DAY_1, 1, 2)
    run(DAY_1)
    with warehouse.transaction() as connection:
        connection.execute("update calls set call_date = ? where call_id = '01-1'", [DAY_3])
        connection.execute("delete from calls where call_id = '01-2'")
    select = "select call_date, call_id, period from sampling_draws order by call_id, period"
    for day in (DAY_3, DAY_3, DAY_1, DAY_3):
        run(day)
        with warehouse.transaction() as connection:
            found = connection.execute(select).fetchall()
        assert found[:2] == [(DAY_3, "01-1", "2025-09-01"), (DAY_3, "01-1", "2025-09-03")], "drawn for both days"
    assert len(found) == 2


def test_plans_with_a_fault_draw_nothing_and_fail_their_check_alone(home: Path, warehouse: Warehouse) -> None:
    (home / "sampling.yaml").write_text(PLANS.replace("take: 2", "take: none"), encoding="utf-8")
    land(warehouse, DAY_1, 1)
    result = run(DAY_1)
    [check] = result.get_asset_check_evaluations()
    assert (result.success, check.passed) == (True, False)
    assert "line 7: take" in str(check.metadata["faults"].value)
    with warehouse.transaction() as connection:
        assert connection.execute("select count(*) from sampling_draws").fetchall() == [(0,)]


def test_without_plans_nothing_is_drawn(home: Path, warehouse: Warehouse, operations: Engine) -> None:
    land(warehouse, DAY_1, 1)
    assert run(DAY_1).success
    assert Reviews(operations).tasks(PIPELINE) == []
