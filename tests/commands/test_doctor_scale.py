"""What doctor says of a lake and of workers."""

from __future__ import annotations

import socket
from pathlib import Path

import psycopg
import pytest

from qa_pipeline.commands.doctor.findings import Level
from qa_pipeline.commands.doctor.scale import broker, lake, workers
from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.publishing import publish_to_lake
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.snapshots import SnapshotInfo
from qa_pipeline.workers.queues import QUEUES, SOUND
from qa_pipeline.workers.register import WORKER, registered, this_program
from qa_pipeline.workers.tables import make_tables, open_tables
from tests.lake.conftest import lake_settings, place, servers
from tests.warehouse.building import DAY_1, call_rows, put

__all__ = ["lake_settings", "place", "servers"]
SECRET = "not-to-be-seen"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_without_a_lake_and_workers_nothing_is_said() -> None:
    assert [*lake(Settings()), *broker(Settings()), *workers(Settings())] == []


@pytest.mark.process
def test_a_lake_is_opened_as_readers_do_and_a_role_that_may_write_is_warned_of(
    lake_settings: Settings, place: LakePlace, tmp_path: Path
) -> None:
    extensions, opened = lake(lake_settings)
    assert (extensions.level, "ducklake for DuckDB 1." in extensions.detail) == (Level.OK, True)
    assert (opened.level, "nothing is published yet" in opened.detail) == (Level.OK, True)
    warehouse = Warehouse(tmp_path / "other" / "warehouse.duckdb")
    warehouse.path.parent.mkdir()
    put(warehouse, call_rows("a", DAY_1))
    publish_to_lake(place, warehouse.path, [DAY_1], SnapshotInfo("a run", "local", "0"), minimum_n=5)
    with_role = lake_settings.model_copy(update={"lake_catalog": place.catalog_url})
    _, role, opened = lake(with_role)
    assert (role.level, "may write the lake's catalog" in role.detail) == (Level.WARN, True)
    assert (opened.level, "can be read" in opened.detail) == (Level.OK, True)
    reader = place.catalog_url.replace("qa@", f"nobody:{SECRET}@")
    _, role, opened = lake(with_role.model_copy(update={"lake_catalog": reader}))
    assert (role.level, opened.level) == (Level.FAIL, Level.FAIL)
    assert SECRET not in f"{role}{opened}"


def test_a_broker_that_is_away_is_said_without_its_password() -> None:
    url = f"amqp://qa:{SECRET}@127.0.0.1:{free_port()}//"
    [found] = broker(Settings().model_copy(update={"broker_url": url}))
    assert (found.level, "QA_BROKER_URL" in found.detail) == (Level.FAIL, True)
    assert SECRET not in f"{found}"


@pytest.mark.process
def test_each_queue_has_a_line_and_one_that_nobody_takes_fails(lake_settings: Settings, place: LakePlace) -> None:
    settings = lake_settings.model_copy(update={"broker_url": "amqp://127.0.0.1//"})
    [dagster] = workers(settings)
    assert (dagster.level, "not there yet" in dagster.detail) == (Level.WARN, True)
    engine = open_tables(settings)
    make_tables(engine, lambda: None)
    found = list(workers(settings))
    assert [finding.level for finding in found] == [Level.OK, *[Level.FAIL] * len(QUEUES)]
    assert f"qa-pipeline worker --queues {SOUND}" in found[1].fix
    with registered(engine, this_program(settings, WORKER, "one", [SOUND], 2)):
        found = list(workers(settings))
    assert found[1].detail == "queue sound: 1 worker alive, 2 steps at a time"
    engine.dispose()
    with psycopg.connect(place.catalog_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("drop schema dagster cascade")
    [dagster] = workers(settings)
    assert dagster.level is Level.WARN
