"""docs/tables.md has every table and column of sql/schema, with its type, and nothing else."""

from __future__ import annotations

import re

import duckdb
import pytest

from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.warehouse.database import apply_schema
from tests.docs.markdown import page, sections, table, tables

PAGE = page("docs/tables.md")


def schema() -> dict[str, list[tuple[str, str]]]:
    """Columns and types by table or view, as DuckDB makes them of sql/schema."""
    with duckdb.connect() as connection:
        apply_schema(connection)
        names = [row[0] for row in connection.execute("select table_name from information_schema.tables").fetchall()]
        return {name: [(row[0], row[1]) for row in connection.execute(f"describe {name}").fetchall()] for name in names}


SCHEMA = schema()


def test_every_table_has_a_section_and_nothing_else_has() -> None:
    assert sorted(sections(PAGE)) == sorted(SCHEMA)


@pytest.mark.parametrize("name", SCHEMA)
def test_the_columns_and_types_are_those_of_the_schema(name: str) -> None:
    documented = [rows for rows in tables(PAGE) if tuple(rows[0]) == ("column", "type", "meaning")]
    [rows] = [rows for heading, rows in zip(sections(PAGE), documented, strict=True) if heading == name]
    assert [(row["column"], row["type"]) for row in rows] == SCHEMA[name]


def test_every_column_is_explained() -> None:
    assert [row for row in table(PAGE, "column", "type", "meaning") if not row["meaning"]] == []


def test_each_metric_leads_to_its_definition_and_has_its_unit() -> None:
    documented = [rows for rows in tables(PAGE) if tuple(rows[0]) == ("column", "type", "meaning")]
    [rows] = [rows for name, rows in zip(sections(PAGE), documented, strict=True) if name == "call_metrics"]
    for row in rows:
        if entry := CATALOGUE.get(row["column"]):
            unit = f", {entry.unit}" if entry.unit else ""
            assert row["meaning"] == f"[{entry.section}]({entry.link.removeprefix('docs/')}){unit}"


@pytest.mark.parametrize("name", SCHEMA)
def test_the_key_is_the_primary_key(name: str) -> None:
    with duckdb.connect() as connection:
        apply_schema(connection)
        keys = connection.execute(
            "select constraint_column_names from duckdb_constraints() where table_name = ? "
            "and constraint_type = 'PRIMARY KEY'",
            [name],
        ).fetchall()
    before_the_table = sections(PAGE)[name].partition("\n|")[0].replace("\n", " ")
    said = re.search(r"Key ((?:`\w+`(?:, )?)+)", before_the_table)
    assert (re.findall(r"`(\w+)`", said[1]) if said else None) == (keys[0][0] if keys else None)
