"""What is asked of the lake's catalog without DuckDB: the newest version, whose turn it is to write, who reads what.

Locks are PostgreSQL's advisory locks. They belong to a connection, so those of a program that died, however it died,
are gone with it; and a role that may only select can take them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, LiteralString

from qa_pipeline.lake.faults import LakeUnusable, explain
from qa_pipeline.lake.place import LakePlace
from qa_pipeline.warehouse.held import Say

if TYPE_CHECKING:
    from psycopg import Connection

TURN_CLASS = 0x51410001
"""Locks of this class are for those that write."""

READ_CLASS = 0x51410002
"""Locks of this class are versions of the lake that somebody reads."""

TURN_WAIT_S = 600
FROZEN_S = 300
"""A program that holds the turn and says nothing for so long is taken for frozen, and loses it."""

_NOTICE_SILENCE = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A server that is cut off is noticed within a minute, and not by waiting for ever."""

PUBLISHED = "publish"
"""The message of versions with other rows than the one before: what else is done to the lake changes files only."""


@contextmanager
def connected(place: LakePlace) -> Iterator[Connection]:
    """A connection with the catalog for the time of the block.

    Raises:
        LakeUnusable: it can't be reached.
    """
    import psycopg  # not installed where there is no lake

    try:
        with connect(place) as connection:
            yield connection
    except psycopg.Error as error:
        raise explain(error, place) from error


def connect(place: LakePlace) -> Connection:
    """A connection with the catalog, to be closed.

    Raises:
        psycopg.Error: it can't be reached.
    """
    import psycopg

    parameters = _NOTICE_SILENCE | place.catalog_parameters
    return psycopg.connect(**parameters, autocommit=True, application_name="qa-pipeline lake")


def newest_version(connection: Connection) -> int | None:
    """The newest version of the lake; None where there is no lake yet."""
    if not _is_there(connection):
        return None
    return _number(connection, "select max(snapshot_id) from lake.ducklake_snapshot")


def newest_rows(connection: Connection) -> int | None:
    """The newest version that has other rows than the one before it, as far as that is known still."""
    if not _is_there(connection):
        return None
    of_rows = "select max(snapshot_id) from lake.ducklake_snapshot_changes where commit_message = %s"
    return _number(connection, of_rows, PUBLISHED)


def _number(connection: Connection, select: LiteralString, *values: object) -> int | None:
    [found] = connection.execute(select, values).fetchone() or (None,)
    return None if found is None else int(found)


def _is_there(connection: Connection) -> bool:
    [found] = connection.execute("select to_regclass('lake.ducklake_snapshot') is not null").fetchone() or (False,)
    return bool(found)


def read_version(connection: Connection, version: int) -> bool:
    """Notes on this connection that it reads a version, as long as it lasts; whether that version is still there."""
    connection.execute("select pg_advisory_lock_shared(%s, %s)", [READ_CLASS, version])
    found = connection.execute("select 1 from lake.ducklake_snapshot where snapshot_id = %s", [version])
    return found.fetchone() is not None


def versions_being_read(connection: Connection) -> set[int]:
    """Versions that anybody reads now."""
    rows = connection.execute(
        "select objid from pg_locks where locktype = 'advisory' and classid = %s and objsubid = 2 "
        "and database = (select oid from pg_database where datname = current_database())",
        [READ_CLASS],
    ).fetchall()
    return {version for (version,) in rows}


@contextmanager
def turn_to_write(place: LakePlace, say: Say) -> Iterator[None]:
    """Waits until nobody else writes the lake, and keeps others from it in the block.

    Raises:
        LakeUnusable: the catalog can't be reached, or somebody else wrote for all too long.
    """
    import psycopg

    with connected(place) as connection:
        connection.execute(f"set idle_session_timeout = '{FROZEN_S}s'")
        connection.execute(f"set lock_timeout = '{TURN_WAIT_S}s'")
        [is_free] = connection.execute("select pg_try_advisory_lock(%s, 0)", [TURN_CLASS]).fetchone() or (False,)
        if not is_free:
            say("another machine is writing the lake; this one waits for its turn")
            try:
                connection.execute("select pg_advisory_lock(%s, 0)", [TURN_CLASS])
            except psycopg.errors.LockNotAvailable:
                raise LakeUnusable(
                    f"somebody else has been writing the lake for {TURN_WAIT_S} s; run again when they are done"
                ) from None
        ended = threading.Event()
        living = threading.Thread(target=_say_it_lives, args=(connection, ended), name="turn of the lake", daemon=True)
        living.start()
        try:
            yield
        finally:
            ended.set()
            living.join()


def _say_it_lives(connection: Connection, ended: threading.Event) -> None:
    """Says so to the server, until the end. One that can't be told takes the turn away, which the commit notices."""
    import psycopg

    with suppress(psycopg.Error):
        while not ended.wait(FROZEN_S / 5):
            connection.execute("select 1")
