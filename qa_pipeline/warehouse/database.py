"""One short transaction at a time on the working DuckDB file.

DuckDB lets one process write or many read, never both. So nobody keeps this file open: a transaction takes a file
lock, opens, writes, commits, closes. Readers never come here; they open published snapshots.
"""

from __future__ import annotations

import fcntl
import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from qa_pipeline.statements.files import comment_files, schema_files
from qa_pipeline.warehouse.comments import metric_comments
from qa_pipeline.warehouse.daily import VIEWS
from qa_pipeline.warehouse.held import LOCK_POLL_S, Say, Waiting, WarehouseBusy, connect_waiting, say_nothing
from qa_pipeline.warehouse.keys import without_keys
from qa_pipeline.warehouse.memory import give_back_in_step
from qa_pipeline.warehouse.recording_keys import forget_recordings

LOCK_WAIT_S = 600.0
_EARLIER = "of_an_earlier_version_"
_AS_WORKED_WITH = " without keys, with the recordings of its days beside it"
"""Says that the database is not only of this schema, but was last written by a version that keeps what hangs on it."""


class Warehouse:
    """The working database. `path` need not exist; its tables are made when they are missing.

    `say` is told at once when another program has the file open.
    """

    def __init__(self, path: Path, *, lock_wait_s: float = LOCK_WAIT_S, say: Say = say_nothing) -> None:
        self.path = path
        self.lock_wait_s = lock_wait_s
        self._say = say

    def find_known(self, call_ids: Iterable[str], recording_ids: Iterable[str], uris: Iterable[str]) -> None:
        """Makes sure that transactions see these calls on whatever day they are known: by id, by recording (sha256), by
        where a file lies. Here all days are in one file."""

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Opens, begins, yields, commits, closes; an exception rolls everything back.

        Raises:
            WarehouseBusy: another process did not let go of the file in time.
        """
        with (
            exclusive_lock(self.path.with_suffix(".lock"), self.lock_wait_s),
            connect_waiting(self.path, Waiting(self.lock_wait_s, self._say)) as connection,
        ):
            connection.execute("set timezone = 'UTC'")
            apply_schema(connection)
            with closing_transaction(connection):
                yield connection


@contextmanager
def closing_transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Begins, and commits at the end of the block; an exception rolls everything back."""
    connection.execute("begin transaction")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
    give_back_in_step(connection)  # closing the file writes much, too


@contextmanager
def exclusive_lock(path: Path, wait_s: float) -> Iterator[None]:
    """Holds an advisory lock on `path`; the kernel frees it when the process dies, however it dies.

    Raises:
        WarehouseBusy: it was not free within `wait_s` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_s
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise WarehouseBusy(f"{path} was held by another process for {wait_s:.0f} s") from None
                time.sleep(LOCK_POLL_S)
        yield


def apply_schema(connection: duckdb.DuckDBPyConnection) -> bool:
    """Makes every table, view and macro of `sql/schema`, without the keys, unless the database has them as they are
    written there.

    Returns whether it had to. An earlier version kept some of today's views as tables; they are dropped, and their
    days are refilled when they are published next. Tables with keys, or whose checks knew two roles only, are written
    anew.
    """
    version = f"{schema_version()}{_AS_WORKED_WITH}"
    if _is_schema_current(connection, version):
        return False
    with closing_transaction(connection):
        forget_recordings(connection)  # a version that does not know them may have written channels
        for (table,) in connection.execute("select table_name from duckdb_tables() where not internal").fetchall():
            if table in VIEWS:
                connection.execute(f"drop table {table}")
        earlier = _tables_to_write_anew(connection)
        for table in earlier:  # neither a key nor a check can be altered
            connection.execute(f"alter table {table} rename to {_EARLIER}{table}")
        for file in schema_files():
            connection.execute(without_keys(file.read_text(encoding="utf-8")))
        for table in earlier:
            connection.execute(f"insert into {table} by name select * from {_EARLIER}{table}")
            connection.execute(f"drop table {_EARLIER}{table}")
        connection.execute(f"create or replace macro schema_version() as '{version}'")
    return True


def empty_database(path: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A database with today's tables and no rows, to be closed: in memory, or the new file `path`."""
    connection = duckdb.connect(":memory:" if path is None else str(path))
    apply_schema(connection)
    return connection


