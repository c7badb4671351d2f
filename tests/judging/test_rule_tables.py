"""Assets `rule_outcomes` and `rule_hits`: filled by the rules of the project by day, and kept where these are wrong."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from qa_pipeline.defs.assets.daily import daily_marts
from qa_pipeline.defs.assets.rules import rule_tables
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.warehouse.database import Warehouse
from tests.own_settings import begin_project
from tests.warehouse.building import DAY_1, DAY_2, call_rows, put

RULE = "id: greeting\ntitle: Greets\nseverity: low\ncondition:\n  phrases: {any: [您好]}\n  role: agent\n"


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """Two days of calls, and a project with one rule."""
    for name in [name for name in os.environ if name.startswith("QA_")]:
        monkeypatch.delenv(name)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "greeting.yaml").write_text(RULE, encoding="utf-8")
    begin_project(monkeypatch, tmp_path)
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    opened = Warehouse(SettingsResource().load().warehouse_path)
    calls = [
        call_rows("a", DAY_1, text="您好，请讲。", queue="billing", agent_id="a-1"),
        call_rows("b", DAY_1, text="喂？", queue="billing", agent_id="a-1"),
        call_rows("c", DAY_2, text="您好。"),
    ]
    for rows in calls:
        del rows["rule_outcomes"], rows["rule_hits"]
    put(opened, *calls)
    return opened


def run(day: object) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [rule_tables, daily_marts],
        selection=["rule_outcomes", "rule_hits", "rules_daily"],
        partition_key=str(day),
        resources={"settings": SettingsResource(), "warehouse": WarehouseResource()},
    )


def rows(warehouse: Warehouse, query: str) -> list[tuple[object, ...]]:
    with warehouse.transaction() as connection:
        return connection.execute(query).fetchall()


OUTCOMES = "select call_id, rule_id, outcome, reason, hit_count from rule_outcomes order by all"


def test_a_day_has_an_outcome_of_every_rule_in_every_call_with_its_evidence(warehouse: Warehouse) -> None:
    run(DAY_1)
    assert rows(warehouse, OUTCOMES) == [
        ("a", "greeting", "hit", None, 1),
        ("b", "greeting", "miss", None, 0),
    ]
    assert rows(warehouse, "select call_id, role, sentence_id, begin_char, end_char, evidence from rule_hits") == [
        ("a", "agent", 0, 0, 2, "您好")
    ]
    found = "select dimension, key, calls, hits, misses, hit_rate, round(ci_low, 3), round(ci_high, 3) from rules_daily"
    assert rows(warehouse, f"{found} order by all") == [
        ("agent", "a-1", 2, 1, 1, 0.5, 0.095, 0.905),
        ("all", "all", 2, 1, 1, 0.5, 0.095, 0.905),
        ("queue", "billing", 2, 1, 1, 0.5, 0.095, 0.905),
    ]


def test_a_changed_rule_replaces_the_rows_of_the_days_that_are_run(warehouse: Warehouse, tmp_path: Path) -> None:
    run(DAY_1)
    run(DAY_2)
    (tmp_path / "rules" / "greeting.yaml").write_text(RULE.replace("您好", "喂"), encoding="utf-8")
    run(DAY_1)
    assert rows(warehouse, OUTCOMES) == [
        ("a", "greeting", "miss", None, 0),
        ("b", "greeting", "hit", None, 1),
        ("c", "greeting", "hit", None, 1),
    ]
    assert rows(warehouse, "select count(distinct rule_version) from rule_outcomes") == [(2,)]


def test_what_comes_to_the_same_keeps_the_time_when_it_was_written(warehouse: Warehouse, tmp_path: Path) -> None:
    written = "select call_id, loaded_at from rule_outcomes order by all"
    run(DAY_1)
    before = rows(warehouse, written)
    run(DAY_1)
    assert rows(warehouse, written) == before
    (tmp_path / "rules" / "greeting.yaml").write_text(RULE.replace("Greets", "Says hello"), encoding="utf-8")
    run(DAY_1)
    assert not set(before) & set(rows(warehouse, written)), "a rule of another title is another version"


def test_rules_with_a_fault_change_nothing_and_the_check_says_which(warehouse: Warehouse, tmp_path: Path) -> None:
    run(DAY_1)
    before = rows(warehouse, OUTCOMES)
    (tmp_path / "rules" / "other.yaml").write_text("id: other\ntitle: Other\n", encoding="utf-8")
    result = run(DAY_1)
    assert rows(warehouse, OUTCOMES) == before
    [taken] = [check for check in result.get_asset_check_evaluations() if check.check_name == "the_rules_were_taken"]
    assert not taken.passed
    assert "other.yaml, line 1: condition: it is missing" in str(taken.metadata["faults"].value)


def test_a_project_without_rules_has_no_rows(warehouse: Warehouse, tmp_path: Path) -> None:
    run(DAY_1)
    (tmp_path / "rules" / "greeting.yaml").unlink()
    run(DAY_1)
    assert rows(warehouse, OUTCOMES) == []


def test_a_fault_does_not_keep_the_outcomes_of_calls_that_are_gone(warehouse: Warehouse, tmp_path: Path) -> None:
    """Else the figures of the day would not add up, and a slip in a rule would hold its publication."""
    more = [call_rows(name, DAY_1, text="您好。") for name in ("moved", "pending", "deleted", "aside")]
    for each in more:
        del each["rule_outcomes"], each["rule_hits"]
    put(warehouse, *more)
    run(DAY_1)
    run(DAY_2)
    with warehouse.transaction() as connection:
        connection.execute("update calls set call_date = ? where call_id in ('moved', 'c')", [DAY_2])
        connection.execute("update calls set status = 'pending' where call_id = 'pending'")
        connection.execute("update calls set status = 'quarantined' where call_id = 'aside'")
        connection.execute("delete from calls where call_id = 'deleted'")
    (tmp_path / "rules" / "greeting.yaml").write_text(RULE + "serverity: high\n", encoding="utf-8")
    result = run(DAY_1)
    assert [check.check_name for check in result.get_asset_check_evaluations() if not check.passed] == [
        "the_rules_were_taken"
    ]
    assert rows(warehouse, "select call_id from rule_outcomes order by all") == [("a",), ("b",), ("c",)]
    assert rows(warehouse, "select call_id from rule_hits order by all") == [("a",), ("c",)]


def test_a_call_that_moved_to_a_day_leaves_nothing_behind_though_rules_have_a_fault(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    run(DAY_1)
    with warehouse.transaction() as connection:
        connection.execute("update calls set call_date = ? where call_id = 'a'", [DAY_2])
    (tmp_path / "rules" / "greeting.yaml").write_text("id: [", encoding="utf-8")
    run(DAY_2)
    assert rows(warehouse, "select call_id from rule_outcomes") == [("b",)]
    assert rows(warehouse, "select * from rule_hits") == []
