"""The database thread: shared commits, and pieces of work that don't harm each other."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.local_service.database import Database

INSERT = "insert into secrets (name, value) values (?, ?)"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "db.sqlite")
    opened.open()
    yield opened
    opened.close()


def put(name: str) -> Any:
    return lambda connection: connection.execute(INSERT, (name, "v"))


def names(connection: sqlite3.Connection) -> list[str]:
    return [row["name"] for row in connection.execute("select name from secrets order by rowid")]


def test_work_is_done_in_the_order_it_came_and_returns_its_value(database: Database) -> None:
    async def work() -> list[str]:
        for name in "abc":
            await database.run(put(name))
        return await database.run(names)

    assert asyncio.run(work()) == ["a", "b", "c"]


def test_a_piece_that_fails_is_undone_alone(database: Database) -> None:
    def half_done(connection: sqlite3.Connection) -> None:
        connection.execute(INSERT, ("half", "v"))
        raise LookupError("half way")

    async def work() -> tuple[list[Any], list[str]]:
        pieces = [put("a"), half_done, put("a"), put("b")]
        answers = await asyncio.gather(*map(database.run, pieces), return_exceptions=True)
        return answers, await database.run(names)

    answers, stored = asyncio.run(work())
    assert [type(answer).__name__ for answer in answers] == ["Cursor", "LookupError", "IntegrityError", "Cursor"]
    assert stored == ["a", "b"]


def test_what_was_answered_is_on_disk(database: Database, tmp_path: Path) -> None:
    """Copies the files while the database is open, as a kill would leave them."""
    asyncio.run(database.run(put("kept")))
    for path in tmp_path.glob("db.sqlite*"):
        (tmp_path / f"copy-{path.name}").write_bytes(path.read_bytes())
    with sqlite3.connect(tmp_path / "copy-db.sqlite") as copy:
        assert copy.execute("select name from secrets").fetchall() == [("kept",)]
    copy.close()


def test_a_waiter_that_gave_up_disturbs_nobody(database: Database) -> None:
    async def work() -> list[str]:
        waiter = asyncio.create_task(database.run(put("given up")))
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
        return await database.run(names)

    assert asyncio.run(work()) == ["given up"]


def test_closing_twice_is_fine_and_finishes_what_waits(tmp_path: Path) -> None:
    database = Database(tmp_path / "db.sqlite")
    database.open()

    async def work() -> None:
        waiting = [asyncio.ensure_future(database.run(put(str(number)))) for number in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(database.close)
        await asyncio.gather(*waiting)

    asyncio.run(work())
    database.close()
    again = Database(tmp_path / "db.sqlite")
    again.open()
    assert len(asyncio.run(again.run(names))) == 50
    again.close()