def has_todays_schema(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a database or a snapshot has the tables, views and macros of this version."""
    return _is_schema_current(connection, schema_version(), f"{schema_version()}{_AS_WORKED_WITH}")


def _tables_to_write_anew(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables of an earlier version that have a key, or refuse the roles of further channels; turns are of two parties
    for good."""
    rows = connection.execute(
        "select distinct table_name from duckdb_constraints() where constraint_type = 'PRIMARY KEY' "
        "or constraint_type = 'CHECK' and table_name <> 'turns' "
        "and contains(constraint_text, '''customer''') and not contains(constraint_text, '''other''')"
    ).fetchall()
    return [table for (table,) in rows]


@cache
def schema_version() -> str:
    """A hash that changes with any byte of the schema's files and of the comments."""
    files = b"".join(file.read_bytes() for file in (*schema_files(), *comment_files()))
    return hashlib.sha256(files + repr(metric_comments()).encode()).hexdigest()


def _is_schema_current(connection: duckdb.DuckDBPyConnection, *versions: str) -> bool:
    try:
        ((found,),) = connection.execute("select schema_version()").fetchall()
    except duckdb.CatalogException:
        return False  # a new file, or one of an earlier version
    return found in versions


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> int:
    """Adds `rows` to `table` in one statement, through Arrow in the table's own column types.

    Raises:
        ValueError: a row has a key that is no column of the table.
    """
    if not rows:
        return 0
    schema = _schema_for(connection, table, {key for row in rows for key in row})
    _insert(connection, table, pa.Table.from_pylist(list(rows), schema=schema))
    return len(rows)


def insert_columns(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, Sequence[Any]]) -> int:
    """Adds rows that are given as columns of equal length, which is quicker for many; a missing column is NULL.

    Raises:
        ValueError: a key is no column of the table.
    """
    schema = _schema_for(connection, table, columns)
    given = [field for field in schema if field.name in columns]
    arrays = [pa.array(columns[field.name], field.type) for field in given]
    return insert_arrow(connection, table, pa.table(arrays, schema=pa.schema(given)))


def insert_arrow(connection: duckdb.DuckDBPyConnection, table: str, incoming: pa.Table) -> int:
    """Adds the rows of an Arrow table by the names of its columns; a missing one is NULL.

    Raises:
        ValueError: one of them is no column of the table.
    """
    names = incoming.schema.names
    schema = _schema_for(connection, table, names)
    arrays = [incoming[each.name] if each.name in names else pa.nulls(len(incoming), each.type) for each in schema]
    _insert(connection, table, pa.table(arrays, names=schema.names))
    return len(incoming)


def _schema_for(connection: duckdb.DuckDBPyConnection, table: str, names: Iterable[str]) -> pa.Schema:
    schema = connection.execute(f"select * from {table} limit 0").to_arrow_table().schema
    unknown = set(names).difference(schema.names)
    if unknown:
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
    return pa.schema([_plain(field) for field in schema])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, incoming: pa.Table) -> None:
    """All columns of the table in their order. Not through a view of a name (`register`): the transaction would keep
    that, and with it the rows of every statement, in memory until its end."""
    connection.from_arrow(incoming).insert_into(table)


def _plain(field: pa.Field) -> pa.Field:
    """JSON columns come as an Arrow extension type that Python values cannot be turned into; text can."""
    if isinstance(field.type, pa.BaseExtensionType):
        return pa.field(field.name, field.type.storage_type)
    return field
