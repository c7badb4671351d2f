"""All rows of the operations database from one database to another, in one transaction, exactly as they are.

Columns are carried as they lie on the disk: numbers, bytes and texts, whatever types the code sees. JSON is carried as
its text. What was read and what was written are compared by a sum over all rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
    type_coerce,
)
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.types import TypeDecorator, TypeEngine

from qa_pipeline.ledger.metadata import metadata
from qa_pipeline.ledger.whereabouts import ledger_home
from qa_pipeline.moving.sides import MoveRefused

ROWS_AT_ONCE = 2000
OF_SCALE_MODE = ("work_days",)
"""Tables in the same schema of the server that no ledger in a file has."""

NUL, IN_PLACE_OF_NUL = "\x00", "\ufffd"
"""PostgreSQL keeps every character in a text but this one."""

_SUM_BITS = 2**64


@dataclass(frozen=True, slots=True)
class Carried:
    """The rows of one table that were carried; `replaced` texts had a character that PostgreSQL can't keep."""

    table: str
    rows: int
    replaced: int = 0


class _JsonText(TypeDecorator[str]):
    """The text of a JSON column of PostgreSQL's."""

    impl = Text
    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> ColumnElement[Any]:
        """To the disk."""
        return cast(type_coerce(bindvalue, Text), JSON)

    def column_expression(self, column: Any) -> ColumnElement[Any]:
        """From the disk."""
        return cast(column, Text)


def carried_tables() -> list[Table]:
    """All tables of the operations database that are carried, those first that others may refer to."""
    return [table for table in metadata.sorted_tables if table.name != ledger_home.name]


def require_known(connection: Connection, *, whole: bool) -> list[str]:
    """Tables with rows that this version does not know, where others may keep theirs in the same database.

    Raises:
        MoveRefused: the database was made by a later version: a column is not known, or, with `whole`, a table.
    """
    strange = []
    for (_, name), columns in inspect(connection).get_multi_columns().items():
        if name in OF_SCALE_MODE:
            continue
        if name not in metadata.tables:
            count = connection.execute(select(func.count()).select_from(Table(name, MetaData()))).scalar_one()
            strange += [f"{name} ({count:,} rows)"] if count else []
            continue
        known = metadata.tables[name].columns
        if unknown := [column["name"] for column in columns if column["name"] not in known]:
            raise MoveRefused(
                f"table {name} has columns of a later version ({', '.join(unknown)}); move with that version"
            )
    if strange and whole:
        raise MoveRefused(f"there are tables of a later version: {', '.join(strange)}; move with that version")
    return strange


def rows_of(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """How many rows each of these tables has; a table that is missing has none."""
    there = set(inspect(connection).get_table_names())
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        if table.name in there
        else 0
        for table in tables
    }


def carry(source: Connection, target: Connection, advance: Callable[[int], None]) -> list[Carried]:
    """Replaces the rows of all tables of `target` by those of `source`, and reads them back.

    Both are in a transaction of the caller's; nobody may write either meanwhile.

    Raises:
        MoveRefused: a value can't be kept there, or what is read back is not what was written.
    """
    if target.dialect.name == "postgresql":
        names = ", ".join(table.name for table in carried_tables())
        target.exec_driver_sql(f"lock table {names} in exclusive mode")
    for connection in (source, target):
        unhurried(connection)
    for table in reversed(carried_tables()):
        target.execute(delete(table))
    return [_carry_table(source, target, table, advance) for table in carried_tables()]


def unhurried(connection: Connection) -> None:
    """Lets a transaction take its time between two statements; a server ends it otherwise."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")


def _carry_table(source: Connection, target: Connection, table: Table, advance: Callable[[int], None]) -> Carried:
    here, there = (_as_on_disk(table, side.dialect.name) for side in (source, target))
    is_plain = target.dialect.name == "postgresql"
    read = _RowSum()
    replaced = 0
    for rows in _read(source, here):
        if is_plain:
            rows, found = _without_nul(rows)
            replaced += found
        read.add(rows)
        _write(target, there, rows)
        advance(len(rows))
    written = _RowSum()
    for rows in _read(target, there):
        written.add(rows)
        advance(len(rows))
    if read != written:
        raise MoveRefused(
            f"table {table.name}: {written.rows:,} rows are read back otherwise than the {read.rows:,} that were "
            "written; nothing was moved"
        )
    _count_on(target, table)
    return Carried(table.name, read.rows, replaced)


@cache
def _as_on_disk(table: Table, dialect: str) -> Table:
    """The table with the types of its disk; the same one each time, for which a statement is made once."""
    columns = [
        Column(column.name, _disk_type(column.type, dialect), primary_key=column.primary_key)
        for column in table.columns
    ]
    return Table(table.name, MetaData(), *columns)


def _disk_type(kind: TypeEngine[Any], dialect: str) -> TypeEngine[Any]:
    if isinstance(kind, TypeDecorator):
        return _disk_type(kind.impl_instance, dialect)
    if isinstance(kind, JSON):
        return _JsonText() if dialect == "postgresql" else Text()
    return kind


def _read(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=ROWS_AT_ONCE)
    with connection.execute(query) as found:
        for rows in found.mappings().partitions():
            yield [dict(row) for row in rows]


def _write(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    try:
        connection.execute(insert(table), rows)
    except StatementError as error:
        if isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError):
            raise  # the database's fault, and not the value's
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise MoveRefused(
            f"table {table.name} has a value that can't be kept there: {said}; nothing was moved"
        ) from None


def _without_nul(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Rows as PostgreSQL can keep them, and how many texts had to be changed for it."""
    changed = 0
    kept = []
    for row in rows:
        bad = {name: value.replace(NUL, IN_PLACE_OF_NUL) for name, value in row.items() if _has_nul(value)}
        changed += len(bad)
        kept.append({**row, **bad} if bad else row)
    return kept, changed


def _has_nul(value: Any) -> bool:
    return isinstance(value, str) and NUL in value


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL numbers new rows by a counter of its own, which does not see rows that came with their numbers."""
    [key, *others] = table.primary_key.columns
    if connection.dialect.name != "postgresql" or others or not isinstance(key.type, Integer):
        return
    highest = connection.execute(select(func.max(key))).scalar_one()
    if highest is not None:
        move_on = text("select setval(pg_get_serial_sequence(:table, :column), :highest)")
        connection.execute(move_on, {"table": table.name, "column": key.name, "highest": highest})


class _RowSum:
    """A sum over rows that is the same in whatever order they come."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            written = repr(tuple(bytes(value) if isinstance(value, memoryview) else value for value in row.values()))
            self._sum += int.from_bytes(
                hashlib.blake2b(written.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            )
            self.rows += 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _RowSum) and (self.rows, self._sum % _SUM_BITS) == (other.rows, other._sum % _SUM_BITS)

    __hash__ = None  # type: ignore[assignment]
