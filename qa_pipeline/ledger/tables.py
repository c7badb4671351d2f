"""The tables of the operations database, in SQLAlchemy Core so that SQLite and PostgreSQL both do.

Times are UTC epoch seconds (float): both databases keep them exactly and no driver reinterprets a zone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

metadata = MetaData()

units = Table(
    "transcription_units",
    metadata,
    Column("unit_id", String(32), primary_key=True),
    Column("submission_id", String(32), nullable=False, index=True),  # one request; in every object key
    Column("recording_id", String(64), nullable=False),
    Column("channel_id", Integer, nullable=False),
    Column("model", String(80), nullable=False),
    Column("parameters_hash", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("call_date", String(10), nullable=False, index=True),
    Column("source_uri", Text, nullable=False),
    Column("audio_s", Float, nullable=False),
    Column("engine_kind", String(16), nullable=False),  # 'dashscope', 'local' or 'import'
    Column("engine", String(80), nullable=False),
    Column("region", String(32), nullable=False),
    Column("account", String(16), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("worker_id", String(32)),
    Column("task_id", String(128), index=True),
    Column("file_url", Text),
    Column("code", Text),
    Column("message", Text),
    Column("billed_s", Float),
    Column("cost_usd", Float),
    Column("raw_path", Text),
    Column("raw_sha256", String(64)),
    Column("planned_at", Float, nullable=False),
    Column("sending_at", Float),
    Column("submitted_at", Float),
    Column("ended_at", Float),
    Column("fetched_at", Float),
    Column("parsed_at", Float),
    Column("model_reason", Text),  # why this model was chosen
    Column("context_sha256", String(64)),  # of the context sent along; its text is in `contexts`
    Column("asked_again", Integer),  # 1: asked by a person although there was an answer
    Column("settings_hash", String(16)),  # of the settings that shape requests, whatever a call's own facts are
    Column("answered_by", String(80)),  # the engine that signed the answer; `engine` is the one that was to be asked
    UniqueConstraint("recording_id", "channel_id", "model", "parameters_hash", "attempt", name="one_attempt"),
    Index("units_by_key", "recording_id", "channel_id"),
)

workers = Table(
    "workers",
    metadata,
    Column("worker_id", String(32), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("run_id", String(64)),
    Column("started_at", Float, nullable=False),
    Column("heartbeat_at", Float, nullable=False),
)

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


def open_operations(url: str) -> Engine:
    """Opens (and on first use creates) the operations database.

    SQLite is set to WAL with `synchronous=FULL`: a commit that returned survives a power cut.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True)
        _bring_up_to_date(engine)
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 60, "check_same_thread": False})
    event.listen(engine, "connect", _configure_sqlite)
    _bring_up_to_date(engine)
    return engine


def _bring_up_to_date(engine: Engine) -> None:
    """Makes the tables that are missing, and adds the columns that a ledger of an earlier version does not have.

    Only columns that may be empty are ever added to a table: what was paid for is never rewritten.
    """
    metadata.create_all(engine)
    for table in metadata.sorted_tables:
        for column in _missing_columns(engine, table):
            kind = column.type.compile(engine.dialect)
            try:
                with engine.begin() as connection:
                    connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}"))
            except DBAPIError:
                if column.name in {missing.name for missing in _missing_columns(engine, table)}:
                    raise  # not because another process was faster


def _missing_columns(engine: Engine, table: Table) -> list[Column[Any]]:
    known = {column["name"] for column in inspect(engine).get_columns(table.name)}
    return [column for column in table.columns if column.name not in known]


def _configure_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=60000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
