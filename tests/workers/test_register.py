"""A program that works is known to the others, also after a silence; of two that launch runs the later one does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import Engine, text

from qa_pipeline.commands.up.run_launching import NAME, launching_runs
from qa_pipeline.errors import UserError
from qa_pipeline.settings import Settings
from qa_pipeline.workers import broker, register
from qa_pipeline.workers.register import RUNS, WORKER, Program, living, registered
from qa_pipeline.workers.tables import make_tables, open_tables
from tests.postgres import postgres_server

WITHIN_S = 30.0
soon = partial(registered, beat_every_s=0.05)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    shared = {"lake": "s3://calls/lake", "raw_bucket": "s3://calls/raw", "broker_url": "amqp://127.0.0.1//"}
    with postgres_server() as server:
        yield Settings.model_validate({"operations_url": server.url, **shared})


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    found = open_tables(settings)
    make_tables(found, lambda: None)
    yield found
    with found.begin() as connection:
        connection.execute(text("truncate worker_programs"))
    found.dispose()


def program(kind: str, name: str, pid: int = 7) -> Program:
    return Program(name, kind, "box", pid, "1", "s", {}, (), 1)


def remove_all(engine: Engine) -> None:
    """As a program that starts does with entries that nobody has renewed for half a minute."""
    with engine.begin() as connection:
        connection.execute(text("delete from worker_programs"))


def wait_for(engine: Engine, kind: str) -> list[Program]:
    deadline = time.monotonic() + WITHIN_S
    while not (found := living(engine, kind)):
        assert time.monotonic() < deadline, "it is not seen again"
        time.sleep(0.01)
    return found


@pytest.mark.parametrize("kind", [WORKER, RUNS])
def test_a_program_that_was_silent_for_a_while_is_seen_again(engine: Engine, kind: str) -> None:
    one = program(kind, "one")
    with soon(engine, one):
        remove_all(engine)
        assert wait_for(engine, kind) == [one]
    assert living(engine, kind) == []


@pytest.mark.parametrize("pid", [8, 7], ids=["another process", "a container's, with the same numbers"])
def test_one_that_was_replaced_is_told_and_leaves_the_others_entry(engine: Engine, pid: int) -> None:
    told, first, second = threading.Event(), program(RUNS, NAME), program(RUNS, NAME, pid)
    with ExitStack() as later:
        with soon(engine, first, told.set):
            later.enter_context(registered(engine, replace(second, version="2")))
            assert told.wait(WITHIN_S)
        assert [(other.pid, other.version) for other in living(engine, RUNS)] == [(pid, "2")]
    assert living(engine, RUNS) == []


def test_an_up_that_another_one_replaced_stops_with_a_sentence(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "look_for_broker", lambda settings: None)
    monkeypatch.setattr(register, "registered", soon)
    stop = threading.Event()

    def launch_until_replaced(later: ExitStack) -> None:
        with launching_runs(settings, lambda: None, stop=stop):
            later.enter_context(registered(engine, program(RUNS, NAME)))
            assert stop.wait(WITHIN_S)

    with ExitStack() as later:
        with pytest.raises(UserError, match=r"another `qa-pipeline up` on box \(process 7\) launches the runs") as told:
            launch_until_replaced(later)
        assert told.value.exit_code == 1
        assert [other.host for other in living(engine, RUNS)] == ["box"]
