"""The tables of the operations database, in SQLAlchemy Core so that SQLite and PostgreSQL both do.

Times are UTC epoch seconds (float): both databases keep them exactly and no driver reinterprets a zone.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Engine,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from qa_pipeline.ledger import (  # noqa: F401 - known to whoever opens, moves or shuts the database
    alert_tables,
    erasure_tables,
    export_tables,
    look_tables,
    read_days,
    review_tables,
    sampling_tables,
)
from qa_pipeline.ledger.earlier_layout import leave_earlier_layout
from qa_pipeline.ledger.indexes import bring_indexes_up_to_date
from qa_pipeline.ledger.metadata import metadata
from qa_pipeline.ledger.whereabouts import explain_refusals, require_here

workers = Table(
    "workers",
    metadata,
    Column("worker_id", String(32), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("run_id", String(64)),
    Column("started_at", Float, nullable=False),
    Column("heartbeat_at", Float, nullable=False),
    Column("process_space", String(80)),  # what the process id counts in
    Column("store", Text),  # where it puts raw JSON
)

machines = Table(
    "machines",
    metadata,
    Column("store", Text, primary_key=True),  # where it puts raw JSON: one folder of one machine, or a bucket
    Column("host", String(255), primary_key=True),
    Column("home", Text, primary_key=True),
    Column("seen_at", Float, nullable=False),
    Column("clock_ahead_s", Float, nullable=False),  # of the database's, when it was seen
)
"""The machines that have sent from a shared ledger."""

contexts = Table(
    "contexts",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("first_used_at", Float, nullable=False),
)

held_back = Table(
    "held_back",
    metadata,
    Column("recording_id", String(64), primary_key=True),
    Column("channel_id", Integer, primary_key=True),
    Column("call_id", Text, nullable=False),
    Column("call_date", String(10), nullable=False),
    Column("model", String(80), nullable=False),
    Column("audio_s", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("noted_at", Float, nullable=False),
)
"""Requests that wait for a person's word, as the last run over their calls saw them."""

account_pace = Table(
    "account_pace",
    metadata,
    Column("limiter", String(80), primary_key=True),
    Column("next_at", Float),
    Column("held_until", Float),
    Column("written_at", Float),
)
"""How fast an account may ask, where several machines share the ledger; by the database's clock."""

saved_views = Table(
    "saved_views",
    metadata,
    Column("view_id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", String(255), nullable=False, index=True),
    Column("is_shared", Boolean, nullable=False),
    Column("query", JSON, nullable=False),  # URL parameters of the list of calls, and their values
    Column("created_at", Float, nullable=False),
)
"""Choices of calls that people keep under a name."""

landing_files = Table(
    "landing_files",
    metadata,
    Column("path", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", String(24), nullable=False),
    Column("recording_id", String(64), nullable=False),
    Column("probe", JSON, nullable=False),
)
"""What an earlier version remembered of files; what is asked of it again goes into `landing_cache`."""

landing_folders = Table(
    "landing_folders",
    metadata,
    Column("folder", Text, primary_key=True),  # its URI
    Column("facts", Text, nullable=False),  # JSON
)
"""What is known of each folder of the landing zone: when it was looked at, and which days its recordings are of."""

landing_contents = Table(
    "landing_contents",
    metadata,
    Column("folder", Text, primary_key=True),
    Column("days", LargeBinary, nullable=False),  # of each recording, by its name
    Column("ids", LargeBinary, nullable=False),  # by which its recordings may be joined with others
    Column("keys", LargeBinary),  # by which a list of calls may name them
)
"""The recordings of each folder, as far as others ask for them."""

landing_cache = Table(
    "landing_cache",
    metadata,
    Column("folder", Text, primary_key=True),
    Column("files", LargeBinary, nullable=False),
)
"""What was found in the files of each folder, by name."""


IDLE_IN_TRANSACTION_MS = 10_000
"""Between two statements of a transaction pass some ms; after this the server ends it, and its process tries again."""

BUSY_S = 60
"""So long a process waits for another one of the same machine that has SQLite's lock."""

PAGES_KIB = 8 * 1024
"""So much of its file SQLite remembers for a connection. With its own 2 MiB a day of 1,000 calls in a large file reads
the same pages of indexes eight times."""

_OPENING_LOCK = 5_125_731
"""Any number that nothing else in the database locks by."""

_COLUMNS = {
    "sqlite": "select tables.name, columns.name "
    "from sqlite_master as tables, pragma_table_info(tables.name) as columns where tables.type = 'table'",
    "postgresql": "select relname, attname from pg_attribute inner join pg_class on pg_class.oid = attrelid "
    "where relkind in ('r', 'p') and attnum > 0 and not attisdropped "
    "and relnamespace = (select oid from pg_namespace where nspname = current_schema())",
}
"""By dialect: the names of each table and of each of its columns."""


def open_operations(url: str) -> Engine:
    """Opens (and on first use creates) the operations database.

    SQLite is set to WAL with `synchronous=FULL`: a commit that returned survives a power cut.

    Raises:
        LedgerElsewhere: the ledger was moved to another database, or is being moved.
    """
    engine = open_wherever_it_is(url)
    try:
        require_here(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_wherever_it_is(url: str) -> Engine:
    """As `open_operations`, also where the ledger has left: for those who move it, or say where it is."""
    engine = connected(url)
    _bring_up_to_date(engine)
    return engine


def connected(url: str) -> Engine:
    """An engine for the database, in which nothing is made or changed; a file of SQLite's is made by the first use."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True)
        if parsed.get_backend_name() == "postgresql":
            event.listen(engine, "connect", _configure_postgres)
    else:
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_S, "check_same_thread": False})
        event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "handle_error", explain_refusals)
    return engine


def _bring_up_to_date(engine: Engine) -> None:
    """Makes the tables that are missing, and adds the columns that a ledger of an earlier version does not have.

    Only columns that may be empty are ever added to a table. Several machines may open a new database at once.
    """
    known = _columns(engine)
    if not set(metadata.tables) <= {table for table, _ in known}:
        _make_tables(engine)
        known = _columns(engine)
    for table in metadata.sorted_tables:
        for column in table.columns:
            if (table.name, column.name) not in known:
                _add_column(engine, table, column)
    leave_earlier_layout(engine)
    bring_indexes_up_to_date(engine)


def _columns(engine: Engine) -> set[tuple[str, str]]:
    """Each column of each table by both names, in one query: every process that opens the ledger asks for them."""
    with engine.connect() as connection:
        return {(table, column) for table, column in connection.exec_driver_sql(_COLUMNS[engine.dialect.name])}


def _add_column(engine: Engine, table: Table, column: Column[Any]) -> None:
    kind = column.type.compile(engine.dialect)
    try:
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}"))
    except DBAPIError:
        if (table.name, column.name) not in _columns(engine):
            raise  # not because another process was faster


def _make_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _OPENING_LOCK})
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins none before it makes tables
        metadata.create_all(connection)


def _configure_postgres(connection: Any, _record: object) -> None:
    """A process that is frozen in the middle of a transaction would keep its locks for as long, and stop all others."""
    cursor = connection.cursor()
    cursor.execute(f"set idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_MS}")
    cursor.close()
    connection.commit()


def _configure_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"PRAGMA busy_timeout={1000 * BUSY_S}")
    _write_ahead(cursor)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"cache_size=-{PAGES_KIB}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """SQLite refuses this at once where another process opens a new file at the same time; other locks it waits for."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.05)
