"""How much memory DuckDB may take, and where what does not fit goes.

DuckDB keeps what it has read for as long as there is room, so a limit costs little until one statement alone needs
more. What can't go to the disk (pages of indexes, states of some aggregates) then ends in an error. A step hardly ever
needs much, and may be done again: it has little at first, and more only where that does not do.
"""

from __future__ import annotations

import ctypes
import inspect
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

NO_LIMIT = 0
"""DuckDB's own: four fifths of the machine's memory."""

MIB_OF_STEPS = (96, 256, 1024, NO_LIMIT)
"""What a step has when it is tried first, and each time that it needs more."""

MIB_OF_COMMANDS = 1024
"""What commands have that write much."""

THREADS_OF_STEPS = 1
"""A second one makes no step sooner that a person would notice, and holds as many rows again: with two a day of 10,000
calls took 9% more processor time and 90 MiB more."""

THREADS_OF_COMMANDS = 4
"""At most: each of them holds rows that it is about to write, or to sort."""

_OF_STEP: ContextVar[int] = ContextVar("mib_of_step")


def with_enough_memory(step: Callable[..., Any], say: Callable[[Any, str], None]) -> Callable[..., Any]:
    """A step that is done again with more memory where DuckDB did not have enough; nothing is left then of what was
    done. `say` is told so, with the first argument of the step."""

    @wraps(step)
    def outcome(*given: Any, **named: Any) -> Any:
        for mib, more in pairwise(MIB_OF_STEPS):
            try:
                return _done(step, mib, *given, **named)
            except duckdb.OutOfMemoryException as error:
                room = f"{more} MiB" if more else "all that the machine has"
                say(given[0] if given else None, f"{mib} MiB are not enough for DuckDB; once more with {room}: {error}")
        return _done(step, MIB_OF_STEPS[-1], *given, **named)

    @wraps(step)
    def outcomes(*given: Any, **named: Any) -> Iterator[Any]:
        yield from outcome(*given, **named)

    return outcomes if inspect.isgeneratorfunction(step) else outcome


def _done(step: Callable[..., Any], mib: int, *given: Any, **named: Any) -> Any:
    with memory_of_step(mib):
        made = step(*given, **named)
        found = list(made) if inspect.isgenerator(made) else made
    give_back()
    return found


def give_back() -> None:
    """Gives memory that is free within this process back to the system, which the next step would not find otherwise:
    each library keeps its own."""
    with duckdb.connect() as connection:
        _empty_allocator(connection, MIB_OF_STEPS[0])
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):  # glibc has it
        trim(0)


def give_back_in_step(connection: duckdb.DuckDBPyConnection) -> None:
    """Gives memory that is free within DuckDB back to the system: between two statements that need much, of which the
    second would be given other memory than the first had. Without a step it does nothing."""
    if mib := _OF_STEP.get(NO_LIMIT):
        _empty_allocator(connection, mib)


def _empty_allocator(connection: duckdb.DuckDBPyConnection, mib: int) -> None:
    connection.execute(f"set memory_limit = '{mib}MiB'")  # with the limit DuckDB empties its allocator


@contextmanager
def memory_of_step(mib: int) -> Iterator[None]:
    """What databases may take that are opened in the block."""
    token = _OF_STEP.set(mib)
    try:
        yield
    finally:
        _OF_STEP.reset(token)


def spare_memory(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Settings for much writing in little memory; what does not fit goes to the disk, into `.spill` in `folder`."""
    connection.execute("set timezone = 'UTC'")
    connection.execute(f"set threads = {min(THREADS_OF_COMMANDS, os.cpu_count() or 1)}")
    _confine(connection, folder / ".spill", _OF_STEP.get(MIB_OF_COMMANDS))


def spare_memory_in_step(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Has a database keep within what its step has; without a step it has what DuckDB takes. What does not fit goes to
    the disk, beside it."""
    _confine(connection, spill_beside(database), _OF_STEP.get(NO_LIMIT))


def spill_beside(database: Path) -> Path:
    """Where what does not fit into memory goes of a database of the pipeline."""
    return database.with_name(f".{database.name}.spill")


def _confine(connection: duckdb.DuckDBPyConnection, spill: Path, mib: int) -> None:
    """`spill` is nobody else's, and empty from now on: DuckDB removes it itself, unless it is killed."""
    shutil.rmtree(spill, ignore_errors=True)
    if _OF_STEP.get(None) is not None:
        connection.execute(f"set threads = {min(THREADS_OF_STEPS, os.cpu_count() or 1)}")
    if mib:
        connection.execute(f"set memory_limit = '{mib}MiB'")
        connection.execute("set write_buffer_row_group_count = 1")
        connection.execute("set allocator_flush_threshold = '1MiB'")
        connection.execute("set allocator_background_threads = true")
    connection.execute("set temp_directory = $spill", {"spill": str(spill)})
