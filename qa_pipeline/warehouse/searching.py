"""Everything that a DuckDB file or a part holds, as texts and bytes, for whoever proves that something is not in it.

DuckDB compresses what it stores, so a search of the file's bytes that finds nothing proves nothing. Each row is read
and given as text, and the file is copied with compression off, so that its bytes can be searched too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.held import WarehouseUnusable
from qa_pipeline.warehouse.parts import quoted

ROWS_AT_ONCE = 2000
BYTES_AT_ONCE = 8 << 20
OVERLAP_BYTES = 4096


def texts_of_part(path: Path) -> Iterator[str]:
    """The rows of a Parquet file, each as a text.

    Raises:
        WarehouseUnusable: it can't be read.
    """
    try:
        with duckdb.connect() as connection:
            yield from _rows(connection, f"read_parquet('{quoted(path)}')")
    except duckdb.Error as error:
        raise WarehouseUnusable(f"{path} can't be read: {error}") from error


def texts_of_database(path: Path) -> Iterator[str]:
    """The rows of all tables of a DuckDB file, each as a text, and the statements that made its tables, views and
    macros.

    Raises:
        WarehouseUnusable: it can't be read.
    """
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach '{quoted(path)}' as looked_at (read_only)")
            for (text,) in connection.execute(read_sql("erase/list_statements.sql")).fetchall():
                yield str(text)
            for schema, table in connection.execute(read_sql("erase/list_tables.sql")).fetchall():
                yield from _rows(connection, f'looked_at."{schema}"."{table}"')
    except duckdb.Error as error:
        raise WarehouseUnusable(f"{path} can't be read: {error}") from error


def bytes_without_compression(path: Path, scratch: Path) -> Iterator[bytes]:
    """The bytes of a copy of a DuckDB file in which nothing is compressed, some at a time with an overlap. The copy is
    made in the folder `scratch` and removed.

    Raises:
        WarehouseUnusable: it can't be read.
    """
    copy = scratch / "uncompressed.duckdb"
    try:
        with duckdb.connect(str(copy)) as connection:
            connection.execute("set force_compression = 'uncompressed'")
            connection.execute(f"attach '{quoted(path)}' as looked_at (read_only)")
            for schema, table in connection.execute(read_sql("erase/list_tables.sql")).fetchall():
                connection.execute(f'create schema if not exists "{schema}"')
                connection.execute(f'create table "{schema}"."{table}" as from looked_at."{schema}"."{table}"')
        yield from bytes_of(copy)
    except duckdb.Error as error:
        raise WarehouseUnusable(f"{path} can't be read: {error}") from error
    finally:
        for file in (copy, copy.with_name(f"{copy.name}.wal")):
            file.unlink(missing_ok=True)


def bytes_of(path: Path) -> Iterator[bytes]:
    """A file's bytes, some at a time; each piece begins with the end of the one before."""
    before = b""
    with path.open("rb") as file:
        while piece := file.read(BYTES_AT_ONCE):
            yield before + piece
            before = piece[-OVERLAP_BYTES:]


def _rows(connection: duckdb.DuckDBPyConnection, source: str) -> Iterator[str]:
    connection.execute("set timezone = 'UTC'")
    found = connection.cursor().execute(f"select shown::varchar from {source} as shown")
    while rows := found.fetchmany(ROWS_AT_ONCE):
        for (text,) in rows:
            yield str(text)
