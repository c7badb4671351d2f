"""The tables that runs and workers share, beside Dagster's own in the schema `dagster`; all times by the database's
clock, because those of machines differ.

Alive is who gave a sign of life in the last half minute, or could not give one because the server itself has only just
started.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    func,
    inspect,
    literal,
    text,
)
from sqlalchemy.dialects.postgresql import INTERVAL, JSONB, TIMESTAMP
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from qa_pipeline.settings import Settings

SCHEMA = "dagster"
BEAT_EVERY_S = 5.0
SILENT_AFTER_S = 30.0
CONNECTS_FOR_S = 120.0
"""A restart of the server takes seconds, a move to its stand-by a minute."""

_OPENING_LOCK = 5_125_732
"""Any number that nothing else in the database locks by."""

_NOW = TIMESTAMP(timezone=True)
_metadata = MetaData()
T = TypeVar("T")

steps = Table(
    "worker_steps",
    _metadata,
    Column("step_id", BigInteger, primary_key=True, autoincrement=True),
    Column("run_id", String(64), nullable=False),
    Column("step_key", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("queue", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("version", String(64), nullable=False),  # of the product, in the run's process
    Column("fingerprint", String(32), nullable=False),  # of its deciding settings
    Column("known_state", Text, nullable=False),  # Dagster's own, packed
    Column("state", String(16), nullable=False),
    Column("worker", String(255)),
    Column("reason", Text),  # why it was lost
    Column("submitted_at", _NOW, nullable=False, server_default=func.now()),
    Column("beat_at", _NOW),
    UniqueConstraint("run_id", "step_key", "attempt"),
)
Index("worker_steps_waiting", steps.c.queue, steps.c.priority.desc(), steps.c.step_id).ddl_if(dialect="postgresql")

programs = Table(
    "worker_programs",
    _metadata,
    Column("name", String(255), primary_key=True),
    Column("kind", String(16), nullable=False),  # worker or runs
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", String(64), nullable=False),
    Column("fingerprint", String(32), nullable=False),
    Column("deciding", JSONB, nullable=False),  # name of a setting → hash of its value
    Column("queues", Text, nullable=False),
    Column("at_once", Integer, nullable=False),
    Column("started_at", _NOW, nullable=False, server_default=func.now()),
    Column("beat_at", _NOW, nullable=False, server_default=func.now()),
)

leases = Table(
    "run_leases",
    _metadata,
    Column("run_id", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("days", Text, nullable=False),
    Column("began_at", _NOW, nullable=False, server_default=func.now()),
    Column("beat_at", _NOW, nullable=False, server_default=func.now()),
)


def dagster_url(settings: Settings) -> URL:
    """The address of Dagster's tables: the driver that dagster-postgres is written for, and the schema `dagster`."""
    url = make_url(settings.dagster_database_url).set(drivername="postgresql+psycopg2")
    given = url.query.get("options", "")
    options = given if isinstance(given, str) else " ".join(given)
    return url.update_query_dict({"options": f"{options} -csearch_path={SCHEMA}".strip()})


def open_tables(settings: Settings) -> Engine:
    """An engine on the shared tables, which `storage.py` makes with Dagster's."""
    return kept_engine(dagster_url(settings))


def are_made(engine: Engine) -> bool:
    """Whether the tables are there. They are made after Dagster's, so Dagster's are then complete too."""
    return set(_metadata.tables) <= set(inspect(engine).get_table_names())


def make_tables(engine: Engine, make_dagsters: Callable[[], T]) -> T:
    """Makes the schema, Dagster's tables by the function given, and the shared ones; returns what that function does.

    Several machines may do so at once: left to themselves, two first starts on an empty database hinder each other.
    """
    if are_made(engine):
        return make_dagsters()
    with _one_at_a_time(engine):
        with engine.begin() as connection:
            connection.execute(text(f"create schema if not exists {SCHEMA}"))
        made = make_dagsters()
        _metadata.create_all(engine)
    return made


def kept_engine(url: URL | str, **options: Any) -> Engine:
    """An engine whose connections wait for a server that restarts, and are looked at before they are used again."""
    engine = create_engine(url, pool_pre_ping=True, **options)
    event.listen(engine, "do_connect", _wait_for_server)
    return engine


def is_alive(beat_at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the last sign of life is recent; silence while the server was away does not count."""
    started = func.pg_postmaster_start_time()
    silence = literal(f"{SILENT_AFTER_S:.0f} seconds").cast(INTERVAL)
    return func.greatest(beat_at, started) > func.clock_timestamp() - silence


def again(work: Callable[[], T]) -> T:
    """Does what may be done twice, again when the connection broke in the middle of it."""
    deadline = time.monotonic() + CONNECTS_FOR_S
    while True:
        try:
            return work()
        except DBAPIError as error:
            if not (error.connection_invalidated or isinstance(error, OperationalError)):
                raise
            if time.monotonic() > deadline:
                raise
        time.sleep(0.5)


def _wait_for_server(dialect: Any, _record: object, arguments: Any, keywords: Any) -> Any:
    deadline = time.monotonic() + CONNECTS_FOR_S
    pause_s = 0.1
    while True:
        try:
            return dialect.connect(*arguments, **keywords)
        except dialect.loaded_dbapi.OperationalError as error:
            if time.monotonic() > deadline or not _may_come_back(str(error)):
                raise
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, 2.0)


def _may_come_back(message: str) -> bool:
    """Whether waiting helps: not with a wrong password or a database that does not exist."""
    return not any(words in message for words in ("authentication failed", "does not exist", "no pg_hba.conf entry"))


@contextmanager
def _one_at_a_time(engine: Engine) -> Iterator[None]:
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": _OPENING_LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _OPENING_LOCK})
            connection.commit()
