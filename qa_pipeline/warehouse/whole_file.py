"""One DuckDB file with every row of a snapshot, to be sent away: it needs no folder beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from qa_pipeline.warehouse.comments import apply_comments
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.day_parts import KEYS
from qa_pipeline.warehouse.held import WarehouseUnusable
from qa_pipeline.warehouse.parts import PARTS, Manifest, names_in, quoted, read_manifest, select_parts
from qa_pipeline.warehouse.snapshot_file import PUBLICATION, no_rows, table_columns

MEMORY = "500MB"


def write_whole_file(snapshot: Path, target: Path, advance: Callable[[int], None]) -> int:
    """Writes the new file `target` with the tables, views and comments of a snapshot; returns the number of its rows.

    One part is read at a time; `advance` is told the rows of each. Keys are not declared: they would double the file.
    A snapshot of an earlier version has all its rows in it, and is copied as it is.

    Raises:
        OSError: the disk is full, or the file may not be written.
        WarehouseUnusable: a part of the snapshot is gone or damaged.
    """
    manifest = read_manifest(snapshot)
    if manifest is None:
        shutil.copyfile(snapshot, target)
        return 0
    spill = target.with_name(f".{target.name}.spill")
    try:
        return _write(snapshot, manifest, target, spill, advance)
    except duckdb.Error as error:
        Path(f"{target}.wal").unlink(missing_ok=True)
        raise WarehouseUnusable(f"{snapshot} cannot be written as one file: {error}") from error
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _write(snapshot: Path, manifest: Manifest, target: Path, spill: Path, advance: Callable[[int], None]) -> int:
    written = 0
    with empty_database(target) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute(f"set temp_directory = '{quoted(spill)}'")
        for table, columns in table_columns(connection).items():
            connection.execute(f"create or replace table {table} as {no_rows(columns)}")
            for part in sorted(manifest.parts.get(table, []), key=lambda part: str(part.days[0])):
                source = select_parts([part], names_in(snapshot.parent / PARTS))
                ((rows,),) = connection.execute(f"insert into {table} by name {source}").fetchall()
                written += rows
                advance(rows)
        for row in manifest.publications:
            connection.execute(f"insert into {PUBLICATION} values (?, ?, ?, ?, ?)", list(row))
        apply_comments(connection)
    return written


def rows_of(snapshot: Path) -> int | None:
    """How many rows a snapshot's parts have; None where the rows are in the snapshot itself."""
    manifest = read_manifest(snapshot)
    if manifest is None:
        return None
    return sum(part.rows for table, parts in manifest.parts.items() if table != KEYS for part in parts)
