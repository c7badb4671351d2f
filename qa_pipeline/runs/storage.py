"""Dagster's SQLite files with connections that stay open and claims that die with their run; `instance_file.py` writes
its name into dagster.yaml.

Dagster's own classes make an engine, open a connection and compile the statement anew for each access: a run of one
call opened 1,192 of them for 135 events. Files, folders and tables are Dagster's own, so its default storage reads what
this one wrote and the other way round.

Every process that runs a step claims its pools here, whoever started it. So here a run takes its lease when it starts,
and here the claims of runs without a living lease are freed, by the run that would wait for them.
"""

import datetime as dt
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import dagster as dg
import sqlalchemy
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.runs.schema import RunStorageSqlMetadata
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.schema import ScheduleStorageSqlMetadata
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)
from dagster._serdes import ConfigurableClassData
from dagster._utils.concurrency import ConcurrencyClaimStatus

from qa_pipeline.runs.leases import Leases
from qa_pipeline.runs.new_files import make_tables

UNFINISHED = [
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.CANCELING,
]
BEGUN = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
"""A run of this version takes its lease before it becomes one of these."""

BEGINS_WITHIN_S = 300.0
"""A run that was made and has not begun in this time will not: Dagster's own limit is 180 s."""

WAITS = "waits for run"
"""Stands in the event that says whom a step waits for."""

PROCESS_GONE = "the process of this run is gone; a later run goes on with its work"
_LAST_EVENTS = (dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED)


class KeptSqliteStorage(DagsterSqliteStorage):
    """Runs, events, schedules and sensors under `base_dir`, in the folders of Dagster's default storage."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super(DagsterSqliteStorage, self).__init__()  # type: ignore[no-untyped-call]  # its own would open storages
        self.base_dir = base_dir
        self._inst_data = inst_data
        self._run_storage = _KeptRuns.from_local(str(Path(base_dir, "history")))
        self._event_log_storage = KeptEvents(str(Path(base_dir, "history", "runs")), Leases(Path(base_dir, "leases")))
        self._schedule_storage = _KeptSchedules.from_local(str(Path(base_dir, "schedules")))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Made by Dagster with the `config` of dagster.yaml."""
        return cls.from_local(inst_data=inst_data, **config_value)


class _KeptFile:
    """One file whose engine is made once; mixed into the storage of Dagster that the file belongs to."""

    file_name: ClassVar[str]
    tables: ClassVar[sqlalchemy.MetaData]

    @classmethod
    def from_local(cls, base_dir: str, inst_data: ConfigurableClassData | None = None) -> Any:
        """Opens the file; where there is none yet, it is made with its tables."""
        address = create_db_conn_string(base_dir, cls.file_name)
        if _has_tables(_engine(address)):
            return cls(address, inst_data)
        Path(base_dir).mkdir(parents=True, exist_ok=True)
        if not make_tables(_engine(address), cls.tables):
            return super().from_local(base_dir, inst_data)  # type: ignore[misc]
        storage: Any = cls(address, inst_data)
        storage.migrate()  # notes that a new file needs none of the changes of rows
        storage.optimize()
        return storage

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(conn_string, inst_data)  # type: ignore[call-arg]
        self._engine = _engine(conn_string)

    @contextmanager
    def connect(self) -> Iterator[sqlalchemy.Connection]:
        with self._engine.begin() as connection:
            yield connection


class _KeptRuns(_KeptFile, SqliteRunStorage):
    file_name = "runs"
    tables = RunStorageSqlMetadata


class _KeptSchedules(_KeptFile, SqliteScheduleStorage):
    file_name = "schedules"
    tables = ScheduleStorageSqlMetadata


