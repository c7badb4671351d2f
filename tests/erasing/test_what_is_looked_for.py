"""What of a call's metadata is looked for, and where in a history of Dagster something else may stand in its place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from qa_pipeline.erasing.needles import needles_of
from qa_pipeline.erasing.personal_keys import is_personal
from qa_pipeline.erasing.sqlite_files import scrub


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("customer_name", "Zywendola Quorbrax"), ("customer.name", "ANNA"), ("Customer Phone", "+86 138 0013 8000"),
        ("caller", "13800138000"), ("client.id", "k-4711"), ("email", "zoe@example.com"), ("姓名", "陈小薇"),
        ("客户电话", "13800138000"), ("accountNumber", "ACC99120"), ("account", "7788990011"),
    ],
)  # fmt: skip
def test_names_and_numbers_of_people_are_looked_for(key: str, value: str) -> None:
    assert is_personal(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("customer_since", "2025-09-01"), ("client_result", "SUCCESS"), ("account_type", "PREMIUM"),
        ("customer_name", "UNKNOWN"), ("customer_name", "NOT_GIVEN"), ("account", "2025-09-01T10:00:00Z"),
        ("account", "20250901"), ("phone", "1001"), ("caller", "true"), ("agent_name", "Wei Chen"),
        ("agent.name", "Wei Chen"), ("campaign.name", "Spring"), ("file_name", "c1.wav"), ("id", "k-4711"),
        ("ticket.number", "551200"), ("account", "BUSINESS"),
    ],
)  # fmt: skip
def test_other_values_are_not(key: str, value: str) -> None:
    assert not is_personal(key, value)


def test_a_history_keeps_what_it_is_read_by(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    word = "c0101-x"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table event_logs (id, run_id, event, status, partition, step_key, asset_key)")
        connection.execute("insert into event_logs values (1, ?, ?, ?, ?, ?, ?)", [word] * 6)
        connection.commit()

    assert scrub(path, needles_of({word: "erased-1"}, {}, ())) == 1

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select * from event_logs").fetchall() == [(1, word, "erased-1", *[word] * 4)]
