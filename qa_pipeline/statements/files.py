"""Where the SQL lives: `sql/` at the project's root, one statement per file."""

from __future__ import annotations

from pathlib import Path

SQL_ROOT = Path(__file__).resolve().parent.parent.parent / "sql"


def read_sql(relative: str) -> str:
    """The text of `sql/<relative>`."""
    return (SQL_ROOT / relative).read_text(encoding="utf-8")


def schema_files() -> list[Path]:
    """The DDL files in the order of their numbers."""
    return sorted((SQL_ROOT / "schema").glob("*.sql"))


def comment_files() -> list[Path]:
    """The comments on tables, views and columns, one file per table or view."""
    return sorted((SQL_ROOT / "comments").glob("*.sql"))
