"""Makes the tables of Dagster's SQLite files as Dagster makes them, in a fraction of the time.

For each file that it makes Dagster loads all of its migrations three times over, some ninety modules, to learn the name
of the newest; and each run has a file of its own. Here they are loaded once in a process.
"""

from functools import cache

import sqlalchemy
from alembic.script import ScriptDirectory
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.sql import get_alembic_config


def make_tables(engine: sqlalchemy.Engine, metadata: sqlalchemy.MetaData) -> bool:
    """Makes all tables of an empty file and notes their version, at once for whoever else opens it.

    Returns whether it did: False where the file has tables already, which Dagster knows how to deal with.
    """
    version = _newest_migration()
    with engine.connect() as connection:
        connection.exec_driver_sql("pragma journal_mode = wal")
        connection.exec_driver_sql("begin immediate")
        if connection.exec_driver_sql("select 1 from sqlite_master limit 1").first() is not None:
            return False
        metadata.create_all(connection, checkfirst=False)
        connection.exec_driver_sql(
            "create table alembic_version "
            "(version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num))"
        )
        connection.exec_driver_sql("insert into alembic_version values (?)", (version,))
        connection.commit()
    return True


@cache
def _newest_migration() -> str | None:
    """Its name in `alembic_version`; the migrations of events, runs and schedules are one series."""
    return ScriptDirectory.from_config(get_alembic_config(sqlite_event_log.__file__)).get_current_head()
