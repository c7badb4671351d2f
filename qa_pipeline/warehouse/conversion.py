"""Makes parts of what an earlier version published: one database with every row in it, or parts of other tables.

It is done once, a group of days at a time. Until the new snapshot has its name nothing that was there is changed, so a
conversion that is interrupted is begun again by the next publish.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

import duckdb

from qa_pipeline.search.folding import FOLDING
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.daily import days_without_marts, refill_mart
from qa_pipeline.warehouse.database import apply_schema
from qa_pipeline.warehouse.day_parts import KEYS, PUBLISHED_TABLES
from qa_pipeline.warehouse.day_rows import KEPT_MARTS, WHOLE_TABLES
from qa_pipeline.warehouse.held import Say, Waiting, WarehouseBusy, WarehouseUnusable, connect_waiting
from qa_pipeline.warehouse.keys import primary_keys
from qa_pipeline.warehouse.memory import spare_memory
from qa_pipeline.warehouse.merging import LARGEST_BYTES
from qa_pipeline.warehouse.parts import (
    BUILDING,
    Day,
    Manifest,
    Part,
    Published,
    names_in,
    select_parts,
    write_part,
)
from qa_pipeline.warehouse.search_texts import refill_search_texts
from qa_pipeline.warehouse.snapshot_file import PUBLICATION

PUBLISHING = "publishing.duckdb"
"""What an earlier version kept all published rows in, beside its snapshots."""

DAYS_AT_ONCE = 16
FIRST_BYTES_A_ROW = 2000
_DAMAGED = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalError, duckdb.FatalException)


def convert_database(source: Path, folder: Path, schema: str, minimum_n: int, waiting: Waiting) -> Manifest | None:
    """The manifest of parts of all rows of a database that an earlier version published; `schema` names today's tables.

    The database is brought up to today's tables first. None where it is damaged.

    Raises:
        WarehouseUnusable: it can't be opened.
    """
    try:
        with connect_waiting(source, waiting) as connection:
            spare_memory(connection, folder)
            apply_schema(connection)
            _fill_marts(connection, minimum_n, waiting.say)
            manifest = Manifest(schema, FOLDING)
            _write_all(connection, folder, manifest, waiting.say)
            rows = connection.execute(f"from {PUBLICATION} order by published_at").fetchall()
            manifest.publications = [Published._make(row) for row in rows]
            return manifest
    except (WarehouseUnusable, *_DAMAGED) as error:
        if isinstance(error, WarehouseBusy) or not os.access(source, os.R_OK | os.W_OK):
            raise
        waiting.say(f"{source.name} is damaged, and is left out: {error}")
        return None


def convert_parts(earlier: Manifest, folder: Path, schema: str, minimum_n: int, say: Say) -> Manifest:
    """Parts with today's tables, made of those of another version, `DAYS_AT_ONCE` days at a time."""
    scratch = folder / f"{BUILDING}-{os.getpid()}.duckdb"
    made = Manifest(schema, FOLDING, publications=earlier.publications)
    groups: list[list[Day]] = [[None]]
    groups += [list(days) for _, days in groupby(sorted(earlier.days()), lambda day: day.toordinal() // DAYS_AT_ONCE)]
    for days in groups:
        scratch.unlink(missing_ok=True)
        with duckdb.connect(str(scratch)) as connection:
            spare_memory(connection, folder)
            for table in set(earlier.parts).difference(WHOLE_TABLES):  # these are published anew
                if parts := earlier.with_days(table, days):
                    dated = [f"call_date = date '{day}'" if day else "call_date is null" for day in days]
                    connection.execute(
                        f"create table {table} as from ({select_parts(parts, names_in(folder))}) "
                        f"where {' or '.join(dated)}"
                    )
            connection.execute(f"drop table if exists {KEYS}")
            apply_schema(connection)
            _fill_marts(connection, minimum_n, say)
            _write_all(connection, folder, made, say)
        scratch.unlink()
    return made


def copy_of(snapshot: Path, target: Path) -> Path:
    """A copy of a snapshot that an earlier version published, to be converted; the snapshot stays as it is."""
    shutil.copyfile(snapshot, target)
    target.chmod(target.stat().st_mode | 0o200)
    return target


def _fill_marts(connection: duckdb.DuckDBPyConnection, minimum_n: int, say: Say) -> None:
    """What an earlier version did not make of its days."""
    for day in days_without_marts(connection):
        for mart in KEPT_MARTS:
            refill_mart(connection, mart, [day], minimum_n=minimum_n)
    refill_search_texts(connection, [], say)


def _write_all(connection: duckdb.DuckDBPyConnection, folder: Path, manifest: Manifest, say: Say) -> None:
    connection.execute(f"create or replace temp view {KEYS} as {read_sql('publish/list_keys.sql')}")
    keys = primary_keys()
    for table in PUBLISHED_TABLES:
        rows = dict(connection.execute(f"select call_date, count(*) from {table} group by all").fetchall())
        days = sorted(day for day in rows if day is not None)
        order = ", ".join(["call_date", *keys.get(table, ["key"])])
        made = manifest.parts.setdefault(table, [])
        for group in _groups(days, rows, partial(_bytes_a_row, made)):
            made += _written(connection, folder, table, f"between date '{group[0]}' and date '{group[-1]}'", order)
        if None in rows:
            made += _written(connection, folder, table, "is null", order)
        say(f"{table}: {sum(rows.values()):,} rows of {len(days):,} days are in the new form")


def _written(connection: duckdb.DuckDBPyConnection, folder: Path, table: str, which: str, order: str) -> list[Part]:
    part = write_part(connection, folder, table, f"from {table} where call_date {which} order by {order}")
    return [part] if part else []


def _bytes_a_row(made: Sequence[Part]) -> float:
    return sum(part.size_bytes for part in made) / sum(part.rows for part in made) if made else FIRST_BYTES_A_ROW


def _groups(days: Sequence[dt.date], rows: dict[Day, int], bytes_a_row: Callable[[], float]) -> Iterator[list[dt.date]]:
    """Neighbouring days whose parts will hardly be larger than merged ones."""
    group: list[dt.date] = []
    held = 0
    for day in days:
        if group and (held + rows[day]) * bytes_a_row() > LARGEST_BYTES:
            yield group
            group, held = [], 0
        group.append(day)
        held += rows[day]
    if group:
        yield group
