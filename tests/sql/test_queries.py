"""Every ad-hoc query is asked of the shared scenario; the rows below are what its reader would notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from qa_pipeline.published.shipped_queries import find_query, list_queries
from qa_pipeline.warehouse.database import apply_schema
from tests import scenario
from tests.scenario import CLOUD, DAY_1, DAY_2, DAY_3, HOSTILE_NAME, HOSTILE_TEXT, LOCAL, MODEL

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def seeded() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        apply_schema(connection)
        scenario.seed(connection)
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, name: str, **given: str) -> Rows:
    query = find_query(name)
    return connection.execute(query.sql, query.bind(given)).fetchall()


ANSWERS: dict[str, Rows] = {
    "how_did_customers_feel_day_by_day": [
        (DAY_1, "angry", 2, 16.0, 0.68),
        (DAY_1, "neutral", 1, 4.5, 0.19),
        (DAY_1, "happy", 1, 3.0, 0.13),
        (DAY_2, "sad", 1, 6.0, 0.31),
        (DAY_2, "neutral", 2, 5.5, 0.28),
        (DAY_2, "unlabelled", 1, 5.0, 0.26),
        (DAY_2, "happy", 1, 3.0, 0.15),
        (DAY_3, "angry", 1, 4.5, 0.31),
        (DAY_3, "fearful", 1, 4.5, 0.31),
        (DAY_3, "disgusted", 1, 3.0, 0.21),
        (DAY_3, "surprised", 1, 2.5, 0.17),
    ],
    "how_do_agents_open_their_calls": [
        ("a-brooks", "c0302", DAY_3, 1.0, "en", "neutral", "Hello, this is Daniel."),
        ("a-chen", "c0101", DAY_1, 1.0, "zh", "neutral", "您好，我是陈薇。"),
        ("a-chen", "c0103", DAY_1, 1.0, "zh", "neutral", "您好。"),
        ("a-chen", "c0205", DAY_2, 1.0, "yue", None, "你好，請問有咩幫到你？"),
        ("a-haddad", "c0202", DAY_2, 1.0, "ar", "neutral", "صباح الخير، معك ليلى."),
        ("a-ortiz", "c0102", DAY_1, 0.5, "en", "happy", "Good morning, delivery desk."),
        ("a-ortiz", "c0201", DAY_2, 1.0, "es", "happy", "Buenos días, le atiende Lucía."),
        ("a-weber", "c0301", DAY_3, 1.0, "de", "neutral", "Guten Abend, technischer Support."),
    ],
    "how_long_did_transcription_take": [
        (DAY_1, CLOUD, 2, 5.0, 5.9, 12.0),
        (DAY_1, LOCAL, 3, 4.0, 5.8, 15.7),
        (DAY_2, LOCAL, 6, 5.0, 6.0, 12.0),
        (DAY_3, LOCAL, 4, 5.0, 6.0, 15.0),
    ],
    "how_long_was_the_dead_air": [
        ("c0301", DAY_3, "a-weber", "tech-support", 12.0, 1, 12.0, 3.0),
    ],
    "how_were_questions_answered": [],
    "was_any_channel_billed_twice": [],
    "what_changed_between_card_versions": [],
    "what_did_we_pay_per_queue": [
        ("billing", 3, 5, 300.0, 0.0096),
        ("tech-support", 2, 4, 300.0, 0.0096),
        ("retention", 2, 4, 240.0, 0.00768),
        ("delivery", 1, 2, 162.0, 0.005184),
    ],
    "what_was_said_in_a_call": [
        ("c0301", 1.0, 4.0, "agent", "de", "neutral", "Guten Abend, technischer Support."),
        ("c0301", 4.5, 9.0, "customer", "de", "angry", "Seit Stunden geht hier gar nichts!"),
        ("c0301", 9.5, 12.0, "agent", "de", "neutral", "Einen Moment, ich prüfe die Leitung."),
        ("c0301", 24.0, 27.0, "agent", "de", "happy", "Die Leitung ist wieder frei."),
        ("c0301", 27.5, 30.0, "customer", "de", "surprised", "Ah, es geht wieder."),
    ],
    "when_in_the_day_are_customers_angry": [
        (1, 2, 1, 0.5),
        (2, 2, 1, 0.5),
        (3, 1, 0, 0.0),
        (8, 1, 0, 0.0),
        (13, 1, 1, 1.0),
    ],
    "where_did_customers_switch_language": [
        ("c0201", DAY_2, "a-ortiz", "retention", 9.0, "es", "en", "Can we go on in English, please?"),
    ],
    "which_agents_calm_customers": [
        ("a-chen", "陈薇", 1, 10.0, None, None, 1, 0),
        ("a-weber", "Jonas Weber", 1, 5.0, None, None, 1, 0),
        ("a-ortiz", "Lucía Ortiz", 1, -2.14, None, None, 0, 0),
    ],
    "which_agents_score_best": [],
    "which_calls_are_missing_a_side": [
        ("c0103", DAY_1, "a-chen", "billing", "customer", "FILE_DOWNLOAD_FAILED",
         "the service could not download the file"),
    ],
    "which_calls_turned_angry": [
        ("c0102", DAY_1, "a-ortiz", "delivery", 13.0, "neutral", "No! I want a Refund, now!", 10.0),
    ],
    "which_channels_failed_and_why": [
        ("c0103", DAY_1, "customer", 1, "FILE_DOWNLOAD_FAILED", "the service could not download the file", 1,
         dt.datetime(2025, 9, 4, 1, 1, 6, tzinfo=dt.UTC)),
        ("c0203", DAY_2, "agent", 0, "DECODE_ERROR", "the audio could not be decoded", 1,
         dt.datetime(2025, 9, 4, 1, 1, 4, tzinfo=dt.UTC)),
        ("c0203", DAY_2, "customer", 1, "DECODE_ERROR", "the audio could not be decoded", 1,
         dt.datetime(2025, 9, 4, 1, 1, 6, tzinfo=dt.UTC)),
    ],
    "which_engines_made_the_transcripts": [
        (LOCAL, MODEL, 7, 13, 25, 1.0, 0.92),
        (CLOUD, MODEL, 1, 2, 4, 1.0, 1.0),
    ],
    "which_evaluations_are_behind_schedule": [],
    "which_languages_does_each_queue_hear": [
        ("billing", "zh", 1, 9.0, 0.53),
        ("billing", "ar", 1, 8.0, 0.47),
        ("delivery", "en", 1, 14.5, 1.0),
        ("retention", "yue", 1, 5.0, 0.43),
        ("retention", "es", 1, 3.5, 0.3),
        ("retention", "en", 1, 3.0, 0.26),
        ("tech-support", "en", 1, 7.5, 0.52),
        ("tech-support", "de", 1, 7.0, 0.48),
    ],
    "which_recordings_were_quarantined_and_why": [
        ("c0400", None, "no_date",
         "c0400.wav has no call date; put it into a folder named YYYY-MM-DD or give started_at",
         "file:///recordings/c0400.wav"),
        ("c0104", DAY_1, "mono",
         "c0104.wav has one channel; a stereo recording with one role a channel is needed",
         "file:///recordings/2025-09-01/c0104.wav"),
        ("c0204", DAY_2, "not_audio", "c0204.wav is text, not audio; export the recording again",
         "file:///recordings/2025-09-02/c0204.wav"),
        ("c0303", DAY_3, "duplicate_audio", "c0303.wav holds the same audio as call c0101; keep one of the two",
         "file:///recordings/2025-09-03/c0303.wav"),
    ],
    "which_results_have_odd_values": [
        ("emotion", "null", '"calm"', LOCAL, 2, 2, ["c0205"]),
    ],
    "which_sentences_may_be_recordings": [],
    "which_sentences_should_we_listen_to": [
        ("c0102", DAY_1, "a-ortiz", "delivery", "customer", 13.0, 6.0, 0.4, LOCAL, "No! I want a Refund, now!"),
        ("c0102", DAY_1, "a-ortiz", "delivery", "customer", 3.5, 4.5, 0.75, LOCAL, "My parcel is late."),
    ],
    "which_transcripts_lack_emotions": [
        ("c0205", DAY_2, "agent", LOCAL, 1, 1),
        ("c0205", DAY_2, "customer", LOCAL, 1, 1),
    ],
    "who_does_the_talking": [
        ("a-weber", "Jonas Weber", 1, 8.5, 7.0, 0.55),
        ("a-ortiz", "Lucía Ortiz", 2, 17.5, 21.0, 0.45),
        ("a-chen", "陈薇", 2, 9.5, 14.0, 0.4),
        ("a-haddad", "ليلى حداد", 1, 4.5, 8.0, 0.36),
        ("a-brooks", HOSTILE_NAME, 1, 2.0, 7.5, 0.21),
    ],
    "who_says_a_phrase": [
        ("c0102", DAY_1, "a-ortiz", "delivery", "customer", 13.0, "No! I want a Refund, now!"),
        ("c0102", DAY_1, "a-ortiz", "delivery", "agent", 25.0, "I can offer a refund."),
    ],
    "who_talked_over_whom": [
        ("c0102", DAY_1, "a-ortiz", "customer", 13.0, 2.0, "I see that it left the depot on Monday.",
         "No! I want a Refund, now! This is the third time."),
    ],
}  # fmt: skip


def test_every_query_has_its_answer_here() -> None:
    assert sorted(ANSWERS) == [query.name for query in list_queries()]


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_query_answers_its_question(seeded: duckdb.DuckDBPyConnection, name: str) -> None:
    assert ask(seeded, name) == ANSWERS[name]


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_header_describes_the_columns_that_come_back(seeded: duckdb.DuckDBPyConnection, name: str) -> None:
    query = find_query(name)
    answer = seeded.execute(query.sql, query.bind())
    assert [column.name for column in query.columns] == [item[0] for item in answer.description]


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_snapshot_without_calls_gives_no_rows(name: str) -> None:
    with duckdb.connect() as connection:
        apply_schema(connection)
        assert ask(connection, name) == []


@pytest.mark.parametrize("name", sorted(name for name in ANSWERS if "from_date" in find_query(name).sql))
def test_the_dates_bound_the_answer(seeded: duckdb.DuckDBPyConnection, name: str) -> None:
    rows = ask(seeded, name, from_date="2025-09-02", to_date="2025-09-02")
    others = {DAY_1, DAY_3} & {value for row in rows for value in row if isinstance(value, dt.date)}
    assert not others
    assert ask(seeded, name, from_date="2024-01-01", to_date="2024-12-31") == (
        [row for row in ANSWERS[name] if row[1] is None] if "quarantined" in name else []
    )


def test_a_queue_narrows_the_calls_that_turned_angry(seeded: duckdb.DuckDBPyConnection) -> None:
    assert len(ask(seeded, "which_calls_turned_angry", queue="delivery")) == 1
    assert ask(seeded, "which_calls_turned_angry", queue="billing") == []


def test_a_phrase_is_found_in_a_script_without_spaces(seeded: duckdb.DuckDBPyConnection) -> None:
    assert [row[0] for row in ask(seeded, "who_says_a_phrase", phrase="退款")] == ["c0101"]
    assert [row[4] for row in ask(seeded, "who_says_a_phrase", role="agent")] == ["agent"]


def test_a_phrase_is_text_and_never_a_pattern(seeded: duckdb.DuckDBPyConnection) -> None:
    assert ask(seeded, "who_says_a_phrase", phrase="%") == []
    assert [row[6] for row in ask(seeded, "who_says_a_phrase", phrase="<script>")] == [HOSTILE_TEXT]


def test_sentences_to_listen_to_are_spread_over_calls_and_long_enough(seeded: duckdb.DuckDBPyConnection) -> None:
    name = "which_sentences_should_we_listen_to"
    assert len(ask(seeded, name, per_call="9")) == 3
    assert [row[5] for row in ask(seeded, name, per_call="1")] == [13.0]
    assert [row[4] for row in ask(seeded, name, role="agent")] == ["agent"]
    assert ask(seeded, name, engine=CLOUD) == []
    assert [row[6] for row in ask(seeded, name, per_call="9", min_s="6")] == [6.0, 6.5]


def test_a_longer_silence_can_be_asked_for(seeded: duckdb.DuckDBPyConnection) -> None:
    assert len(ask(seeded, "how_long_was_the_dead_air", min_silence_s="12")) == 1
    assert ask(seeded, "how_long_was_the_dead_air", min_silence_s="12.1") == []


def test_a_longer_overlap_can_be_asked_for(seeded: duckdb.DuckDBPyConnection) -> None:
    assert len(ask(seeded, "who_talked_over_whom", min_overlap_s="2")) == 1
    assert ask(seeded, "who_talked_over_whom", min_overlap_s="2.1") == []


def test_a_queue_narrows_how_customers_felt(seeded: duckdb.DuckDBPyConnection) -> None:
    rows = ask(seeded, "how_did_customers_feel_day_by_day", queue="delivery")
    assert [row[1:4] for row in rows] == [("angry", 1, 10.0), ("neutral", 1, 4.5)]


def test_the_hours_are_those_of_the_time_zone(seeded: duckdb.DuckDBPyConnection) -> None:
    rows = ask(seeded, "when_in_the_day_are_customers_angry", time_zone="Asia/Shanghai")
    assert [row[0] for row in rows if row[2]] == [9, 10, 21]


def test_a_call_is_read_out_by_its_id(seeded: duckdb.DuckDBPyConnection) -> None:
    rows = ask(seeded, "what_was_said_in_a_call", call_id="c0205")
    assert [(row[3], row[5]) for row in rows] == [("agent", None), ("customer", None)]


def test_an_agent_narrows_the_openings(seeded: duckdb.DuckDBPyConnection) -> None:
    assert {row[0] for row in ask(seeded, "how_do_agents_open_their_calls", agent_id="a-ortiz")} == {"a-ortiz"}


def test_a_reason_narrows_the_quarantine(seeded: duckdb.DuckDBPyConnection) -> None:
    rows = ask(seeded, "which_recordings_were_quarantined_and_why", reason="mono")
    assert [row[0] for row in rows] == ["c0104"]


def test_a_channel_charged_twice_is_found_with_what_it_cost_too_much() -> None:
    with duckdb.connect() as connection:
        apply_schema(connection)
        scenario.seed(connection)
        connection.execute(
            "insert into transcription_tasks by name select * replace (2 as attempt, 'task-again' as task_id) "
            "from transcription_tasks where submission_id = 'c0101-agent-1'"
        )
        recording_id = scenario.CALLS[0].recording_id
        assert ask(connection, "was_any_channel_billed_twice") == [
            (recording_id, 0, MODEL, 2, 120.0, 0.00192, ["task-c0101-agent-1", "task-again"])
        ]
        connection.execute("update transcription_tasks set parameters_hash = 'otherwise' where task_id = 'task-again'")
        assert ask(connection, "was_any_channel_billed_twice") == [
            (recording_id, 0, MODEL, 2, 120.0, 0.00192, ["task-c0101-agent-1", "task-again"])
        ], "asked in another way, and paid for all the same"
        connection.execute("update transcription_tasks set model = 'fun-asr' where task_id = 'task-again'")
        [row] = ask(connection, "was_any_channel_billed_twice")
        assert row[2] == f"fun-asr, {MODEL}"
        connection.execute("update transcription_tasks set asked_again = true where task_id = 'task-again'")
        assert ask(connection, "was_any_channel_billed_twice") == [], "a person wanted it"


def test_sentences_that_last_equally_long_in_calls_of_several_agents_may_be_recordings(
    seeded: duckdb.DuckDBPyConnection,
) -> None:
    seeded.begin()
    calls = [
        row[0] for row in seeded.execute("select call_id from calls where agent_id is not null limit 6").fetchall()
    ]
    columns = "(call_id, channel_id, sentence_id, call_date, role, begin_ms, end_ms, text)"
    for number, call_id in enumerate(calls):
        for sentence_id, text, end_ms in (
            (900, "Welcome to Corvane!" if number % 2 else "welcome to corvane", 3000 + 10 * number),
            (901, "Good morning, how can I help?", 3000 + 200 * number),
        ):
            values = [call_id, sentence_id, end_ms, text]
            select = "select ?, 0, ?, call_date, 'agent', 500, ?, ? from calls where call_id = ?"
            seeded.execute(f"insert into sentences {columns} {select}", [*values, call_id])
    [(said, role, count, agents, _, shortest, longest, first_at)] = ask(seeded, "which_sentences_may_be_recordings")
    assert (said.casefold().strip("!"), role, count, shortest, longest) == ("welcome to corvane", "agent", 6, 2.5, 2.55)
    assert agents > 1
    assert first_at == 0.5
    seeded.rollback()
