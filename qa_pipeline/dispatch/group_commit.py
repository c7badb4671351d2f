"""Many small commits of one event loop put into few: each caller still waits until its own is on the disk.

A commit with `synchronous=FULL` waits for the disk. A thousand channels need several each; one at a time they
would hold the event loop for longer than the service takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from qa_pipeline.ledger.moving import stands_in
from qa_pipeline.ledger.outlasting import outlast
from qa_pipeline.ledger.rows import IllegalMove

T = TypeVar("T")


class GroupCommit:
    """Runs functions of a connection in shared transactions, in the order they came.

    A database that is away for a moment is waited for, and the transaction is begun again. Whether it had been
    committed may be unknown then, so each function must come to the same when it is run twice; a move that is found
    made is one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[tuple[Callable[[Connection], Any], asyncio.Future[Any]]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` and returns its result once the transaction is committed.

        Raises:
            IllegalMove: raised by `work`; the other work of the same transaction is not disturbed.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        return await future

    async def close(self) -> None:
        """Waits until everything handed in is committed."""
        while self._flusher is not None and not self._flusher.done():
            await asyncio.shield(self._flusher)

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                outcomes = await asyncio.to_thread(self._commit, [work for work, _ in batch])
            except Exception as error:  # whatever the database says belongs to every caller
                outcomes = [error] * len(batch)
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                if future.done():
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    def _commit(self, batch: list[Callable[[Connection], Any]]) -> list[Any]:
        begun = 0

        def commit() -> list[Any]:
            nonlocal begun
            begun += 1
            outcomes: list[Any] = []
            with self._engine.begin() as connection:
                for work in batch:
                    try:
                        outcomes.append(work(connection))
                    except IllegalMove as error:
                        is_made = begun > 1 and stands_in(connection, error.submission_id, error.to)
                        outcomes.append(None if is_made else error)
            return outcomes

        return outlast(commit)
