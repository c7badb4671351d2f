"""The ad-hoc queries of sql/queries: which there are, what each answers, and what it may be given.

A query file is one select under a header of `--` lines. The header is read here so that the command line can list
the questions, fill in defaults and refuse a misspelt parameter before the database is opened:

    -- Who says a phrase?
    --
    -- Any number of lines of description.
    --
    -- param phrase varchar = refund : what to look for
    -- param queue varchar = null : only this queue
    --
    -- column call_id : the call

A parameter's type is date, integer, double or varchar; `null` as its default means "not given". A varchar that
must be the word null, or begin with a space, is written in single quotes.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb

from qa_pipeline.statements.files import SQL_ROOT

QUERIES_DIR = SQL_ROOT / "queries"

T = TypeVar("T")

ParameterValue = dt.date | int | float | str | None

_PARAMETER = re.compile(r"param\s+(?P<name>\S+)\s+(?P<type>\S+)\s*=\s*(?P<default>.*?)\s+:\s+(?P<help>.+)")
_COLUMN = re.compile(r"column\s+(?P<name>\S+)\s+:\s+(?P<help>.+)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class BadQueryFile(ValueError):
    """A query file breaks the form above; the message names the file and the place."""


class BadParameter(ValueError):
    """A value was given that the query does not take; the message says what it takes."""


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """One `$name` of a query; `type` is a key of `_READERS`."""

    name: str
    type: str
    default: ParameterValue
    help: str

    def read(self, text: str) -> ParameterValue:
        """The value that `text` writes; `null` is None.

        Raises:
            BadParameter: the text is not a value of the parameter's type.
        """
        return _read_value(self.name, self.type, text)


@dataclass(frozen=True, slots=True)
class QueryColumn:
    """One column of a query's answer."""

    name: str
    help: str


@dataclass(frozen=True, slots=True)
class AdHocQuery:
    """One question that can be asked of a published snapshot. `name` is the file's stem."""

    name: str
    question: str
    description: str
    parameters: tuple[QueryParameter, ...]
    columns: tuple[QueryColumn, ...]
    sql: str

    def bind(self, given: Mapping[str, str] | None = None) -> dict[str, ParameterValue]:
        """A value for every parameter: what was given (as text, as typed on a command line), else the default.

        Raises:
            BadParameter: a name the query does not have, or text that is not a value of the type.
        """
        given = given or {}
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                offered = ", ".join(f"{item.name} ({item.type})" for item in self.parameters) or "none"
                raise BadParameter(f"{self.name} takes no parameter {name!r}; it takes: {offered}")
        return {
            name: parameter.read(given[name]) if name in given else parameter.default
            for name, parameter in known.items()
        }


def list_queries(folder: Path = QUERIES_DIR) -> list[AdHocQuery]:
    """Every query of the folder, by name.

    Raises:
        BadQueryFile: the folder is missing or one of its files breaks the form.
    """
    if not folder.is_dir():
        raise BadQueryFile(f"there is no folder of queries at {folder}")
    return [load_query(path) for path in sorted(folder.glob("*.sql"))]


def find_query(name: str) -> AdHocQuery:
    """The query of that name, with or without `.sql`.

    Raises:
        BadQueryFile: no such query (the message lists those there are), or its file breaks the form.
    """
    path = QUERIES_DIR / f"{name.removesuffix('.sql')}.sql"
    if path.parent != QUERIES_DIR or not path.is_file():
        known = ", ".join(sorted(item.stem for item in QUERIES_DIR.glob("*.sql")))
        raise BadQueryFile(f"there is no query {name!r}; there are: {known}")
    return load_query(path)


