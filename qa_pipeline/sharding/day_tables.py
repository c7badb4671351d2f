"""The rows of one day as Parquet files: written out of a working database, and brought into another one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from qa_pipeline.sharding.states import UNDATED, DayState, day_name
from qa_pipeline.warehouse.day_rows import FACT_TABLES
from qa_pipeline.warehouse.keys import primary_keys
from qa_pipeline.warehouse.parts import ROW_GROUP_ROWS, quoted

_BROUGHT = "create table if not exists brought (day varchar, table_name varchar, file varchar)"
"""Which file of which day the rows of each table are, in a local database."""


PUBLISHED = "published"
"""In place of a file: the rows of a day without a state were taken up as they are published, be there any or none."""


def fingerprints(connection: duckdb.DuckDBPyConnection, days: Collection[str]) -> dict[str, dict[str, tuple[int, str]]]:
    """Of each of these days the tables that have rows of it: how many, and a fingerprint of what is in them, which is
    the same however they are ordered and whenever they were loaded."""
    found: dict[str, dict[str, tuple[int, str]]] = {day: {} for day in days}
    for table, columns in _columns(connection).items():
        times = " exclude (loaded_at)" if "loaded_at" in columns else ""
        rows = f"select *{times} from {table} where {' or '.join(map(of_day, days))}"
        hashed = connection.execute(f"select call_date, count(*), sum(hash(each)) from ({rows}) as each group by all")
        for day, count, fingerprint in hashed.fetchall():
            found[day_name(day)][table] = (int(count), f"{int(fingerprint):x}")
    return found


def write_table(connection: duckdb.DuckDBPyConnection, table: str, day: str, target: Path) -> None:
    """Writes the rows of a day in a table into a Parquet file, in the order of their keys."""
    keys = ", ".join(primary_keys()[table])
    connection.execute(
        f"copy (from {table} where {of_day(day)} order by {keys}) to '{quoted(target)}' "
        f"(format parquet, compression zstd, row_group_size {ROW_GROUP_ROWS})"
    )


def what_to_bring(connection: duckdb.DuckDBPyConnection, states: Mapping[str, DayState]) -> dict[tuple[str, str], str]:
    """(day, table) → the file that the local rows are to be replaced by, empty where there are to be none; of tables
    whose rows are not those of the states."""
    connection.execute(_BROUGHT)
    here = {(day, table): file for day, table, file in connection.execute("select * from brought").fetchall()}
    wanted = {
        (day, table): state.tables[table].file if table in state.tables else ""
        for day, state in states.items()
        for table in FACT_TABLES
    }
    return {key: file for key, file in wanted.items() if here.get(key, "") != file}


def take_away(connection: duckdb.DuckDBPyConnection, keys: Sequence[tuple[str, str]]) -> None:
    """Deletes the rows of days in tables, (day, table)."""
    for day, table in keys:
        connection.execute(f"delete from {table} where {of_day(day)}")


def bring(connection: duckdb.DuckDBPyConnection, table: str, file: Path) -> None:
    """Adds the rows of a file to a table. A row whose key is there already, because its call has moved to another day
    since the file was written, is left out."""
    _add_new(connection, table, f"read_parquet('{quoted(file)}')")


def bring_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.RecordBatchReader) -> None:
    """As `bring`, rows that are not in a file."""
    connection.register("rows_to_bring", rows)
    try:
        _add_new(connection, table, "rows_to_bring")
    finally:
        connection.unregister("rows_to_bring")


def _add_new(connection: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    keys = ", ".join(primary_keys()[table])
    connection.execute(f"insert into {table} by name select * from {rows} anti join {table} using ({keys})")


def note_brought(connection: duckdb.DuckDBPyConnection, files: Mapping[tuple[str, str], str]) -> None:
    """Notes which files the rows of (day, table) are now."""
    connection.execute(_BROUGHT)
    for (day, table), file in files.items():
        connection.execute("delete from brought where day = ? and table_name = ?", [day, table])
        if file:
            connection.execute("insert into brought values (?, ?, ?)", [day, table, file])


def forget_other_days(connection: duckdb.DuckDBPyConnection, days: Sequence[str]) -> None:
    """Deletes the rows of days that were brought here and are not among these."""
    known = {day for (day,) in connection.execute("select distinct day from brought").fetchall()}
    for day in known - set(days):
        take_away(connection, [(day, table) for table in FACT_TABLES])
        connection.execute("delete from brought where day = ?", [day])


def of_day(day: str) -> str:
    """A condition on the rows of a day."""
    return "call_date is null" if day == UNDATED else f"call_date = date '{day}'"


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    rows = connection.execute("select table_name, list(column_name) from duckdb_columns() group by all").fetchall()
    found = dict(rows)
    return {table: found[table] for table in FACT_TABLES}
