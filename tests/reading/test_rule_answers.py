"""What rules answer of a card: by what they came to in a call, with their hits as evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest

from qa_pipeline.reading.machine_evaluations import evaluate_calls
from qa_pipeline.reading.rule_answers import RuledCall, RuleResult, answer_by_rules
from qa_pipeline.scorecards.folder import CardFolder
from qa_pipeline.scorecards.reading import read_placed_card
from qa_pipeline.scorecards.scoring import NoOption
from qa_pipeline.warehouse.database import apply_schema, insert_rows
from qa_pipeline.warehouse.evaluations import replace_machine_evaluations
from tests import scenario
from tests.scenario import DAY_1, DAY_2

MADE_AT = dt.datetime(2025, 9, 4, tzinfo=dt.UTC)
CARD = """
scorecard: by-rules
title: By rules
scoring: points
min_coverage: 0.1
sections:
  - id: talk
    title: Talk
    questions:
      - id: greeted
        text: Was the customer greeted?
        not_applicable: true
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0}]
        answered_by:
          rules:
            - {rule: greeting, outcome: hit, answer: yes}
            - {rule: greeting, outcome: miss, answer: no}
            - {rule: greeting, outcome: not_applicable, answer: not_applicable}
      - id: promised
        text: Was anything forbidden promised?
        options: [{id: no, text: No, points: 1}, {id: yes, text: Yes, points: 0, auto_fail: card}]
        answered_by: {rules: [{rule: promise, outcome: hit, answer: yes}, {rule: promise, outcome: miss, answer: no}]}