def load_query(path: Path) -> AdHocQuery:
    """Reads one query file.

    Raises:
        BadQueryFile: unreadable, no question, a malformed line, not exactly one select, or the parameters of the
            header are not those of the select.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadQueryFile(f"{path} could not be read: {error}") from error
    lines = list(_header_lines(text))
    if not lines or not lines[0].endswith("?"):
        raise BadQueryFile(f"{path}: the first line must be a comment that asks a question")
    prose, parameters, columns = _sort_lines(lines[1:], path)
    query = AdHocQuery(
        name=path.stem,
        question=lines[0],
        description="\n".join(prose).strip(),
        parameters=parameters,
        columns=columns,
        sql=text,
    )
    _check_select(query, path)
    return query


def _header_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.startswith("--"):
            return
        yield line.removeprefix("--").strip()


def _sort_lines(lines: list[str], path: Path) -> tuple[list[str], tuple[QueryParameter, ...], tuple[QueryColumn, ...]]:
    prose: list[str] = []
    parameters: dict[str, QueryParameter] = {}
    columns: dict[str, QueryColumn] = {}
    for number, line in enumerate(lines, start=2):
        place = f"{path}:{number}"
        if line.startswith("param "):
            parameter = _parameter(line, place)
            _add(parameters, parameter.name, parameter, place)
        elif line.startswith("column "):
            column = _column(line, place)
            _add(columns, column.name, column, place)
        else:
            prose.append(line)
    return prose, tuple(parameters.values()), tuple(columns.values())


def _add(known: dict[str, T], name: str, item: T, place: str) -> None:
    if name in known:
        raise BadQueryFile(f"{place}: {name} is declared twice")
    known[name] = item


def _parameter(line: str, place: str) -> QueryParameter:
    match = _PARAMETER.fullmatch(line)
    if match is None:
        raise BadQueryFile(f"{place}: write `param name type = default : help`, not {line!r}")
    name, type_name = match["name"], match["type"]
    if not _NAME.fullmatch(name):
        raise BadQueryFile(f"{place}: {name!r} is not a parameter name; use a-z, 0-9 and _")
    if type_name not in _READERS:
        raise BadQueryFile(f"{place}: {type_name!r} is not a parameter type; use one of: {', '.join(_READERS)}")
    try:
        default = _read_value(name, type_name, match["default"])
    except BadParameter as error:
        raise BadQueryFile(f"{place}: the default is wrong: {error}") from error
    return QueryParameter(name, type_name, default, match["help"])


def _column(line: str, place: str) -> QueryColumn:
    match = _COLUMN.fullmatch(line)
    if match is None:
        raise BadQueryFile(f"{place}: write `column name : help`, not {line!r}")
    return QueryColumn(match["name"], match["help"])


def _check_select(query: AdHocQuery, path: Path) -> None:
    with duckdb.connect() as connection:
        try:
            statements = connection.extract_statements(query.sql)
        except duckdb.Error as error:
            raise BadQueryFile(f"{path} is not SQL that DuckDB can read: {error}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise BadQueryFile(f"{path} must hold one select and nothing else")
    used, declared = set(statements[0].named_parameters), {item.name for item in query.parameters}
    if used != declared:
        idle, unknown = sorted(declared - used), sorted(used - declared)
        raise BadQueryFile(f"{path}: declared but not used: {idle}; used but not declared: {unknown}")


def _read_value(name: str, type_name: str, text: str) -> ParameterValue:
    if text == "null":
        return None
    reader, example = _READERS[type_name]
    try:
        return reader(text)
    except ValueError:
        raise BadParameter(f"{name} is {text!r}, which is not a valid {type_name}; write it like {example}") from None


def _read_text(text: str) -> str:
    quoted = len(text) >= 2 and text[0] == text[-1] == "'"
    return text[1:-1] if quoted else text


def _read_double(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


_READERS: dict[str, tuple[Callable[[str], ParameterValue], str]] = {
    "date": (dt.date.fromisoformat, "2025-09-01"),
    "integer": (int, "3"),
    "double": (_read_double, "1.5"),
    "varchar": (_read_text, "billing"),
}
