"""The files of sql/: each says what it is for, is valid SQL, and is used."""

from __future__ import annotations

import duckdb
import pytest

from qa_pipeline.statements.files import SQL_ROOT, read_sql, schema_files

ROOT = SQL_ROOT.parent
FILES = sorted(SQL_ROOT.rglob("*.sql"))
LISTED = ("checks", "queries", "schema")
"""Folders that are read whole, whatever the names of their files."""


def test_a_file_begins_with_what_it_is_for_and_parses() -> None:
    with duckdb.connect() as connection:
        for path in FILES:
            text = path.read_text(encoding="utf-8")
            assert text.startswith("-- "), path
            assert connection.extract_statements(text), path


def test_every_file_is_used() -> None:
    sources = [*(ROOT / "qa_pipeline").rglob("*.py"), *(ROOT / "dashboards").rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    named = [path for path in FILES if path.parent.name not in LISTED and not path.name.endswith(".test.sql")]
    assert [path.name for path in named if path.stem not in code] == []


def test_a_file_is_read_by_its_place_below_sql() -> None:
    assert read_sql("reads/count_transcribed.sql") == (SQL_ROOT / "reads" / "count_transcribed.sql").read_text("utf-8")
    with pytest.raises(FileNotFoundError):
        read_sql("reads/no_such_file.sql")


def test_schema_files_come_in_the_order_of_their_numbers() -> None:
    numbers = [int(path.name.split("_")[0]) for path in schema_files()]
    assert numbers == sorted(numbers)
    assert len(numbers) == len(set(numbers))
