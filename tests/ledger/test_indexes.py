"""A ledger of an earlier version gets the indexes of now when it is opened, and finds every channel by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from qa_pipeline.ledger import indexes
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import connected, open_operations
from tests.ledger.building import PAID, bring, stereo, work_item
from tests.postgres import postgres_server

EARLIER = {
    "ix_attempts_submission_id": "attempts (submission_id)",
    "ix_attempts_task_id": "attempts (task_id)",
    "ix_attempt_calls_recording": "attempt_calls (recording)",
}
OF_NOW = {"attempts_by_submission", "attempts_by_task"}


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    with postgres_server() as server:
        yield server.url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.process)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'operations.sqlite'}"
    return str(request.getfixturevalue("server_url"))


def make_earlier(url: str) -> None:
    """Gives the ledger the indexes that it had in an earlier version."""
    engine = connected(url)
    with engine.begin() as connection:
        for name in OF_NOW:
            connection.exec_driver_sql(f"drop index {name}")
        for name, columns in EARLIER.items():
            connection.exec_driver_sql(f"create index {name} on {columns}")
    engine.dispose()


def indexes_of(engine: Engine) -> set[str | None]:
    """The names of the indexes of the attempts and of their calls."""
    with engine.connect() as connection:
        names = {"sqlite": "select name from sqlite_master", "postgresql": "select relname from pg_class"}
        found = {name for (name,) in connection.exec_driver_sql(names[connection.dialect.name])}
    return found & (OF_NOW | set(EARLIER))


def test_an_earlier_ledger_has_the_indexes_of_now_and_knows_what_it_paid_for(url: str) -> None:
    ledger = Ledger(open_operations(url))
    wanted = stereo("a", "b")
    rows = [bring(ledger, row, UnitState.SUBMITTED, task_id=f"task {row.unit_id}") for row in
            ledger.plan(wanted, PAID, together=False)]  # fmt: skip
    ledger.engine.dispose()
    make_earlier(url)
    ledger = Ledger(open_operations(url))
    assert indexes_of(ledger.engine) == OF_NOW
    for row in rows:
        assert ledger.of_submissions([row.submission_id]) == [row]
        assert set(ledger.known_tasks([str(row.task_id)])) == {row.task_id}
    assert ledger.plan(wanted, PAID, together=False) == rows
    ledger.engine.dispose()


def test_what_fails_in_the_middle_leaves_the_indexes_as_they_were(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_operations(url).dispose()
    make_earlier(url)
    engine = connected(url)
    asked = indexes._left_to_do

    def fails_at_last(connection: Connection) -> Iterator[object]:
        yield from asked(connection)
        yield "drop index there_is_none"

    with monkeypatch.context() as patch:
        patch.setattr(indexes, "_left_to_do", fails_at_last)
        with pytest.raises(DBAPIError, match="there_is_none"):
            indexes.bring_indexes_up_to_date(engine)
    assert indexes_of(engine) == set(EARLIER)
    indexes.bring_indexes_up_to_date(engine)
    assert indexes_of(engine) == OF_NOW
    engine.dispose()


@pytest.mark.parametrize("ids", [("x", "y"), ("task-00000001", "tusk-00000001"), ("é", "ab" * 16)])
def test_ids_that_end_alike_and_short_ones_are_told_apart(url: str, ids: tuple[str, str]) -> None:
    ledger = Ledger(open_operations(url))
    for each in ids:
        [row] = ledger.plan([work_item(each)], PAID, together=False)
        if row.state is UnitState.PLANNED:
            bring(ledger, row, UnitState.SUBMITTED, task_id=each, sending_at=7.0)
    for each in ids:
        assert set(ledger.known_tasks([each, "none"])) == {each}
    assert set(ledger.known_tasks(ids)) == set(ids)
    ledger.engine.dispose()
