"""Asset `outcomes`: what a run takes of the lists of its own days' folders, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from qa_pipeline.defs.assets.outcomes import outcomes
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.warehouse.database import Warehouse
from tests.warehouse.building import DAY_1, call_rows, put

RESOURCES = {"settings": SettingsResource(), "warehouse": WarehouseResource()}


def test_a_rerun_of_an_earlier_day_keeps_what_came_late_and_a_list_that_cannot_be_read_empties_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = tmp_path / "landing" / "2025-09-05" / "outcomes.csv"
    late.parent.mkdir(parents=True)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QA_RECORDINGS", str(tmp_path / "landing"))
    warehouse = Warehouse(tmp_path / "home" / "warehouse.duckdb")
    put(warehouse, call_rows("a", DAY_1))

    def run(day: str) -> list[tuple[str, float]]:
        dg.materialize([outcomes], partition_key=day, resources=RESOURCES)
        with warehouse.transaction() as connection:
            return connection.execute("select name, value from outcomes order by all").fetchall()

    late.write_text("call_id,csat\na,5\n")
    assert run("2025-09-05") == [("csat", 5.0)]
    assert run("2025-09-01") == [("csat", 5.0)]
    own = tmp_path / "landing" / "outcomes.csv"
    own.write_text("call_id,resolved\na,yes\n")
    assert run("2025-09-01") == [("csat", 5.0), ("resolved", 1.0)]
    own.write_text("")
    assert run("2025-09-01") == [("csat", 5.0), ("resolved", 1.0)]
    own.unlink()
    assert run("2025-09-01") == [("csat", 5.0)]
