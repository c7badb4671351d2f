"""Indexes of a ledger in PostgreSQL that are mostly room are built anew, and say what they said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from qa_pipeline.ledger import tightening
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.tightening import tighten_indexes
from tests.ledger.building import PAID, stereo
from tests.postgres import postgres_server

pytestmark = pytest.mark.process
LOOSE = ["attempts_by_engine", "attempts_by_state", "attempts_pkey", "one_attempt_at_work"]
WANTED = stereo(*(f"c{number}" for number in range(200)))


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger whose rows were written thirty times."""
    monkeypatch.setattr(tightening, "LEAST_ROWS", 1)
    with postgres_server() as server:
        ledger = Ledger(open_operations(server.url))
        ledger.plan(WANTED, PAID, together=False)
        with ledger.engine.begin() as connection:
            for number in range(30):
                connection.execute(text("update attempts set code = :code"), {"code": str(number)})
        with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze attempts"))
        yield ledger
        ledger.engine.dispose()


def indexes(engine: Engine) -> dict[str, int]:
    """Each index of the attempts and its bytes."""
    with engine.connect() as connection:
        query = "select indexrelid::regclass::text, pg_relation_size(indexrelid) from pg_index where indrelid = {}"
        return {name: size for name, size in connection.execute(text(query.format("'attempts'::regclass")))}  # noqa: C416


def test_they_shrink_and_nothing_can_be_planned_twice(shared: Ledger) -> None:
    before = indexes(shared.engine)
    with shared.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        with pytest.raises(IntegrityError):  # as a rebuild that is killed leaves one
            connection.execute(text("create unique index concurrently attempts_pkey_ccnew on attempts (channel_id)"))
        assert tighten_indexes(shared.engine) == LOOSE
        after = indexes(shared.engine)
        assert set(after) == set(before)
        assert all(after[name] < before[name] / 3 for name in LOOSE)
        columns = "recording, channel_id, work, attempt, planned_at, call, request, engine, call_date, state"
        again = text(f"insert into attempts ({columns}, submission_id) select {columns}, 'x' from attempts limit 1")
        with pytest.raises(IntegrityError):
            connection.execute(again)
    assert len({row.unit_id for row in shared.plan(WANTED, PAID, together=False)}) == len(WANTED)
    assert sum(shared.counts().values()) == len(WANTED)


def test_one_machine_does_it_at_a_time(shared: Ledger) -> None:
    with shared.engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": tightening._LOCK})
        assert tighten_indexes(shared.engine) == []


def test_a_small_ledger_is_left_alone(shared: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tightening, "LEAST_ROWS", len(WANTED) + 1)
    assert tighten_indexes(shared.engine) == []
