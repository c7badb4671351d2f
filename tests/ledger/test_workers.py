"""Who is sending right now: a worker is believed dead only when it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, update

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import workers
from qa_pipeline.ledger.workers import FORGET_AFTER_S, HEARTBEAT_S, SILENT_AFTER_S, WorkerRegister

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """A clock that tests move."""

    now = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register(ledger: Ledger, clock: Clock) -> WorkerRegister:
    return WorkerRegister(ledger.engine, clock)


def set_columns(ledger: Ledger, worker_id: str, **values: object) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(update(workers).where(workers.c.worker_id == worker_id).values(**values))


def test_a_worker_lives_from_entering_to_leaving(register: WorkerRegister) -> None:
    first, second = register.enter("run-1"), register.enter(None)
    assert register.living() == {first, second}
    register.leave(first)
    assert register.living() == {second}


def test_a_silent_worker_is_dead_and_one_that_beats_is_not(register: WorkerRegister, clock: Clock) -> None:
    silent, beating = register.enter(None), register.enter(None)
    clock.now += SILENT_AFTER_S
    register.beat(beating)
    clock.now += HEARTBEAT_S
    assert register.living() == {beating}
    assert silent not in register.living()


def test_one_missed_beat_kills_nobody() -> None:
    assert SILENT_AFTER_S > 3 * HEARTBEAT_S


STAYS = """
import sys, time
from sqlalchemy import create_engine
from qa_pipeline.ledger.workers import WorkerRegister
from qa_pipeline.ledger.tables import open_operations
print(WorkerRegister(open_operations(sys.argv[1])).enter("a run"), flush=True)
time.sleep(600)
"""


def test_a_process_that_was_killed_is_seen_dead_at_once_though_it_beat_a_moment_ago(
    ledger: Ledger,
) -> None:
    url = ledger.engine.url.render_as_string()
    process = subprocess.Popen([sys.executable, "-c", STAYS, url], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    register = WorkerRegister(ledger.engine)
    try:
        assert process.stdout is not None
        worker_id = process.stdout.readline().strip()
        assert register.living() == {worker_id}
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert register.living() == set()
    finally:
        process.kill()
        process.communicate()


def test_a_worker_of_another_machine_is_believed_by_its_beat_alone(ledger: Ledger, register: WorkerRegister) -> None:
    elsewhere = register.enter(None)
    dead_pid = subprocess.Popen([sys.executable, "-c", ""])
    dead_pid.wait()
    set_columns(ledger, elsewhere, host="another-machine", pid=dead_pid.pid)
    assert register.living() == {elsewhere}
    set_columns(ledger, elsewhere, host=os.uname().nodename)
    assert register.living() == set()


def test_a_process_of_another_user_is_alive(ledger: Ledger, register: WorkerRegister) -> None:
    of_root = register.enter(None)
    set_columns(ledger, of_root, pid=1)
    assert register.living() == {of_root}


def test_workers_long_dead_are_forgotten(ledger: Ledger, register: WorkerRegister, clock: Clock) -> None:
    register.enter(None)
    clock.now += FORGET_AFTER_S + 1
    kept = register.enter(None)
    with ledger.engine.connect() as connection:
        assert list(connection.execute(select(workers.c.worker_id)).scalars()) == [kept]
