"""Asks the newest snapshot queries that a user wrote: one select at a time, which Ctrl-C ends at once.

A query that was pasted from somewhere can do no harm: only a select is run (`typed_sql`), the connection is read-only,
reaches no other file and no network, and its settings are locked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from qa_pipeline.published.newest import open_published
from qa_pipeline.published.shipped_queries import ParameterValue
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.published.typed_sql import NotAnswered, typed_select
from qa_pipeline.settings import Settings
from qa_pipeline.terminal import EXIT_WORK_REMAINS, EXIT_WRONG_USE, CommandError

T = TypeVar("T")

BATCH_ROWS = 10_000
INTERRUPT_POLL_S = 0.1

_NOT_THE_QUERY = (duckdb.OperationalError, duckdb.InternalError, duckdb.FatalException)
"""What goes wrong with a right query: no memory, no disk, a damaged file."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and a value for each of its parameters."""

    sql: str
    values: Mapping[str, ParameterValue | list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns (names may repeat), DuckDB's names of their types, and the rows as they come."""

    schema: pa.Schema
    types: list[str]
    batches: Iterator[pa.RecordBatch]

    @property
    def names(self) -> list[str]:
        """The columns' names, as the query gives them."""
        return [str(name) for name in self.schema.names]

    @property
    def keys(self) -> list[str]:
        """The names made different, as DuckDB does it: `a`, `a_1`, `a_2`."""
        keys: list[str] = []
        for name in self.names:
            key, number = name, 0
            while key in keys:
                number += 1
                key = f"{name}_{number}"
            keys.append(key)
        return keys

    def rows(self) -> Iterator[Row]:
        """The rows by column name; JSON is text."""
        for batch in self.batches:
            yield from batch.to_pylist()

    def tuples(self) -> Iterator[tuple[Any, ...]]:
        """The rows as tuples; JSON is text.

        Raises:
            CommandError: a value that Python cannot hold, such as a date after the year 9999.
        """
        for batch in self.batches:
            try:
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
            except (ValueError, OverflowError) as error:
                raise CommandError(
                    f"a value cannot be shown ({error}); cast its column to varchar in the query"
                ) from error


AskSnapshot = Callable[[Asked], Answer]


@contextmanager
def asking(settings: Settings) -> Iterator[AskSnapshot]:
    """One snapshot for several queries. An answer must be read to its end before the next query is asked.

    Raises:
        CommandError: nothing is published, or a query is wrong or would change something.
    """
    with ThreadPoolExecutor(1) as executor, ExitStack() as stack:
        worker = _Worker(executor)

        def connect() -> tuple[Snapshot, duckdb.DuckDBPyConnection]:
            snapshot = stack.enter_context(open_published(settings, alone=True))
            connection = stack.enter_context(snapshot.cursor())
            # last: after it the query cannot undo what was set before
            connection.execute("set lock_configuration = true")
            return snapshot, connection

        snapshot, connection = worker.do(connect)
        worker.connection = connection
        try:
            yield lambda asked: _read(worker.do(lambda: _execute(snapshot, connection, asked)), worker)
        except duckdb.Error as error:
            exit_code = EXIT_WORK_REMAINS if isinstance(error, _NOT_THE_QUERY) else EXIT_WRONG_USE
            raise CommandError(snapshot.in_words(error), exit_code) from error


class _Worker:
    """Does DuckDB's work on another thread, so that Ctrl-C ends it at once.

    On the main thread it would be heard late or never: while DuckDB computes no Python code runs, and where it
    looks for optional Python packages it takes the interrupt for a missing package.
    """

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor
        self.connection: duckdb.DuckDBPyConnection | None = None

    def do(self, work: Callable[[], T]) -> T:
        """What `work` returns. The wait has pauses: a signal that another thread gets does not end it."""
        future = self._executor.submit(work)
        try:
            while not future.done():
                wait([future], INTERRUPT_POLL_S)
            return future.result()
        except KeyboardInterrupt:
            while not future.done():
                if self.connection is not None:
                    self.connection.interrupt()
                wait([future], INTERRUPT_POLL_S)
            raise


def _execute(snapshot: Snapshot, connection: duckdb.DuckDBPyConnection, asked: Asked) -> duckdb.DuckDBPyConnection:
    try:
        typed = typed_select(snapshot, connection, asked.sql)
    except NotAnswered as error:
        raise CommandError(str(error)) from error
    _check_parameters(typed.parameters, asked.values)
    return connection.execute(typed.text, dict(asked.values) or None)


def _check_parameters(used: frozenset[str], given: Mapping[str, ParameterValue | list[str]]) -> None:
    missing, unused = sorted(used - set(given)), sorted(set(given) - used)
    if missing:
        if missing == [str(number + 1) for number in range(len(missing))]:
            raise CommandError("the query has parameters without a name; write $name and give -p name=value")
        raise CommandError(f"no value for ${', $'.join(missing)}; give it with -p {missing[0]}=VALUE")
    if unused:
        names = ", ".join(f"${name}" for name in sorted(used)) or "no parameters"
        raise CommandError(f"-p {unused[0]}: the query has {names}")


def _read(answer: duckdb.DuckDBPyConnection, worker: _Worker) -> Answer:
    types = [str(column[1]) for column in answer.description]
    reader = worker.do(lambda: answer.to_arrow_reader(BATCH_ROWS))

    def batches() -> Iterator[pa.RecordBatch]:
        while (batch := worker.do(lambda: next(reader, None))) is not None:
            yield batch

    return Answer(reader.schema, types, batches())
