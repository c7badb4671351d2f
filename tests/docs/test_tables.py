"""docs/tables.md has every table and column of a snapshot, with its type, and says of each what the snapshot says."""

from __future__ import annotations

import re

import duckdb
import pytest

from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.warehouse.comments import apply_comments
from qa_pipeline.warehouse.database import apply_schema
from qa_pipeline.warehouse.keys import primary_keys
from tests.docs.markdown import page, sections, table, tables

PAGE = page("docs/tables.md")


def schema() -> dict[str, list[tuple[str, str, str]]]:
    """Columns, types and comments by table or view, as a published snapshot has them."""
    query = "select table_name, column_name, data_type, comment from duckdb_columns() where not internal"
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name, *column in CONNECTION.execute(f"{query} order by table_name, column_index").fetchall():
        found.setdefault(name, []).append(tuple(column))
    return found


CONNECTION = duckdb.connect()
apply_schema(CONNECTION)
apply_comments(CONNECTION)
SCHEMA = schema()
DEFINED_ELSEWHERE = {
    (table, column) for table in ("call_metrics", "agent_metrics", "agent_calls") for column in CATALOGUE
}
"""Columns of which the page only says where docs/metrics.md defines them."""


def plain(markdown: str) -> str:
    """The words of a line or two, without links and code marks."""
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", markdown).replace("`", "").replace("\n", " ").strip()


def test_every_table_has_a_section_and_nothing_else_has() -> None:
    assert sorted(sections(PAGE)) == sorted(SCHEMA)


def documented(name: str) -> list[dict[str, str]]:
    """The rows of the table of `name`."""
    of_all = [rows for rows in tables(PAGE) if tuple(rows[0]) == ("column", "type", "meaning")]
    [rows] = [rows for heading, rows in zip(sections(PAGE), of_all, strict=True) if heading == name]
    return rows


@pytest.mark.parametrize("name", SCHEMA)
def test_the_columns_and_types_are_those_of_the_schema(name: str) -> None:
    assert [(row["column"], row["type"]) for row in documented(name)] == [column[:2] for column in SCHEMA[name]]


@pytest.mark.parametrize("name", SCHEMA)
def test_the_page_and_the_comments_say_the_same(name: str) -> None:
    columns = {column: comment for column, _, comment in SCHEMA[name] if (name, column) not in DEFINED_ELSEWHERE}
    assert {row["column"]: plain(row["meaning"]) for row in documented(name) if row["column"] in columns} == columns


@pytest.mark.parametrize("name", SCHEMA)
def test_a_section_begins_with_the_comment_of_its_table(name: str) -> None:
    query = "select comment from {} where not internal and {} = ?"
    kinds = (("duckdb_tables()", "table_name"), ("duckdb_views()", "view_name"))
    [comment] = [text for kind in kinds for (text,) in CONNECTION.execute(query.format(*kind), [name]).fetchall()]
    assert plain(sections(PAGE)[name]).startswith(comment)


@pytest.mark.parametrize("column", CATALOGUE)
def test_a_metric_leads_to_its_definition(column: str) -> None:
    [row] = [row for row in documented("call_metrics") if row["column"] == column]
    entry = CATALOGUE[column]
    unit = f", {entry.unit}" if entry.unit else ""
    assert row["meaning"] == f"[{entry.section}]({entry.link.removeprefix('docs/')}){unit}"


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
    before_the_table = sections(PAGE)[name].partition("\n|")[0].replace("\n", " ")
    said = re.search(r"Key ((?:`\w+`(?:, )?)+)", before_the_table)
    assert (re.findall(r"`(\w+)`", said[1]) if said else None) == primary_keys().get(name)
