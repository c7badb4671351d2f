"""One DuckDB file with every row of a version of the lake, to be sent away."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from qa_pipeline.lake.place import LAKE, LakePlace, attach
from qa_pipeline.lake.publishing import explained
from qa_pipeline.lake.tables import DAYS, lake_columns
from qa_pipeline.warehouse.comments import apply_comments
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.day_rows import WHOLE_TABLES
from qa_pipeline.warehouse.parts import quoted
from qa_pipeline.warehouse.snapshot_file import PUBLICATION, no_rows, table_columns
from qa_pipeline.warehouse.whole_file import MEMORY


def write_lake_to_file(place: LakePlace, version: int, target: Path, advance: Callable[[int], None]) -> int:
    """Writes the new file `target` with the tables, views and comments of a version; returns the number of its rows.

    A month is read at a time; `advance` is told the rows of each. Somebody else keeps the version from being removed.

    Raises:
        LakeUnusable: catalog or store don't answer.
        OSError: the disk is full, or the file may not be written.
    """
    spill = target.with_name(f".{target.name}.spill")
    try:
        with explained(place), empty_database(target) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute(f"set memory_limit = '{MEMORY}'")
            connection.execute(f"set temp_directory = '{quoted(spill)}'")
            attach(connection, place, version)
            return _write(connection, advance)
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _write(connection: duckdb.DuckDBPyConnection, advance: Callable[[int], None]) -> int:
    there, written = lake_columns(connection), 0
    months = connection.execute(
        f"select distinct date_trunc('month', call_date)::date as month from {LAKE}.{DAYS} order by month"
    ).fetchall()
    for table, columns in table_columns(connection).items():
        connection.execute(f"create or replace table {table} as {no_rows(columns)}")
        listed = ", ".join(f'"{name}"' for name, _ in columns if name in there.get(table, {}))
        if not listed:
            continue
        select = f"insert into {table} by name select {listed} from {LAKE}.{table}"
        if table in (PUBLICATION, *WHOLE_TABLES):
            connection.execute(select)
            continue
        for (month,) in months:
            of_month = "call_date is null" if month is None else _between(month)
            ((rows,),) = connection.execute(f"{select} where {of_month}").fetchall()
            written += rows
            advance(rows)
    apply_comments(connection)
    return written


def _between(month: object) -> str:
    return f"call_date >= date '{month}' and call_date < date '{month}' + interval 1 month"
