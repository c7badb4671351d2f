"""Many small commits in few transactions, and each caller told of its own only when it is on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text

from qa_pipeline.dispatch.group_commit import GroupCommit
from qa_pipeline.ledger.rows import IllegalMove
from qa_pipeline.ledger.states import UnitState


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("create table notes (place integer primary key, number integer unique)"))
    yield engine
    engine.dispose()


@pytest.fixture
def commits(engine: Engine) -> list[int]:
    """Counts transactions that were committed."""
    counted: list[int] = []
    event.listen(engine, "commit", lambda _: counted.append(1))
    return counted


def numbers(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(text("select number from notes order by place")).scalars())


def insert(number: int) -> Any:
    def work(connection: Connection) -> int:
        connection.execute(text("insert into notes (number) values (:number)"), {"number": number})
        return number * 10

    return work


def test_each_caller_gets_its_own_result_once_it_is_committed(engine: Engine) -> None:
    async def one(group: GroupCommit, number: int) -> tuple[int, bool]:
        result = await group.run(insert(number))
        return result, number in numbers(engine)

    async def all_of_them() -> list[tuple[int, bool]]:
        group = GroupCommit(engine)
        return await asyncio.gather(*(one(group, number) for number in range(50)))

    assert asyncio.run(all_of_them()) == [(number * 10, True) for number in range(50)]


def test_what_waits_together_is_committed_together_in_the_order_it_came(engine: Engine, commits: list[int]) -> None:
    async def scenario() -> None:
        group = GroupCommit(engine)
        await asyncio.gather(*(group.run(insert(number)) for number in reversed(range(100))))

    asyncio.run(scenario())
    assert numbers(engine) == list(reversed(range(100)))
    assert len(commits) < 5


def test_a_refused_move_disturbs_nobody_else_in_the_transaction(engine: Engine) -> None:
    def refuse(_: Connection) -> None:
        raise IllegalMove("f" * 32, UnitState.FETCHED)

    async def scenario() -> list[object]:
        group = GroupCommit(engine)
        return await asyncio.gather(
            group.run(insert(1)), group.run(refuse), group.run(insert(2)), return_exceptions=True
        )

    first, refused, second = asyncio.run(scenario())
    assert (first, second) == (10, 20)
    assert isinstance(refused, IllegalMove)
    assert numbers(engine) == [1, 2]


def test_an_error_of_the_database_reaches_every_caller_and_nothing_is_half_committed(engine: Engine) -> None:
    async def scenario() -> tuple[list[object], int]:
        group = GroupCommit(engine)
        outcomes = await asyncio.gather(*(group.run(insert(number)) for number in (1, 1, 2)), return_exceptions=True)
        return outcomes, await group.run(insert(3))

    outcomes, after = asyncio.run(scenario())
    assert all("UNIQUE constraint" in str(outcome) for outcome in outcomes)
    assert after == 30, "the next transaction goes on as if nothing had been"
    assert numbers(engine) == [3]


def test_closing_waits_for_what_was_handed_in_even_where_the_caller_was_cancelled(engine: Engine) -> None:
    async def scenario() -> None:
        group = GroupCommit(engine)
        callers = [asyncio.create_task(group.run(insert(number))) for number in range(5)]
        await asyncio.sleep(0)
        for caller in callers:
            caller.cancel()
        await group.close()
        await asyncio.gather(*callers, return_exceptions=True)

    asyncio.run(scenario())
    assert numbers(engine) == [0, 1, 2, 3, 4]


def test_closing_with_nothing_handed_in_is_fine(engine: Engine) -> None:
    asyncio.run(GroupCommit(engine).close())
