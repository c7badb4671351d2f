"""Processes that are killed between a cause and its sending, and between the sending and its note; and two at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url

from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.outbox.store import LEASE_S, Outbox
from qa_pipeline.warehouse.database import Warehouse
from tests.alerts.building import PLAN, plan
from tests.outbox.building import sender
from tests.outbox.receivers import WebReceiver, unused_port, web_receiver
from tests.postgres import postgres_server
from tests.warehouse.building import DAY_1, DAY_2, call_rows, put, snapshot

ROOT = Path(__file__).resolve().parents[2]
CALLS = 6

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A QA_HOME with calls of two days in which a grave rule was hit, and alerts that are on."""
    home = tmp_path_factory.mktemp("home")
    (home / "alerts.yaml").write_text(PLAN, encoding="utf-8")
    warehouse = Warehouse(home / "warehouse.duckdb")
    calls = [call_rows(f"c{number}", DAY_1 if number % 2 else DAY_2) for number in range(CALLS)]
    for rows in calls:
        rows["rule_outcomes"] |= {"severity": "critical", "title": "Forbidden promise", "rule_id": "promise"}
    put(warehouse, *calls)
    snapshot(warehouse, DAY_1, DAY_2)
    return home


@pytest.fixture
def home(published_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it."""
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    return Path(shutil.copytree(published_once, tmp_path / "home", symlinks=True))


@contextmanager
def run(url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that finds and sends; with `find` it waits after it has found."""
    command = [sys.executable, "-m", "tests.outbox.sending_process", *arguments]
    environment = os.environ | {"QA_ALERT_URL": url}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def followed(url: str, receiver: WebReceiver) -> int:
    """What the next sender sends, once the time of one that was killed is over."""
    outbox = Outbox(open_operations(url), lambda: time.time() + LEASE_S + 1)
    done = sender(outbox, receiver.url).send_all()
    outbox.engine.dispose()
    return done.sent


def killed_after_the_cause(url: str) -> None:
    with web_receiver() as receiver:
        with run(receiver.url, "find") as process:
            assert line(process) == f"found {CALLS}"
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert receiver.got == []
        with run(receiver.url) as process:
            assert (line(process), line(process)) == ("found 0", f"sent {CALLS}")
        assert len({got.key for got in receiver.got}) == len(receiver.got) == CALLS


def killed_in_the_middle_of_sending(url: str) -> None:
    with web_receiver() as receiver:
        receiver.may_answer.clear()
        with run(receiver.url) as process:
            assert line(process) == f"found {CALLS}"
            assert receiver.taken.wait(60)
            process.send_signal(signal.SIGKILL)
            process.wait()
        receiver.may_answer.set()
        first = receiver.got[0].key
        assert followed(url, receiver) == CALLS
        keys = [got.key for got in receiver.got]
        assert keys[:2] == [first, first], "the receiver sees the same key again, and no other one"
        assert len(set(keys)) == CALLS == len(keys) - 1
        assert receiver.got[0].body == receiver.got[1].body
        assert followed(url, receiver) == 0


def two_at_once(url: str) -> None:
    with web_receiver() as receiver:
        with run(receiver.url) as one, run(receiver.url) as other:
            found = [line(one), line(other)]
            sent = [line(one), line(other)]
        assert sum(int(each.split()[1]) for each in found) == CALLS
        keys = [got.key for got in receiver.got]
        left = CALLS - sum(int(each.split()[1]) for each in sent)
        assert left == CALLS - len(keys)
        assert len(set(keys)) == len(keys), "none was sent twice"
        assert receiver.most_at_once == 1
        with run(receiver.url) as last:
            assert (line(last), line(last)) == ("found 0", f"sent {left}")
        assert len({got.key for got in receiver.got}) == len(receiver.got) == CALLS


def test_a_kill_between_cause_and_sending_loses_nothing(home: Path) -> None:
    killed_after_the_cause(f"sqlite:///{home / 'operations.sqlite'}")


def test_a_kill_between_sending_and_its_note_sends_the_same_under_the_same_key(home: Path) -> None:
    killed_in_the_middle_of_sending(f"sqlite:///{home / 'operations.sqlite'}")


def test_two_senders_at_once_send_nothing_twice(home: Path) -> None:
    two_at_once(f"sqlite:///{home / 'operations.sqlite'}")


def test_the_same_in_postgresql(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres_server() as server:
        engine = create_engine(server.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        for name, story in (("killed", killed_after_the_cause), ("two", two_at_once)):
            with engine.connect() as connection:
                connection.exec_driver_sql(f"create database {name}")
            url = make_url(server.url).set(database=name).render_as_string(hide_password=False)
            monkeypatch.setenv("QA_OPERATIONS_URL", url)
            story(url)


def test_an_hour_without_the_receiver_loses_nothing_though_every_sender_is_killed(home: Path) -> None:
    nobody = f"http://127.0.0.1:{unused_port()}/"
    with run(nobody) as process:
        assert line(process) == f"found {CALLS}"
        process.send_signal(signal.SIGKILL)
    url = f"sqlite:///{home / 'operations.sqlite'}"
    moment = time.time()
    for minute in range(0, 60, 4):
        outbox = Outbox(open_operations(url), lambda: moment + LEASE_S + 60 * minute)  # noqa: B023 - used in this turn
        sender(outbox, nobody, alerts=plan()).send_all()
        outbox.take("leads")  # and is killed
        outbox.engine.dispose()
    with web_receiver() as receiver:
        outbox = Outbox(open_operations(url), lambda: moment + LEASE_S + 7200)
        assert sender(outbox, receiver.url).send_all().sent == CALLS
        outbox.engine.dispose()
        assert len({got.key for got in receiver.got}) == CALLS
