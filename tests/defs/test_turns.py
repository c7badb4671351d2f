"""What turns and metrics are made of: which calls, whose channels, and a call that cannot be computed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.reading.conversations import conversations as analysed
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse import conversations
from qa_pipeline.warehouse.conversations import (
    SpokenCall,
    add_conversations,
    announced_in,
    clear_conversations,
    name_announcements,
    spoken_calls,
)
from qa_pipeline.warehouse.database import Warehouse, insert_rows
from tests.warehouse.building import DAY_1, DAY_2, LOADED_AT, call_rows, put


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def rows_of(call_id: str, day: dt.date = DAY_1, **fields: Any) -> dict[str, dict[str, Any]]:
    """A call as `call_rows` makes it, not conversed yet."""
    rows = call_rows(call_id, day, **fields)
    return {table: row for table, row in rows.items() if table not in ("turns", "call_metrics")}


def say(warehouse: Warehouse, call_id: str, role: str, *spans: tuple[int, int], day: dt.date = DAY_1) -> None:
    """Adds a transcribed channel of a role with a sentence for each span; without spans, one where nobody speaks."""
    key = {"call_id": call_id, "channel_id": 1 if role == "customer" else 0, "call_date": day, "role": role}
    transcript = {"text": "", "sentence_count": len(spans), "model": "m", "engine": "e", "recording_id": "r"}
    with warehouse.transaction() as connection:
        insert_rows(connection, "transcripts", [key | transcript | {"loaded_at": LOADED_AT}])
        said = [
            key | {"sentence_id": number + 10, "begin_ms": begin, "end_ms": end, "text": "so it is with this"}
            for number, (begin, end) in enumerate(spans)
        ]
        insert_rows(connection, "sentences", said)


def spoken(warehouse: Warehouse, *days: dt.date) -> dict[str, SpokenCall]:
    with warehouse.transaction() as connection:
        return {call.call_id: call for call in spoken_calls(connection, days or (DAY_1,))}


def fill(warehouse: Warehouse, *days: dt.date) -> list[str]:
    faults: dict[str, str] = {}
    with warehouse.transaction() as connection:
        clear_conversations(connection, days or (DAY_1,))
        found = analysed(spoken_calls(connection, days or (DAY_1,)), MetricThresholds(), faults)
        conversed = list(found)
        add_conversations(connection, conversed, LOADED_AT)
        announced = [each for call, conversation in conversed for each in announced_in(call.call_id, conversation)]
        name_announcements(connection, days or (DAY_1,), announced)
    return list(faults.values())


def query(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    with warehouse.transaction() as connection:
        return connection.execute(sql).fetchall()


def test_every_call_that_came_to_its_end_is_told_with_its_own_sentences(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "BATCH", 2)
    put(warehouse, *(rows_of(call_id) for call_id in ("a", "b", "ü", "z")), rows_of("other", DAY_2))
    put(warehouse, rows_of("pending", status="pending"), rows_of("aside", status="quarantined"))
    say(warehouse, "b", "customer", (1000, 1500), (3000, 3500), (5000, 5500))
    query(warehouse, "delete from sentences where call_id = 'z'")
    found = spoken(warehouse)
    assert list(found) == ["a", "b", "z", "ü"]
    assert {call_id: len(call.sentences) for call_id, call in found.items()} == {"a": 1, "b": 4, "z": 0, "ü": 1}
    assert {sentence.text for sentence in found["ü"].sentences} == {"words of ü"}
    assert found["b"].known_roles == ("agent", "customer")
    assert found["a"].known_roles == ("agent",)
    assert found["a"].speech == {"agent": [(0, 900)]}


def test_a_silent_channel_is_known_and_a_failed_one_is_not(warehouse: Warehouse) -> None:
    put(warehouse, rows_of("silent"), rows_of("failed", status="partial"))
    say(warehouse, "silent", "customer")
    fill(warehouse)
    columns = "customer_talk_s, talk_ratio, silence_s, agent_talk_s"
    found = {row[0]: row[1:] for row in query(warehouse, f"select call_id, {columns} from call_metrics")}
    assert found == {"silent": (0.0, 1.0, 9.1, 0.9), "failed": (None, None, None, 0.9)}
    assert query(warehouse, "select distinct call_id from turns") == [("silent",)]


def test_of_dual_mono_nobody_knows_who_speaks(warehouse: Warehouse) -> None:
    put(warehouse, rows_of("a"))
    query(warehouse, "update acoustics set defects = ['dual_mono']")
    assert (spoken(warehouse)["a"].known_roles, spoken(warehouse)["a"].sentences) == ((), [])


def test_what_was_heard_on_another_recording_says_nothing(warehouse: Warehouse) -> None:
    put(warehouse, rows_of("a"))
    query(warehouse, "update acoustics set recording_id = 'another', defects = ['dual_mono']")
    found = spoken(warehouse)["a"]
    assert (found.speech, found.known_roles) == ({}, ("agent",))


def test_a_call_that_cannot_be_computed_is_named_and_the_others_have_their_rows(warehouse: Warehouse) -> None:
    put(warehouse, rows_of("bad"), rows_of("good"))
    query(warehouse, "update sentences set end_ms = 5, begin_ms = 9 where call_id = 'bad'")
    assert fill(warehouse) == [
        "call bad has no metrics: sentence 0 of channel 0 ends at 5 ms, before it begins at 9 ms"
    ]
    assert query(warehouse, "select call_id from call_metrics") == [("good",)]
    with warehouse.transaction() as connection:
        missing = connection.execute(read_sql("checks/every_call_has_metrics.sql"), {"days": [DAY_1]}).fetchall()
    assert missing == [("bad", "ok")]


def test_a_call_that_moved_to_another_day_leaves_nothing_behind(warehouse: Warehouse) -> None:
    put(warehouse, rows_of("a"))
    say(warehouse, "a", "customer", (2000, 3000))
    fill(warehouse)
    for table in ("calls", "sentences", "transcripts"):
        query(warehouse, f"update {table} set call_date = date '{DAY_2}'")
    fill(warehouse, DAY_2)
    assert query(warehouse, "select call_id, call_date from call_metrics") == [("a", DAY_2)]
    assert query(warehouse, "select distinct call_date from turns") == [(DAY_2,)]


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        ("turns_lie_inside_the_recording_in_order", "update turns set end_ms = 10_001 where turn_id = 1"),
        ("turns_lie_inside_the_recording_in_order", "update turns set begin_ms = 2500 where turn_id = 0"),
        ("turns_lie_inside_the_recording_in_order", "update turns set end_ms = begin_ms - 1"),
        ("talk_overlap_and_silence_add_up", "update call_metrics set overlap_s = overlap_s + 0.002"),
        ("every_call_has_metrics", "delete from call_metrics"),
    ],
)
def test_the_checks_find_what_is_planted_and_nothing_else(check: str, spoil: str, warehouse: Warehouse) -> None:
    put(warehouse, rows_of("a"))
    say(warehouse, "a", "customer", (2000, 3000))
    fill(warehouse)

    def failing() -> int:
        with warehouse.transaction() as connection:
            return len(connection.execute(read_sql(f"checks/{check}.sql"), {"days": [DAY_1]}).fetchall())

    assert failing() == 0
    query(warehouse, spoil)
    assert failing() > 0


def test_an_announcement_is_named_among_the_sounds_of_its_channel_and_is_nobodys_speech(warehouse: Warehouse) -> None:
    put(warehouse, rows_of("a"), rows_of("b"))
    say(warehouse, "a", "customer", (1000, 1500), (3000, 3500))
    tone = "[{'begin_ms': 5000, 'end_ms': 5200, 'kind': 'tone'}]"
    query(warehouse, f"update acoustics set sounds = {tone} where call_id = 'a' and role = 'agent'")
    query(
        warehouse,
        "update sentences set text = 'Your call is important to us.', language = 'en' "
        "where call_id = 'a' and role = 'agent'",
    )
    asked = "select call_id, sounds from acoustics where role = 'agent' order by call_id"
    metrics = "select call_id, agent_talk_s, agent_sentences from call_metrics order by call_id"
    for _ in range(2):  # running the day again names it once
        assert fill(warehouse) == []
        announced = {"begin_ms": 0, "end_ms": 900, "kind": "announcement"}
        beep = {"begin_ms": 5000, "end_ms": 5200, "kind": "tone"}
        assert query(warehouse, asked)[0] == ("a", [announced, beep])
        assert query(warehouse, metrics) == [("a", 0.0, 0), ("b", 0.9, 1)]
    assert "agent" not in {row[0] for row in query(warehouse, "select role from turns where call_id = 'a'")}
    query(warehouse, "update sentences set text = 'Hello.' where call_id = 'a' and role = 'agent'")
    fill(warehouse)
    assert query(warehouse, asked)[0] == ("a", [beep])
    assert query(warehouse, metrics)[0] == ("a", 0.9, 1)
