"""A ledger is moved to PostgreSQL and back: the same rows, one place to pay from, and never half."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from qa_pipeline.commands.move import move_command
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations, open_wherever_it_is
from qa_pipeline.ledger.whereabouts import LedgerElsewhere, Whereabouts, home_of
from qa_pipeline.ledger.workers import WorkerRegister
from qa_pipeline.looks.log import Looks
from qa_pipeline.moving import journey, tables
from qa_pipeline.moving.journey import Moved, cancel, move, plan_move
from qa_pipeline.moving.leaving import Told
from qa_pipeline.moving.sides import GivenUp, Mode, MoveRefused, sides_of
from qa_pipeline.reviews.checking import check_all
from qa_pipeline.settings import Settings
from tests.ledger.building import PAID, work_item
from tests.moving.conftest import new_database, silent
from tests.moving.ledgers import contents, fill
from tests.postgres import PostgresServer

pytestmark = pytest.mark.thorough


def go(settings: Settings, to: Mode) -> Moved:
    return move(settings, *sides_of(settings, to), silent)


def local_url(settings: Settings) -> str:
    return f"sqlite:///{settings.home / 'operations.sqlite'}"


def at(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = open_wherever_it_is(url)
    found = contents(engine)
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def full_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Only to be copied: to fill a ledger computes as much as to move it."""
    settings = Settings(home=tmp_path_factory.mktemp("full") / "home")
    fill(local_url(settings), settings.raw_dir)
    return settings.home


@pytest.fixture
def filled(with_bucket: Settings, full_home: Path) -> Settings:
    shutil.copytree(full_home, with_bucket.home)
    return with_bucket


def test_everything_is_the_same_there_and_back_again(filled: Settings) -> None:
    here, there = local_url(filled), filled.operations_database_url
    before = at(here)
    filled_ones = (
        "attempts",
        "saved_views",
        "landing_cache",
        "held_back",
        "review_log",
        "raw_looks",
        "alert_causes",
        "alert_messages",
    )
    assert all(before[table] for table in filled_ones)
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
    engine = open_operations(here)
    assert check_all(engine, lambda _: None).faults == (), "evaluations are as they were written"
    assert Looks(engine).check().fault is None, "so are looks at what was masked"
    engine.dispose()
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
        MoveRefused,
        match=r"paid for (are in s3|lie on other machines only: other-machine).* stays shut until .*--cancel",
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


def whereabouts(url: str) -> Whereabouts | None:
    engine = create_engine(url)
    with engine.connect() as connection:
        home = home_of(connection)
    engine.dispose()
    return home.whereabouts if home else None


def pay(url: str) -> None:
    """A row that only this copy of the ledger has."""
    ledger = Ledger(open_operations(url))
    ledger.plan([work_item("later")], PAID, together=False)
    ledger.engine.dispose()


@pytest.fixture
def plain(settings: Settings) -> Settings:
    """A home with a ledger, and a server; no bucket."""
    fill(local_url(settings), settings.raw_dir)
    return settings


def test_an_old_copy_does_not_replace_the_copy_that_the_ledger_went_on_from(plain: Settings, tmp_path: Path) -> None:
    other = plain.model_copy(update={"home": tmp_path / "other"})
    go(plain, Mode.SCALE)
    go(other, Mode.EMBEDDED)
    pay(local_url(other))
    for step in (plan_move, lambda *sides: move(*sides, silent)):
        with pytest.raises(MoveRefused, match=rf"old copy: .*moved to postgresql.*moved to {other.home}.* on "):
            step(plain, *sides_of(plain, Mode.SCALE))
    assert whereabouts(plain.operations_database_url) is Whereabouts.LEFT
    newest = at(local_url(other))
    go(other, Mode.SCALE)
    assert at(plain.operations_database_url) == newest


def test_old_settings_do_not_bring_an_old_copy_back(plain: Settings, postgres: PostgresServer) -> None:
    second = plain.model_copy(update={"operations_url": new_database(postgres)})
    go(plain, Mode.SCALE)
    go(plain, Mode.EMBEDDED)
    go(second, Mode.SCALE)
    pay(second.operations_database_url)
    newest = sides_of(second, Mode.SCALE)[1]
    for step in (plan_move, lambda *sides: move(*sides, silent)):
        with pytest.raises(MoveRefused, match=rf"old copy: .*says: it was moved to {newest.shown};"):
            step(plain, *sides_of(plain, Mode.EMBEDDED))
    assert whereabouts(local_url(plain)) is Whereabouts.LEFT
    assert whereabouts(second.operations_database_url) is Whereabouts.HERE


