"""What all parts of the ledger stand on: the database, and the clock that everybody who shares it goes by."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Engine, cast, extract, func, literal, or_, type_coerce

from qa_pipeline.ledger.attempts import attempts
from qa_pipeline.ledger.database_clock import DatabaseClock
from qa_pipeline.ledger.outlasting import outlast

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


class OpenedLedger:
    """One operations database; safe to share between threads and processes."""

    def __init__(self, engine: Engine, clock: Callable[[], float] | None = None) -> None:
        """`clock` gives UTC epoch seconds; the database's own where several machines share it, else this machine's."""
        self.engine = engine
        self.is_shared = engine.dialect.name != "sqlite"
        self.clock = clock or (DatabaseClock(engine) if self.is_shared else time.time)

    def now_ms(self) -> ColumnElement[int]:
        """The time now, for a statement: looked up by the database itself where it is shared."""
        if isinstance(self.clock, DatabaseClock):
            return cast(func.floor(extract("epoch", func.clock_timestamp()) * 1000), BigInteger)
        return literal(round(self.clock() * 1000), BigInteger)

    def is_free(self) -> ColumnElement[bool]:
        """Whether nobody is at a row, or whoever was has let its time pass; a condition on `attempts`."""
        held_until = type_coerce(attempts.c.held_until, BigInteger)
        return or_(held_until.is_(None), held_until < self.now_ms())


def outlasting(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """A method of a part of the ledger that is begun again where the database was away for a moment. It must come to
    the same whether it has been done before or not."""

    @functools.wraps(method)
    def patiently(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return outlast(lambda: method(self, *args, **kwargs))

    return patiently
