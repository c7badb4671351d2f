"""`qa-pipeline worker` says what is missing before it starts, and ends with the exit code for it."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from qa_pipeline.commands import worker as command
from qa_pipeline.commands.worker import worker_command
from qa_pipeline.errors import UserError
from qa_pipeline.settings import load_settings
from qa_pipeline.workers import broker, joining, worker
from qa_pipeline.workers.broker import BrokerAway, look_for_broker
from tests.own_settings import forget_settings

NOWHERE = {
    "QA_OPERATIONS_URL": "postgresql+psycopg://qa:secret-word@127.0.0.1:1/qa",
    "QA_LAKE": "s3://calls/lake",
    "QA_RAW_BUCKET": "s3://calls/raw",
    "QA_BROKER_URL": "amqp://qa:secret-word@127.0.0.1:1//",
}


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    forget_settings(monkeypatch, tmp_path, home=tmp_path / "home")


def test_without_a_broker_it_names_the_settings_that_workers_need() -> None:
    with pytest.raises(UserError, match="QA_OPERATIONS_URL, QA_LAKE, QA_RAW_BUCKET and QA_BROKER_URL") as told:
        worker_command(None, None)
    assert told.value.exit_code == 2


@pytest.mark.parametrize("missing", ["QA_LAKE", "QA_RAW_BUCKET"])
def test_a_broker_without_what_workers_share_is_refused(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NOWHERE.items():
        if name != missing:
            monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=f"workers need what all of them share: set {missing} too") as told:
        worker_command(None, None)
    assert "secret-word" not in str(told.value)


def test_a_queue_that_is_none_is_named_with_those_that_are() -> None:
    with pytest.raises(UserError, match="there are sound, tables, paid, not sond"):
        worker_command("sond", None)


def test_a_database_that_does_not_answer_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(
        UserError, match=r"the database .*127\.0\.0\.1:1/qa \(QA_OPERATIONS_URL\) cannot be used"
    ) as told:
        worker_command(None, 1)
    assert told.value.exit_code == 1
    assert "secret-word" not in str(told.value)


@pytest.mark.parametrize("url", ["amqp://qa:secret-word@127.0.0.1:1//", "redis://:secret-word@127.0.0.1:1/0"])
def test_a_broker_that_does_not_answer_is_named_without_its_password(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**NOWHERE, "QA_BROKER_URL": url}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BrokerAway, match=r"127\.0\.0\.1:1.* does not answer: .*is QA_BROKER_URL right") as told:
        look_for_broker(load_settings())
    assert "secret-word" not in str(told.value)


class ControllerThatFails:
    """Celery's, as it comes to its end when something is raised that it does not expect: it returns."""

    exitcode: int | None = None

    def __init__(self, **_: object) -> None:
        pass

    def start(self) -> None:
        self.exitcode = 1


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """All that a worker reaches for answers, and Celery fails at once. Whether a local service was asked for."""
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)
    asked: list[bool] = []
    monkeypatch.setattr(broker, "look_for_broker", lambda settings: None)
    monkeypatch.setattr(joining, "reach_database", lambda settings: None)
    monkeypatch.setattr(joining, "refuse_differing", lambda program, engine: None)
    monkeypatch.setattr(worker.Worker, "prepare", lambda self: None)
    monkeypatch.setattr(worker, "registered", lambda engine, program: nullcontext())
    monkeypatch.setattr(worker, "WorkController", ControllerThatFails)
    monkeypatch.setattr(
        command, "local_service", lambda settings, *, quiet: nullcontext(asked.append(settings.uses_local_service))
    )
    return asked


def test_a_worker_that_ends_by_a_fault_says_so_and_ends_with_1(services: list[bool]) -> None:
    with pytest.raises(UserError, match="ended by a fault") as told:
        worker_command(None, 1)
    assert told.value.exit_code == 1


@pytest.mark.parametrize(("queues", "expected"), [("sound", [True]), ("paid,tables", [True]), ("tables", [])])
def test_each_queue_whose_steps_recognize_gets_a_local_service(
    queues: str, expected: list[bool], services: list[bool]
) -> None:
    with pytest.raises(UserError):
        worker_command(queues, 1)
    assert services == expected