def test_an_old_copy_that_the_ledger_comes_back_to_is_not_taken_for_the_newer_one(
    plain: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(plain, Mode.SCALE)
    pay(plain.operations_database_url)
    newest = at(plain.operations_database_url)
    leave = journey.leave

    def leave_and_fall(*arguments: Any) -> None:
        leave(*arguments)
        raise RuntimeError("fallen")

    with monkeypatch.context() as patch:
        patch.setattr(journey, "leave", leave_and_fall)
        with pytest.raises(RuntimeError):
            go(plain, Mode.EMBEDDED)
    with pytest.raises(MoveRefused, match="it is being moved here from postgresql"):
        go(plain, Mode.SCALE)
    go(plain, Mode.EMBEDDED)
    assert at(local_url(plain)) == newest


def given_up_at(
    step: str, cancel_it: Callable[[], object], source: str, monkeypatch: pytest.MonkeyPatch
) -> threading.Thread:
    """Has somebody else give up the move at a step of it; what follows waits until the ledger is free again."""
    thread = threading.Thread(target=cancel_it)
    whole, leave = getattr(journey, step), journey.leave

    def wait() -> None:
        until = time.monotonic() + 20
        while whereabouts(source) is not Whereabouts.HERE and time.monotonic() < until:
            time.sleep(0.02)

    def at_step(*arguments: Any) -> Any:
        thread.start()
        if step != "carry":
            wait()
        return whole(*arguments)

    def at_leave(*arguments: Any) -> None:
        wait()
        leave(*arguments)

    monkeypatch.setattr(journey, step, at_step)
    monkeypatch.setattr(journey, "leave", at_leave)
    return thread


@pytest.mark.parametrize("step", ["_copy_documents", "carry"])
@pytest.mark.parametrize("to", list(Mode))
def test_a_move_that_another_machine_gives_up_does_not_finish(
    to: Mode, step: str, plain: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if to is Mode.EMBEDDED:
        go(plain, Mode.SCALE)
        pay(plain.operations_database_url)
    source, target = sides_of(plain, to)
    before, there_before = at(source.url), at(target.url)
    elsewhere = plain.model_copy(update={"home": tmp_path / "another-machine"})
    told: list[Told] = []
    with monkeypatch.context() as patch:
        thread = given_up_at(step, lambda: told.append(cancel(elsewhere, source, target)), source.url, patch)
        with pytest.raises(GivenUp, match="given up meanwhile"):
            go(plain, to)
        thread.join(20)
    assert told
    assert whereabouts(target.url) is (None if to is Mode.SCALE else Whereabouts.LEFT)
    open_operations(source.url).dispose()
    assert (at(source.url), at(target.url)) == (before, there_before)
    go(plain, to)
    assert at(target.url) == before


def test_who_gives_up_is_told_that_the_ledger_is_free_also_where_the_server_is_away(
    plain: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fall(*_arguments: object) -> None:
        raise RuntimeError("fallen")

    with monkeypatch.context() as patch:
        patch.setattr(journey, "_copy_documents", fall)
        with pytest.raises(RuntimeError):
            go(plain, Mode.SCALE)
    away = plain.model_copy(update={"operations_url": "postgresql+psycopg://qa@127.0.0.1:1/qa"})
    monkeypatch.setattr("qa_pipeline.commands.move.load_settings", lambda: away)
    began = time.monotonic()
    assert move_command(None, dry_run=False, cancel=True, ledger=None) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "given up: the ledger stays at" in said
    assert "was not told" in said
    open_operations(local_url(plain)).dispose()
    with pytest.raises(MoveRefused, match=r"no move of the ledger at .* is under way; postgresql.* can't be reached"):
        move_command(None, dry_run=False, cancel=True, ledger=None)
    assert time.monotonic() - began < 20
    assert go(plain, Mode.SCALE).totals.attempts["parsed"] == 2


def test_a_side_that_somebody_begins_to_use_is_named_with_the_ways_on(
    plain: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = sides_of(plain, Mode.SCALE)
    begin = journey.begin_leaving

    def begin_and_use(*arguments: Any) -> Any:
        home = begin(*arguments)
        fill(target.url, tmp_path / "raw of others")
        return home

    with monkeypatch.context() as patch:
        patch.setattr(journey, "begin_leaving", begin_and_use)
        with pytest.raises(
            MoveRefused, match=rf"begun to use {target.shown} .*{source.shown} stays shut until .*--cancel` to stay"
        ):
            go(plain, Mode.SCALE)
    assert cancel(plain, source, target) is Told.HAD_NOT_HEARD
    open_operations(source.url).dispose()


def test_a_server_that_is_restarted_is_not_taken_for_a_value_that_cannot_be_kept(
    plain: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def restart(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
        engine = create_engine(plain.operations_database_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )
            )
        engine.dispose()
        return rows, 0

    with monkeypatch.context() as patch:
        patch.setattr(tables, "_without_nul", restart)
        with pytest.raises(MoveRefused, match=r"a database went away: .* stays shut until .*--cancel") as refused:
            go(plain, Mode.SCALE)
    assert isinstance(refused.value.__cause__, OperationalError)
    assert go(plain, Mode.SCALE).totals.attempts["parsed"] == 2


def test_a_server_without_a_ledger_is_left_as_it_is(plain: Settings, tmp_path: Path) -> None:
    new = plain.model_copy(update={"home": tmp_path / "new"})
    for step in (plan_move, lambda *sides: move(*sides, silent)):
        with pytest.raises(MoveRefused, match="there is no ledger at postgresql"):
            step(new, *sides_of(new, Mode.EMBEDDED))
    engine = create_engine(plain.operations_database_url)
    with engine.connect() as connection:
        assert engine.dialect.get_table_names(connection) == []
    engine.dispose()
