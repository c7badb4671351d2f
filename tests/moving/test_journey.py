"""A ledger is moved to PostgreSQL and back: the same rows, one place to pay from, and never half."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations, open_wherever_it_is
from qa_pipeline.ledger.whereabouts import LedgerElsewhere
from qa_pipeline.ledger.workers import WorkerRegister
from qa_pipeline.moving import journey
from qa_pipeline.moving.journey import Moved, cancel, move, plan_move
from qa_pipeline.moving.sides import Mode, MoveRefused, sides_of
from qa_pipeline.settings import Settings
from tests.ledger.building import PAID, work_item
from tests.moving.conftest import silent
from tests.moving.ledgers import contents, fill


def go(settings: Settings, to: Mode) -> Moved:
    return move(settings, *sides_of(settings, to), silent)


def local_url(settings: Settings) -> str:
    return f"sqlite:///{settings.home / 'operations.sqlite'}"


def at(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = open_wherever_it_is(url)
    found = contents(engine)
    engine.dispose()
    return found


@pytest.fixture
def filled(with_bucket: Settings) -> Settings:
    fill(local_url(with_bucket), with_bucket.raw_dir)
    return with_bucket


def test_everything_is_the_same_there_and_back_again(filled: Settings) -> None:
    here, there = local_url(filled), filled.operations_database_url
    before = at(here)
    assert all(before[table] for table in ("attempts", "saved_views", "landing_cache", "held_back"))
    moved = go(filled, Mode.SCALE)
    assert at(there) == before
    assert (moved.documents.found, moved.documents.copied, moved.lost.count) == (2, 2, 0)
    assert moved.totals.attempts["parsed"] == 2
    assert moved.totals.cost_usd == pytest.approx(61.1 * 0.000035)

    ledger = Ledger(open_operations(there))
    [new] = ledger.plan([work_item("planned there")], PAID, together=False)
    assert new.state is UnitState.PLANNED, "numbers go on where they were"
    ledger.engine.dispose()
    after = at(there)
    assert len(after["attempts"]) == len(before["attempts"]) + 1
    for document in filled.raw_dir.rglob("*.json"):
        document.unlink()
    back = go(filled, Mode.EMBEDDED)
    assert at(here) == after
    assert (back.documents.copied, back.lost.count) == (2, 0)
    assert go(filled, Mode.EMBEDDED).already


def test_a_ledger_that_left_cannot_be_paid_from_whatever_opens_it(filled: Settings) -> None:
    early = Ledger(open_operations(local_url(filled)))
    go(filled, Mode.SCALE)
    with pytest.raises(LedgerElsewhere, match=r"it was moved to postgresql://.*QA_OPERATIONS_URL"):
        open_operations(local_url(filled))
    with pytest.raises(LedgerElsewhere, match="was moved to postgresql"):
        early.plan([work_item("new")], PAID, together=False)
    [open_row] = [row for row in early.in_states([UnitState.PLANNED]) if row.channel_id == 0]
    with pytest.raises(LedgerElsewhere):
        early.move(open_row.submission_id, UnitState.SENDING)
    early.engine.dispose()
    with sqlite3.connect(filled.home / "operations.sqlite") as of_an_earlier_version:
        for change in ("update attempts set state = 2", "delete from attempts", "delete from saved_views"):
            with pytest.raises(sqlite3.IntegrityError, match="was moved to"):
                of_an_earlier_version.execute(change)
    go(filled, Mode.EMBEDDED)
    open_operations(local_url(filled)).dispose()
    engine = create_engine(filled.operations_database_url)
    with pytest.raises(DBAPIError, match="was moved to"), engine.begin() as connection:
        connection.execute(text("update attempts set state = 2"))
    engine.dispose()


def test_nothing_is_moved_while_somebody_is_at_work(filled: Settings) -> None:
    engine = open_operations(local_url(filled))
    register = WorkerRegister(engine)
    worker = register.enter("a run")
    for step in (plan_move, lambda *sides: move(*sides, silent)):
        with pytest.raises(MoveRefused, match="1 runs are sending"):
            step(filled, *sides_of(filled, Mode.SCALE))
    register.leave(worker)
    engine.dispose()
    assert plan_move(filled, *sides_of(filled, Mode.SCALE)).totals.attempts["planned"] == 2
    assert go(filled, Mode.SCALE).documents.copied == 2


@pytest.mark.thorough
def test_nothing_is_moved_while_runs_wait_for_workers(filled: Settings) -> None:
    with_workers = filled.model_copy(update={"broker_url": "amqp://127.0.0.1//"})
    engine = create_engine(filled.operations_database_url)
    with engine.begin() as connection:
        connection.execute(text("create schema dagster"))
        connection.execute(text("create table dagster.runs (status varchar)"))
        connection.execute(text("insert into dagster.runs values ('SUCCESS'), ('QUEUED')"))
    with pytest.raises(MoveRefused, match="1 runs wait or are under way on Dagster's page"):
        go(with_workers, Mode.SCALE)
    with engine.begin() as connection:
        connection.execute(text("update dagster.runs set status = 'FAILURE'"))
    engine.dispose()
    assert go(with_workers, Mode.SCALE).documents.copied == 2


def test_a_plan_changes_nothing(filled: Settings) -> None:
    plan = plan_move(filled, *sides_of(filled, Mode.SCALE))
    assert {carried.table: carried.rows for carried in plan.rows}["attempts"] == 16
    assert (plan.documents.found, plan.is_plan) == (2, True)
    engine = create_engine(filled.operations_database_url)
    with engine.connect() as connection:
        assert engine.dialect.get_table_names(connection) == []
    engine.dispose()
    open_operations(local_url(filled)).dispose()


def test_a_database_with_a_ledger_of_its_own_is_left_alone(filled: Settings, tmp_path: Path) -> None:
    fill(filled.operations_database_url, tmp_path / "other")
    before = at(filled.operations_database_url)
    with pytest.raises(MoveRefused, match=r"has a ledger of its own \(.*attempts 16"):
        go(filled, Mode.SCALE)
    assert at(filled.operations_database_url) == before
    open_operations(local_url(filled)).dispose()


@pytest.mark.thorough
def test_an_older_copy_is_replaced_by_its_own_ledger_only(filled: Settings, tmp_path: Path) -> None:
    go(filled, Mode.SCALE)
    other = filled.model_copy(update={"home": tmp_path / "other"})
    fill(local_url(other), other.raw_dir)
    with pytest.raises(MoveRefused, match="has a ledger of its own"):
        go(other, Mode.EMBEDDED)
    with pytest.raises(MoveRefused, match="has a ledger of its own"):
        go(other, Mode.SCALE)
    go(filled, Mode.EMBEDDED)
    with pytest.raises(MoveRefused, match="belongs to another ledger"):
        go(other, Mode.SCALE)
    assert go(filled, Mode.SCALE).totals.attempts["parsed"] == 2


@pytest.mark.thorough
@pytest.mark.parametrize("falls_at", ["announce", "_copy_documents", "carry", "settle", "leave"])
@pytest.mark.parametrize("to", list(Mode))
def test_a_move_that_falls_is_gone_on_with_or_given_up(
    to: Mode, falls_at: str, filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    if to is Mode.EMBEDDED:
        go(filled, Mode.SCALE)
    source, target = sides_of(filled, to)
    before = at(source.url)

    def fall(*_arguments: object) -> None:
        raise RuntimeError("fallen")

    def fallen() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(journey, falls_at, fall)
            with pytest.raises(RuntimeError, match="fallen"):
                go(filled, to)

    fallen()
    for side in (source, target):
        if side is source or falls_at != "announce" or to is Mode.EMBEDDED:
            with pytest.raises(LedgerElsewhere):
                open_operations(side.url)
    cancel(filled, source, target)
    open_operations(source.url).dispose()
    assert at(source.url) == before
    fallen()
    go(filled, to)
    assert at(target.url) == before


@pytest.mark.thorough
def test_a_move_that_falls_between_the_two_last_words_is_not_given_up_but_finished(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = sides_of(filled, Mode.SCALE)
    before = at(source.url)
    leave = journey.leave

    def leave_and_fall(*arguments: object) -> None:
        leave(*arguments)  # type: ignore[arg-type]
        raise RuntimeError("fallen")

    with monkeypatch.context() as patch:
        patch.setattr(journey, "leave", leave_and_fall)
        with pytest.raises(RuntimeError):
            go(filled, Mode.SCALE)
    for side in (source, target):
        with pytest.raises(LedgerElsewhere):
            open_operations(side.url)
    with pytest.raises(MoveRefused, match="can't be given up"):
        cancel(filled, source, target)
    go(filled, Mode.SCALE)
    assert at(target.url) == before


def test_a_target_that_was_lost_is_not_filled_with_what_is_old(filled: Settings) -> None:
    go(filled, Mode.SCALE)
    engine = create_engine(filled.operations_database_url)
    with engine.begin() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))
    engine.dispose()
    with pytest.raises(MoveRefused, match="restore that database from its backup"):
        go(filled, Mode.SCALE)


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["s3://answers/raw", "other-machine:/qa/raw"])
def test_answers_that_lie_elsewhere_are_not_left_behind(place: str, filled: Settings) -> None:
    go(filled, Mode.SCALE)
    engine = open_operations(filled.operations_database_url)
    with engine.begin() as connection:
        connection.execute(text("insert into attempt_texts (text) values (:place)"), {"place": place})
        own = "(select id from attempt_texts where text = :place)"
        connection.execute(
            text(f"update attempts set kept_in = {own}, raw = 'x/y.json' where raw is not null"), {"place": place}
        )
    engine.dispose()
    with pytest.raises(
        MoveRefused, match=r"answers that are paid for (are in s3|lie on other machines only: other-machine)"
    ):
        go(filled, Mode.EMBEDDED)
    with pytest.raises(LedgerElsewhere):
        open_operations(local_url(filled))


@pytest.mark.thorough
def test_texts_that_postgresql_cannot_keep_are_said(filled: Settings) -> None:
    with sqlite3.connect(filled.home / "operations.sqlite") as connection:
        connection.execute("update saved_views set name = 'a' || char(0) || 'b' where name = ' '")
    moved = go(filled, Mode.SCALE)
    assert {carried.table: carried.replaced for carried in moved.rows if carried.replaced} == {"saved_views": 1}
    assert any("a\ufffdb" in row for row in at(filled.operations_database_url)["saved_views"])


@pytest.mark.thorough
def test_numbers_that_do_not_fit_and_tables_of_a_later_version_are_refused_whole(filled: Settings) -> None:
    with sqlite3.connect(filled.home / "operations.sqlite") as connection:
        connection.execute("create table reviews_of_2027 (id integer)")
        connection.execute("insert into reviews_of_2027 values (1)")
    with pytest.raises(MoveRefused, match="reviews_of_2027"):
        go(filled, Mode.SCALE)
    with sqlite3.connect(filled.home / "operations.sqlite") as connection:
        connection.execute("drop table reviews_of_2027")
        connection.execute("update held_back set channel_id = 5000000000")
    with pytest.raises(MoveRefused, match="held_back has a value that can't be kept"):
        go(filled, Mode.SCALE)
    cancel(filled, *sides_of(filled, Mode.SCALE))
    open_operations(local_url(filled)).dispose()
