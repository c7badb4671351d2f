"""What is answered of SQL that a person typed, for every way to ask: one select, or what `explain` says of one.

DuckDB opens a snapshot read-only, and yet lets a statement write where it may read: the parts lie in a folder that is
open to it, and `explain analyze` carries out what it explains, a `copy` into that folder too. So it is looked at what a
statement is before DuckDB runs it, and which functions it names. What is checked is what is run: the text that
`typed_select` gives back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import duckdb

from qa_pipeline.errors import WrongUse

if TYPE_CHECKING:
    from qa_pipeline.published.snapshot import Snapshot

_ODD_BLANK = re.compile("[\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]+")
"""What DuckDB takes for a blank outside texts, and its tokenizer for a part of a name."""

_QUOTED = re.compile(r"""['"]|[eE]'|\$\w*\$""")

_WITH_OPTIONS = ("analyze", "analyse", "format", "verbose")
"""What the first word in parentheses after `explain` is where these hold its options, and not the select."""

_NAME = re.compile(r'"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[\w$]+)')


class NotAnswered(WrongUse):
    """What was typed is not one select of what is published; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class TypedSelect:
    """A select that may be run: its text, and the names of its parameters."""

    text: str
    parameters: frozenset[str]


def typed_select(snapshot: Snapshot, connection: duckdb.DuckDBPyConnection, sql: str) -> TypedSelect:
    """The one select in what a person typed; `connection` is one to the snapshot.

    Raises:
        NotAnswered: it is none, or names a function that would write or reach more than what is published.
        duckdb.Error: it is not SQL.
    """
    try:
        sql.encode()
    except UnicodeEncodeError:
        raise NotAnswered("the query is not Unicode text") from None
    text = in_plain_blanks(sql)
    statement = _one_statement(connection, text)
    if statement.type == duckdb.StatementType.EXPLAIN:
        _check_select(_one_statement(connection, _explained(text)))
    else:
        _check_select(statement)
    if name := snapshot.closed_name(text):
        raise NotAnswered(f"{name} is closed: only what is published can be reached")
    return TypedSelect(text, frozenset(statement.named_parameters))


def in_plain_blanks(sql: str) -> str:
    """The text with a plain blank for every odd one that is not in a text or a name in quotation marks, so that the
    tokenizer sees the words that DuckDB reads. One after the other: behind one, a text may begin."""
    while _ODD_BLANK.search(sql):
        written = sql.encode()
        starts = [0, *(offset for offset, _ in duckdb.tokenize(sql)), len(written)]
        pieces = (written[start:end].decode("utf-8", "replace") for start, end in pairwise(starts))
        plain = "".join(piece if _QUOTED.match(piece) else _ODD_BLANK.sub(" ", piece, count=1) for piece in pieces)
        if plain == sql:
            break
        sql = plain
    return sql


def words(sql: str) -> list[str]:
    """What a query is made of as DuckDB's tokenizer reads it, without comments: names in lower case, without quotation
    marks; of all else the first character."""
    return [word for _, word in _placed_words(sql)]


def _placed_words(sql: str) -> Iterator[tuple[int, str]]:
    """Each word with its place, in bytes."""
    written = sql.encode("utf-8", "surrogatepass")
    for offset, _ in duckdb.tokenize(sql):  # counts bytes
        rest = written[offset:].decode("utf-8", "replace")
        found = _NAME.match(rest)
        if found is None:
            yield offset, rest[:1]
        else:
            yield offset, (found["plain"] or (found["quoted"] or "").replace('""', '"')).lower()


def _one_statement(connection: duckdb.DuckDBPyConnection, text: str) -> duckdb.Statement:
    """The statement of the text. A `pivot` is two for DuckDB: the list of its columns, which has no text, and the
    select; `create table … as pivot` is two without a text, so it also counts what stands between semicolons."""
    found = [word for word in words(text) if word != ";"]
    if found[:1] == ["import"] or found[:2] == ["pragma", "import_database"]:
        raise _refused("import")  # of which DuckDB already reads the files to see what it is
    statements = connection.extract_statements(text)
    if not statements:
        raise NotAnswered("the input contains no SQL statement")
    *before, last = statements
    others = sum(not (item.type == duckdb.StatementType.CREATE and not item.query) for item in before)
    if (number := _count_between_semicolons(text)) > 1:
        raise NotAnswered(f"{number} statements were given; give one at a time")
    if others:  # so it takes an `explain` of a pivot, or a pragma
        raise NotAnswered("that is several statements for DuckDB; write one select (a pivot can't be explained)")
    return last


def _count_between_semicolons(text: str) -> int:
    found = words(text)
    return sum(word != ";" and before == ";" for before, word in zip([";", *found], found, strict=False))


def _check_select(statement: duckdb.Statement) -> None:
    if statement.type != duckdb.StatementType.SELECT:
        raise _refused(statement.type.name.lower().replace("_", " "))


def _refused(kind: str) -> NotAnswered:
    return NotAnswered(
        f"{kind} statements are not answered: the snapshot is only read, and no other file or setting can be reached; "
        "write a select"
    )


def _explained(text: str) -> str:
    """What stands after `explain`, `explain analyze` or `explain (…)`."""
    found = list(_placed_words(text))
    first = next(index for index, (_, word) in enumerate(found) if word != ";") + 1
    following = [word for _, word in found[first:]]
    if following[:1] in (["analyze"], ["analyse"]):
        first += 1
    elif following[:1] == ["("] and following[1:2] and following[1] in _WITH_OPTIONS:
        depth = 0
        for word in following:
            first += 1
            depth += {"(": 1, ")": -1}.get(word, 0)
            if depth == 0:
                break
    return text.encode()[found[first][0] :].decode() if first < len(found) else ""
