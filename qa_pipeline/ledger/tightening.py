"""Builds indexes of the attempts anew in PostgreSQL once they are mostly room: a channel's entry in each of them is
written six times on its way, pages are divided for that, and what follows lies elsewhere, so that the room stays empty.

Senders go on meanwhile: PostgreSQL builds the new index beside the old one. What is built anew grows loose with what is
added, so one is built again when the ledger is nearly twice as large as the last time: what that costs a channel does
not grow with the history.
"""

from __future__ import annotations

import logging

from sqlalchemy import Connection, Engine, text

from qa_pipeline.ledger.indexes import TIGHT_BYTES

logger = logging.getLogger("qa_pipeline.ledger")

LOOSE = 1.6
"""An index that takes so many times its least is built anew."""

LEAST_ROWS = 100_000
"""Below, all that could be saved are some megabytes."""

_LOCK = 5_125_734
"""Any number that nothing else in the database locks by."""

_SIZES = text(
    "select relname, pg_relation_size(oid), (select reltuples from pg_class where oid = 'attempts'::regclass) "
    "from pg_class where relname = any(:names) and relnamespace = (select oid from pg_namespace "
    "where nspname = current_schema()) order by relname"
)
_LEFT_BEHIND = text(
    "select relname from pg_index inner join pg_class on pg_class.oid = indexrelid "
    "where indrelid = 'attempts'::regclass and not indisvalid and relname ~ '_cc(new|old)[0-9]*$' order by relname"
)
"""What a rebuild that was killed leaves: an index that nothing reads and every row is written into."""


def tighten_indexes(engine: Engine) -> list[str]:
    """Builds the loose indexes anew, one after the other; returns their names: none in SQLite, which is tight by
    itself, and none where another machine is at it."""
    if engine.dialect.name != "postgresql":
        return []
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": _LOCK}).scalar_one():
            return []
        try:
            for name in list(connection.execute(_LEFT_BEHIND).scalars()):
                connection.execute(text(f"drop index concurrently if exists {name}"))
            loose = _loose(connection)
            for name in loose:
                logger.info("building the ledger's index %s anew: it is mostly room", name)
                connection.execute(text(f"reindex index concurrently {name}"))
            return loose
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _LOCK})


def _loose(connection: Connection) -> list[str]:
    found = connection.execute(_SIZES, {"names": list(TIGHT_BYTES)})
    return [name for name, size, rows in found if rows >= LEAST_ROWS and size > LOOSE * TIGHT_BYTES[name] * rows]
