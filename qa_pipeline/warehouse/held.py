"""Waits for a database file that another program has open, and says at once which one that is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb

from qa_pipeline.errors import UserError
from qa_pipeline.warehouse.memory import spare_memory_in_step, spill_beside
from qa_pipeline.warehouse.parts import quoted

LOCK_POLL_S = 0.05
SLOWEST_POLL_S = 1.0
GROUP_ROWS = 30_720
"""Rows that DuckDB keeps together. With each addition it writes the last group of a table anew, whose rows may have
images of a minute's sound: with its own 122,880 rows a day of 1,000 calls writes those of two months again."""

BLOCK_BYTES = 64 * 1024
"""What DuckDB reads and writes at a time. A day's share of a column is a few kilobytes, and of its own 256 KiB the rest
would be other days'. A file keeps the size that it was made with."""

STORAGE_VERSION = "v1.5.0"
"""The layout of the file. By default DuckDB writes that of its version 1.0, whose lists of blocks are longer, and are
read as a whole when anything is written. An earlier file becomes one of this version when it is written next."""

UNTIL_CLOSED = "the run waits until it is closed there"
_HELD_BY = re.compile(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")

T = TypeVar("T")
Say = Callable[[str], None]


class WarehouseUnusable(UserError):
    """A database of the pipeline cannot be opened: it is damaged, or may not be written."""


class WarehouseBusy(WarehouseUnusable):
    """Somebody else kept a database of the pipeline open for longer than we wait."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long to wait for another program, in seconds, and whom to tell that we do."""

    wait_s: float
    say: Say


def say_nothing(_: str) -> None:
    """For those who have nobody to tell."""


def connect_waiting(path: Path, waiting: Waiting) -> duckdb.DuckDBPyConnection:
    """Opens one of the pipeline's own databases for writing; see `when_closed`. In a step it keeps within the step's
    memory."""
    connection = when_closed(path, waiting, lambda: connect_for_writing(path))
    spare_memory_in_step(connection, path)
    return connection


def connect_for_writing(path: Path) -> duckdb.DuckDBPyConnection:
    """Opens a database, or makes one, that lies on the disk as the working database does."""
    connection = duckdb.connect(config={"temp_directory": str(spill_beside(path))})
    layout = f"row_group_size {GROUP_ROWS}, storage_version '{STORAGE_VERSION}'"
    if not path.exists():
        layout += f", block_size {BLOCK_BYTES}"
    try:
        connection.execute(f"attach '{quoted(path)}' ({layout})")
        ((name,),) = connection.execute(
            "select database_name from duckdb_databases() where path is not null"
        ).fetchall()
        connection.execute(f'use "{name}"')
    except BaseException:
        connection.close()
        raise
    return connection


def when_closed(path: Path, waiting: Waiting, use: Callable[[], T]) -> T:
    """What `use` returns, which opens the database `path`; waits while another program has it open.

    Raises:
        WarehouseBusy: that program did not close it in time.
        WarehouseUnusable: it cannot be opened for another reason.
    """
    deadline = time.monotonic() + waiting.wait_s
    pause, is_told = LOCK_POLL_S, False
    while True:
        try:
            return use()
        except duckdb.IOException as error:
            if not is_locked(error):
                raise WarehouseUnusable(f"{path} cannot be opened for writing: {error}") from error
            held = f"{path.name} is open in {holder(error)}"
            if time.monotonic() > deadline:
                raise WarehouseBusy(
                    f"{held}, and was not closed in {waiting.wait_s:.0f} s; close it there and run again. To look at "
                    "the data open the published snapshot qa.duckdb instead"
                ) from error
            if not is_told:
                waiting.say(
                    f"{held}; {UNTIL_CLOSED}. To look at the data open the published snapshot qa.duckdb instead"
                )
                is_told = True
            time.sleep(pause)
            pause = min(pause * 1.5, SLOWEST_POLL_S)


def is_locked(error: duckdb.Error) -> bool:
    """Whether a file could not be opened because another program has it open."""
    return "lock on file" in str(error)


def holder(error: duckdb.Error) -> str:
    """The program that has the file open, as DuckDB names it: `python3.11 (process 4711)`."""
    found = _HELD_BY.search(str(error))
    return f"{Path(found['program']).name} (process {found['pid']})" if found else "another program"
