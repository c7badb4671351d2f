"""Of evaluations everybody is shown what the store would show them, in tables, views and figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from qa_pipeline.published.own_calls import OwnSnapshot, find_own
from qa_pipeline.published.own_evaluations import JUDGED, SHOWN_NARROWED, EvaluatorsSnapshot, Seeing
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.reviews.values import CallRef
from qa_pipeline.warehouse.database import apply_schema, insert_rows
from tests.reviews.building import (
    CALL,
    EVALUATOR,
    LEAD,
    OTHER_CALL,
    OTHER_EVALUATOR,
    drafted,
    released,
    store_in,
    submitted,
)
from tests.reviews.in_tables import READ_AT, shown, tables_of

THIRD = CallRef("call-3", CALL.call_date, "a-1")
TABLES = ("evaluations", "evaluation_answers", "evaluation_events", "review_tasks", "evaluations_current")
FIGURES = ("scores_daily", "question_rates")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """One released evaluation of each of two agents, one that waits for its release, and a draft."""
    folder = tmp_path_factory.mktemp("store")
    reviews = store_in(folder)
    released(reviews, EVALUATOR, CALL)
    released(reviews, OTHER_EVALUATOR, OTHER_CALL)
    submitted(reviews, EVALUATOR, THIRD)
    drafted(reviews, OTHER_EVALUATOR, THIRD)
    with tables_of(folder, [CALL, OTHER_CALL, THIRD]) as connection:
        yield shown(connection)


def seen(snapshot: Snapshot) -> dict[str, list[dict[str, Any]]]:
    return {table: snapshot.rows(f"from {table} order by all") for table in (*TABLES, *FIGURES)}


def values(found: dict[str, list[dict[str, Any]]]) -> set[str]:
    return {str(value) for rows in found.values() for row in rows for value in row.values()}


def test_an_agent_sees_own_released_evaluations_and_figures_of_these_alone(whole: Snapshot) -> None:
    own = seen(OwnSnapshot(whole, find_own(whole, login="amy@example.com", agent_id="a-1")))
    assert [row["call_id"] for row in own["evaluations"]] == ["call-1"]
    assert {row["call_id"] for row in own["evaluation_answers"]} == {"call-1"}
    assert [row["kind"] for row in own["evaluation_events"]] == ["released"]
    assert own["review_tasks"] == []
    assert [(row["dimension"], row["key"], row["n"]) for row in own["scores_daily"]] == [("agent", "a-1", 1)]
    assert {(row["dimension"], row["key"], row["asked"]) for row in own["question_rates"]} == {
        ("agent", "a-1", 1), ("agent", "a-1", 0),
    }  # fmt: skip
    assert not values(own) & {"call-2", "call-3", OTHER_EVALUATOR.login}
    nobody = seen(OwnSnapshot(whole, find_own(whole, login="x", agent_id="a-9")))
    assert {table: rows for table, rows in nobody.items() if rows} == {}


def test_an_evaluator_sees_own_ones_and_of_others_what_is_a_figure(whole: Snapshot) -> None:
    found = seen(EvaluatorsSnapshot(whole, Seeing(OTHER_EVALUATOR.login, sees_all=False, evaluates=True)))
    named = {(row["call_id"], row["evaluator"], row["state"]) for row in found["evaluations"] if row["evaluator"]}
    assert named == {("call-2", OTHER_EVALUATOR.login, "released"), ("call-3", OTHER_EVALUATOR.login, "draft")}
    [other] = [row for row in found["evaluations"] if row["evaluator"] is None]
    assert (other["agent_id"], round(other["score"], 1)) == ("a-1", 91.7)
    assert not values(found) & {"call-1", EVALUATOR.login}
    assert found["scores_daily"] == seen(whole)["scores_daily"]


def test_a_viewer_sees_figures_and_not_a_word_of_what_was_said(whole: Snapshot) -> None:
    found = seen(EvaluatorsSnapshot(whole, Seeing("vic@example.com", sees_all=False, evaluates=False)))
    assert found["scores_daily"] == seen(whole)["scores_daily"]
    assert found["question_rates"] == seen(whole)["question_rates"]
    logins = {EVALUATOR.login, OTHER_EVALUATOR.login, LEAD.login}
    assert not values(found) & {"call-1", "call-2", "call-3", "<b>“ok”</b>", *logins}
    assert found["evaluation_events"] == found["review_tasks"] == []


def test_a_lead_sees_all_and_the_snapshot_as_it_is(whole: Snapshot) -> None:
    lead = Seeing(LEAD.login, sees_all=True, evaluates=True)
    assert lead.sees_everything
    found = seen(EvaluatorsSnapshot(whole, lead))
    assert found == seen(whole)


def test_nothing_of_a_call_is_there_for_whoever_is_at_a_blind_evaluation_of_it(whole: Snapshot) -> None:
    for sees_all in (False, True):
        blind = Seeing("ben@example.com", sees_all=sees_all, evaluates=True, blind_calls=frozenset({"call-1"}))
        assert not blind.sees_everything
        found = seen(EvaluatorsSnapshot(whole, blind))
        assert {row["agent_id"] for row in found["evaluations"]} <= {"a-2", "a-1"}
        assert not values(found) & {"call-1"}
        days = {row["call_date"] for table in FIGURES for row in found[table]}
        assert days == {OTHER_CALL.call_date}, "figures of the day would be those of the one call"


def test_every_view_that_shows_evaluations_is_narrowed_with_them() -> None:
    with duckdb.connect() as connection:
        apply_schema(connection)
        texts = dict(connection.execute("select view_name, sql from duckdb_views() where not internal").fetchall())
    of_evaluations = {view for view, sql in texts.items() if any(table in sql for table in SHOWN_NARROWED)}
    assert of_evaluations <= set(SHOWN_NARROWED)


def test_a_select_of_something_else_is_asked_of_the_whole_snapshot(whole: Snapshot) -> None:
    viewer = EvaluatorsSnapshot(whole, Seeing("vic@example.com", sees_all=False, evaluates=False))
    assert viewer.rows("select call_id from calls order by all")[0] == {"call_id": "call-1"}
    assert viewer.rows("select count(*) as n from \"Evaluations\" where call_id like 'call%'") == [{"n": 0}]


def test_how_rules_and_plans_judged_a_call_is_not_there_either_while_it_is_evaluated_blind(whole: Snapshot) -> None:
    with whole.cursor() as cursor:
        for call in (CALL, OTHER_CALL):
            of_call = {"call_id": call.call_id, "call_date": call.call_date}
            for table in JUDGED:
                add_row(cursor, table, of_call)
    blind = Seeing(LEAD.login, sees_all=True, evaluates=True, blind_calls=frozenset({"call-1"}))
    for table in JUDGED:
        asked = f"select distinct call_id from {table} order by all"
        assert whole.tuples(asked) == [("call-1",), ("call-2",)]
        assert EvaluatorsSnapshot(whole, blind).tuples(asked) == [("call-2",)]


def add_row(cursor: duckdb.DuckDBPyConnection, table: str, fields: dict[str, Any]) -> None:
    """A row with these fields, and something in every other one."""
    made = {
        "varchar": "x", "boolean": False, "double": 0.5, "integer": 1, "bigint": 1, "date": CALL.call_date,
        "timestamp with time zone": READ_AT,
    }  # fmt: skip
    columns = cursor.execute(
        "select column_name, lower(data_type) from duckdb_columns() where table_name = $table", {"table": table}
    ).fetchall()
    row = {name: made.get(kind) for name, kind in columns} | fields
    keyed = {name: f"{name} of {fields['call_id']}" for name in ("sample_id",) if name in row}
    insert_rows(cursor, table, [row | keyed | ({"outcome": "hit"} if table == "rule_outcomes" else {})])


@pytest.mark.parametrize(
    "sql",
    [
        "from whole_evaluations", 'from "WHOLE_evaluations"', "from memory.main.evaluations", "from main.evaluations",
        "select salt from seeing", "from blind_calls", "from read_parquet('x')", "from newer_evaluations",
    ],
)  # fmt: skip
def test_nothing_behind_the_views_can_be_named(whole: Snapshot, sql: str) -> None:
    viewer = EvaluatorsSnapshot(whole, Seeing("vic@example.com", sees_all=False, evaluates=False))
    agent = OwnSnapshot(whole, find_own(whole, login="amy@example.com", agent_id="a-1"))
    for narrowed in (viewer, agent):
        assert narrowed.closed_name(sql)
        assert narrowed.closed_name("select s.evaluations, publication.published_at from scores_daily as s") is None
