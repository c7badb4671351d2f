"""Asset `evaluations`: what people evaluated is in tables and snapshots, whichever day changes, and metrics answer."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from qa_pipeline.defs.assets.evaluations import evaluations
from qa_pipeline.defs.assets.published import published
from qa_pipeline.defs.assets.rules import rule_tables
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import CallRef
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.day_rows import delete_days
from qa_pipeline.warehouse.snapshots import SnapshotInfo, forget_days, publish
from tests.reviews.building import LEAD, OTHER_EVALUATOR, drafted, store_in, submitted
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

    def materialize(self, day: dt.date) -> dg.ExecuteInProcessResult:
        return dg.materialize([evaluations, published], partition_key=day.isoformat(), resources=RESOURCES)

    def run(self, day: dt.date = DAY_2) -> Mapping[str, Any]:
        [made] = self.materialize(day).asset_materializations_for_node("evaluations")
        return made.metadata

    def ruled(self) -> dg.ExecuteInProcessResult:
        """Applies the rules to the first day, and what is made of them."""
        made = ["rule_outcomes", "rule_hits", "evaluations", "published"]
        return dg.materialize(
            [rule_tables, evaluations, published], selection=made, partition_key=DAY_1.isoformat(), resources=RESOURCES
        )

    def published(self, sql: str) -> list[tuple[Any, ...]]:
        with open_newest(self.folder / "qa.duckdb", "UTC") as snapshot:
            return snapshot.tuples(sql)

    def parts(self, table: str) -> set[str]:
        return {path.name for path in (self.folder / "published" / "parts" / table).glob("*.parquet")}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with both days published, before anybody has evaluated anything."""
    folder = tmp_path_factory.mktemp("begun")
    warehouse = Warehouse(folder / "warehouse.duckdb")
    for call in (CALL_A, CALL_B):
        put(warehouse, call_rows(call.call_id, call.call_date))
    note = SnapshotInfo(run_id="r", engine="local", pipeline_version="0")
    publish(warehouse.path, folder / "qa.duckdb", [DAY_1, DAY_2], note, keep=1, minimum_n=5)
    return folder


