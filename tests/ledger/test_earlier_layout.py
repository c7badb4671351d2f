"""A ledger of an earlier version is brought into the short form once, whole or not at all; nothing of it is lost."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from tests.ledger.building import PAID, open_ledger, work_item

ROOT = Path(__file__).resolve().parents[2]

EARLIER = """
CREATE TABLE transcription_units (
    unit_id VARCHAR(32) PRIMARY KEY, submission_id VARCHAR(32) NOT NULL, recording_id VARCHAR(64) NOT NULL,
    channel_id INTEGER NOT NULL, model VARCHAR(80) NOT NULL, parameters_hash VARCHAR(16) NOT NULL,
    attempt INTEGER NOT NULL, parameters JSON NOT NULL, call_id TEXT NOT NULL, call_date VARCHAR(10) NOT NULL,
    source_uri TEXT NOT NULL, audio_s FLOAT NOT NULL, engine_kind VARCHAR(16) NOT NULL, engine VARCHAR(80) NOT NULL,
    region VARCHAR(32) NOT NULL, account VARCHAR(16) NOT NULL, state VARCHAR(16) NOT NULL, worker_id VARCHAR(32),
    task_id VARCHAR(128), file_url TEXT, code TEXT, message TEXT, billed_s FLOAT, cost_usd FLOAT, raw_path TEXT,
    raw_sha256 VARCHAR(64), planned_at FLOAT NOT NULL, sending_at FLOAT, submitted_at FLOAT, ended_at FLOAT,
    fetched_at FLOAT, parsed_at FLOAT{more})
"""
NEWER = ", model_reason TEXT, context_sha256 VARCHAR(64), asked_again INTEGER, settings_hash VARCHAR(16)"


def earlier_row(number: int, state: UnitState, rng: random.Random) -> dict[str, Any]:
    item = work_item(f"call {number // 2:05}", number % 2)
    submission = uuid.UUID(int=rng.getrandbits(128)).hex
    at = 1_750_000_000.0 + number
    is_answered = state is UnitState.PARSED
    return {
        "unit_id": uuid.UUID(int=rng.getrandbits(128)).hex,
        "submission_id": submission,
        "recording_id": item.recording_id,
        "channel_id": item.channel_id,
        "model": item.model,
        "parameters_hash": item.parameters.digest,
        "attempt": 1,
        "parameters": '{"enable_words": true}',
        "call_id": item.call_id,
        "call_date": item.call_date,
        "source_uri": item.source_uri,
        "audio_s": item.audio_s,
        "engine_kind": PAID.engine_kind,
        "engine": PAID.engine,
        "region": PAID.region,
        "account": PAID.account,
        "state": state.value,
        "worker_id": uuid.UUID(int=rng.getrandbits(128)).hex,
        "task_id": str(uuid.UUID(int=rng.getrandbits(128))),
        "file_url": f"oss://folder/qa-{submission}-00000000-{number}.wav",
        "billed_s": 62.0 if is_answered else None,
        "cost_usd": 0.01364 if is_answered else None,
        "raw_path": f"{item.model}/{item.call_date}/{submission}.json" if is_answered else None,
        "raw_sha256": f"{rng.getrandbits(256):064x}" if is_answered else None,
        "planned_at": at,
        "sending_at": at + 0.25,
        "submitted_at": at + 0.5,
        "fetched_at": at + 9.125 if is_answered else None,
    }


def earlier_ledger(path: Path, rows: list[dict[str, Any]], more: str = NEWER) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(EARLIER.format(more=more))
        names = ", ".join(f":{name}" for name in rows[0])
        connection.executemany(f"INSERT INTO transcription_units ({', '.join(rows[0])}) VALUES ({names})", rows)
    connection.close()


def every_state(count: int) -> list[dict[str, Any]]:
    rng, states = random.Random(1), list(UnitState)
    return [earlier_row(number, states[number % len(states)], rng) for number in range(count)]


@pytest.mark.parametrize("more", ["", NEWER])
def test_every_row_is_as_it_was(tmp_path: Path, more: str) -> None:
    before = every_state(2 * len(UnitState))
    earlier_ledger(tmp_path / "operations.sqlite", before, more)
    ledger = open_ledger(tmp_path)
    for row in before:
        [now] = ledger.of_submissions([row["submission_id"]])
        over = now.state in (UnitState.FETCHED, UnitState.PARSED, UnitState.FAILED)
        dropped = {"unit_id", "parameters", *(("file_url", "worker_id") if over else ())}
        assert {name: getattr(now, name) for name in row if name not in dropped} == {
            name: value for name, value in row.items() if name not in dropped
        }
        assert now.parameters == {"enable_words": True}
    wanted = [work_item(f"call {number // 2:05}", number % 2) for number in range(len(before))]
    planned = ledger.plan(wanted, PAID, together=False)
    assert {row.submission_id for row in planned} == {row["submission_id"] for row in before}, "nothing is paid again"
    ledger.engine.dispose()


def test_an_earlier_version_of_the_product_can_write_nothing_into_it(tmp_path: Path) -> None:
    earlier_ledger(tmp_path / "operations.sqlite", every_state(3))
    open_ledger(tmp_path).engine.dispose()
    with sqlite3.connect(tmp_path / "operations.sqlite") as connection:
        found = connection.execute("select state, call_date from transcription_units").fetchall()
        assert set(found) == {(state, "2025-09-01") for state in ("planned", "sending", "submitted")}
        with pytest.raises(sqlite3.OperationalError, match="view"):
            connection.execute("insert into transcription_units (unit_id) values ('x')")
    connection.close()


OPENS = """
import sys
from qa_pipeline.ledger import earlier_layout
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.writing import insert_attempts

def say(*arguments):
    insert_attempts(*arguments)
    print("some are moved", flush=True)

earlier_layout.ROWS_AT_ONCE, earlier_layout.insert_attempts = 20, say
open_operations(sys.argv[1])
"""


@pytest.mark.process
def test_a_kill_in_the_middle_leaves_it_as_it_was_and_the_next_opening_does_it(tmp_path: Path) -> None:
    before = every_state(400)
    path = tmp_path / "operations.sqlite"
    earlier_ledger(path, before)
    process = subprocess.Popen(
        [sys.executable, "-c", OPENS, f"sqlite:///{path}"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    ledger = Ledger(open_operations(f"sqlite:///{path}"))
    with ledger.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from attempts").scalar_one() == len(before)
    newest = before[-1]
    assert ledger.of_submissions([newest["submission_id"]])[0].task_id == newest["task_id"]
    ledger.engine.dispose()


def test_two_processes_that_open_it_at_once_both_can(tmp_path: Path) -> None:
    path = tmp_path / "operations.sqlite"
    earlier_ledger(path, every_state(200))
    opening = [
        subprocess.Popen([sys.executable, "-c", OPENS, f"sqlite:///{path}"], cwd=ROOT, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [process.wait() for process in opening] == [0, 0]
    ledger = open_ledger(tmp_path)
    assert sum(ledger.counts().values()) == 200
    ledger.engine.dispose()


def test_the_view_cannot_be_written_through_the_product_either(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    with pytest.raises(DBAPIError, match="view"), ledger.engine.begin() as connection:
        connection.exec_driver_sql("delete from transcription_units")
    ledger.engine.dispose()
