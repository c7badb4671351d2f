"""Which processes are sending right now, so that nobody reconciles a request that is still in the air.

A worker says it lives every few seconds, by the clock that all who share the ledger go by. It is silent when it stopped
saying so: a process that is frozen, or a machine that is cut off, may still go on. It is gone when it left, or when its
process is (a kill -9 is seen at once by others of the same machine): nothing more can come of it.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, and_, delete, insert, select, update

from qa_pipeline.ledger.database_clock import DatabaseClock
from qa_pipeline.ledger.opened import OpenedLedger, outlasting
from qa_pipeline.ledger.tables import machines, workers
from qa_pipeline.ledger.writing import insert_new
from qa_pipeline.processes.existence import process_exists
from qa_pipeline.processes.machine import process_space

HEARTBEAT_S = 5.0
SILENT_AFTER_S = 60.0
FORGET_AFTER_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker on the list: its machine, where its raw JSON is put, and when it last said that it lives."""

    worker_id: str
    host: str
    store: str | None
    heartbeat_at: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that has sent from a shared ledger; its clock was `clock_ahead_s` ahead of the database's."""

    store: str
    host: str
    home: str
    seen_at: float
    clock_ahead_s: float


def unshared_machines(register: WorkerRegister) -> list[Machine]:
    """Machines whose answers the others can't read, where there are several; else none."""
    found = register.machines()
    return found if len({machine.store for machine in found}) > 1 else []


class WorkerRegister(OpenedLedger):
    """The `workers` table of the operations database."""

    @outlasting
    def enter(self, run_id: str | None, worker_id: str | None = None, store: str | None = None) -> str:
        """Registers this process as a new worker, under `worker_id` or a new id, and returns the id."""
        now, worker_id = self.clock(), worker_id or uuid.uuid4().hex
        row: dict[str, Any] = {"worker_id": worker_id, "host": socket.gethostname(), "pid": os.getpid()}
        row |= {"run_id": run_id, "process_space": process_space(), "store": store}
        with self.engine.begin() as connection:
            forgotten = workers.c.heartbeat_at < now - FORGET_AFTER_S
            connection.execute(delete(workers).where(forgotten | (workers.c.worker_id == worker_id)))
            connection.execute(insert(workers).values(**row, started_at=now, heartbeat_at=now))
        return worker_id

    @outlasting
    def beat(self, worker_id: str) -> None:
        """Says that the worker lives, and looks at the clock."""
        if isinstance(self.clock, DatabaseClock):
            self.clock.look()
        with self.engine.begin() as connection:
            where = workers.c.worker_id == worker_id
            connection.execute(update(workers).where(where).values(heartbeat_at=self.clock()))

    @outlasting
    def leave(self, worker_id: str) -> None:
        """Takes the worker off the list; what it left in `sending` is free to be reconciled."""
        with self.engine.begin() as connection:
            connection.execute(delete(workers).where(workers.c.worker_id == worker_id))

    @outlasting
    def note_machine(self, home: str, store: str) -> None:
        """Notes that a machine with this QA_HOME sends from the ledger, where its raw JSON is put, and what its clock
        shows. Nothing where only one machine can use the ledger."""
        if not isinstance(self.clock, DatabaseClock):
            return
        this = {"store": store, "host": socket.gethostname(), "home": home}
        seen = {"seen_at": self.clock(), "clock_ahead_s": self.clock.skew_s}
        is_this = and_(*(machines.c[name] == value for name, value in this.items()))
        with self.engine.begin() as connection:
            connection.execute(insert_new(connection, machines).on_conflict_do_nothing(), [this | seen])
            connection.execute(update(machines).where(is_this).values(seen))

    @outlasting
    def machines(self) -> list[Machine]:
        """The machines that sent from the ledger in the last days, by name."""
        recent = machines.c.seen_at >= self.clock() - FORGET_AFTER_S
        query = select(machines).where(recent).order_by(machines.c.host, machines.c.home)
        with self.engine.connect() as connection:
            return [Machine(**row) for row in connection.execute(query).mappings()]

    @outlasting
    def living(self) -> set[str]:
        """Ids of the workers that may still be sending and say so."""
        oldest = self.clock() - SILENT_AFTER_S
        return {row["worker_id"] for row in self._rows() if row["heartbeat_at"] >= oldest and not _is_dead(row)}

    @outlasting
    def gone(self, worker_ids: Iterable[str | None]) -> set[str | None]:
        """Those of these workers of which nothing can come any more: they left, or their process is gone."""
        still_there = {row["worker_id"] for row in self._rows() if not _is_dead(row)}
        return set(worker_ids) - still_there

    @outlasting
    def known(self) -> list[Worker]:
        """All workers on the list, those that fell silent among them."""
        return [Worker(row["worker_id"], row["host"], row["store"], row["heartbeat_at"]) for row in self._rows()]

    def _rows(self) -> list[RowMapping]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(workers)).mappings().all())


def _is_dead(row: RowMapping) -> bool:
    """Whether a worker's process is gone; unknown, and so no, where it ran elsewhere."""
    is_here = row["host"] == socket.gethostname() and row["process_space"] == process_space()
    return is_here and not process_exists(row["pid"])
