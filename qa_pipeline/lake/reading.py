"""Opens the lake for readers: a database in memory with views under the names of the tables, over one version.

A version never changes, so a page sees each day whole or as it was before. Programs that read often keep the version
they read open, for all their threads; the newest one is opened when there is one. A lock in the catalog says which
version is read, so that nothing is removed under a reader.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from qa_pipeline.lake.catalog import connect, newest_rows, newest_version, read_version
from qa_pipeline.lake.extensions import CLOSED
from qa_pipeline.lake.faults import FAULTS_OF_OUR_OWN, LakeUnusable, explain
from qa_pipeline.lake.place import LAKE, LakePlace, attach
from qa_pipeline.lake.tables import DAYS, STATE, Columns, lake_columns, todays_tables
from qa_pipeline.warehouse.comments import apply_comments
from qa_pipeline.warehouse.database import schema_version
from qa_pipeline.warehouse.day_parts import KEYS
from qa_pipeline.warehouse.snapshot_file import PUBLICATION, macros_and_views, no_rows

if TYPE_CHECKING:
    from psycopg import Connection

OPEN_ATTEMPTS = 3
"""A version may be removed between asking for the newest and noting that it is read."""


_HIDDEN = (KEYS, DAYS, STATE)


class NoLake(Exception):
    """Nothing was published into the lake yet."""


@dataclass(slots=True, weakref_slot=True)
class OpenLake:
    """One version of a lake, open for reading; `database` has the views. `readers` counts who uses it.

    `of_extensions` are functions that the extensions brought, which reach more than the version.
    """

    place: LakePlace
    version: int
    database: duckdb.DuckDBPyConnection
    catalog: Connection
    of_extensions: frozenset[str]
    readers: int = 0

    def __post_init__(self) -> None:
        # a notebook may forget to close what it opened, and the version would be kept for it
        weakref.finalize(self, self.catalog.close)

    def close(self) -> None:
        """Lets go of the version."""
        self.database.close()
        self.catalog.close()


_guard = threading.Lock()
_newest: dict[LakePlace, OpenLake] = {}
"""What each lake's newest version was when it was opened last, kept for whoever comes next."""


def open_lake(place: LakePlace, *, alone: bool = False) -> OpenLake:
    """The newest version of a lake, to be given back by `leave`; `alone`: shared with nobody.

    Raises:
        NoLake: nothing was published yet.
        LakeUnusable: catalog or store don't answer, or what reads them is not installed.
    """
    with _guard, _explained(place):
        if alone:
            opened = _open(place)
            opened.readers = 1
            return opened
        kept = _newest.get(place)
        if kept is not None:
            try:
                version = newest_version(kept.catalog)
            except _psycopg_error():
                _let_go(place)  # the catalog was restarted, and knows of no reader any more
                kept = None
            else:
                if version == kept.version:
                    kept.readers += 1
                    return kept
        opened = _open(place)
        _let_go(place)
        _newest[place] = opened
        opened.readers = 1
        return opened


def leave(opened: OpenLake) -> None:
    """Ends what `open_lake` began for one reader. The newest version stays open for the next one."""
    with _guard:
        opened.readers -= 1
        if opened.readers == 0 and _newest.get(opened.place) is not opened:
            opened.close()


def has_newer_rows(place: LakePlace, version: int) -> bool:
    """Whether something was published since that version.

    Raises:
        LakeUnusable: the catalog doesn't answer.
    """
    with _explained(place), connect(place) as catalog:
        return (newest_rows(catalog) or newest_version(catalog) or 0) > version


@atexit.register
def let_go_of_all() -> None:
    """Closes what is kept open for the next reader."""
    with _guard:
        for place in list(_newest):
            _let_go(place)


def _let_go(place: LakePlace) -> None:
    kept = _newest.pop(place, None)
    if kept is not None and kept.readers == 0:
        kept.close()


def _open(place: LakePlace) -> OpenLake:
    catalog = connect(place)
    try:
        for _ in range(OPEN_ATTEMPTS):
            version = newest_version(catalog)
            if version is None:
                raise NoLake
            if read_version(catalog, version):
                database, of_extensions = _database(place, version)
                return OpenLake(place, version, database, catalog, of_extensions)
        raise LakeUnusable(f"the lake's versions at {place.catalog_shown} are removed faster than they can be opened")
    except BaseException:
        catalog.close()
        raise


def _database(place: LakePlace, version: int) -> tuple[duckdb.DuckDBPyConnection, frozenset[str]]:
    """Views over the version, and no way to any other file; and the functions of the extensions."""
    database = duckdb.connect(":memory:", config=CLOSED)
    try:
        before = _functions(database)
        attach(database, place, version)
        database.execute("set timezone = 'UTC'")
        database.execute("set enable_http_metadata_cache = true")  # files of a lake never change
        of_extensions = _functions(database) - before
        there = lake_columns(database)
        if PUBLICATION not in there or not database.execute(f"select 1 from {LAKE}.{PUBLICATION} limit 1").fetchall():
            raise NoLake  # somebody is making it
        database.execute("begin transaction")
        for table, columns in todays_tables().items():
            if table not in _HIDDEN:
                database.execute(f"create view {table} as {_shown(table, columns, there.get(table, {}))}")
        for statement in macros_and_views(database):
            database.execute(statement)
        database.execute(f"create or replace macro schema_version() as '{schema_version()}'")
        apply_comments(database)
        database.execute("commit")
        database.execute(f"set allowed_directories = ['{place.data.replace(chr(39), chr(39) * 2)}']")
        database.execute("set enable_external_access = false")
    except BaseException:
        database.close()
        raise
    return database, of_extensions


def _functions(database: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The names of the functions that every database has."""
    rows = database.execute("select distinct function_name from duckdb_functions() where database_name = 'system'")
    return frozenset(name for (name,) in rows.fetchall())


def _shown(table: str, columns: Columns, there: dict[str, str]) -> str:
    """What a view shows: today's columns, without values where an earlier version published none."""
    if not there:
        return no_rows(columns)
    listed = ", ".join(f'"{name}"' if name in there else f'cast(null as {kind}) as "{name}"' for name, kind in columns)
    return f"select {listed} from {LAKE}.{table}"


def _psycopg_error() -> type[Exception]:
    import psycopg

    return psycopg.Error


@contextmanager
def _explained(place: LakePlace) -> Iterator[None]:
    try:
        yield
    except FAULTS_OF_OUR_OWN:
        raise
    except (duckdb.Error, _psycopg_error()) as error:
        raise explain(error, place) from error
