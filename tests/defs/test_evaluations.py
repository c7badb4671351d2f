"""Asset `evaluations`: what people evaluated is in tables and snapshots, whichever day changes, and metrics answer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from qa_pipeline.defs.assets.evaluations import evaluations
from qa_pipeline.defs.assets.published import published
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import CallRef
from qa_pipeline.warehouse.database import Warehouse
from tests.reviews.building import LEAD, store_in, submitted
from tests.warehouse.building import DAY_1, DAY_2, call_rows, put

RESOURCES = {
    "settings": SettingsResource(),
    "warehouse": WarehouseResource(),
    "operations": OperationsResource(),
}
CALL_A, CALL_B = CallRef("a", DAY_1, "a-1"), CallRef("b", DAY_2, "a-1")


class Home:
    """A home with two published days of one call each, and a store of evaluations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = Warehouse(folder / "warehouse.duckdb")
        self.reviews: Reviews = store_in(folder)

    def run(self, day: dt.date = DAY_2) -> Any:
        result = dg.materialize([evaluations, published], partition_key=day.isoformat(), resources=RESOURCES)
        [made] = result.asset_materializations_for_node("evaluations")
        return made.metadata

    def published(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str((self.folder / "qa.duckdb").resolve()), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def parts(self, table: str) -> set[str]:
        return {path.name for path in (self.folder / "published" / "parts" / table).glob("*.parquet")}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("QA_HOME", str(tmp_path))
    monkeypatch.setenv("QA_RECORDINGS", str(tmp_path / "landing"))
    monkeypatch.setenv("QA_CONFIG", str(tmp_path / "qa.toml"))
    (tmp_path / "qa.toml").touch()
    home = Home(tmp_path)
    for call in (CALL_A, CALL_B):
        put(home.warehouse, call_rows(call.call_id, call.call_date))
    for day in (DAY_1, DAY_2):
        home.run(day)
    return home


def test_what_changes_on_an_earlier_day_is_published_with_the_next_run_and_only_that_day_is_written(home: Home) -> None:
    saved = submitted(home.reviews, call=CALL_A)
    home.run()
    states = "select call_id, state, score, log_seq > 0 from evaluations order by all"
    assert home.published(states) == [("a", "submitted", pytest.approx(91.667, abs=0.001), True)]
    assert home.published("from scores_daily") == [], "nobody has released it"
    calls = home.parts("calls")
    home.reviews.release(LEAD, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())
    home.run()
    assert [row[1] for row in home.published(states)] == ["released"]
    assert home.parts("calls") == calls
    assert home.published("select call_date, dimension, key, n from scores_daily order by all") == [
        (DAY_1, "agent", "a-1", 1), (DAY_1, "all", "all", 1), (DAY_1, "queue", "unknown", 1),
        (DAY_1, "team", "unknown", 1),
    ]  # fmt: skip
