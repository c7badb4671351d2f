"""Calls as plans look at them, read of real tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qa_pipeline.drawing.frame import Ask, list_calls
from qa_pipeline.drawing.pool import pool_of
from qa_pipeline.people.roles import Role, User
from qa_pipeline.sampling.frames import PeriodKind, period_named
from qa_pipeline.sampling.plans import Plan
from qa_pipeline.warehouse.database import empty_database, insert_rows
from tests import scenario

DAY = dt.date(2025, 9, 1)
LOADED = dt.datetime(2025, 9, 4, tzinfo=dt.UTC)
WEEK = period_named("2025-W36", PeriodKind.WEEK)
RISKS = [
    {"id": "talk", "take": 1, "when": {"metric": "talk_ratio", "above": 0}},
    {"id": "greeting", "take": 1, "when": {"rule": "greeting", "results": ["miss"]}},
]


def a_plan(**changes: object) -> Plan:
    given = {
        "plan": "weekly", "scorecard": "service", "period": "week", "effective_from": "2025-09-01", "seed": 1,
        "strata": {"take": 4}, "risk": RISKS,
    }  # fmt: skip
    return Plan.model_validate(given | changes)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_database() as connection:
        scenario.seed(connection, (*scenario.CALLS, scenario.TRANSFERRED))
        people = [
            {"agent_id": "a-chen", "team": "north", "valid_to": dt.date(2025, 8, 31)},
            {"agent_id": "a-chen", "team": "south", "valid_from": DAY, "hired_at": dt.date(2025, 6, 3),
             "email": "Chen@Example.com"},
        ]  # fmt: skip
        insert_rows(connection, "agents", [{**person, "loaded_at": LOADED} for person in people])
        outcome = {"call_id": "c0101", "call_date": DAY, "is_flag": False, "loaded_at": LOADED}
        insert_rows(connection, "outcomes", [{**outcome, "name": name, "value": value} for name, value in
                                             (("csat", 2.0), ("resolved", 0.0))])  # fmt: skip
        yield connection


@pytest.fixture
def ask(database: duckdb.DuckDBPyConnection) -> Ask:
    return lambda sql, values: database.execute(sql, dict(values) if values else None).fetchall()


def test_usable_calls_of_the_period_come_with_what_plans_ask_for(ask: Ask) -> None:
    calls = list_calls(ask, WEEK, [a_plan()])
    assert "c0104" not in calls, "a quarantined recording is no call"
    found = calls["c0101"]
    assert (found.agent_id, found.team, found.hired_at) == ("a-chen", "south", dt.date(2025, 6, 3))
    assert (found.call_date, found.queue, found.status, found.duration_s) == (DAY, "billing", "ok", 60)
    assert found.outcomes == {"csat": 2, "resolved": 0}
    assert found.metrics.keys() == {"talk_ratio"}
    assert found.language == "zh", "heard most, as the metadata says nothing"
    assert calls["c0102"].team is None
    assert calls["c0103"].status == "partial"
    assert calls["c0302"].defects == {"bleeding"}
    assert calls["c0307"].agents == {"a-chen", "a-weber"}
    assert {call.call_date for call in list_calls(ask, period_named("2025-09-02", PeriodKind.DAY), []).values()} == {
        dt.date(2025, 9, 2)
    }


def test_outcomes_of_the_rules_that_are_asked_for_come_along(ask: Ask, database: duckdb.DuckDBPyConnection) -> None:
    assert list_calls(ask, WEEK, [a_plan()])["c0101"].rules == {}
    row = {"call_id": "c0101", "call_date": DAY, "rule_version": "1", "hit_count": 0, "title": "t", "severity": "minor",
           "needs_review": False, "loaded_at": LOADED}  # fmt: skip
    rows = [
        {**row, "rule_id": rule, "outcome": outcome} for rule, outcome in (("greeting", "miss"), ("closing", "hit"))
    ]
    insert_rows(database, "rule_outcomes", rows)
    assert list_calls(ask, WEEK, [a_plan()])["c0101"].rules == {"greeting": "miss"}


def test_evaluators_are_those_of_the_plan_or_all_with_the_role(ask: Ask) -> None:
    users = [
        User("ana@example.com", Role.EVALUATOR), User("*@example.org", Role.EVALUATOR), User("lee@x.org", Role.LEAD),
        User("chen@example.com", Role.EVALUATOR),
    ]  # fmt: skip
    ana, chen = pool_of(ask, a_plan(), users, DAY)
    assert (ana.login, ana.agent_ids) == ("ana@example.com", frozenset())
    assert (chen.login, chen.agent_ids, chen.teams) == ("chen@example.com", {"a-chen"}, {"south"})
    [before] = pool_of(ask, a_plan(), users[3:], DAY - dt.timedelta(1))
    assert before.agent_ids == frozenset(), "the e-mail is of the later line"
    named = {"people": [{"login": " Bea@X.org ", "most": 3, "agent_id": "a-chen"}]}
    [bea] = pool_of(ask, a_plan(evaluators=named), users, DAY)
    assert (bea.login, bea.most, bea.agent_ids, bea.teams) == ("bea@x.org", 3, {"a-chen"}, {"north", "south"})


def test_a_published_snapshot_is_asked_the_same(tmp_path: Path) -> None:
    from qa_pipeline.published.snapshot import open_newest

    scenario.publish_snapshot(tmp_path)
    with open_newest(tmp_path / "qa.duckdb", "UTC") as snapshot:
        assert list_calls(snapshot.tuples, WEEK, [a_plan()])["c0101"].metrics.keys() == {"talk_ratio"}
