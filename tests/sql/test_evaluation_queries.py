"""Figures of evaluations: what people submitted through the store, as marts and shipped queries show it."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qa_pipeline.published.shipped_queries import find_query
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.values import CallRef
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.scoring import Given, NoOption
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.database import apply_schema, insert_rows
from tests.reviews.building import EVALUATOR, LEAD, sampled, store_in
from tests.reviews.in_tables import READ_AT, tables_of

YES: Given = ("yes",)
NO: Given = ("no",)
DAY = dt.date(2025, 3, 3)


def question(name: str, points: float = 1, **keys: Any) -> dict[str, Any]:
    no = {"id": "no", "text": "No", "points": 0, **keys.pop("no", {})}
    options = [{"id": "yes", "text": "Yes", "points": points}, no]
    return {"id": name, "text": name, "options": options, "not_applicable": True, **keys}


def card(scoring: str, **keys: Any) -> Card:
    """The card of docs/scorecards.md: 3 points in a section of weight 40, 2 in one of weight 20."""
    sections = [
        {"id": "s0", "title": "S", "weight": 40, "questions": [question("greeting", 3, no={"auto_fail": "card"})]},
        {"id": "s1", "title": "S", "weight": 20, "questions": [question("solved", 2)]},
    ]
    made = {"scorecard": scoring, "title": "C", "scoring": scoring, "min_coverage": 0.3, "sections": sections}
    return Card.model_validate({**made, **keys})


def evaluated(folder: Path, by: Card, call: CallRef, answers: Mapping[str, Given], **start: Any) -> None:
    """A released evaluation with these answers."""
    reviews = store_in(folder)
    revision = (draft := reviews.start(EVALUATOR, call, by, request_id=new_request_id(), **start)).revision
    for name, answer in answers.items():
        revision = reviews.answer(
            EVALUATOR, draft.evaluation_id, name, answer, revision=revision, request_id=new_request_id()
        ).revision
    saved = reviews.submit(EVALUATOR, draft.evaluation_id, revision=revision, request_id=new_request_id())
    reviews.release(LEAD, draft.evaluation_id, revision=saved.revision, request_id=new_request_id())


def ask(connection: duckdb.DuckDBPyConnection, name: str, **given: str) -> list[dict[str, Any]]:
    query = find_query(name)
    answer = connection.execute(query.sql, query.bind(given))
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def marts_are_whole(connection: duckdb.DuckDBPyConnection) -> bool:
    days = [day for (day,) in connection.execute("select distinct call_date from evaluations").fetchall()]
    tests = [read_sql(f"marts/{mart}.test.sql") for mart in ("scores_daily", "question_rates")]
    return all(connection.execute(test, {"days": days}).fetchall() == [] for test in tests)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("store")
    calls = [CallRef(f"c{number}", DAY, "a-1") for number in range(5)]
    points, by_section = card("points"), card("by_section")
    strict = card("points", min_coverage=0.7)
    evaluated(folder, points, calls[0], {"greeting": YES, "solved": NO})
    evaluated(folder, by_section, calls[0], {"greeting": YES, "solved": NO})
    evaluated(folder, points, calls[1], {"greeting": NO, "solved": YES})
    evaluated(folder, points, calls[2], {"greeting": NoOption.NOT_APPLICABLE, "solved": YES})
    evaluated(folder, strict, calls[3], {"greeting": NoOption.NOT_APPLICABLE, "solved": YES})
    evaluated(folder, strict, calls[4], {"greeting": YES, "solved": YES})
    with tables_of(folder, calls) as connection:
        yield connection


def test_the_same_answers_give_60_by_points_and_66_7_by_section_and_no_mean_mixes_them(
    scored: duckdb.DuckDBPyConnection,
) -> None:
    found = scored.execute(
        "select scorecard_id, scorecard_version, n, without_score, auto_fails, mean from scores_daily "
        "where dimension = 'agent' and key = 'a-1' order by all"
    ).fetchall()
    lenient, strict = card("points").version, card("points", min_coverage=0.7).version
    assert {(row[0], row[1]): row[2:5] for row in found} == {
        ("by_section", card("by_section").version): (1, 0, 0),
        ("points", lenient): (3, 0, 1),
        ("points", strict): (1, 1, 0),
    }
    means = {(row[0], row[1]): row[5] for row in found}
    assert means["by_section", card("by_section").version] == pytest.approx(66.667, abs=1e-3)
    assert means["points", lenient] == pytest.approx(statistics.mean([60, 0, 100]), abs=1e-4), "the fail is a 0 in it"
    assert means["points", strict] == 100, "below the coverage there is no score"
    assert marts_are_whole(scored)


def test_what_would_have_been_without_the_fail_is_kept_beside_it(scored: duckdb.DuckDBPyConnection) -> None:
    [row] = scored.execute(
        "select score, round(score_before_fail, 1), failed_by from evaluations where len(failed_by) > 0"
    ).fetchall()
    assert row == (0.0, 40.0, ["greeting"])


def test_rates_count_what_was_asked_and_say_how_sure_they_are(scored: duckdb.DuckDBPyConnection) -> None:
    [yes, no] = [
        row
        for row in ask(scored, "how_were_questions_answered", scorecard="points", question="greeting")
        if row["evaluated_by"] == "people"
    ]
    assert (yes["asked"], yes["answered"], yes["not_applicable"], yes["not_applicable_share"]) == (5, 3, 2, 0.4)
    assert (yes["option"], yes["chosen"], yes["share"]) == ("yes", 2, 0.667)
    assert (no["option"], no["chosen"], no["share"]) == ("no", 1, 0.333)
    daily = scored.execute(
        "select sum(asked), sum(chosen) from question_rates "
        "where dimension = 'all' and scorecard_id = 'points' and question_id = 'greeting' and option = 'yes'"
    ).fetchall()
    assert daily == [(5, 2)], "two versions of the card have rows of their own"


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(10, 10, 72.2, 100), (19, 20, 76.4, 99.1), (0, 20, 0, 16.1)])
def test_wilsons_interval(scored: duckdb.DuckDBPyConnection, hits: int, n: int, low: float, high: float) -> None:
    found = scored.execute("select 100 * wilson_low(?, ?), 100 * wilson_high(?, ?)", [hits, n, hits, n]).fetchone()
    assert found == (pytest.approx(low, abs=0.05), pytest.approx(high, abs=0.05))


def test_versions_of_a_card_stand_beside_each_other(scored: duckdb.DuckDBPyConnection) -> None:
    found = {row["question_id"]: row for row in ask(scored, "what_changed_between_card_versions")}
    assert set(found) == {None}, "the questions of both are the same"
    assert (found[None]["before"], found[None]["after"]) == ("53.3 (n = 3)", "100.0 (n = 1)")
    assert ask(scored, "what_changed_between_card_versions", scorecard="by_section") == []


def test_a_new_question_another_weight_and_another_text_are_changes(tmp_path: Path) -> None:
    changed = card("points").model_dump(mode="json", by_alias=True)
    greeting, solved = (section["questions"][0] for section in changed["sections"])
    greeting["weight"], solved["text"] = 5, "Was it solved at once?"
    changed["sections"][0]["questions"].append(question("identity"))
    evaluated(tmp_path, card("points"), CallRef("c0", DAY, "a-1"), {"greeting": YES, "solved": YES})
    evaluated(tmp_path, Card.model_validate(changed), CallRef("c1", DAY, "a-1"), {"greeting": YES, "solved": YES})
    with tables_of(tmp_path, [CallRef("c0", DAY), CallRef("c1", DAY)]) as connection:
        rows = ask(connection, "what_changed_between_card_versions")
        found = {row["question_id"]: (row["change"], row["before"], row["after"]) for row in rows}
        versions = connection.execute(
            "select count(distinct question_version) from evaluation_answers where question_id = 'greeting'"
        ).fetchone()
    assert found["identity"] == ("new question", None, "identity")
    assert found["greeting"] == ("weight", "1.0 in a section of 40.0", "5.0 in a section of 40.0")
    assert found["solved"] == ("asked or answered otherwise", "solved", "Was it solved at once?")
    assert versions == (1,), "its trend goes on: it only counts otherwise"


def test_calls_that_a_plan_drew_count_as_many_times_as_they_stand_for_others(tmp_path: Path) -> None:
    by = card("points", scorecard="service")
    for number, (probability, answers) in enumerate(
        [(0.5, {"greeting": YES, "solved": YES}), (0.1, {"greeting": YES, "solved": NO})]
    ):
        call = CallRef(f"c{number}", DAY, "a-1")
        task = sampled(f"plan/{number}", call, sample_id="s", inclusion_probability=probability)
        store_in(tmp_path).assign(LEAD, [task])
        evaluated(tmp_path, by, call, answers, task_id=task.task_id)
    with tables_of(tmp_path, [CallRef("c0", DAY), CallRef("c1", DAY)]) as connection:
        [row] = connection.execute(
            "select selection, n, mean, ci_low, ci_high from scores_daily where dimension = 'all'"
        ).fetchall()
        assert marts_are_whole(connection)
    assert row[:2] == ("drawn", 2)
    assert row[2] == pytest.approx((2 * 100 + 10 * 60) / 12, abs=1e-4)
    assert row[3] < row[2] < row[4]


def test_each_plans_draws_stand_apart(tmp_path: Path) -> None:
    by = card("points", scorecard="service")
    for plan, probability, answers in (("one", 0.5, {"greeting": YES, "solved": YES}),
                                       ("two", 0.1, {"greeting": YES, "solved": NO})):  # fmt: skip
        call = CallRef(f"c-{plan}", DAY, "a-1")
        name = f"{plan}/2025-W10/{call.call_id}"
        task = sampled(name, call, sample_id=name, inclusion_probability=probability)
        store_in(tmp_path).assign(LEAD, [task])
        evaluated(tmp_path, by, call, answers, task_id=task.task_id)
    with tables_of(tmp_path, [CallRef("c-one", DAY), CallRef("c-two", DAY)]) as connection:
        rows = connection.execute("select plan, n, mean from scores_daily where dimension = 'all' order by plan")
        assert rows.fetchall() == [("one", 1, 100.0), ("two", 1, 60.0)]
        found = ask(connection, "how_were_questions_answered", question="solved")
        assert marts_are_whole(connection)
    chosen = {(row["plan"], row["option"]): (row["chosen"], row["share"]) for row in found}
    assert chosen["one", "yes"] == chosen["two", "no"] == (1, 1.0)
    assert chosen["one", "no"] == chosen["two", "yes"] == (0, 0.0)


def ranked(*agents: tuple[str, list[float]]) -> duckdb.DuckDBPyConnection:
    """Released evaluations with these scores."""
    connection = duckdb.connect()
    apply_schema(connection)
    rows = [
        {
            "evaluation_id": f"{agent}-{number}", "call_id": f"{agent}-{number}", "call_date": DAY, "agent_id": agent,
            "scorecard_id": "s", "scorecard_version": "v", "evaluation_type": "standard", "state": "released",
            "score": score, "failed_by": [], "coverage": 1.0, "is_expert": False, "dispute_questions": [],
            "created_at": READ_AT, "released_at": READ_AT, "dispute_round": 0, "revision": 1, "loaded_at": READ_AT,
        }
        for agent, scores in agents
        for number, score in enumerate(scores)
    ]  # fmt: skip
    insert_rows(connection, "evaluations", rows)
    return connection


def spread(mean: float, n: int, by: float = 4) -> list[float]:
    return [mean + (by if number % 2 else -by) for number in range(n)]


def test_nobody_is_ranked_below_20_and_who_overlaps_is_one_group() -> None:
    agents = [
        ("best", spread(95, 20)), ("chain-1", spread(84, 40)), ("chain-2", spread(82.5, 40)),
        ("chain-3", spread(81, 40)), ("worst", spread(60, 30)), ("few", spread(99, 19)),
    ]  # fmt: skip
    with ranked(*agents) as connection:
        found = {row["agent_id"]: (row["place"], row["remark"]) for row in ask(connection, "which_agents_score_best")}
        assert found == {
            row["agent_id"]: (row["place"], row["remark"])
            for row in ask(connection, "which_agents_score_best", minimum_n="1")
        }, "nobody can ask for a rank of few calls"
        stricter = ask(connection, "which_agents_score_best", minimum_n="31")
        assert {row["agent_id"] for row in stricter if row["place"] is None} == {"best", "worst", "few"}
    others = "can't be told apart from 2 of the group"
    assert found == {
        "best": (1, None), "chain-1": (2, others), "chain-2": (2, others), "chain-3": (2, others), "worst": (3, None),
        "few": (None, "too few"),
    }  # fmt: skip


def test_agents_whose_scores_are_all_alike_are_not_told_apart_by_that() -> None:
    with ranked(("perfect", [100.0] * 20), ("nearly", spread(97, 20, 3))) as connection:
        found = {row["agent_id"]: row for row in ask(connection, "which_agents_score_best")}
    assert (found["perfect"]["ci_low"], found["perfect"]["ci_high"]) == (83.9, 100.0), "Wilson's of 20 of 20"
    assert {row["place"] for row in found.values()} == {1}


def test_what_is_late_is_named_with_whose_turn_it_is(tmp_path: Path) -> None:
    reviews, due = store_in(tmp_path), dt.datetime(2025, 9, 1, 12, tzinfo=dt.UTC).timestamp()
    calls = [CallRef(f"c{number}", DAY, "a-1") for number in range(4)]
    tasks = [
        sampled("late", calls[0], due_at=due, assignee=EVALUATOR.login),
        sampled("begun", calls[1], due_at=due + 86400, assignee=EVALUATOR.login),
        sampled("nobody's", calls[2], due_at=due),
        sampled("in time", calls[3], due_at=due + 30 * 86400),
    ]
    reviews.assign(LEAD, tasks)
    by = card("points", scorecard="service")
    reviews.start(EVALUATOR, calls[1], by, task_id="begun", request_id=new_request_id())
    with tables_of(tmp_path, calls) as connection:
        found = [
            (row["what"], row["who"], row["days_late"], row["task_id"])
            for row in ask(connection, "which_evaluations_are_behind_schedule", as_of="2025-09-05")
        ]
        own = ask(connection, "which_evaluations_are_behind_schedule", as_of="2025-09-05", who=EVALUATOR.login)
    assert found == [
        ("to start", EVALUATOR.login, 4, "late"), ("to start", None, 4, "nobody's"),
        ("to finish", EVALUATOR.login, 3, "begun"),
    ]  # fmt: skip
    assert [row["task_id"] for row in own] == ["late", "begun"]
