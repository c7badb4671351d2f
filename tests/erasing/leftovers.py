"""Where something is still found below a folder: every file opened by a reader of its own, none of the product's."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

Canary = bytes | str | re.Pattern[bytes]


def leftovers(folder: Path, canaries: Mapping[str, Canary], scratch: Path) -> list[str]:
    """`file: canary` for each file, or name of one, in which a canary is."""
    wanted = {name: forms(canary) for name, canary in canaries.items()}
    found = []
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        contents = [place.encode()]
        if path.is_file() and not path.is_symlink():
            contents += list(contents_of(path, scratch))
        found += [
            f"{place}: {name}"
            for name, written in wanted.items()
            if any(form.search(content) for form in written for content in contents)
        ]
    return found


def forms(canary: Canary) -> list[re.Pattern[bytes]]:
    if isinstance(canary, re.Pattern):
        return [canary]
    if isinstance(canary, bytes):
        return [re.compile(re.escape(canary))]
    written = {canary.encode(), json.dumps(canary)[1:-1].encode(), canary.casefold().encode()}
    return [re.compile(re.escape(form)) for form in written]


def contents_of(path: Path, scratch: Path) -> Iterator[bytes]:
    raw = path.read_bytes()
    yield raw
    if raw.startswith(b"SQLite format 3\0"):
        with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as connection:
            yield "\n".join(connection.iterdump()).encode("utf-8", "replace")
            yield from inflated(connection)
        connection.close()
    elif raw[8:12] == b"DUCK":
        yield from of_duckdb(path, scratch)
    elif raw.startswith(b"PAR1"):
        yield repr(pq.read_table(path).to_pylist()).encode("utf-8", "replace")
        yield "\n".join(strings(pq.read_table(path).to_pylist())).encode("utf-8", "replace")
    elif raw.startswith(b"\x1f\x8b"):
        yield gzip.decompress(raw)


def inflated(connection: sqlite3.Connection) -> Iterator[bytes]:
    for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
        for row in connection.execute(f'select * from "{table}"'):
            for cell in row:
                if isinstance(cell, bytes):
                    yield cell
                    with contextlib.suppress(zlib.error):
                        yield zlib.decompress(cell)


def of_duckdb(path: Path, scratch: Path) -> Iterator[bytes]:
    copy = scratch / "plain.duckdb"
    copy.unlink(missing_ok=True)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("set force_compression = 'uncompressed'")
        connection.execute(f"attach '{path}' as own (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'own' and not internal"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f'create table "{table}" as from own."{table}"')
            for row in connection.execute(f'select * from own."{table}"').fetchall():
                yield "\n".join(strings(row)).encode("utf-8", "replace")
        for (sql,) in connection.execute("select sql from duckdb_views() where database_name = 'own'").fetchall():
            yield str(sql).encode()
    yield copy.read_bytes()
    copy.unlink()


def strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)
    else:
        yield str(value)
