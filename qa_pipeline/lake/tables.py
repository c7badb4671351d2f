"""The lake's tables: made when they are missing, and given the columns that this version has.

A table is partitioned by the month of the call: days of a month can be put together into few files, and a question
about some days passes over all other months. Three tables are the lake's own, and no reader shows them: `publication`
has a row per publish, `published_days` says what each day has, and `lake_state` has the one row that each publish
replaces, so that of two at once, whatever became of their turns, only one comes to its end.
"""

from __future__ import annotations

from functools import cache
from typing import Final, LiteralString

import duckdb

from qa_pipeline.lake.catalog import connected
from qa_pipeline.lake.place import LAKE, LakePlace
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.day_parts import KEYS, PUBLISHED_TABLES, SEARCH_TEXTS
from qa_pipeline.warehouse.day_rows import WHOLE_TABLES
from qa_pipeline.warehouse.published_so_far import parts_schema
from qa_pipeline.warehouse.snapshot_file import PUBLICATION, table_columns

DAYS: Final = "published_days"
STATE: Final = "lake_state"

ROW_GROUP_ROWS = 30_720
"""As in the parts of snapshots: one call's rows are a small read."""

LAYOUT = 1
"""Raised when the lake's own tables, or what is done to its catalog, change."""

MOST_INLINED_ROWS = 10_000
"""Inserts of up to so many rows of the lake's own tables lie in the catalog, without a file."""

Columns = list[tuple[str, str]]

_OWN: dict[str, Columns] = {
    DAYS: [("call_date", "DATE"), ("table_name", "VARCHAR"), ("rows", "BIGINT"), ("digest", "VARCHAR")],
    STATE: [("turn", "BIGINT"), ("schema", "VARCHAR")],
}


_OPTIONS = (
    "'parquet_compression', 'zstd'",
    f"'parquet_row_group_size', '{ROW_GROUP_ROWS}'",
    "'data_inlining_row_limit', '0'",
)
_OPTIONS_OF = {
    **dict.fromkeys((*_OWN, PUBLICATION), f"'data_inlining_row_limit', '{MOST_INLINED_ROWS}'"),
    SEARCH_TEXTS: "'parquet_compression', 'lz4_raw'",  # a search reads all texts of its days
}


_WITHOUT_BOUNDS: tuple[LiteralString, ...] = (
    "create or replace function lake.qa_without_bounds() returns trigger language plpgsql as "
    "'begin new.min_value := null; new.max_value := null; return new; end'",
    "create or replace trigger qa_without_bounds before insert or update on lake.ducklake_table_column_stats "
    "for each row execute function lake.qa_without_bounds()",
    "update lake.ducklake_table_column_stats set min_value = null",
)
"""The catalog keeps the lowest and the highest value of each column of a table, for DuckDB's optimizer. DuckLake 1.0
gets them wrong where one commit brings files with values and a file with nulls alone: it forgets all values before the
next commit's. Rows outside are then left out of answers and not deleted. Unknown bounds are right; those of single
files, by which files are passed over, are not concerned."""


@cache
def todays_tables() -> dict[str, Columns]:
    """Every table of the lake with its columns and their types."""
    with empty_database() as today:
        known = table_columns(today)
    tables = {table: known[table] for table in (*PUBLISHED_TABLES, *WHOLE_TABLES) if table != KEYS}
    return {**tables, KEYS: [("call_date", "DATE"), ("key", "UBIGINT")], PUBLICATION: known[PUBLICATION], **_OWN}


def lake_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Table of the attached lake → its columns → their types."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where database_name = $lake", {"lake": LAKE}
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def bring_up_to_date(connection: duckdb.DuckDBPyConnection, place: LakePlace) -> None:
    """Makes the tables of the attached lake, and their columns, as far as they are missing. The caller has the turn."""
    there = lake_columns(connection)
    is_complete, layout = there.keys() >= todays_tables().keys(), f"{parts_schema()} {LAYOUT}"
    if is_complete and connection.execute(f"select schema from {LAKE}.{STATE}").fetchall() == [(layout,)]:
        return
    with connected(place) as catalog:
        for statement in _WITHOUT_BOUNDS:
            catalog.execute(statement)
    connection.execute("begin transaction")
    for option in _OPTIONS:
        connection.execute(f"call {LAKE}.set_option({option})")
    for table, columns in todays_tables().items():
        if table not in there:
            _make(connection, table, columns)
        for column, kind in columns:
            if table in there and column not in there[table]:
                connection.execute(f'alter table {LAKE}.{table} add column "{column}" {kind}')
    connection.execute("commit")
    for table, option in _OPTIONS_OF.items():
        connection.execute(f"call {LAKE}.set_option({option}, table_name => '{table}')")
    connection.execute("begin transaction")
    rows = connection.execute(f"select max(turn) from {LAKE}.{STATE}").fetchall()
    connection.execute(f"delete from {LAKE}.{STATE}")
    connection.execute(f"insert into {LAKE}.{STATE} values (?, ?)", [rows[0][0] or 0, layout])
    connection.execute("commit")


def _make(connection: duckdb.DuckDBPyConnection, table: str, columns: Columns) -> None:
    listed = ", ".join(f'"{name}" {kind}' for name, kind in columns)
    connection.execute(f"create table {LAKE}.{table} ({listed})")
    if table not in (*_OWN, *WHOLE_TABLES, PUBLICATION):
        connection.execute(f"alter table {LAKE}.{table} set partitioned by (year(call_date), month(call_date))")
