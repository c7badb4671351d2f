"""Who is there: the workers, and the programs that launch runs, with their version and the settings that decide."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Engine, and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline import __version__
from qa_pipeline.settings import Settings
from qa_pipeline.workers.deciding_settings import deciding_settings, fingerprint
from qa_pipeline.workers.tables import BEAT_EVERY_S, is_alive, programs

WORKER, RUNS = "worker", "runs"

_TOLD_APART_BY = ("name", "host", "pid", "started_at")
"""Programs of one name are told apart by these. In containers, host and process may be the same too."""


@dataclass(frozen=True, slots=True)
class Program:
    """A worker, or a program that launches runs (`kind`). `deciding` are hashes of settings by name."""

    name: str
    kind: str
    host: str
    pid: int
    version: str
    fingerprint: str
    deciding: Mapping[str, str]
    queues: tuple[str, ...] = ()
    at_once: int = 0


def this_program(settings: Settings, kind: str, name: str, queues: Sequence[str] = (), at_once: int = 0) -> Program:
    """This process as others are to see it."""
    deciding = deciding_settings(settings)
    host = socket.gethostname()
    return Program(name, kind, host, os.getpid(), __version__, fingerprint(deciding), deciding, tuple(queues), at_once)


def living(engine: Engine, kind: str) -> list[Program]:
    """The programs of a kind that are there, oldest first."""
    wanted = select(programs).where(programs.c.kind == kind, is_alive(programs.c.beat_at))
    with engine.connect() as connection:
        rows = connection.execute(wanted.order_by(programs.c.started_at, programs.c.name)).mappings().all()
    return [
        Program(**{**{name: row[name] for name in Program.__slots__}, "queues": tuple(row["queues"].split())})
        for row in rows
    ]


@contextmanager
def registered(
    engine: Engine,
    program: Program,
    when_replaced: Callable[[], None] = lambda: None,
    *,
    beat_every_s: float = BEAT_EVERY_S,
) -> Iterator[None]:
    """Has the others know of this program for the time of the block.

    An entry that others removed, since nobody renewed it for a while, is made again. Where another program has made one
    of the same name meanwhile, that one's stays as it is, and a thread calls `when_replaced`, once.
    """
    values = {name: getattr(program, name) for name in program.__slots__} | {"queues": " ".join(program.queues)}
    fresh = {**values, "started_at": func.clock_timestamp(), "beat_at": func.clock_timestamp()}
    entry = insert(programs).values(fresh).on_conflict_do_update(index_elements=["name"], set_=fresh)
    with engine.begin() as connection:
        connection.execute(delete(programs).where(~is_alive(programs.c.beat_at)))
        own = {**values, "started_at": connection.execute(entry.returning(programs.c.started_at)).scalar_one()}
    is_own = and_(*(programs.c[column] == own[column] for column in _TOLD_APART_BY))
    ended = threading.Event()

    def beat() -> None:
        now = {"beat_at": func.clock_timestamp()}
        made_again = insert(programs).values(own | now)
        renewed = made_again.on_conflict_do_update(index_elements=["name"], set_=now, where=is_own)
        while not ended.wait(beat_every_s):
            try:
                with engine.begin() as connection:
                    is_there = connection.execute(renewed.returning(programs.c.name)).first() is not None
            except SQLAlchemyError:
                continue  # the server is away: the next one says it
            if not is_there:
                when_replaced()
                return

    beating = threading.Thread(target=beat, name="register", daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join(timeout=BEAT_EVERY_S)
        with suppress(SQLAlchemyError), engine.begin() as connection:  # away: its silence says it too
            connection.execute(delete(programs).where(is_own))