class KeptEvents(SqliteEventLogStorage):
    """Each run's events are a file of their own beside the index; those of one run are kept open at a time."""

    def __init__(self, base_dir: str, leases: Leases) -> None:
        self.leases = leases
        self._told: set[tuple[str, str, str]] = set()
        self._index = _engine(create_db_conn_string(base_dir, INDEX_SHARD_NAME))
        self._run: tuple[str, sqlalchemy.Engine] | None = None
        self._tables: set[str] = set()
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        with self._db_lock:
            engine = self._index if shard == INDEX_SHARD_NAME else self._engine_of_run(shard)
            if shard not in self._initialized_dbs:
                if not _has_tables(engine):
                    self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _initdb(self, engine: sqlalchemy.Engine, for_index_shard: bool = False) -> None:
        if not make_tables(engine, SqlEventLogStorageMetadata):
            super()._initdb(engine, for_index_shard)

    def _engine_of_run(self, shard: str) -> sqlalchemy.Engine:
        if self._run is None or self._run[0] != shard:
            if self._run is not None:
                self._run[1].dispose()
            self._run = (shard, _engine(self.conn_string_for_shard(shard)))
        return self._run[1]

    def has_table(self, table_name: str) -> bool:
        """Whether the index has the table; asked in the middle of a transaction too, so without the lock."""
        if table_name not in self._tables:
            with self._index.connect() as connection:
                if not connection.dialect.has_table(connection, table_name):
                    return False
            self._tables.add(table_name)
        return True

    def store_event(self, event: EventLogEntry) -> None:
        """Stores an event; a run's first and last ones take and release its lease, in the process that runs it."""
        with leased(self.leases, self._instance, event):
            super().store_event(event)

    def claim_concurrency_slot(
        self, concurrency_key: str, run_id: str, step_key: str, priority: int | None = None
    ) -> ConcurrencyClaimStatus:
        """Claims a place of a pool; where none is free, frees those of dead runs, or says whom the run waits for."""
        status = super().claim_concurrency_slot(concurrency_key, run_id, step_key, priority)
        if status.is_claimed:
            return status
        if self._free_dead_claims(concurrency_key, run_id):
            status = super().claim_concurrency_slot(concurrency_key, run_id, step_key, priority)
        if not status.is_claimed:
            self._say_who_is_first(concurrency_key, run_id, step_key)
        return status

    def _claimants(self, pool: str, of_run: str) -> list[str]:
        """The other runs that have a claim on a pool, those with a place first."""
        info = self.get_concurrency_info(pool)
        runs = [slot.run_id for slot in info.claimed_slots] + [step.run_id for step in info.pending_steps]
        return [run_id for run_id in dict.fromkeys(runs) if run_id != of_run]

    def _free_dead_claims(self, pool: str, of_run: str) -> bool:
        dead = [run_id for run_id in self._claimants(pool, of_run) if not self.leases.is_alive(run_id)]
        for run_id in dead:
            end_dead_run(self._instance, self.leases, run_id)
        return bool(dead)

    def _say_who_is_first(self, pool: str, run_id: str, step_key: str) -> None:
        """Once for each run that is waited for, on Dagster's page and to whoever listens to the run's events."""
        for first in self._claimants(pool, run_id)[:1]:
            run = self._instance.get_run_by_id(run_id)
            if run is not None and (run_id, step_key, first) not in self._told:
                self._told.add((run_id, step_key, first))
                message = f"{step_key} {WAITS} {_described(first, self.leases)}"
                self._instance.report_engine_event(message, run, step_key=step_key)

    def dispose(self) -> None:
        """Closes the files and gives up the leases of runs that ended without an event."""
        self.leases.release_all()
        super().dispose()

    def wipe(self) -> None:
        """Removes every run's events; an open file would keep on taking them."""
        with self._db_lock:
            if self._run is not None:
                self._run[1].dispose()
                self._run = None
        super().wipe()


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ends the runs whose process is gone and frees their claims; returns their ids.

    Dagster's daemon does this too (`launcher.py`), where one is running.
    """
    events = instance.event_log_storage
    if not isinstance(events, KeptEvents):
        return []  # a storage of the user's own choice, which knows no leases
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED)):
        run_id = record.dagster_run.run_id
        began = record.dagster_run.status in BEGUN
        is_waited_for = not began and time.time() - record.create_timestamp.timestamp() < BEGINS_WITHIN_S
        if events.leases.is_alive(run_id) or is_waited_for:
            continue
        end_dead_run(instance, events.leases, run_id)
        ended.append(run_id)
    return ended


def end_dead_run(instance: dg.DagsterInstance, leases: Leases, run_id: str) -> None:
    """Marks a run whose process is gone as failed, where it has not ended, and frees its places in all pools."""
    run = instance.get_run_by_id(run_id)
    if run is not None and not run.is_finished:
        instance.report_run_failed(run, PROCESS_GONE)
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    leases.forget(run_id)


class TakesLeases(Protocol):
    """Leases of runs, in a folder or in a database."""

    def take(self, run_id: str, days: str) -> None: ...

    def release(self, run_id: str) -> None: ...


@contextmanager
def leased(leases: TakesLeases, instance: dg.DagsterInstance, event: EventLogEntry) -> Iterator[None]:
    """Around the storing of an event: a run takes its lease before its first event is there, and releases it after its
    last one."""
    kind = event.dagster_event_type if event.is_dagster_event else None
    if kind is dg.DagsterEventType.RUN_START:
        run = instance.get_run_by_id(event.run_id)
        leases.take(event.run_id, _days_of_run(run.tags if run else {}))
    yield
    if kind in _LAST_EVENTS:
        leases.release(event.run_id)


def _days_of_run(tags: Mapping[str, str]) -> str:
    """The days that a run is for, as its tags name them."""
    first, last = tags.get(ASSET_PARTITION_RANGE_START_TAG), tags.get(ASSET_PARTITION_RANGE_END_TAG)
    return f"{first} to {last}" if first and last else tags.get(PARTITION_NAME_TAG, "")


def _described(run_id: str, leases: Leases) -> str:
    """A run that others wait for, and what a person can do about it."""
    holder = leases.holder(run_id)
    short = run_id[:8]
    if holder is None:
        return f"{short}; it goes on when that ends"
    since = f"{dt.datetime.fromtimestamp(holder.began_at, dt.UTC):%Y-%m-%d %H:%M} UTC"
    of = f" of {holder.days}" if holder.days else ""
    return (
        f"{short}{of} (process {holder.pid} on {holder.host}, since {since}) and goes on by itself when that "
        "ends; to end it earlier press Ctrl-C there, or terminate it on Dagster's page"
    )


def _has_tables(engine: sqlalchemy.Engine) -> bool:
    """Whether Dagster has made the file's tables: the last thing it does is to note their version.

    Dagster compares that version with the newest one at each start, for which it loads all of its migrations, and makes
    nothing of the answer.
    """
    try:
        with engine.connect() as connection:
            return connection.execute(sqlalchemy.text("select version_num from alembic_version")).first() is not None
    except sqlalchemy.exc.OperationalError:
        return False  # no such file, or no such table


def _engine(address: str) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(address, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    sqlalchemy.event.listen(engine, "connect", _sync_at_checkpoints)
    return engine


def _sync_at_checkpoints(connection: sqlite3.Connection, _: object) -> None:
    """With a write-ahead log this loses the last events in a power cut, at worst; never the file."""
    connection.execute("pragma synchronous = normal")
