"""Which processes are sending right now, so that nobody reconciles a request that is still in the air.

A worker says it lives every few seconds. A worker is dead when it stopped saying so, or when it ran on this host
and its process is gone (a kill -9 is seen at once).
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable

from sqlalchemy import Engine, delete, insert, select, update

from qa_pipeline.ledger.tables import workers
from qa_pipeline.processes.existence import process_exists

HEARTBEAT_S = 5.0
SILENT_AFTER_S = 60.0
FORGET_AFTER_S = 7 * 24 * 3600.0


class WorkerRegister:
    """The `workers` table of the operations database."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self.engine = engine
        self.clock = clock

    def enter(self, run_id: str | None, worker_id: str | None = None) -> str:
        """Registers this process as a new worker, under `worker_id` or a new id, and returns the id."""
        now, worker_id = self.clock(), worker_id or uuid.uuid4().hex
        row = {"worker_id": worker_id, "host": socket.gethostname(), "pid": os.getpid(), "run_id": run_id}
        with self.engine.begin() as connection:
            connection.execute(delete(workers).where(workers.c.heartbeat_at < now - FORGET_AFTER_S))
            connection.execute(insert(workers).values(**row, started_at=now, heartbeat_at=now))
        return worker_id

    def beat(self, worker_id: str) -> None:
        """Says that the worker lives."""
        with self.engine.begin() as connection:
            where = workers.c.worker_id == worker_id
            connection.execute(update(workers).where(where).values(heartbeat_at=self.clock()))

    def leave(self, worker_id: str) -> None:
        """Takes the worker off the list; what it left in `sending` is free to be reconciled."""
        with self.engine.begin() as connection:
            connection.execute(delete(workers).where(workers.c.worker_id == worker_id))

    def living(self) -> set[str]:
        """Ids of the workers that may still be sending."""
        oldest = self.clock() - SILENT_AFTER_S
        with self.engine.connect() as connection:
            rows = connection.execute(select(workers).where(workers.c.heartbeat_at >= oldest)).mappings().all()
        host = socket.gethostname()
        return {row["worker_id"] for row in rows if row["host"] != host or process_exists(row["pid"])}
