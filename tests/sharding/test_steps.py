"""A day whose steps are done by machines in turn, and in shards: the same tables as one machine makes, and nothing more
is paid."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import os
import shutil
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import duckdb
import pytest

from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.assets.published import published
from qa_pipeline.defs.assets.sharded.acoustics import acoustics
from qa_pipeline.defs.assets.sharded.conversations import conversation_tables
from qa_pipeline.defs.assets.sharded.transcriptions import transcriptions
from qa_pipeline.defs.assets.sharded.transcripts import transcripts_and_sentences
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.lake.place import lake_to_write
from qa_pipeline.lake.reading import let_go_of_all, open_lake
from qa_pipeline.settings import load_settings
from qa_pipeline.sharding import conversations, reading, recognition, sound
from qa_pipeline.sharding.day_warehouse import DayWarehouse
from qa_pipeline.sharding.opening import open_days
from qa_pipeline.warehouse.database import Warehouse
from tests.object_storage.storage import KEYS
from tests.pipeline import steps as embedded
from tests.pipeline.harness import COMPARED, GOLDEN_DAY, LONG_AGO, Pipeline, charges, without
from tests.serving import SAMPLES
from tests.sharding.kill_trial import take_step
from tests.sharding.machines import Shared, table_of
from tests.warehouse.building import DAY_1, DAY_2

NEXT_DAY = DAY_2.isoformat()


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

    def tables(self, day: dt.date = DAY_1) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of a day, as the machine whose turn it is sees them."""
        with mock.patch.dict(os.environ, self.next().environment, clear=True):
            return tables_of(open_days(load_settings(), self.shared.engine, [day]))

    @contextmanager
    def lake(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """What is published."""
        with mock.patch.dict(os.environ, self.next().environment, clear=True):
            opened = open_lake(lake_to_write(load_settings()), alone=True)
            try:
                yield opened.database
            finally:
                opened.close()


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
def machines(shared: Shared, landing: Path, service_url: str) -> Iterator[Machines]:
    yield Machines(shared, landing, service_url)
    let_go_of_all()


STEPS = (calls, acoustics, transcriptions, transcripts_and_sentences, conversation_tables)


NAMES = ("calls", "acoustics", "transcriptions", "transcripts_and_sentences", "conversation_tables")
STABLE = {
    "usable", "quarantined_by_reason", "calls_measured", "channels_by_action", "notes", "channels_wanted",
    "channels_skipped", "channels_failed_by_code", "definition_version", "dagster/partition_row_count",
}  # fmt: skip
"""What is told of an asset that two machines tell alike."""


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """What Dagster was told of each asset."""
    return {
        event.asset_key.to_user_string(): {
            key: value.value for key, value in event.step_materialization_data.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }


def checks_of(results: Iterable[dg.ExecuteInProcessResult]) -> dict[tuple[str, str], bool]:
    return {
        (check.asset_key.to_user_string(), check.check_name): check.passed
        for result in results
        for check in result.get_asset_check_evaluations()
    }


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever there is to do is worth a shard."""
    for module in (sound, recognition, reading):
        monkeypatch.setattr(module, "SOUND_S_PER_SHARD", 0.1)
    monkeypatch.setattr(conversations, "SENTENCES_PER_SHARD", 1.0)


@pytest.mark.whole_run
@pytest.mark.usefixtures("small_shards")
def test_a_day_done_by_machines_in_turn_has_the_tables_of_one_and_is_paid_once(
    machines: Machines, landing: Path, service_url: str, tmp_path: Path
) -> None:
    before = charges(service_url)
    made = machines.run(*STEPS)
    paid = without(charges(service_url), before)
    assert {times for _, times in paid.values()} == {1}
    for step, name in zip(made[1:], NAMES[1:], strict=True):
        done = {event.step_key for event in step.all_events if event.is_step_success}
        assert len([key for key in done if key and key.startswith(f"{name}.{name}_shard[")]) == 3

    keys, tables = machines.shared.keys(), machines.tables()
    again = machines.run(*STEPS)
    assert without(charges(service_url), before) == paid
    assert machines.tables() == tables
    assert {table_of(key) for key in machines.shared.keys() - keys} <= {"calls"}  # whose statuses are found anew
    assert not [event for step in again for event in step.all_events if event.step_key and "_shard[" in event.step_key]

    alone = Pipeline(tmp_path / "alone", landing, service_url)
    expected = [materialize(alone, step) for step in embedded.STEPS]
    assert tables == tables_of(Warehouse(alone.home / "warehouse.duckdb"))
    assert checks_of(made) == checks_of(expected)
    for step, result in zip(made, expected, strict=True):
        for asset, facts in metadata_of(result).items():
            found = metadata_of(step)[asset]
            assert found.keys() == facts.keys()
            assert {key: found[key] for key in found.keys() & STABLE} == {
                key: facts[key] for key in facts.keys() & STABLE
            }


@pytest.mark.chaos  # states that come back from the lake, without runs: tests/sharding/test_day_warehouse.py
def test_days_whose_state_is_gone_are_taken_up_as_the_lake_has_them(
    machines: Machines, landing: Path, service_url: str
) -> None:
    before = charges(service_url)
    machines.run(*STEPS, published)
    tables, paid = machines.tables(), charges(service_url)
    assert machines.shared.states.forget(0.0) == [GOLDEN_DAY]
    shutil.rmtree(machines.next().home / "days")
    again = machines.run(*STEPS)
    assert metadata_of(again[1])["acoustics"]["calls_measured"] == 0
    assert machines.tables() == tables
    assert charges(service_url) == paid != before

    assert machines.shared.states.forget(0.0) == []  # of what the lake does not have yet
    machines.run(published)
    machines.shared.states.forget(0.0)
    sidecar = landing / GOLDEN_DAY / "c0101.json"
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | {"started_at": f"{NEXT_DAY}T09:00:00+08:00"}))
    machines.run(*STEPS, published, day=NEXT_DAY)
    assert charges(service_url) == paid
    assert [row[0] for row in machines.tables(DAY_2)["sentences"]][:1] == ["c0101"]
    assert "c0101" not in {row[0] for table in machines.tables().values() for row in table}
    with machines.lake() as lake:
        for table in ("calls", "sentences", "acoustics", "turns"):
            days = f"select distinct call_date::varchar from {table} where call_id = 'c0101'"
            assert lake.execute(days).fetchall() == [(NEXT_DAY,)], table


@pytest.mark.chaos
def test_machines_killed_between_writes_leave_a_day_that_ends_well(
    machines: Machines, landing: Path, service_url: str, tmp_path: Path
) -> None:
    for path in (landing / GOLDEN_DAY).iterdir():
        if not path.name.startswith(("c0104", "c0191")):
            path.unlink()
    before = charges(service_url)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.sharding.kill_trial"])
    kills = dict.fromkeys(NAMES, 0)
    for name in NAMES:
        while True:
            arguments = (machines.next().environment, name, GOLDEN_DAY, kills[name])
            machine = processes.Process(target=take_step, args=arguments)
            machine.start()
            machine.join()
            if machine.exitcode == 0:
                break
            assert machine.exitcode == -signal.SIGKILL
            kills[name] += 3  # of a write's two sides and its neighbour's, one each time
    assert all(kills.values()), kills
    assert {times for _, times in without(charges(service_url), before).values()} == {1}
    alone = Pipeline(tmp_path / "alone", landing, service_url)
    for step in embedded.STEPS:
        materialize(alone, step)
    assert machines.tables() == tables_of(Warehouse(alone.home / "warehouse.duckdb"))
