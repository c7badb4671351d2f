"""Lists that are of no day, on machines that share days: people.csv is read by whoever publishes, and outcomes are
taken of the calls of a run's own days."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import pytest

from qa_pipeline.definitions import defs
from qa_pipeline.defs.assets.evaluations import evaluations
from qa_pipeline.defs.assets.outcomes import outcomes
from qa_pipeline.defs.assets.published import published
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.defs.sensors import new_evaluations
from qa_pipeline.lake.place import lake_to_write
from qa_pipeline.lake.reading import let_go_of_all, open_lake
from qa_pipeline.reviews.store import open_reviews
from qa_pipeline.reviews.values import CallRef
from qa_pipeline.settings import load_settings
from qa_pipeline.sharding.opening import open_days
from tests.object_storage.storage import KEYS
from tests.pipeline.harness import Pipeline
from tests.reviews.building import OTHER_EVALUATOR, released
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
    resources = {
        "settings": SettingsResource(),
        "warehouse": WarehouseResource(),
        "operations": OperationsResource(),
    }
    with mock.patch.dict(os.environ, machine.environment, clear=True):
        return dg.materialize([step], partition_key=day, resources=resources)


def published_teams(machine: Pipeline) -> list[tuple[Any, ...]]:
    run(machine, published)
    return in_lake(machine, "select agent_id, team from agents")


def in_lake(machine: Pipeline, sql: str) -> list[tuple[Any, ...]]:
    with mock.patch.dict(os.environ, machine.environment, clear=True):
        opened = open_lake(lake_to_write(load_settings()), alone=True)
    try:
        return opened.database.execute(sql).fetchall()
    finally:
        opened.close()
        let_go_of_all()


@pytest.mark.chaos  # the rule alone: tests/lake/test_publishing.py
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


def test_evaluations_are_those_of_a_runs_own_days_and_the_sensor_asks_for_a_run_of_each_day_that_changed(
    machine: Pipeline, shared: Shared
) -> None:
    with mock.patch.dict(os.environ, machine.environment, clear=True):
        for day, call_id in ((DAY_1, "a"), (DAY_2, "b")):
            put(open_days(load_settings(), shared.engine, [day]), call_rows(call_id, day))
    reviews = open_reviews(shared.url)

    def bring(day: str) -> list[tuple[Any, ...]]:
        run(machine, evaluations, day)
        run(machine, published, day)
        return in_lake(machine, "select call_id, count(*) from evaluations_current group by all order by all")

    def asked(cursor: str | None) -> tuple[list[str], str | None]:
        with mock.patch.dict(os.environ, machine.environment, clear=True), dg.DagsterInstance.ephemeral() as instance:
            ticked = new_evaluations.evaluate_tick(
                dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=defs.get_repository_def())
            )
        return [str(request.partition_key) for request in ticked.run_requests or ()], ticked.cursor

    assert asked(None)[0] == []
    released(reviews, call=CallRef("a", DAY_1, "a-1"))
    released(reviews, call=CallRef("b", DAY_2, "a-1"))
    days, cursor = asked(None)
    assert days == ["2025-09-01", "2025-09-02"]
    assert asked(cursor) == ([], cursor)
    assert bring("2025-09-01") == [("a", 1)]
    assert bring("2025-09-02") == [("a", 1), ("b", 1)]
    released(reviews, OTHER_EVALUATOR, CallRef("a", DAY_1, "a-1"))
    assert asked(cursor)[0] == ["2025-09-01"]
    assert bring("2025-09-01") == [("a", 2), ("b", 1)]
    assert in_lake(machine, "select n, mean > 0 from scores_daily where dimension = 'all' order by all") == [
        (1, True), (2, True),
    ]  # fmt: skip
    assert in_lake(machine, "select count(distinct question_id) from scorecard_questions") == [(6,)]
    reviews.engine.dispose()