@pytest.fixture
def home(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    folder = shutil.copytree(begun, tmp_path / "home", symlinks=True)
    monkeypatch.setenv("QA_HOME", str(folder))
    monkeypatch.setenv("QA_RECORDINGS", str(tmp_path / "landing"))
    monkeypatch.setenv("QA_CONFIG", str(folder / "qa.toml"))
    (folder / "qa.toml").touch()
    return Home(folder)


STATES = "select call_id, state from evaluations order by all"


@pytest.mark.whole_run
def test_what_changes_on_an_earlier_day_is_published_with_the_next_run_and_only_that_day_is_written(home: Home) -> None:
    saved = submitted(home.reviews, call=CALL_A)
    drafted(home.reviews, call=CALL_B)
    home.run()
    assert home.published("select call_id, state, round(score, 1), log_seq > 0 from evaluations order by all") == [
        ("a", "submitted", 91.7, True), ("b", "draft", None, True),
    ]  # fmt: skip
    assert home.published("select distinct call_id from evaluation_answers") == [("a",)], "a draft's are nobody's"
    kinds = "select call_id, kind, count(*) from evaluation_events group by all order by all"
    assert home.published(kinds) == [
        ("a", "answer_given", 5), ("a", "evaluation_started", 1), ("a", "submitted", 1), ("b", "evaluation_started", 1),
    ]  # fmt: skip
    assert home.published("from scores_daily") == [], "nobody has released it"
    calls, of_day_2 = home.parts("calls"), {name for name in home.parts("evaluations") if str(DAY_2) in name}
    home.reviews.release(LEAD, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())
    assert home.run()["changed"].value == 1
    assert home.published(STATES) == [("a", "released"), ("b", "draft")]
    assert home.parts("calls") == calls
    assert of_day_2 <= home.parts("evaluations")
    assert home.published("select call_date, dimension, key, n from scores_daily order by all") == [
        (DAY_1, "agent", "a-1", 1), (DAY_1, "all", "all", 1), (DAY_1, "queue", "unknown", 1),
        (DAY_1, "team", "unknown", 1),
    ]  # fmt: skip
    [(seq, digest)] = home.published("select log_seq, log_hash from evaluations_read")
    assert (seq, len(digest)) == (home.reviews.head(), 64)
    assert home.run()["changed"].value == 0, "nothing is read twice"


@pytest.mark.whole_run
def test_what_people_did_stays_as_it_is_where_a_run_finds_the_same(home: Home) -> None:
    saved = submitted(home.reviews, call=CALL_A)
    drafted(home.reviews, call=CALL_B)
    loaded = "select call_id, state, loaded_at from evaluations order by all"
    assert home.run(DAY_1)["of_these_days"].value == 1
    [first, draft] = home.published(loaded)
    parts = home.parts("evaluation_answers")
    assert home.run(DAY_1)["of_these_days"].value == 1
    assert home.published(loaded) == [first, draft]
    assert home.parts("evaluation_answers") == parts
    home.reviews.release(LEAD, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())
    home.run(DAY_1)
    [released, still_draft] = home.published(loaded)
    assert (released[1], released[2] > first[2], still_draft) == ("released", True, draft)


@pytest.mark.whole_run
def test_a_call_that_moved_takes_what_people_evaluated_along(home: Home) -> None:
    submitted(home.reviews, call=CALL_A)
    home.run(DAY_1)
    with home.warehouse.transaction() as connection:
        for table in ("calls", "call_channels"):
            connection.execute(f"update {table} set call_date = $day where call_id = 'a'", {"day": DAY_2})
    assert home.run(DAY_1)["of_these_days"].value == 0
    assert home.run(DAY_2)["of_these_days"].value == 1
    for table in ("evaluations", "evaluation_answers", "evaluation_events"):
        assert home.published(f"select distinct call_id, call_date from {table}") == [("a", DAY_2)], table


@pytest.mark.whole_run
def test_an_older_copy_of_the_store_takes_its_evaluations_back_from_every_day(home: Home) -> None:
    submitted(home.reviews, call=CALL_A)
    store = home.folder / "operations.sqlite"
    copy(store, home.folder / "older.sqlite")
    submitted(home.reviews, OTHER_EVALUATOR, call=CALL_A)
    submitted(home.reviews, call=CALL_B)
    home.run()
    assert home.published(STATES) == [("a", "submitted"), ("a", "submitted"), ("b", "submitted")]
    home.reviews.engine.dispose()
    for leftover in ("-wal", "-shm"):
        Path(f"{store}{leftover}").unlink(missing_ok=True)
    shutil.copy(home.folder / "older.sqlite", store)
    home.run()
    assert home.published(STATES) == [("a", "submitted")]


@pytest.mark.whole_run
def test_days_that_are_forgotten_take_their_evaluations_along_and_do_not_bring_them_back(home: Home) -> None:
    submitted(home.reviews, call=CALL_A)
    submitted(home.reviews, call=CALL_B)
    home.run()
    with home.warehouse.transaction() as connection:
        assert delete_days(connection, [DAY_1])["evaluation_answers"] == 6
    assert forget_days(home.folder / "qa.duckdb", [DAY_1], keep=1)
    assert home.published(STATES) == [("b", "submitted")]
    submitted(home.reviews, OTHER_EVALUATOR, call=CALL_A)
    home.run()
    for table in ("evaluations", "evaluation_answers", "evaluation_events"):
        assert home.published(f"select distinct call_id from {table}") == [("b",)], table


@pytest.mark.whole_run
def test_a_card_with_a_fault_is_named_and_keeps_nothing_back(home: Home) -> None:
    folder = home.folder / "scorecards"
    folder.mkdir()
    (folder / "faulty.yaml").write_text("scorecard: x\n")
    (folder / "good.yaml").write_text(
        "scorecard: by-metrics\ntitle: By metrics\nscoring: points\nsections:\n  - id: s\n    title: S\n"
        "    questions:\n      - {id: q, text: Dead air, type: number, answered_by: {metric: dead_air_s}, "
        "bands: [{below: 5, points: 1}, {at_least: 5, points: 0}]}\n"
    )
    result = home.materialize(DAY_1)
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert checks == {"the_cards_were_taken": False, "evaluations_are_whole": True}
    assert home.published("select call_id, evaluation_type, reason is not null from evaluations") == [
        ("a", "machine", True)
    ]
    assert home.published("select question_id, answer_kind, source, actor from evaluation_answers") == [
        ("q", "cannot_tell", "metric", "dead_air_s")
    ]
    assert home.published("select scorecard_id, answered_by, len(options) from scorecard_questions") == [
        ("by-metrics", "dead_air_s", 2)
    ]


@pytest.mark.whole_run
def test_rules_answer_and_a_changed_rule_answers_anew(home: Home) -> None:
    rules, cards = home.folder / "rules", home.folder / "scorecards"
    rules.mkdir()
    cards.mkdir()
    rule = "id: greeting\ntitle: Greets\ncondition: {phrases: {any: [%s]}, role: agent}\n"
    (rules / "greeting.yaml").write_text(rule % "words of", encoding="utf-8")
    (cards / "by-rules.yaml").write_text(
        "scorecard: by-rules\ntitle: By rules\nscoring: points\nsections:\n  - id: s\n    title: S\n    questions:\n"
        "      - {id: q, text: Greeted, options: [{id: yes, text: Yes, points: 1}, "
        "{id: no, text: No, auto_fail: card}], answered_by: {rules: [{rule: greeting, outcome: hit, answer: yes}, "
        "{rule: greeting, outcome: miss, answer: no}]}}\n"
    )
    made = "select answer, source, actor, content_hash, len(evidence) from evaluation_answers"
    scores = "select score, failed_by, machine_version from evaluations"
    home.ruled()
    [(answer, *by, version, places)] = home.published(made)
    assert (answer, by, places) == ("yes", ["rule", "greeting"], 1)
    assert home.published("select rule_version from rule_outcomes where call_id = 'a'") == [(version,)]
    [(score, failed_by, machine)] = home.published(scores)
    assert (score, failed_by) == (100.0, [])
    (rules / "greeting.yaml").write_text(rule % "再见", encoding="utf-8")
    home.ruled()
    [(answer, *by, other, places)] = home.published(made)
    assert (answer, by, places) == ("no", ["rule", "greeting"], 0)
    [(score, failed_by, machine_now)] = home.published(scores)
    assert (score, failed_by) == (0.0, ["q"])
    assert version != other
    assert machine != machine_now
    (rules / "greeting.yaml").unlink()
    result = home.ruled()
    assert home.published("select answer_kind, reason from evaluation_answers") == [
        ("cannot_tell", "the rule greeting was not applied to the call")
    ]
    [check] = [each for each in result.get_asset_check_evaluations() if each.check_name == "the_cards_were_taken"]
    assert not check.passed
    assert "which rules/ does not have" in str(check.metadata["faults"])


def copy(store: Path, target: Path) -> None:
    """A copy of a SQLite store, with what is in its log of changes."""
    with sqlite3.connect(store) as source, sqlite3.connect(target) as copied:
        source.backup(copied)
    source.close()
    copied.close()
