"""Which runs are alive, where machines share no folder: each run's process renews a row as long as it lives."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress

from sqlalchemy import Delete, Engine, Insert, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.workers.tables import BEAT_EVERY_S, again, is_alive, leases


class RunLeases:
    """The leases of all runs; those that this process has taken are renewed by a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: set[str] = set()
        self._ended = threading.Event()

    def take(self, run_id: str, days: str) -> None:
        """Takes the lease of a run of this process and renews it until `release`."""
        values = {"run_id": run_id, "host": socket.gethostname(), "pid": os.getpid(), "days": days}
        now = {"began_at": func.clock_timestamp(), "beat_at": func.clock_timestamp()}
        taken = insert(leases).values(values).on_conflict_do_update(index_elements=["run_id"], set_=values | now)
        self._execute(taken)
        self._held.add(run_id)
        if len(self._held) == 1:
            self._ended = threading.Event()
            threading.Thread(target=self._renew, args=(self._ended,), name="leases", daemon=True).start()

    def release(self, run_id: str) -> None:
        """Gives up the lease of a run of this process; nothing happens where it holds none."""
        if run_id in self._held:
            self._held.remove(run_id)
            self.forget(run_id)
        if not self._held:
            self._ended.set()

    def release_all(self) -> None:
        """Gives up every lease that this object holds."""
        for run_id in list(self._held):
            self.release(run_id)

    def forget(self, run_id: str) -> None:
        """Removes the lease of a run that is over or dead."""
        self._execute(delete(leases).where(leases.c.run_id == run_id))

    def is_alive(self, run_id: str) -> bool:
        """Whether a run's process has renewed its lease in the last half minute."""
        if run_id in self._held:
            return True
        alive = select(is_alive(leases.c.beat_at)).where(leases.c.run_id == run_id)

        def once() -> bool:
            with self._engine.connect() as connection:
                return bool(connection.execute(alive).scalar())

        return again(once)

    def _execute(self, statement: Insert | Delete) -> None:
        def once() -> None:
            with self._engine.begin() as connection:
                connection.execute(statement)

        again(once)

    def _renew(self, ended: threading.Event) -> None:
        while not ended.wait(BEAT_EVERY_S):
            with suppress(SQLAlchemyError), self._engine.begin() as connection:  # away: the next one says it
                alive = update(leases).where(leases.c.run_id.in_(self._held))
                connection.execute(alive.values(beat_at=func.clock_timestamp()))
