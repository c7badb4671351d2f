"""What metrics answer of a card: with the places that a figure comes from, and cannot_tell wherever there is doubt."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from qa_pipeline.conversation.evidence import PlaceLimits, SpokenPlaces, TurnPlace, has_places, places_of
from qa_pipeline.reading.machine_evaluations import evaluate_calls
from qa_pipeline.reading.metric_answers import doubt
from qa_pipeline.reviews.answer_columns import card_rows
from qa_pipeline.scorecards.folder import CardFolder
from qa_pipeline.scorecards.reading import read_placed_card
from qa_pipeline.warehouse.database import apply_schema, insert_rows
from qa_pipeline.warehouse.evaluations import replace_machine_evaluations, replace_questions
from tests import scenario
from tests.scenario import DAY_1, DAY_2, DAY_3

MADE_AT = dt.datetime(2025, 9, 4, tzinfo=dt.UTC)
LIMITS = PlaceLimits(dead_air_ms=3000, turn_taking_ms=200)
CARD = """
scorecard: by-metrics
title: By metrics
scoring: points
min_coverage: 0.5
effective_from: 2025-09-01
effective_to: 2025-09-02
sections:
  - id: talk
    title: Talk
    questions:
      - id: dead_air
        text: Dead air, s
        type: number
        bands: [{below: 5, points: 2}, {at_least: 5, points: 0}]
        answered_by: {metric: dead_air_s}
      - id: interrupts
        text: Did the agent interrupt the customer?
        options: [{id: yes, text: Yes, points: 0}, {id: no, text: No, points: 2}]
        answered_by:
          metric: agent_interruptions
          options: [{option: no, below: 1}, {option: yes, at_least: 1}]
      - id: billing_only
        text: Response time, ms
        type: number
        asked_when: {metadata: queue, values: [billing]}
        bands: [{below: 3000, points: 1}, {at_least: 3000, points: 0}]
        answered_by: {metric: response_ms_p50}
      - id: greeting
        text: Was the customer greeted?
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0}]
"""
CARDS = CardFolder((read_placed_card(CARD, "card"),), ())


@pytest.fixture(scope="module")
def answered() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        apply_schema(connection)
        scenario.seed(connection)
        days = [DAY_1, DAY_2, DAY_3]
        replace_machine_evaluations(connection, days, evaluate_calls(connection, days, CARDS, MADE_AT), MADE_AT)
        replace_questions(connection, [{**row, "kept_at": MADE_AT} for row in card_rows(CARDS.cards[0].card)])
        yield connection


def test_each_transcribed_call_of_the_cards_days_is_evaluated_and_no_other(answered: duckdb.DuckDBPyConnection) -> None:
    found = answered.execute("select call_id from evaluations order by all").fetchall()
    calls = "select call_id from calls where call_date <= date '2025-09-02' and status in ('ok', 'partial', 'failed')"
    expected = answered.execute(f"{calls} order by all").fetchall()
    assert found == expected
    kinds = answered.execute("select distinct evaluation_type, state, evaluator, released_at from evaluations")
    assert kinds.fetchall() == [("machine", "submitted", None, None)]


def test_a_metric_that_is_not_known_is_cannot_tell_with_the_reason_and_never_no(
    answered: duckdb.DuckDBPyConnection,
) -> None:
    rows = answered.execute(
        "select answers.call_id, question_id, answer_kind, answer, reason from evaluation_answers as answers "
        "inner join call_metrics using (call_id) where agent_interruptions is null and question_id = 'interrupts'"
    ).fetchall()
    assert rows
    assert {row[2:4] for row in rows} == {("cannot_tell", None)}
    assert all("agent_interruptions is not known" in row[4] or "not transcribed" in row[4] for row in rows)


def test_a_figure_of_0_is_an_answer(answered: duckdb.DuckDBPyConnection) -> None:
    row = answered.execute("select score, coverage from evaluations where call_id = 'c0102'").fetchone()
    answers = answered.execute(
        "select question_id, answer, options, earned from evaluation_answers where call_id = 'c0102' order by position"
    ).fetchall()
    assert answers == [
        ("dead_air", "0", ["<5"], 2.0), ("interrupts", "no", ["no"], 2.0), ("billing_only", None, [], None),
    ]  # fmt: skip
    assert row == (100.0, 0.8), "the greeting is a person's to answer"


def test_who_is_not_asked_has_a_condition_to_thank(answered: duckdb.DuckDBPyConnection) -> None:
    rows = answered.execute(
        "select distinct queue = 'billing', answer_kind = 'not_asked', answers.source "
        "from evaluation_answers as answers inner join evaluations using (evaluation_id) "
        "where question_id = 'billing_only' order by all"
    ).fetchall()
    assert rows == [(False, True, "condition"), (True, False, "metric")]
    assert answered.execute("from evaluation_answers where question_id = 'greeting'").fetchall() == []


def test_a_machines_figures_stand_apart_and_say_how_often_they_can_not_tell(
    answered: duckdb.DuckDBPyConnection,
) -> None:
    assert answered.execute("select distinct evaluated_by from scores_daily").fetchall() == [("machine",)]
    asked, cannot = answered.execute(
        "select sum(asked), sum(cannot_tell) from question_rates "
        "where dimension = 'all' and question_id = 'interrupts' and option = 'yes'"
    ).fetchone()  # type: ignore[misc]
    assert (asked, cannot) == (7, 2)


def test_making_them_again_changes_nothing(answered: duckdb.DuckDBPyConnection) -> None:
    select = "select answers.*, made.* from evaluation_answers as answers inner join evaluations as made "
    select += "using (evaluation_id) order by all"
    before = answered.execute(select).fetchall()
    later = MADE_AT + dt.timedelta(hours=1)
    again = evaluate_calls(answered, [DAY_1], CARDS, later)
    assert replace_machine_evaluations(answered, [DAY_1], again, later) == len(again["evaluations"]) > 0
    assert answered.execute(select).fetchall() == before, "nor when they were made"
    again["evaluation_answers"][0]["reason"] = "another one"
    replace_machine_evaluations(answered, [DAY_1], again, later)
    assert (
        len(
            answered.execute(
                "select distinct loaded_at from evaluations where in_days(call_date, ?)", [[DAY_1]]
            ).fetchall()
        )
        == 1
    )
    assert answered.execute("select count(*) from evaluation_answers where reason = 'another one'").fetchall() == [(1,)]
    replace_machine_evaluations(answered, [DAY_1], evaluate_calls(answered, [DAY_1], CARDS, MADE_AT), MADE_AT)


# -- doubts ---------------------------------------------------------------------------------------------------------


def call(**fields: Any) -> dict[str, Any]:
    usual = {
        "status": "ok", "agents": 1, "voices_unsure": False, "agent_defects": [], "customer_defects": [],
        "agent_interruptions": 0, "agent_talk_s": 5.0, "agent_channel_suspect": False,
        **{
            f"{role}_{what}": 0
            for role, what in itertools.product(
                ("agent", "customer"), ("words_without_sound", "sound_without_words")
            )
        },
    }  # fmt: skip
    return usual | fields


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"agent_interruptions": None}, "agent_interruptions is not known"),
        ({"status": "failed"}, "not transcribed"),
        ({"agents": 2}, "several agents"),
        ({"voices_unsure": True}, "voices"),
        ({"customer_defects": ["silent"]}, "nobody is heard on the channel of the customer"),
        ({"agent_defects": ["dual_mono"]}, "the same sound"),
        ({"agent_defects": ["bleeding"]}, "a copy of the other party's voice"),
        ({"customer_defects": ["out_of_step"]}, "not in step"),
        ({"customer_sound_without_words": 1}, "sound of the customer has no words"),
        ({"agent_words_without_sound": 2}, "words of the agent have no sound"),
        ({"agent_channel_suspect": True}, "may be swapped"),
    ],
)
def test_doubt_is_said(fields: dict[str, Any], said: str) -> None:
    assert said in (doubt("agent_interruptions", call(**fields)) or "")


def test_what_does_not_concern_the_metric_is_no_doubt() -> None:
    assert doubt("agent_interruptions", call()) is None
    assert doubt("agent_interruptions", call(agent_defects=["clipped", "faint"])) is None
    assert doubt("agent_talk_s", call(customer_defects=["silent"], customer_sound_without_words=3)) is None


# -- places -----------------------------------------------------------------------------------------------------------

TURNS = (
    TurnPlace("customer", 0, 4000, 0, 1, False, False, 0),
    TurnPlace("agent", 3000, 9000, 0, 2, False, True, 1000),
    TurnPlace("customer", 15000, 20000, 2, 2, False, False, 0),
    TurnPlace("agent", 22500, 30000, 3, 3, False, False, 0),
)
CALL = SpokenPlaces([(3000, 9000), (22500, 30000)], [(0, 4000), (15000, 20000)], (), TURNS)


def spans(metric: str, value: float = 1.0, spoken: SpokenPlaces = CALL) -> list[tuple[int, int]]:
    return [(place.begin_ms, place.end_ms) for place in places_of(metric, value, spoken, LIMITS)]


def test_dead_air_is_where_nobody_speaks_for_long() -> None:
    assert spans("dead_air_s") == spans("dead_air_count") == [(9000, 15000)]
    assert spans("longest_silence_s") == [(9000, 15000)]
    apart = SpokenPlaces(CALL.agent, CALL.customer, [(0, 9000), (14000, 30000)], TURNS)
    assert spans("dead_air_s", spoken=apart) == [], "what was not recorded is no silence"


def test_an_interruption_is_where_both_speak_and_names_what_was_said_over_the_other() -> None:
    [place] = places_of("agent_interruptions", 1, CALL, LIMITS)
    assert (place.role, place.begin_ms, place.end_ms, place.sentence_ids) == ("agent", 3000, 4000, (0, 1, 2))
    assert spans("customer_interruptions") == []
    assert spans("overlap_s") == [(3000, 4000)]


def test_slow_responses_are_those_at_least_as_slow_as_the_figure() -> None:
    assert spans("response_ms_p50", 2500) == [(20000, 22500)]
    assert spans("response_ms_p90", 2501) == []


def test_shares_of_a_whole_call_have_no_place() -> None:
    assert spans("talk_ratio", 0.5) == []
    assert (has_places("talk_ratio"), has_places("dead_air_s")) == (False, True)


def test_places_of_the_stored_sentences_are_the_metrics_own(answered: duckdb.DuckDBPyConnection) -> None:
    """The scenario's call with dead air of 12 s, by a card without days."""
    folder = CardFolder((read_placed_card(CARD.replace("effective_to: 2025-09-02", ""), "card"),), ())
    with duckdb.connect() as connection:
        apply_schema(connection)
        scenario.seed(connection)
        connection.execute("update call_metrics set agent_sound_without_words = 0 where call_id = 'c0301'")
        rows = evaluate_calls(connection, [DAY_3], folder, MADE_AT)
        [told] = [
            row for row in rows["evaluation_answers"] if row["call_id"] == "c0301" and row["question_id"] == "dead_air"
        ]
        insert_rows(connection, "evaluation_answers", [{**told, "call_date": DAY_3, "loaded_at": MADE_AT}])
        stored = connection.execute("select evidence from evaluation_answers").fetchall()
    assert (told["number"], told["options"]) == (12.0, [">=5"])
    assert [(each["begin_ms"], each["end_ms"]) for each in told["evidence"]] == [(12000, 24000)]
    assert stored == [(told["evidence"],)]
