"""A day whose steps are done by machines in turn, and in shards: the same tables as one machine makes, and nothing more
is paid."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import pytest

from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.assets.sharded.acoustics import acoustics
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.settings import load_settings
from qa_pipeline.sharding.day_warehouse import DayWarehouse
from qa_pipeline.sharding.opening import open_days
from qa_pipeline.warehouse.database import Warehouse
from tests.object_storage.storage import KEYS
from tests.pipeline import steps as embedded
from tests.pipeline.harness import COMPARED, GOLDEN_DAY, LONG_AGO, Pipeline
from tests.serving import SAMPLES
from tests.sharding.machines import Shared
from tests.warehouse.building import DAY_1


class Machines:
    """Machines with homes of their own that run the steps of a day in turn."""

    def __init__(self, shared: Shared, landing: Path, base_url: str) -> None:
        self.shared = shared
        settings = KEYS | {
            "QA_OPERATIONS_URL": shared.url,
            "QA_LAKE": f"s3://{shared.bucket}/lake",
            "QA_RAW_BUCKET": f"s3://{shared.bucket}/raw",
            "QA_BUCKET_ENDPOINT": shared.storage.url,
            "QA_SHARDS_PER_DAY": "3",
        }
        self.pipelines = [
            Pipeline(shared.folder / name, landing, base_url, dict(settings)) for name in ("one", "two", "three")
        ]
        self._turn = 0

    def next(self) -> Pipeline:
        """The machine whose turn it is."""
        self._turn += 1
        return self.pipelines[self._turn % len(self.pipelines)]

    def run(self, *steps: dg.AssetsDefinition, day: str = GOLDEN_DAY) -> list[dg.ExecuteInProcessResult]:
        """Each step on another machine."""
        return [materialize(self.next(), step, day=day) for step in steps]

    def days(self, pipeline: Pipeline) -> DayWarehouse:
        with mock.patch.dict(os.environ, pipeline.environment, clear=True):
            return open_days(load_settings(), self.shared.engine, [DAY_1])

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of the day, as the machine whose turn it is sees them."""
        pipeline = self.next()
        with mock.patch.dict(os.environ, pipeline.environment, clear=True):
            return tables_of(self.days(pipeline))


def materialize(pipeline: Pipeline, step: dg.AssetsDefinition, day: str = GOLDEN_DAY) -> dg.ExecuteInProcessResult:
    resources = {
        "settings": SettingsResource(),
        "warehouse": WarehouseResource(),
        "operations": OperationsResource(),
    }
    with mock.patch.dict(os.environ, pipeline.environment, clear=True):
        return dg.materialize([step], partition_key=day, resources=resources)


def tables_of(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    with warehouse.reading() if isinstance(warehouse, DayWarehouse) else warehouse.transaction() as connection:
        return {
            table: connection.execute(f"select {columns} from {table} order by all").fetchall()
            for table, columns in COMPARED.items()
        }


def land(folder: Path, *names: str) -> None:
    """Sample calls with their metadata, as they lay there for days."""
    (folder / GOLDEN_DAY).mkdir(parents=True, exist_ok=True)
    for path in sorted((SAMPLES / GOLDEN_DAY).iterdir()):
        if path.name.startswith(names) and not path.name.endswith(".transcript.json"):
            target = folder / GOLDEN_DAY / path.name
            target.write_bytes(path.read_bytes())
            os.utime(target, (LONG_AGO, LONG_AGO))


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    land(folder, "c0101", "c0104", "c0108", "c0190", "c0191")
    broken = folder / GOLDEN_DAY / "c0199.wav"
    broken.write_bytes((SAMPLES / GOLDEN_DAY / "c0190.wav").read_bytes()[:20_000])
    os.utime(broken, (LONG_AGO, LONG_AGO))
    return folder


@pytest.fixture
def machines(shared: Shared, landing: Path, service_url: str) -> Machines:
    return Machines(shared, landing, service_url)


def test_sound_is_measured_in_shards_and_registered_as_on_one_machine(
    machines: Machines, landing: Path, service_url: str, tmp_path: Path
) -> None:
    one = Pipeline(tmp_path / "alone", landing, service_url)
    embedded.run_steps(one, GOLDEN_DAY, only=embedded.STEPS[:2])
    _, result = machines.run(calls, acoustics)
    assert machines.tables() == tables_of(Warehouse(one.home / "warehouse.duckdb"))
    [event] = result.asset_materializations_for_node("acoustics.register_acoustics")
    assert event.metadata["calls_measured"].value == 6
    assert {check.check_name for check in result.get_asset_check_evaluations()} == {"recordings_are_without_defects"}
    before = machines.shared.keys()
    _, again = machines.run(calls, acoustics)
    [event] = again.asset_materializations_for_node("acoustics.register_acoustics")
    assert event.metadata["calls_measured"].value == 0
    assert machines.shared.keys() == before
