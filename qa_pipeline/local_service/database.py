"""One SQLite connection on one thread, with commits shared by everything that waits.

A submit may only be answered once its task is on disk, and there can be hundreds of submits per second: so each
piece of work goes into a queue, the thread takes all that has gathered, runs it in one transaction (each piece
in its own savepoint, so that a bad one harms no other) and wakes the waiters after the commit.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from qa_pipeline.local_service.errors import StateInUse

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]

MAX_BATCH = 500
"""Pieces of work that share one transaction at most."""

LOCK_TIMEOUT_S = 3.0
"""How long to wait for a service that is just ending before the folder counts as in use."""

SCHEMA = """
create table if not exists secrets (
    name text primary key,
    value text not null
);
create table if not exists tasks (
    task_id text primary key,
    request_id text not null,
    account text not null,
    model text not null,
    request text not null,
    state text not null,
    submitted_ms integer not null,
    scheduled_ms integer,
    ended_ms integer,
    outcome text
);
create table if not exists results (
    task_id text not null,
    position integer not null,
    body blob not null,
    primary key (task_id, position)
);
create table if not exists uploads (
    object_key text primary key,
    account text not null,
    model text not null,
    file_name text not null,
    sha256 text not null,
    size_bytes integer not null,
    uploaded_ms integer not null
);
create table if not exists charges (
    task_id text not null,
    position integer not null,
    channel_id integer not null,
    audio_sha256 text not null,
    model text not null,
    billed_s integer not null,
    charged_ms integer not null,
    primary key (task_id, position, channel_id)
);
"""


@dataclass(slots=True)
class _Item:
    work: Work
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Database:
    """The service's state: in the file `path`, or in memory when `path` is None."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="local-service-database", daemon=True)
        self._opened = threading.Event()
        self._failure: BaseException | None = None

    def open(self) -> None:
        """Opens or creates the file and takes it for this process alone.

        Raises:
            StateInUse: another process has it.
            sqlite3.Error: the file is not a database or cannot be written.
        """
        self._thread.start()
        self._opened.wait()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Finishes the work that waits, then closes; safe to call twice."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `work` on the database thread; returns its value after the commit.

        Raises whatever `work` raises (its own changes are undone), or the commit's error.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Item(work, loop, future))
        return await future

    def _serve(self) -> None:
        try:
            connection = _connect(self._path)
        except (sqlite3.Error, OSError, StateInUse) as error:
            self._failure = error
            return
        finally:
            self._opened.set()
        try:
            while self._serve_batch(connection):
                pass
        finally:
            connection.close()

    def _serve_batch(self, connection: sqlite3.Connection) -> bool:
        """Takes what has gathered and runs it; False when asked to stop."""
        items: list[_Item] = []
        item = self._queue.get()
        while item is not None:
            items.append(item)
            if len(items) >= MAX_BATCH or self._queue.empty():
                break
            item = self._queue.get()
        if items:
            _run_batch(connection, items)
        return item is not None


def _run_batch(connection: sqlite3.Connection, items: list[_Item]) -> None:
    answers: list[tuple[_Item, Any, BaseException | None]]
    try:
        connection.execute("begin immediate")
        answers = [_run_one(connection, item) for item in items]
        connection.execute("commit")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("rollback")
        answers = [(item, None, error) for item in items]
    for answer in answers:
        _wake(*answer)


def _run_one(connection: sqlite3.Connection, item: _Item) -> tuple[_Item, Any, BaseException | None]:
    connection.execute("savepoint piece")
    try:
        value = item.work(connection)
    except Exception as error:
        connection.execute("rollback to piece")
        return item, None, error
    finally:
        connection.execute("release piece")
    return item, value, None


def _wake(item: _Item, value: Any, error: BaseException | None) -> None:
    def settle() -> None:
        if item.future.done():
            return
        if error is None:
            item.future.set_result(value)
        else:
            item.future.set_exception(error)

    if not item.loop.is_closed():
        item.loop.call_soon_threadsafe(settle)


def _connect(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, timeout=LOCK_TIMEOUT_S)
    connection.row_factory = sqlite3.Row
    try:
        # Exclusive: two services on one state folder would both run its tasks.
        connection.execute("pragma locking_mode = exclusive")
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("begin exclusive")
        connection.execute("commit")
        connection.executescript(SCHEMA)
    except sqlite3.OperationalError as error:
        connection.close()
        if "locked" in str(error):
            raise StateInUse(
                f"another local service uses the state folder {path.parent if path else ''}; stop it, or name "
                "another folder with --state"
            ) from error
        raise
    except sqlite3.Error:
        connection.close()
        raise
    return connection
