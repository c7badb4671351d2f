"""Steps are claimed once, by whoever may take them, for as long as they give signs of life."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from qa_pipeline.workers.run_leases import RunLeases
from qa_pipeline.workers.step_table import Offer, StepState, StepTable
from qa_pipeline.workers.tables import SCHEMA, kept_engine, make_tables
from tests.postgres import PostgresServer, postgres_server

RUN = "11111111-aaaa"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as found:
        yield found


@pytest.fixture
def engine(server: PostgresServer) -> Iterator[Engine]:
    address = server.url.replace("+psycopg:", "+psycopg2:") + f"?options=-csearch_path%3D{SCHEMA}"
    found = kept_engine(address)
    make_tables(found, lambda: None)
    yield found
    with found.begin() as connection:
        connection.execute(text("truncate worker_steps, run_leases"))
    found.dispose()


def offer(key: str, *, queue: str = "sound", attempt: int = 0, settings: str = "s") -> Offer:
    return Offer(RUN, key, attempt, queue, 0, "1", settings, "{}")


def grow_silent(engine: Engine, seconds: int = 60) -> None:
    """As if nobody had given a sign of life for a while, and the server were up for longer."""
    with engine.begin() as connection:
        connection.execute(text(f"update worker_steps set beat_at = now() - interval '{seconds} seconds'"))
        connection.execute(text(f"update run_leases set beat_at = now() - interval '{seconds} seconds'"))


def test_many_workers_claim_each_step_once(engine: Engine) -> None:
    steps = StepTable(engine)
    for number in range(20):
        steps.offer(offer(f"part[{number}]"))
        steps.offer(offer(f"part[{number}]"))  # as after an answer that was lost

    def take(worker: str) -> list[str]:
        return [claim.step_key for _ in range(20) if (claim := steps.claim("sound", worker, "1", "s")) is not None]

    with ThreadPoolExecutor(4) as threads:
        taken = [key for keys in threads.map(take, "abcd") for key in keys]
    assert sorted(taken) == sorted(f"part[{number}]" for number in range(20))


def test_a_worker_of_another_queue_version_or_settings_gets_nothing(engine: Engine) -> None:
    steps = StepTable(engine)
    steps.offer(offer("part"))
    assert steps.claim("tables", "a", "1", "s") is None
    assert steps.claim("sound", "a", "2", "s") is None
    assert steps.claim("sound", "a", "1", "other") is None
    assert steps.waiting() == {"sound": 1}
    assert steps.claim("sound", "a", "1", "s") is not None


def test_a_step_whose_worker_is_silent_is_lost_and_does_not_come_back_to_it(engine: Engine) -> None:
    steps = StepTable(engine)
    steps.offer(offer("part"))
    claim = steps.claim("sound", "a", "1", "s")
    assert claim is not None
    assert steps.beat(claim) is StepState.RUNNING
    grow_silent(engine)
    with engine.connect() as connection:
        up_s = connection.execute(text("select extract(epoch from now() - pg_postmaster_start_time())")).scalar_one()
    if up_s < 30:  # silence while the server was away is nobody's
        assert steps.standing(RUN)[("part", 0)].state is StepState.RUNNING
        with engine.begin() as connection:
            connection.execute(text("update worker_steps set state = 'lost', reason = 'silent'"))
    lost = steps.standing(RUN)[("part", 0)]
    assert lost.state is StepState.LOST
    assert steps.beat(claim) is None
    assert not steps.end(claim)
    steps.offer(offer("part", attempt=1))
    again = steps.claim("sound", "b", "1", "s")
    assert again is not None
    assert (again.attempt, steps.end(again)) == (1, True)


def test_a_run_that_stops_takes_back_what_waits_and_asks_the_others(engine: Engine) -> None:
    steps = StepTable(engine)
    for key in ("taken", "waiting"):
        steps.offer(offer(key))
    claim = steps.claim("sound", "a", "1", "s")
    assert claim is not None
    steps.stop(RUN)
    assert steps.claim("sound", "b", "1", "s") is None
    assert steps.beat(claim) is StepState.STOPPING
    steps.lose(claim, "interrupted")
    steps.forget(RUN)
    assert steps.standing(RUN) == {}


def test_what_dead_runs_left_is_swept_away_and_what_is_under_way_is_not(engine: Engine) -> None:
    steps = StepTable(engine)
    for key in ("working", "left", "fresh"):
        steps.offer(offer(key))
    claim = steps.claim("sound", "a", "1", "s")
    assert claim is not None
    with engine.begin() as connection:
        connection.execute(
            text("update worker_steps set submitted_at = now() - interval '8 days' where step_key <> 'fresh'")
        )
    steps.sweep()
    assert {key for key, _ in steps.standing(RUN)} == {claim.step_key, "fresh"}


def test_a_run_is_alive_as_long_as_its_process_renews_its_lease(engine: Engine) -> None:
    mine, others = RunLeases(engine), RunLeases(engine)
    assert not others.is_alive(RUN)
    mine.take(RUN, "2025-09-01")
    assert others.is_alive(RUN)
    mine.release(RUN)
    assert not others.is_alive(RUN)


def test_two_first_starts_at_once_make_the_tables_once(server: PostgresServer) -> None:
    address = server.url.replace("+psycopg:", "+psycopg2:") + "?options=-csearch_path%3Dfirst"
    made = []

    def first_start(_: int) -> None:
        engine = kept_engine(address)
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(1)"))
            connection.execute(text("create schema if not exists first"))
        make_tables(engine, lambda: made.append(1))
        engine.dispose()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(first_start, range(4)))
    assert len(made) == 4