"""
RULED = {
    "c0101": {"greeting": "hit", "promise": "miss"},
    "c0102": {"greeting": "hit", "promise": "hit"},
    "c0103": {"greeting": "not_applicable", "promise": "not_evaluated"},
    "c0201": {"greeting": "miss"},
}


def add_rules(connection: duckdb.DuckDBPyConnection, version: str = "v1") -> None:
    """Outcomes of rules of which each hit is over the first two sentences of the agent."""
    of_rule = {"rule_version": version, "call_date": DAY_1}
    outcomes = [
        {**of_rule, "call_id": call_id, "rule_id": rule_id, "outcome": outcome, "hit_count": int(outcome == "hit"),
         "reason": "channel_silent" if outcome == "not_evaluated" else None, "title": rule_id.title(),
         "severity": "high", "needs_review": False, "loaded_at": MADE_AT}
        for call_id, came_to in RULED.items()
        for rule_id, outcome in came_to.items()
    ]  # fmt: skip
    place = {"hit_id": 0, "outcome": "hit", "role": "agent", "channel_id": 0, "sentence_id": 0, "begin_char": 0,
             "last_sentence_id": 1, "end_char": 2, "begin_ms": 500, "end_ms": 2500, "evidence": "hello"}  # fmt: skip
    hits = [
        {**of_rule, **place, "call_id": row["call_id"], "rule_id": row["rule_id"]}
        for row in outcomes
        if row["outcome"] == "hit"
    ]
    connection.execute("delete from rule_outcomes")
    connection.execute("delete from rule_hits")
    insert_rows(connection, "rule_outcomes", outcomes)
    insert_rows(connection, "rule_hits", hits)


def by_rules(connection: duckdb.DuckDBPyConnection) -> None:
    folder = CardFolder((read_placed_card(CARD, "card"),), ())
    days = [DAY_1, DAY_2]
    replace_machine_evaluations(connection, days, evaluate_calls(connection, days, folder, MADE_AT), MADE_AT)


@pytest.fixture(scope="module")
def ruled() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        apply_schema(connection)
        scenario.seed(connection)
        add_rules(connection)
        connection.execute("update rule_outcomes set call_date = calls.call_date from calls "
                           "where calls.call_id = rule_outcomes.call_id")  # fmt: skip
        by_rules(connection)
        yield connection


def test_rules_answer_with_the_sentences_that_they_were_hit_by(ruled: duckdb.DuckDBPyConnection) -> None:
    rows = ruled.execute(
        "select call_id, question_id, answer_kind, answer, source, actor, content_hash, reason from evaluation_answers "
        "where call_id in ('c0101', 'c0102', 'c0103') order by call_id, position"
    ).fetchall()
    by_promise = ("rule", "promise", "v1")
    assert rows == [
        ("c0101", "greeted", "options", "yes", "rule", "greeting", "v1", None),
        ("c0101", "promised", "options", "no", *by_promise, None),
        ("c0102", "greeted", "options", "yes", "rule", "greeting", "v1", None),
        ("c0102", "promised", "options", "yes", *by_promise, None),
        ("c0103", "greeted", "not_applicable", None, "rule", "greeting", "v1", None),
        ("c0103", "promised", "cannot_tell", None, *by_promise,
         "the rule promise came to not_evaluated: channel_silent"),
    ]  # fmt: skip
    evidence = ruled.execute("select evidence from evaluation_answers where call_id = 'c0101' order by position")
    greeted, promised = [places for (places,) in evidence.fetchall()]
    assert greeted[0] | {"sentence_ids": []} == {"role": "agent", "sentence_ids": [], "begin_ms": 500, "end_ms": 2500}
    assert 0 in greeted[0]["sentence_ids"]
    assert promised == []


def test_an_automatic_fail_by_a_rule_is_a_zero_in_the_mean(ruled: duckdb.DuckDBPyConnection) -> None:
    scores = ruled.execute("select call_id, score, score_before_fail, failed_by from evaluations "
                           "where call_id in ('c0101', 'c0102') order by call_id").fetchall()  # fmt: skip
    assert scores == [("c0101", 100.0, 100.0, []), ("c0102", 0.0, 50.0, ["promised"])]
    found = ruled.execute("select n, auto_fails, round(mean, 1) from scores_daily where dimension = 'all' "
                          "and call_date = date '2025-09-01'").fetchall()  # fmt: skip
    assert found == [(2, 1, 50.0)], "c0103 has no score, as nothing of it can be told"


def test_a_rule_that_was_not_applied_is_named(ruled: duckdb.DuckDBPyConnection) -> None:
    rows = ruled.execute("select answer_kind, reason, content_hash from evaluation_answers "
                         "where call_id = 'c0201' and question_id = 'promised'").fetchall()  # fmt: skip
    assert rows == [("cannot_tell", "the rule promise was not applied to the call", None)]


def test_an_answer_says_which_transcript_it_is_about(ruled: duckdb.DuckDBPyConnection) -> None:
    rows = ruled.execute("select distinct call_id, transcript_hash, engine from evaluation_answers "
                         "where call_id in ('c0101', 'c0102') order by call_id").fetchall()  # fmt: skip
    (_, one, engine), (_, other, _) = rows
    assert len(one) == len(other) == 64
    assert one != other
    engines = ruled.execute("select distinct engine from transcripts where call_id = 'c0101'").fetchall()
    assert engine == ", ".join(sorted(name for (name,) in engines))


def test_a_changed_rule_is_another_version_of_the_machine_and_takes_the_place_of_the_one_before() -> None:
    with duckdb.connect() as connection:
        apply_schema(connection)
        scenario.seed(connection)
        kept = "select evaluation_id, machine_version, scorecard_version from evaluations where call_id = 'c0101'"
        add_rules(connection)
        by_rules(connection)
        [before] = connection.execute(kept).fetchall()
        by_rules(connection)
        assert connection.execute(kept).fetchall() == [before], "the same each time it is made"
        add_rules(connection, "v2")
        by_rules(connection)
        [after] = connection.execute(kept).fetchall()
    assert after[:2] != before[:2]
    assert after[2] == before[2]
    assert before[1] != before[2]


def test_where_several_agents_took_part_nobody_knows_of_whom_a_rule_speaks() -> None:
    [asked, _] = read_placed_card(CARD, "card").card.questions
    assert asked.answered_by is not None
    ruled = RuledCall({"greeting": RuleResult("miss", None, "v1")})
    made = answer_by_rules(asked, asked.answered_by, {"agents": 2}, ruled)
    assert (made.answer, made.reason) == (NoOption.CANNOT_TELL, "several agents took part")
    assert answer_by_rules(asked, asked.answered_by, {"agents": 1}, ruled).answer == ("no",)
