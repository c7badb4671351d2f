"""The small database that a snapshot is opened by: views over parts under the names of the tables, and their comments.

Views name their files by the folder's full path, so that any DuckDB client opens a snapshot with one click. The
variable `qa_parts` of a connection says another folder: our own readers set it, so a home that was moved or copied, or
is seen under another path in a container, opens too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import duckdb

from qa_pipeline.statements.files import schema_files
from qa_pipeline.warehouse.comments import apply_comments
from qa_pipeline.warehouse.database import empty_database, schema_version
from qa_pipeline.warehouse.parts import PARTS, Manifest, Part, manifest_path, quoted, select_parts

PARTS_VARIABLE = "qa_parts"
"""The folder of the parts with a slash at its end, for a connection; unset, it is the one that was published to."""

PUBLICATION = "publication"
"""The one table that is in the snapshot's own file: a row for each publish."""

_SHOWING = re.compile(r"\s*create\s+or\s+replace\s+(macro|view)\b", re.IGNORECASE)
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)

Columns = Mapping[str, Sequence[tuple[str, str]]]
"""Table → its columns, each with its type."""


def table_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """The tables (no views) of a connection's database with their columns and types, in their order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and not internal "
        "and table_oid in (select table_oid from duckdb_tables()) order by table_name, column_index"
    ).fetchall():
        found.setdefault(table, []).append((column, kind))
    return found


def write_snapshot_file(file: Path, folder: Path, manifest: Manifest) -> None:
    """Makes the new database `file`; `folder` is the parts' folder, as people reach it."""
    columns, publication = _todays_tables()
    with duckdb.connect(str(file)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("begin transaction")
        connection.execute(publication)
        for row in manifest.publications:
            connection.execute(f"insert into {PUBLICATION} values (?, ?, ?, ?, ?)", list(row))
        for table, own in columns.items():
            if table != PUBLICATION:
                connection.execute(f"create view {table} as {_shown(folder, manifest.parts.get(table, []), own)}")
        for statement in macros_and_views(connection):
            connection.execute(statement)
        connection.execute(f"create or replace macro schema_version() as '{schema_version()}'")
        connection.execute(f"create or replace macro parts_folder() as '{quoted(folder)}'")
        apply_comments(connection)
        connection.execute("commit")


@cache
def _todays_tables() -> tuple[Columns, str]:
    """The columns of today's tables, and the statement that makes the table of publications."""
    with empty_database() as today:
        ((publication,),) = today.execute(
            "select sql from duckdb_tables() where table_name = $table", {"table": PUBLICATION}
        ).fetchall()
        return table_columns(today), str(publication)


def no_rows(columns: Sequence[tuple[str, str]]) -> str:
    """A select of no rows with these columns."""
    return "select " + ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns) + " where false"


def _shown(folder: Path, parts: Sequence[Part], columns: Sequence[tuple[str, str]]) -> str:
    if not parts:
        return no_rows(columns)
    place = f"coalesce(getvariable('{PARTS_VARIABLE}'), '{quoted(folder)}/')"

    def names(chosen: Sequence[Part]) -> str:
        files = ", ".join(f"'{part.file}'" for part in chosen)
        return f"list_transform([{files}], lambda file: {place} || file)"

    return select_parts(parts, names, ", ".join(f'"{name}"' for name, _ in columns))


def parts_folder(connection: duckdb.DuckDBPyConnection, snapshot: Path) -> Path | None:
    """Where the parts of an open snapshot are: beside it, wherever its home is now, else where they were published.

    None where it has all rows in it.
    """
    return snapshot.parent / PARTS if manifest_path(snapshot).exists() else published_to(connection)


def published_to(connection: duckdb.DuckDBPyConnection) -> Path | None:
    """The folder that the views of an open snapshot name; None where it has all rows in it."""
    try:
        ((folder,),) = connection.execute("select parts_folder()").fetchall()
    except duckdb.CatalogException:
        return None
    return Path(folder)


def macros_and_views(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Statements that make what the schema has besides tables, in their order."""
    for file in schema_files():
        for statement in connection.extract_statements(file.read_text(encoding="utf-8")):
            if _SHOWING.match(_COMMENT.sub("", statement.query)):
                yield statement.query
