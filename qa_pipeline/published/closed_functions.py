"""Functions that a user's query may not name while the lake is open: they reach its catalog, or another server.

DuckDB closes files off by a setting, and has no such setting for functions of its extensions. So the names in a query
are looked at as DuckDB's own tokenizer reads them: what stands in texts or comments, or names a column, is not the name
of a function.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import duckdb

from qa_pipeline.lake.place import LAKE

READ_NAMES_FROM_TEXTS = ("query", "query_table", "json_execute_serialized_sql")
"""Functions that run SQL which stands in a text, where no tokenizer sees it."""

TELL_OF_KEYS = ("duckdb_secrets", "which_secret")
_NAME = re.compile(r'"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[\w$]+)')
_CATALOG = "__ducklake_"
"""What the databases begin with in which DuckLake keeps its catalog."""


def closed_name(sql: str, of_extensions: Collection[str]) -> str | None:
    """The first name in a query that readers of the lake may not use; None where there is none.

    `of_extensions` are the functions that came with the extensions. Functions of the lake's own database (`lake.…()`)
    are closed too: its tables are shown by views.
    """
    closed = {*of_extensions, *READ_NAMES_FROM_TEXTS, *TELL_OF_KEYS}
    tokens = list(_tokens(sql))
    for number, name in enumerate(tokens):
        if name.startswith(_CATALOG):
            return name
        if number + 1 < len(tokens) and tokens[number + 1] == "(" and (name in closed or _is_of_lake(tokens, number)):
            return name
    return None


def _is_of_lake(tokens: list[str], number: int) -> bool:
    """Whether the name there is qualified, and its first part is the lake."""
    while number >= 2 and tokens[number - 1] == ".":
        number -= 2
        if tokens[number] == LAKE:
            return True
    return False


def _tokens(sql: str) -> Iterator[str]:
    """Names in lower case, without quotation marks; of all else the first character."""
    written = sql.encode("utf-8", "surrogatepass")
    for offset, _ in duckdb.tokenize(sql):  # counts bytes
        rest = written[offset:].decode("utf-8", "replace")
        found = _NAME.match(rest)
        if found is None:
            yield rest[:1]
        else:
            yield (found["plain"] or found["quoted"].replace('""', '"')).lower()
