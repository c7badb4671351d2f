"""Every kind of file that lies in a QA_HOME, opened by its own reader: what it holds as texts and bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol, TypeAlias

import pyarrow as pa

from qa_pipeline.warehouse.searching import (
    BYTES_AT_ONCE,
    OVERLAP_BYTES,
    bytes_of,
    bytes_without_compression,
    texts_of_database,
    texts_of_part,
)

Content: TypeAlias = str | bytes
Reader: TypeAlias = Callable[[Path, Path], Iterator[Content]]

_HEAD_BYTES = 16
SQLITE_HEAD = b"SQLite format 3\0"
_ZLIB_HEADS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
LOCK_WAIT_S = 20.0


def reader_of(path: Path) -> tuple[str, Reader]:
    """What reads a file, by its first bytes, and what people call that. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head == SQLITE_HEAD:
        return "SQLite, dumped", _sqlite
    if head[8:12] == b"DUCK":
        return "DuckDB, read and copied uncompressed", _duckdb
    for magic, name, reader in _BY_MAGIC:
        if head.startswith(magic):
            return name, reader
    return "bytes and texts", _plain


def _plain(path: Path, scratch: Path) -> Iterator[Content]:
    yield from bytes_of(path)


def _duckdb(path: Path, scratch: Path) -> Iterator[Content]:
    yield from texts_of_database(path)
    yield from bytes_without_compression(path, scratch)
    yield from bytes_of(path)


def _parquet(path: Path, scratch: Path) -> Iterator[Content]:
    yield from texts_of_part(path)
    yield from bytes_of(path)


def _sqlite(path: Path, scratch: Path) -> Iterator[Content]:
    """Cells, and the bytes of the file with pages that nothing uses any more. Its log is a file of its own."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=LOCK_WAIT_S)) as connection:
        connection.text_factory = bytes
        for kind in ("table", "view", "index", "trigger"):
            for (statement,) in connection.execute(
                "select coalesce(sql, '') from sqlite_master where type = ?", (kind,)
            ):
                yield statement
        for name in _tables(connection):
            for row in connection.execute(f'select * from "{name}"'):
                yield from _cells(row)
    yield from bytes_of(path)


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
    return [bytes(name).decode() for (name,) in rows]


def _cells(row: tuple[object, ...]) -> Iterator[Content]:
    for cell in row:
        if isinstance(cell, bytes):
            yield cell.decode("utf-8", "replace")
            if cell[:2] in _ZLIB_HEADS:
                yield from _inflated(cell)


def _inflated(cell: bytes) -> Iterator[Content]:
    try:
        yield zlib.decompress(cell)
    except zlib.error:
        return


def _gzip(path: Path, scratch: Path) -> Iterator[Content]:
    with gzip.open(path, "rb") as file:
        yield from _pieces(file)


def _bzip2(path: Path, scratch: Path) -> Iterator[Content]:
    with bz2.open(path, "rb") as file:
        yield from _pieces(file)


def _lzma(path: Path, scratch: Path) -> Iterator[Content]:
    with lzma.open(path, "rb") as file:
        yield from _pieces(file)


def _zstd(path: Path, scratch: Path) -> Iterator[Content]:
    with pa.input_stream(str(path), compression="zstd") as file:
        yield from _pieces(file)


def _zip(path: Path, scratch: Path) -> Iterator[Content]:
    yield from bytes_of(path)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            yield member.filename
            with archive.open(member) as file:
                yield from _pieces(file)


class _Unpacked(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _pieces(file: _Unpacked) -> Iterator[bytes]:
    before = b""
    while piece := file.read(BYTES_AT_ONCE):
        yield before + piece
        before = piece[-OVERLAP_BYTES:]


_BY_MAGIC: tuple[tuple[bytes, str, Reader], ...] = (
    (b"PAR1", "Parquet, decoded", _parquet),
    (b"\x1f\x8b", "gzip, unpacked", _gzip),
    (b"BZh", "bzip2, unpacked", _bzip2),
    (b"\xfd7zXZ\x00", "xz, unpacked", _lzma),
    (b"\x28\xb5\x2f\xfd", "zstd, unpacked", _zstd),
    (b"PK\x03\x04", "zip, unpacked", _zip),
)
