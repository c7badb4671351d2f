"""Queries and marts where a model gave neither times nor emotions: such calls are read, and counted for nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest

from qa_pipeline.conversation.analysis import analyse_call
from qa_pipeline.published.shipped_queries import find_query, list_queries
from qa_pipeline.statements.files import SQL_ROOT, read_sql
from qa_pipeline.warehouse.conversations import add_conversations, spoken_calls
from qa_pipeline.warehouse.daily import MARTS, mart_test, refill_mart
from qa_pipeline.warehouse.database import apply_schema
from tests import scenario
from tests.scenario import DAY_1

Connection = duckdb.DuckDBPyConnection
FLASH = "qwen3-asr-flash"

SENTENCES = [
    ("timed", 0, "agent", 0, 4000, "Hello there.", "en", "neutral"),
    ("timed", 1, "customer", 20000, 24000, "Where is it?", "en", "angry"),
    ("untimed", 0, "agent", None, None, "Good morning. How can I help?", "en", "neutral"),
    ("untimed", 1, "customer", None, None, "I am furious. A refund!", "en", "angry"),
]


@pytest.fixture(scope="module")
def seeded() -> Iterator[Connection]:
    with duckdb.connect() as connection:
        apply_schema(connection)
        for call_id in ("timed", "untimed"):
            connection.execute(
                "insert into calls (call_id, recording_id, call_date, started_at, agent_id, queue, duration_s, "
                "agent_channel, source_uri, status, loaded_at) values "
                "(?, ?, ?, ?, 'a-1', 'desk', 30, 0, 'file:///x.wav', 'ok', now())",
                [call_id, call_id, DAY_1, dt.datetime(2025, 9, 1, 9, tzinfo=dt.UTC)],
            )
        for call_id, channel_id, role, begin_ms, end_ms, text, language, emotion in SENTENCES:
            connection.execute(
                "insert into sentences (call_id, channel_id, sentence_id, call_date, role, begin_ms, end_ms, text, "
                "language, emotion) values (?, ?, 0, ?, ?, ?, ?, ?, ?, ?)",
                [call_id, channel_id, DAY_1, role, begin_ms, end_ms, text, language, emotion],
            )
        connection.execute(
            "create temp table channel_texts as select distinct call_id, channel_id, call_date, role, text, "
            f"'{FLASH}' as model, 'local reference' as engine, call_id as recording_id from sentences"
        )
        for table in ("transcripts", "languages", "emotions"):
            connection.execute(f"insert into {table} by name {read_sql(f'marts/{table}.sql')}", {"days": [DAY_1]})
        calls = [
            (call, analyse_call(call.sentences, call.duration_s, known_roles=call.known_roles))
            for call in spoken_calls(connection, [DAY_1])
        ]
        add_conversations(connection, calls, dt.datetime.now(dt.UTC))
        for mart in MARTS:
            refill_mart(connection, mart, [DAY_1], minimum_n=5)
            assert connection.execute(mart_test(mart), {"days": [DAY_1]}).fetchall() == []
        yield connection


def ask(connection: Connection, name: str, **given: str) -> list[tuple[object, ...]]:
    query = find_query(name)
    return connection.execute(query.sql, query.bind(given)).fetchall()


def test_speech_time_is_unknown_and_not_zero_where_there_are_no_times(seeded: Connection) -> None:
    rows = seeded.execute("select call_id, channel_id, speech_s, language, emotion from transcripts order by all")
    assert rows.fetchall() == [
        ("timed", 0, 4.0, "en", "neutral"),
        ("timed", 1, 4.0, "en", "angry"),
        ("untimed", 0, None, "en", "neutral"),
        ("untimed", 1, None, "en", "angry"),
    ]


@pytest.mark.parametrize("table", ["languages", "emotions"])
def test_shares_are_those_of_sentences_where_there_are_no_times(seeded: Connection, table: str) -> None:
    rows = seeded.execute(f"select call_id, speech_s, share from {table} order by all").fetchall()
    assert rows == [("timed", 4.0, 1.0)] * 2 + [("untimed", None, 1.0)] * 2


def test_several_sentences_without_times_share_by_their_number() -> None:
    with duckdb.connect() as connection:
        apply_schema(connection)
        for number, language in enumerate(("zh", "zh", "en", None)):
            connection.execute(
                "insert into sentences (call_id, channel_id, sentence_id, call_date, role, text, language) "
                "values ('c', 0, ?, ?, 'agent', 'x', ?)",
                [number, DAY_1, language],
            )
        rows = connection.execute(read_sql("marts/languages.sql"), {"days": [DAY_1]}).fetchall()
        shares = {row[2]: (row[5], row[6], round(row[7], 3)) for row in rows}
    assert shares == {"zh": (2, None, 0.667), "en": (1, None, 0.333)}


@pytest.mark.parametrize("name", [query.name for query in list_queries()])
def test_every_question_is_answered(seeded: Connection, name: str) -> None:
    ask(seeded, name)


def test_what_needs_an_order_of_time_speaks_of_calls_with_times_only(seeded: Connection) -> None:
    assert {row[1] for row in ask(seeded, "how_do_agents_open_their_calls")} == {"timed"}
    assert {row[0] for row in ask(seeded, "how_long_was_the_dead_air")} == {"timed"}
    assert ask(seeded, "which_agents_calm_customers") == []
    assert [row[2:6] for row in ask(seeded, "who_does_the_talking")] == [(1, 4.0, 4.0, 0.5)]


def test_what_needs_none_speaks_of_all(seeded: Connection) -> None:
    assert ask(seeded, "what_was_said_in_a_call", call_id="untimed") == [
        ("untimed", None, None, "agent", "en", "neutral", "Good morning. How can I help?"),
        ("untimed", None, None, "customer", "en", "angry", "I am furious. A refund!"),
    ]
    assert [row[0] for row in ask(seeded, "who_says_a_phrase", phrase="refund")] == ["untimed"]
    assert ask(seeded, "when_in_the_day_are_customers_angry") == [(9, 2, 2, 1.0)]
    assert ask(seeded, "how_did_customers_feel_day_by_day") == [(DAY_1, "angry", 2, 4.0, 1.0)]


def test_a_sentence_with_half_a_time_fails_the_check(seeded: Connection) -> None:
    check = (SQL_ROOT / "checks" / "sentences_lie_inside_the_recording_in_order.sql").read_text(encoding="utf-8")
    assert seeded.execute(check, {"days": [DAY_1]}).fetchall() == []
    seeded.execute("begin")
    seeded.execute("update sentences set begin_ms = 5 where call_id = 'untimed' and channel_id = 0")
    assert len(seeded.execute(check, {"days": [DAY_1]}).fetchall()) == 1
    seeded.execute("rollback")


def test_what_somebody_asked_for_again_is_no_money_lost() -> None:
    with duckdb.connect() as connection:
        apply_schema(connection)
        scenario.seed(connection)
        connection.execute(
            "insert into transcription_tasks by name select * replace (2 as attempt, true as asked_again) "
            "from transcription_tasks where submission_id = 'c0101-agent-1'"
        )
        assert ask(connection, "was_any_channel_billed_twice") == []


def test_a_channel_that_another_model_transcribed_has_not_failed() -> None:
    with duckdb.connect() as connection:
        apply_schema(connection)
        scenario.seed(connection)
        connection.execute(
            "insert into transcription_tasks by name select * replace ('fun-asr' as model, 'failed' as state, "
            "now() as planned_at) from transcription_tasks where submission_id = 'c0101-agent-1'"
        )
        assert "c0101" not in {row[0] for row in ask(connection, "which_channels_failed_and_why")}


def test_tables_of_an_earlier_version_take_rows_without_times() -> None:
    with duckdb.connect() as connection:
        for statement in (
            "create table sentences (call_id varchar not null, channel_id integer not null, sentence_id integer not "
            "null, call_date date, role varchar not null, begin_ms integer not null, end_ms integer not null, text "
            "varchar not null, language varchar, emotion varchar, words struct(begin_ms integer, end_ms integer, "
            '"text" varchar, punctuation varchar)[], primary key (call_id, channel_id, sentence_id))',
            "create table redactions (call_id varchar not null, redaction_id integer not null, channel_id integer not "
            "null, role varchar not null, call_date date, kind varchar not null, policy varchar not null, sentence_id "
            "integer not null, begin_char integer not null, end_char integer not null, begin_ms integer, end_ms "
            "integer, detector varchar not null, primary key (call_id, redaction_id))",
            "create table transcription_tasks (recording_id varchar, billed_s double)",
            "insert into sentences (call_id, channel_id, sentence_id, role, begin_ms, end_ms, text, words) values "
            "('old', 0, 0, 'agent', 1, 2, 'x', [{begin_ms: 1, end_ms: 2, text: 'x', punctuation: ''}])",
        ):
            connection.execute(statement)
        apply_schema(connection)
        apply_schema(connection)
        connection.execute(
            "insert into sentences (call_id, channel_id, sentence_id, role, text) values ('new',0,0,'agent','y')"
        )
        connection.execute(
            "insert into redactions (call_id, redaction_id, channel_id, role, kind, policy, detector) "
            "values ('new', 1, 0, 'agent', 'card', 'mask', 'shape')"
        )
        connection.execute("insert into transcription_tasks by name select 'r' as recording_id, 'why' as model_reason")
        rows = connection.execute("select call_id, begin_ms, words from sentences order by all").fetchall()
    word = {"begin_ms": 1, "end_ms": 2, "text": "x", "punctuation": "", "confidence": None}
    assert rows == [("new", None, None), ("old", 1, [word])]
