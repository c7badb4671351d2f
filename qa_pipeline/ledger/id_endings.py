"""Ids that are looked up by their last bytes: an entry of an index is a third as long by these as by the whole id.

The bytes alone may be those of several ids, so every condition names the whole id as well.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Dialect, LargeBinary, and_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from qa_pipeline.ledger.column_types import pack

ENDING_BYTES = 4
"""Of 100 million random ids about 1 in 40 shares these with another one."""


class _Ending(TypeDecorator[str]):
    """The last bytes of a packed id; code gives the whole id."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """To the disk."""
        return None if value is None else pack(value)[-ENDING_BYTES:]


class id_ending(FunctionElement[str]):  # noqa: N801 - it is called like a function of the database
    """The last bytes of a column of `PackedId`, for an index and for what goes by it. The statement must say it in the
    same words as the index, so its numbers are no parameters."""

    type = _Ending()
    inherit_cache = True


@compiles(id_ending, "sqlite")
def _of_sqlite(element: id_ending, compiler: SQLCompiler, **options: Any) -> str:
    return f"substr({compiler.process(element.clauses, **options)}, -{ENDING_BYTES})"


@compiles(id_ending)
def _of_others(element: id_ending, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"substr({column}, length({column}) - {ENDING_BYTES - 1})"


def has_id(column: ColumnElement[str], wanted: str) -> ColumnElement[bool]:
    """Whether a column with an index by `id_ending` has this id."""
    return and_(id_ending(column) == wanted, column == wanted)


def has_one_id(column: ColumnElement[str], wanted: Collection[str]) -> ColumnElement[bool]:
    """Whether a column with an index by `id_ending` has one of these ids."""
    return and_(id_ending(column).in_(wanted), column.in_(wanted))
