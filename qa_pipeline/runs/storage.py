"""Dagster's SQLite files with connections that stay open; `dagster_home.py` writes its name into dagster.yaml.

Dagster's own classes make an engine, open a connection and compile the statement anew for each access: a run of one
call opened 1,192 of them for 135 events. Files, folders and tables are Dagster's own, so its default storage reads what
this one wrote and the other way round.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import sqlalchemy
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData


class KeptSqliteStorage(DagsterSqliteStorage):
    """Runs, events, schedules and sensors under `base_dir`, in the folders of Dagster's default storage."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super(DagsterSqliteStorage, self).__init__()  # type: ignore[no-untyped-call]  # its own would open storages
        self.base_dir = base_dir
        self._inst_data = inst_data
        self._run_storage = _KeptRuns.from_local(str(Path(base_dir, "history")))
        self._event_log_storage = _KeptEvents(str(Path(base_dir, "history", "runs")))
        self._schedule_storage = _KeptSchedules.from_local(str(Path(base_dir, "schedules")))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Made by Dagster with the `config` of dagster.yaml."""
        return cls.from_local(inst_data=inst_data, **config_value)


class _KeptFile:
    """One file whose engine is made once; mixed into the storage of Dagster that the file belongs to."""

    file_name: ClassVar[str]

    @classmethod
    def from_local(cls, base_dir: str, inst_data: ConfigurableClassData | None = None) -> Any:
        """Opens the file; where there is none yet, Dagster makes it with its tables."""
        address = create_db_conn_string(base_dir, cls.file_name)
        if _has_tables(_engine(address)):
            return cls(address, inst_data)
        return super().from_local(base_dir, inst_data)  # type: ignore[misc]

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(conn_string, inst_data)  # type: ignore[call-arg]
        self._engine = _engine(conn_string)

    @contextmanager
    def connect(self) -> Iterator[sqlalchemy.Connection]:
        with self._engine.begin() as connection:
            yield connection


class _KeptRuns(_KeptFile, SqliteRunStorage):
    file_name = "runs"


class _KeptSchedules(_KeptFile, SqliteScheduleStorage):
    file_name = "schedules"


class _KeptEvents(SqliteEventLogStorage):
    """Each run's events are a file of their own beside the index; those of one run are kept open at a time."""

    def __init__(self, base_dir: str) -> None:
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

    def wipe(self) -> None:
        """Removes every run's events; an open file would keep on taking them."""
        with self._db_lock:
            if self._run is not None:
                self._run[1].dispose()
                self._run = None
        super().wipe()


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
