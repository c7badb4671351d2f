"""Which causes there are in what is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.alerts.causes import Cause, CauseKind
from qa_pipeline.alerts.texts import line
from qa_pipeline.outbox.finding import find_causes
from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.warehouse.daily import MARTS, refill_mart
from qa_pipeline.warehouse.database import Warehouse, insert_rows
from tests.alerts.building import PLAN, plan
from tests.warehouse.building import DAY_1, DAY_2, DAY_3, LOADED_AT, call_rows, put, snapshot

TODAY = dt.date(2025, 9, 4)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "warehouse.duckdb")
    with made.transaction() as connection:
        insert_rows(
            connection,
            "agents",
            [
                {"agent_id": "a-1", "valid_to": DAY_1, "name": "Ann Example", "team": "Red", "loaded_at": LOADED_AT},
                {"agent_id": "a-1", "valid_from": DAY_2, "name": "Ann Example", "team": "Blue", "loaded_at": LOADED_AT},
            ],
        )
    return made


def land(warehouse: Warehouse, call_id: str, day: dt.date, *, rule: dict[str, Any] | None = None, **call: Any) -> None:
    rows = call_rows(call_id, day, **{"agent_id": "a-1", "queue": "billing", **call})
    rows["rule_outcomes"] |= rule or {}
    put(warehouse, {table: rows[table] for table in READ})


@contextmanager
def published(warehouse: Warehouse, *days: dt.date) -> Iterator[Snapshot]:
    snapshot(warehouse, *days)
    with open_newest(warehouse.path.parent / "qa.duckdb", "UTC") as opened:
        yield opened


def found(opened: Snapshot, causes: str, today: dt.date = TODAY, **top: str) -> list[Cause]:
    begin = PLAN.index("causes:")
    head = PLAN[:begin] if "since" not in top else PLAN[:begin].replace("since: 2025-09-01\n", "")
    text = head + f"causes:\n{causes}routes:\n  - {{to: [leads]}}\n"
    for key, value in top.items():
        text = f"{key}: {value}\n{text}"
    return find_causes(opened, plan(text), today)


READ = ("calls", "call_metrics", "rule_outcomes", "rule_hits")
"""The tables that causes are found in."""

GRAVE = {"severity": "high", "rule_id": "promise", "title": "Forbidden promise"}


def test_hits_of_grave_rules_with_the_team_of_the_day_and_no_name(warehouse: Warehouse) -> None:
    land(warehouse, "c1", DAY_1, rule=GRAVE)
    land(warehouse, "c2", DAY_2, rule={**GRAVE, "severity": "critical"})
    land(warehouse, "c3", DAY_2, rule={**GRAVE, "severity": "medium"})
    land(warehouse, "c4", DAY_2, rule={**GRAVE, "outcome": "miss", "hit_count": 0})
    with published(warehouse, DAY_1, DAY_2) as opened:
        causes = found(opened, "  - {kind: rule, severity_at_least: high}\n")
        assert [(cause.call_id, cause.severity, cause.team, cause.queue) for cause in causes] == [
            ("c1", "high", "Red", "billing"),
            ("c2", "critical", "Blue", "billing"),
        ]
        assert not [cause for cause in causes if "Ann" in cause.as_json() or "words of" in cause.as_json()]
        [named, _] = found(opened, "  - {kind: rule, severity_at_least: high}\n", agent_names="true")
        assert "agent Ann Example" in line(named, "en")
        [missed] = found(opened, "  - {kind: rule, rules: [promise], outcome: miss, severity: low}\n")
        assert (missed.call_id, missed.severity) == ("c4", "low")
        assert missed.key not in {cause.key for cause in causes}


def test_a_rule_or_day_that_changed_and_ran_again_has_the_same_causes(warehouse: Warehouse) -> None:
    land(warehouse, "c1", DAY_1, rule=GRAVE)
    with published(warehouse, DAY_1) as opened:
        before = found(opened, "  - {kind: rule, severity_at_least: high}\n")
    with warehouse.transaction() as connection:
        connection.execute("update rule_outcomes set rule_version = '2', title = 'Promise', severity = 'critical'")
    with published(warehouse, DAY_1) as opened:
        after = found(opened, "  - {kind: rule, severity_at_least: high}\n")
    assert [cause.key for cause in after] == [cause.key for cause in before]


def test_days_of_before_tell_nothing(warehouse: Warehouse) -> None:
    land(warehouse, "old", DAY_1, rule=GRAVE)
    land(warehouse, "new", DAY_3, rule=GRAVE)
    with published(warehouse, DAY_1, DAY_3) as opened:
        rule = "  - {kind: rule, severity_at_least: high}\n"
        assert [cause.call_id for cause in found(opened, rule)] == ["old", "new"]
        assert [cause.call_id for cause in found(opened, rule, last_days="2")] == ["new"]
        assert found(opened, rule, today=dt.date(2026, 9, 4), last_days="7") == []


def evaluation(call_id: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "evaluation_id": f"e{number}", "call_id": call_id, "call_date": DAY_2, "agent_id": "a-1", "queue": "billing",
        "scorecard_id": "service", "scorecard_version": "1", "evaluation_type": "standard", "state": "released",
        "score": 0.0, "failed_by": ["promise"], "is_expert": False, "created_at": LOADED_AT, "released_at": LOADED_AT,
        "dispute_round": 0, "dispute_questions": [], "revision": 1, "loaded_at": LOADED_AT, **more,
    }  # fmt: skip


def test_automatic_fails_count_once_they_are_released(warehouse: Warehouse) -> None:
    land(warehouse, "c1", DAY_2)
    rows = [
        evaluation("c1", 1),
        evaluation("c1", 2, state="submitted", released_at=None),
        evaluation("c1", 3, evaluation_type="calibration"),
        evaluation("c1", 4, failed_by=[]),
        evaluation("c1", 5, state="retracted"),
        evaluation("c1", 6, evaluation_type="machine", state="released", released_at=None),
    ]
    with warehouse.transaction() as connection:
        insert_rows(connection, "evaluations", rows)
    with published(warehouse, DAY_2) as opened:
        causes = found(opened, "  - {kind: auto_fail}\n")
        assert sorted(cause.identity for cause in causes) == [
            ("service", "machine", "c1"),
            ("service", "people", "e1"),
        ]
        assert {(cause.severity, cause.team, cause.title) for cause in causes} == {("high", "Blue", "service")}
        assert found(opened, "  - {kind: auto_fail, scorecards: [other]}\n") == []


def test_days_on_which_too_many_calls_failed(warehouse: Warehouse) -> None:
    for number in range(10):
        land(warehouse, f"c{number}", DAY_2, status="failed" if number < 3 else "ok", queue="ab"[number % 2])
    land(warehouse, "q", DAY_3, status="quarantined")
    with published(warehouse, DAY_2, DAY_3) as opened:
        share = "  - {kind: share, count: failed, at_least: 0.3, min_n: 5, by: [all, queue]}\n"
        said = [(cause.queue, cause.facts["count"], cause.facts["n"]) for cause in found(opened, share)]
        assert said == [(None, 3, 10), ("a", 2, 5)]
        assert found(opened, share.replace("min_n: 5", "min_n: 11")) == []
        [day] = found(opened, "  - {kind: share, count: quarantined, at_least: 0.5, min_n: 1}\n")
        assert (day.kind, day.call_date, day.severity) == (CauseKind.SHARE, DAY_3, "high")


FIRST = dt.date(2025, 8, 1)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """Thirty days of ten calls: dead air in two of them and a hit in half of them, but for the last day."""
    warehouse = Warehouse(tmp_path_factory.mktemp("month") / "warehouse.duckdb")
    days = [FIRST + dt.timedelta(days=number) for number in range(30)]
    rows: dict[str, list[dict[str, Any]]] = {"calls": [], "call_metrics": [], "rule_outcomes": []}
    for day in days:
        is_last = day == days[-1]
        for number in range(10):
            call = call_rows(f"{day:%d}-{number}", day, queue="ab"[number % 2])
            call["call_metrics"] |= {
                "dead_air_count": int(number < (9 if is_last else 2)),
                "silence_ratio": 0.9 if is_last else 0.2 + 0.01 * number,
            }
            call["rule_outcomes"] |= {"outcome": "miss" if is_last or number % 2 else "hit", "rule_id": "greeting"}
            for table, own in rows.items():
                own.append(call[table])
    with warehouse.transaction() as connection:
        for table, own in rows.items():
            insert_rows(connection, table, own)
        for mart in MARTS:
            refill_mart(connection, mart, days, minimum_n=5)
    snapshot(warehouse, *days)
    with open_newest(warehouse.path.parent / "qa.duckdb", "UTC") as opened:
        yield opened


@pytest.mark.thorough  # a month is published; the limits themselves: tests/alerts/test_limits.py
@pytest.mark.parametrize(
    ("rate", "low", "value"),
    [
        ("count: dead_air", 0.0, 0.9),
        ("metric: silence_ratio", 0.2, 0.9),
        ("rules: [greeting]", 0.0, 0.0),
    ],
)
def test_a_day_outside_its_limits_is_told_and_no_other(month: Snapshot, rate: str, low: float, value: float) -> None:
    causes = found(month, f"  - {{kind: rate, {rate}, min_n: 5}}\n", today=dt.date(2025, 8, 31), since="2025-08-01")
    assert [cause.call_date for cause in causes] == [dt.date(2025, 8, 30)]
    [cause] = causes
    assert cause.facts["value"] == pytest.approx(value)
    assert cause.facts["baseline_days"] == 28
    assert (cause.queue, cause.severity) == (None, "medium")
    assert "outside its control limits" in line(cause, "en")
    assert low <= float(str(cause.facts["low"])) or value == 0


@pytest.mark.thorough  # a month is published
def test_each_queue_has_limits_of_its_own(month: Snapshot) -> None:
    text = "  - {kind: rate, count: dead_air, min_n: 5, by: [queue]}\n"
    causes = found(month, text, today=dt.date(2025, 8, 31), since="2025-08-01")
    assert [cause.queue for cause in causes] == ["a"], "5 of 5; 4 of 5 in the other one is chance, of 1 in 5 before"
    assert found(month, text.replace("min_n: 5", "min_n: 6"), today=dt.date(2025, 8, 31), since="2025-08-01") == []
