"""Lists that are of no day, on machines that share days: people.csv is read by whoever publishes, and outcomes are
taken of the calls of a run's own days."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import dagster as dg
import pytest

from qa_pipeline.defs.assets.outcomes import outcomes
from qa_pipeline.defs.assets.published import published
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.lake.place import lake_to_write
from qa_pipeline.lake.reading import let_go_of_all, open_lake
from qa_pipeline.settings import load_settings
from qa_pipeline.sharding.opening import open_days
from tests.object_storage.storage import KEYS
from tests.pipeline.harness import Pipeline
from tests.sharding.machines import Shared
from tests.warehouse.building import DAY_1, DAY_2, call_rows, put

pytestmark = pytest.mark.process


@pytest.fixture
def machine(shared: Shared, tmp_path: Path) -> Pipeline:
    (tmp_path / "landing").mkdir()
    settings = KEYS | {
        "QA_OPERATIONS_URL": shared.url,
        "QA_LAKE": f"s3://{shared.bucket}/lake",
        "QA_RAW_BUCKET": f"s3://{shared.bucket}/raw",
        "QA_BUCKET_ENDPOINT": shared.storage.url,
    }
    return Pipeline(tmp_path / "home", tmp_path / "landing", "http://127.0.0.1:1/api/v1", settings)


def run(machine: Pipeline, step: dg.AssetsDefinition, day: str = "2025-09-01") -> dg.ExecuteInProcessResult:
    resources = {"settings": SettingsResource(), "warehouse": WarehouseResource()}
    with mock.patch.dict(os.environ, machine.environment, clear=True):
        return dg.materialize([step], partition_key=day, resources=resources)


def published_teams(machine: Pipeline) -> list[tuple[str, str]]:
    run(machine, published)
    with mock.patch.dict(os.environ, machine.environment, clear=True):
        opened = open_lake(lake_to_write(load_settings()), alone=True)
    try:
        return opened.database.execute("select agent_id, team from agents").fetchall()
    finally:
        opened.close()
        let_go_of_all()


def test_a_list_of_people_that_is_deleted_goes_and_one_with_a_fault_does_not(machine: Pipeline) -> None:
    listed = machine.landing / "people.csv"
    listed.write_text("agent_id,team\nA1,North\n")
    assert published_teams(machine) == [("A1", "North")]
    listed.write_text("agent_id,team\nA1,South\nA1,East\n")
    assert published_teams(machine) == [("A1", "North")]
    listed.unlink()
    assert published_teams(machine) == []


def test_calls_of_other_days_are_not_called_unknown_and_their_days_are_to_be_run(
    machine: Pipeline, shared: Shared
) -> None:
    with mock.patch.dict(os.environ, machine.environment, clear=True):
        for day, call_id in ((DAY_1, "a"), (DAY_2, "b")):
            put(open_days(load_settings(), shared.engine, [day]), call_rows(call_id, day))
    (machine.landing / "outcomes.csv").write_text("call_id,csat\na,5\nb,4\n")
    [made] = run(machine, outcomes).asset_materializations_for_node("outcomes")
    assert "calls_not_known" not in made.metadata
    assert made.metadata["calls_of_other_days"].value == 1
    [note] = made.metadata["notes"].value  # type: ignore[misc]
    assert note.startswith("1 of the listed calls are not of the days of this run. To take what is new of them, run ")
    [made] = run(machine, outcomes, "2025-09-02").asset_materializations_for_node("outcomes")
    assert (made.metadata["changed"].value, made.metadata["calls_of_other_days"].value) == (1, 1)
