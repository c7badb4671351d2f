"""Functions that a user's query may not name: they write files, change what other queries meet, or reach more than what
is published.

DuckDB closes files off by a setting, and has no such setting for functions: a `select` from `enable_profiling` or
`enable_logging` writes a file into every folder that may be read, and functions of extensions reach the lake's catalog,
or another server. So the names in a query are looked at as DuckDB's own tokenizer reads them: what stands in texts or
comments, or names a column, is not the name of a function.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

import duckdb

from qa_pipeline.published.typed_sql import words

READ_NAMES_FROM_TEXTS = ("query", "query_table", "json_execute_serialized_sql")
"""Functions that run SQL which stands in a text, where no tokenizer sees it."""

TELL_OF_KEYS = ("duckdb_secrets", "which_secret")
WRITE = ("write_log",)
"""Functions of values that do more than give one."""

GIVE_ROWS = frozenset({
    "duckdb_approx_database_count", "duckdb_columns", "duckdb_connection_count", "duckdb_constraints",
    "duckdb_coordinate_systems", "duckdb_databases", "duckdb_dependencies", "duckdb_extensions",
    "duckdb_external_file_cache", "duckdb_functions", "duckdb_indexes", "duckdb_keywords", "duckdb_memory",
    "duckdb_optimizers", "duckdb_prepared_statements", "duckdb_schemas", "duckdb_secret_types", "duckdb_sequences",
    "duckdb_settings", "duckdb_table_sample", "duckdb_tables", "duckdb_temporary_files", "duckdb_types",
    "duckdb_variables", "duckdb_views", "generate_series", "icu_calendar_names", "json_each", "json_tree",
    "parquet_bloom_probe", "parquet_file_metadata", "parquet_full_metadata", "parquet_kv_metadata",
    "parquet_metadata", "parquet_scan", "parquet_schema", "pg_timezone_names", "pragma_collations",
    "pragma_database_size", "pragma_metadata_info", "pragma_platform", "pragma_show", "pragma_storage_info",
    "pragma_table_info", "pragma_user_agent", "pragma_version", "range", "read_parquet", "repeat", "repeat_row",
    "summary", "test_all_types", "test_vector_types", "unnest",
})  # fmt: skip
"""DuckDB's functions that give rows and do nothing else. Any other one that gives rows is closed, one of a later DuckDB
too."""

_CATALOG = "__ducklake_"
"""What the databases begin with in which DuckLake keeps its catalog."""

_BEHIND_VIEWS = re.compile(
    r"whole_\w+|(published|newer)_(evaluation\w*|review_tasks|scorecard_questions)|seeing|blind_calls|own_calls|own_agents"
)
"""What the views of a narrowed snapshot are made of."""

_READ_FILES = ("read_parquet", "parquet_scan")


@cache
def closed_functions() -> frozenset[str]:
    """The names of DuckDB's own functions that no query of a user may call."""
    with duckdb.connect() as connection:
        giving_rows = connection.execute(
            "select distinct function_name from duckdb_functions() where function_type = 'table'"
        ).fetchall()
    others = {name for (name,) in giving_rows} - GIVE_ROWS
    return frozenset({*others, *READ_NAMES_FROM_TEXTS, *TELL_OF_KEYS, *WRITE})


def closed_name(sql: str, closed: Collection[str], database: str | None = None) -> str | None:
    """The first name in a query that is closed; None where there is none.

    Functions of the database of that name (`lake.…()`) are closed too: a lake's tables are shown by views.
    """
    found = words(sql)
    for number, name in enumerate(found):
        if name.startswith(_CATALOG):
            return name
        if found[number + 1 : number + 2] == ["("] and (name in closed or _is_of(database, found, number)):
            return name
    return None


def databases_of(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The names, in lower case, by which a query can say where a table is."""
    found = connection.execute("select lower(database_name) from duckdb_databases() where not internal").fetchall()
    return frozenset({"main", "temp", *(name for (name,) in found)})


def name_past_views(sql: str, databases: Collection[str]) -> str | None:
    """The first name in a query that goes past the views of a narrowed snapshot; None where there is none: what they
    are made of, a table of which it is said in which database it is, and the files."""
    found = words(sql)
    for number, name in enumerate(found):
        behind = found[number + 1 : number + 2]
        if _BEHIND_VIEWS.fullmatch(name) or (name in databases and behind == ["."]):
            return name
        if name in _READ_FILES and behind == ["("]:
            return name
    return None


def _is_of(database: str | None, found: list[str], number: int) -> bool:
    """Whether the name there is qualified, and its first part is that database."""
    while number >= 2 and found[number - 1] == ".":
        number -= 2
        if found[number] == database:
            return True
    return False
