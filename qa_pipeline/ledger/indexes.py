"""Indexes of the attempts, and how PostgreSQL keeps them: a ledger of an earlier version gets those of now when it is
opened, once, whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Engine, Index, text

from qa_pipeline.ledger.attempts import attempts, attempts_by_submission, calls

logger = logging.getLogger("qa_pipeline.ledger")

EARLIER = ("ix_attempts_submission_id", "ix_attempts_task_id", "ix_attempt_calls_recording")
"""Of whole ids, which took three times the room; and of what the attempts' own index says as well."""

_LOCK = 5_125_733
"""Any number that nothing else in the database locks by."""

_TIDIED_AT = {"autovacuum_vacuum_scale_factor": 0.01, "autovacuum_vacuum_threshold": 2000}
"""When PostgreSQL gives back the room of old versions of rows, of which a channel leaves eight. By default it waits
until they are a fifth of all rows: in a ledger of years hardly ever. What an operator has set stays."""

TIGHT_BYTES: Mapping[str, float] = {
    "attempts_pkey": 22.0,
    "one_attempt_at_work": 31.0,
    "attempts_by_state": 8.0,
    "attempts_by_engine": 8.0,
}
"""What a row takes in an index of PostgreSQL's that was just built. Ids are random, so that indexes of them fill up."""

_NAMES = {
    "sqlite": "select name, '' from sqlite_master where type = 'index'",
    "postgresql": "select relname, coalesce(array_to_string(reloptions, ', '), '') from pg_class "
    "where relkind in ('r', 'i') and relnamespace = (select oid from pg_namespace where nspname = current_schema())",
}
"""By dialect: the names of indexes (and tables), and how they are kept."""


def bring_indexes_up_to_date(engine: Engine) -> None:
    """Makes the indexes that are missing and drops those of earlier versions. Others wait meanwhile."""
    with engine.connect() as connection:
        if not any(_left_to_do(connection)):
            return
    with engine.begin() as connection:
        _lock(connection)
        statements = list(_left_to_do(connection))  # another process may have been faster
        logger.info("the indexes of the ledger are brought up to date, once")
        for statement in statements:
            if isinstance(statement, Index):
                statement.create(connection)
            else:
                connection.execute(text(statement))


def _left_to_do(connection: Connection) -> Iterator[Index | str]:
    dialect = connection.dialect.name
    known = {name: kept for name, kept in connection.exec_driver_sql(_NAMES[dialect])}  # noqa: C416 - a row is no pair
    for table in (attempts, calls):
        yield from (
            index for index in sorted(table.indexes, key=lambda each: str(each.name)) if index.name not in known
        )
    yield from (f"drop index {name}" for name in EARLIER if name in known)
    if dialect == "postgresql":
        if attempts_by_submission.name not in known:
            yield "analyze attempts"  # else the planner takes each ending of an id for that of every 200th row
        for option, value in _TIDIED_AT.items():
            if option not in known.get(attempts.name, ""):
                yield f"alter table attempts set ({option} = {value})"


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins none before it makes indexes
    else:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
