"""Many who plan and move the same rows at once in PostgreSQL: each channel is one's, and no collision is an error."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import Connection, create_engine, text, update

from qa_pipeline.dispatch.group_commit import GroupCommit
from qa_pipeline.landing.cache import CachedFile, LandingCache
from qa_pipeline.landing.folder_index import FolderContents, FolderFacts, FolderIndex
from qa_pipeline.ledger.attempts import attempts
from qa_pipeline.ledger.claims import Claim
from qa_pipeline.ledger.held import Held, list_held, note_held
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from tests.ledger.building import PAID, bring, planned, stereo
from tests.postgres import PostgresServer, postgres_server

SENDERS = 4
NAMES = [f"c{number}" for number in range(10)]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def url(server: PostgresServer, request: pytest.FixtureRequest) -> str:
    """An empty database with the isolation that the test asks for."""
    isolation = getattr(request, "param", "read committed")
    name = f"ledger_{isolation.replace(' ', '_')}_{abs(hash(request.node.nodeid)) % 10**8}"
    engine = create_engine(server.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name}"))
        connection.execute(text(f"alter database {name} set default_transaction_isolation = '{isolation}'"))
    engine.dispose()
    return server.url.replace("/postgres", f"/{name}")


@pytest.mark.process
@pytest.mark.parametrize("url", ["read committed", "serializable"], indirect=True)
def test_each_channel_is_sent_by_one_of_many_in_whatever_order_they_come(url: str) -> None:
    open_operations(url).dispose()
    together = threading.Barrier(SENDERS)

    def send(seed: int) -> Counter[str]:
        chance, ledger = random.Random(seed), Ledger(open_operations(url))
        sent = asyncio.run(_send_all(ledger, chance, together))
        ledger.engine.dispose()
        return sent

    with ThreadPoolExecutor(SENDERS) as pool:
        sent = sum(pool.map(send, range(SENDERS)), Counter[str]())
    assert len(sent) == 2 * len(NAMES)
    assert set(sent.values()) == {1}
    ledger = Ledger(open_operations(url))
    assert ledger.counts() == {UnitState.PARSED: 2 * len(NAMES)}
    ledger.engine.dispose()


async def _send_all(ledger: Ledger, chance: random.Random, together: threading.Barrier) -> Counter[str]:
    """Plans everything and sends what it gets hold of; returns what it has sent."""
    wanted = stereo(*NAMES)
    chance.shuffle(wanted)
    together.wait()
    rows = ledger.plan(wanted, PAID, together=False)
    chance.shuffle(rows)
    commits, sent = GroupCommit(ledger.engine), Counter[str]()

    async def send(submission_id: str) -> None:
        claim = Claim(submission_id, f"worker of {id(ledger)}")
        if not await commits.run(lambda connection: ledger.take(connection, claim, [UnitState.PLANNED])):
            return
        if not await commits.run(lambda connection: ledger.begin_sending(connection, claim)):
            return
        sent[submission_id] += 1
        for state in (UnitState.SUBMITTED, UnitState.SUCCEEDED, UnitState.FETCHED):
            await commits.run(lambda connection, state=state: ledger.try_move_in(connection, submission_id, state))

    await asyncio.gather(*(send(row.submission_id) for row in rows))
    await commits.close()
    mine = [row.unit_id for row in rows if row.submission_id in sent]
    await asyncio.to_thread(ledger.keep_claims, f"worker of {id(ledger)}")
    await asyncio.to_thread(ledger.mark_parsed, chance.sample(mine, len(mine)))
    return sent


@pytest.mark.process
def test_two_who_wait_each_for_the_other_both_come_through(url: str) -> None:
    ledger = Ledger(open_operations(url))
    rows = [bring(ledger, planned(ledger, name=name), UnitState.SUBMITTED) for name in ("a", "b")]
    both_have_one = threading.Barrier(2)
    begun = Counter[int]()

    def cross(who: int) -> None:
        first, second = (rows[who].unit_id, rows[1 - who].unit_id)

        def work(connection: Connection) -> None:
            _note(connection, first, who)
            begun[who] += 1
            if begun[who] == 1:
                both_have_one.wait(timeout=60)
            _note(connection, second, who)

        asyncio.run(_commit(ledger, work))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(cross, range(2)))
    assert sum(begun.values()) == 3, "one of the two was begun again"
    assert {row.message for row in ledger.get([row.unit_id for row in rows])} <= {"of 0", "of 1"}
    ledger.engine.dispose()


async def _commit(ledger: Ledger, work: object) -> None:
    await GroupCommit(ledger.engine).run(work)  # type: ignore[arg-type]


def _note(connection: Connection, unit_id: str, who: int) -> None:
    connection.execute(update(attempts).where(attempts.c.unit == int(unit_id)).values(message=f"of {who}"))


@pytest.mark.process
def test_machines_that_note_the_same_folders_and_wishes_at_once_do_not_fail(url: str) -> None:
    """Each had taken away what the other one put there, and put it there once more: the second one failed."""
    open_operations(url).dispose()
    together = threading.Barrier(SENDERS)

    def note(seed: int) -> None:
        chance, ledger = random.Random(seed), Ledger(open_operations(url))
        index = FolderIndex(ledger.engine)
        for _ in range(4):
            names = chance.sample(NAMES, len(NAMES))
            together.wait()
            cache = LandingCache(ledger.engine)
            for name in names:
                cache.add((f"file:///{name}/a.wav", 1, seed), CachedFile(name, {"by": seed}))
            cache.save()
            facts = {name: FolderFacts(content=str(seed)) for name in names}
            index.save(facts, {name: FolderContents({}, np.array([seed], np.uint32), None) for name in names})
            note_held(ledger, names, [Held(name, 0, name, "2025-09-01", "m", 1.0, str(seed)) for name in names])
        ledger.engine.dispose()

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(note, range(SENDERS)))
    ledger = Ledger(open_operations(url))
    assert len(list_held(ledger)) == len(NAMES)
    ledger.engine.dispose()
