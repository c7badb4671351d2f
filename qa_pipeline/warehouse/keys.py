"""What tells the rows of each table apart: the primary keys that `sql/schema` names.

No database of the pipeline has them. A key of DuckDB's is an index of all rows that is read and written with any of
them, so that a day would cost what the history costs. That no row is there twice is asked before a day is published.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from qa_pipeline.statements.files import schema_files

_TABLE = re.compile(r"^create table if not exists (\w+) \(\n(.*?)^\);", re.MULTILINE | re.DOTALL)
_OF_ONE_COLUMN = re.compile(r"^ +(\w+) .*\bprimary key\b", re.MULTILINE)
_OF_SEVERAL = re.compile(r"\bprimary key \(([^)]*)\)")
_KEY = re.compile(r"(,\s*)?\bprimary key\b( \([^)]*\))?")


@cache
def primary_keys() -> Mapping[str, list[str]]:
    """Table → the columns of its key, in their order; tables without one are not in it."""
    found: dict[str, list[str]] = {}
    for file in schema_files():
        for table, columns in _TABLE.findall(file.read_text(encoding="utf-8")):
            several = _OF_SEVERAL.search(columns)
            found[table] = several[1].split(", ") if several else _OF_ONE_COLUMN.findall(columns)
    return MappingProxyType({table: key for table, key in found.items() if key})


def without_keys(schema: str) -> str:
    """Statements of `sql/schema` without the primary keys of their tables."""
    return _KEY.sub("", schema)
