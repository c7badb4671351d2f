"""What is published, open; and the snapshots below QA_HOME: the newest one, or a given file.

The link qa.duckdb is resolved first: a snapshot is immutable under its real path, while DuckDB gives a process that
still holds the old file the old file again when the link's path is reopened. The pipeline never writes a snapshot, so
readers wait for no lock; where somebody else has one open for writing, they read a copy. Every connection is read-only
and reaches no network and no other file than the parts beside the snapshots, wherever the folder is now.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import duckdb

from qa_pipeline.errors import UserError
from qa_pipeline.published.closed_functions import closed_functions, closed_name
from qa_pipeline.published.earlier import stand_ins
from qa_pipeline.warehouse.held import holder, is_locked
from qa_pipeline.warehouse.leases import opened
from qa_pipeline.warehouse.parts import quoted
from qa_pipeline.warehouse.snapshot_file import PARTS_VARIABLE, parts_folder, published_to

if TYPE_CHECKING:
    import pandas as pd  # takes half a second to import, which no command waits for that wants no frame

ASKS_EVERY_S = 0.1
"""While an answer is worked out, the reader is asked this often whether it is still wanted."""

OPEN_ATTEMPTS = 3
"""A snapshot may be deleted between reading the link and opening the file; the link then names a newer one."""

Row = dict[str, Any]
T = TypeVar("T")

_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""One configuration for all readers: DuckDB refuses a second connection of a process to a file with another one."""

_READS_PARTS = (
    "set global parquet_metadata_cache = true",
    "set global validate_external_file_cache = 'NO_VALIDATION'",
)
"""A part never changes under its name, so what was read of one is not read again, or looked up whether it is still so:
a question names dozens of them."""

_OPEN_IN_THIS_PROGRAM = "with a different configuration than existing connections"


class NothingPublished(UserError):
    """There is no snapshot yet."""


class UnreadableSnapshot(UserError):
    """There is a snapshot, and it cannot be opened or does not answer; the message says why."""


class Snapshot:
    """Something published, open, which several threads may ask; times are shown in `time_zone`.

    `name` is for people; no two snapshots of a place have the same `identity`, so what was read may be remembered under
    it; `published_identity` is that of all that was published with it. `held_by` is the program that has its file open
    for writing, so that a copy is read; None where there is none. Set `is_still_wanted` to be asked while an answer is
    worked out: what it raises ends the work and is raised.
    """

    is_still_wanted: Callable[[], object] | None = None

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        time_zone: str,
        *,
        name: str,
        identity: str,
        held_by: str | None = None,
    ) -> None:
        self.name, self.identity, self.held_by = name, identity, held_by
        self.published_identity = identity
        self._connection = connection
        self.time_zone = time_zone
        # what never changes in a snapshot is asked once
        self._tables: set[str] | None = None
        self._columns: dict[str, set[str]] = {}

    @property
    def database(self) -> duckdb.DuckDBPyConnection:
        """The connection that cursors are made of, for a snapshot that shows a part of this one."""
        return self._connection

    def keep_within(self, mib: int) -> None:
        """Lets all queries that this program asks it take about so much memory together; what needs more is written
        to a temporary folder beside it and removed. It holds until the program has closed it everywhere."""
        self._connection.execute(f"set memory_limit = '{mib} MiB'")

    def closed_name(self, sql: str) -> str | None:
        """The first function or database named in a user's query that would reach more than what is published; None
        where there is none."""
        return closed_name(sql, closed_functions())

    def in_words(self, error: duckdb.Error) -> str:
        """What an error of DuckDB's means, in one line."""
        return one_line(error)

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of the answer by column name; JSON columns are parsed. `values` are those of the `$names` in `sql`.

        Raises:
            UnreadableSnapshot: DuckDB cannot answer: the file is damaged, or has no such table or column.
        """
        columns, found = self._answer(sql, values)
        return _named(columns, found)

    def batches(self, sql: str, values: Mapping[str, Any] | None = None, *, size: int) -> Iterator[list[Row]]:
        """As `rows`, `size` of them at a time, so that an answer of any length needs little memory. Nobody is asked
        meanwhile whether it is still wanted.

        Raises:
            UnreadableSnapshot: as of `rows`, also after some of the answer was given.
        """
        try:
            with self.lent(sql) as cursor:
                cursor.execute(sql, dict(values) if values else None)
                columns = _columns(cursor)
                while found := cursor.fetchmany(size):
                    yield _named(columns, found)
        except duckdb.Error as error:
            raise self._unreadable(error) from error

    def tuples(self, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of the answer as tuples; otherwise like `rows`, with JSON as text."""
        return self._answer(sql, values)[1]

    def frame(self, sql: str, values: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The answer as a frame, one column per column of the answer; JSON stays text, dates are midnights.

        Whole numbers and truth values with gaps have pandas' nullable types, so that none turns into a fraction.

        Raises:
            UnreadableSnapshot: as of `rows`.
        """
        try:
            with self.lent(sql) as cursor:
                return self._unless_unwanted(cursor, lambda: cursor.execute(sql, dict(values) if values else None).df())
        except duckdb.Error as error:
            raise self._unreadable(error) from error

    def tables(self) -> set[str]:
        """The names of the snapshot's tables and views; one that an earlier version published may lack some."""
        if self._tables is None:
            found = self.tuples(
                "select table_name from information_schema.tables "
                "where table_schema = 'main' and table_catalog = current_database()"
            )
            self._tables = {name for (name,) in found}
        return set(self._tables)

    def columns(self, table: str) -> set[str]:
        """The names of a table's columns; none where there is no such table."""
        if table not in self._columns:
            self._columns[table] = self._columns_of(table) if table in self.tables() else set()
        return set(self._columns[table])

    def _columns_of(self, table: str) -> set[str]:
        """Of what is published, whatever stands before it in a connection. The list of all columns would be made of all
        views, which takes ten times as long."""
        [(database,)] = self.tuples("select current_database()")
        with self.lent("") as cursor:
            try:
                return {name for name, _ in _columns(cursor.execute(f'from "{database}".main."{table}" limit 0'))}
            except duckdb.Error as error:
                raise self._unreadable(error) from error

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection to this snapshot for one thread, which shows times in the snapshot's time zone."""
        cursor = self._connection.cursor()
        cursor.execute("set timezone = $zone", {"zone": self.time_zone})
        return cursor

    def cursor_for(self, sql: str) -> duckdb.DuckDBPyConnection:
        """A connection for one select of ours. What a person typed is asked of `cursor`."""
        return self.cursor()

    def identity_for(self, sql: str) -> str | None:
        """What an answer to one select of ours may be remembered under: snapshots of which it sees the same may share
        it. None where it is not to be remembered."""
        return self.identity

    @contextmanager
    def lent(self, sql: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """`cursor_for` a select, for the time of the block."""
        with self.cursor_for(sql) as cursor:
            yield cursor

    def close(self) -> None:
        """Lets go of what is open."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _answer(
        self, sql: str, values: Mapping[str, Any] | None
    ) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
        """The columns (name, DuckDB's name of the type) and the rows."""
        try:
            with self.lent(sql) as cursor:
                found = self._unless_unwanted(
                    cursor, lambda: cursor.execute(sql, dict(values) if values else None).fetchall()
                )
                return _columns(cursor), found
        except duckdb.Error as error:
            raise self._unreadable(error) from error

    def _unless_unwanted(self, cursor: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
        """What `work` returns; it is interrupted as soon as the reader has gone."""
        if self.is_still_wanted is None:
            return work()
        self.is_still_wanted()
        with ThreadPoolExecutor(1, "snapshot") as executor:
            working = executor.submit(work)
            try:
                while not wait([working], ASKS_EVERY_S).done:
                    self.is_still_wanted()
            except BaseException:
                while not working.done():  # an interrupt before the query has begun is lost
                    cursor.interrupt()
                    wait([working], ASKS_EVERY_S)
                raise
            return working.result()

    def _unreadable(self, error: duckdb.Error) -> UnreadableSnapshot:
        return UnreadableSnapshot(f"{self.identity} cannot be read as a snapshot: {self.in_words(error)}")


def _columns(cursor: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The columns of an answer: name, and DuckDB's name of the type."""
    return [(column[0], str(column[1])) for column in cursor.description]


def _named(columns: list[tuple[str, str]], found: list[tuple[Any, ...]]) -> list[Row]:
    """Rows by column name, JSON parsed."""
    names = [name for name, _ in columns]
    documents = [name for name, kind in columns if kind == "JSON"]
    rows = [dict(zip(names, row, strict=True)) for row in found]
    for row in rows if documents else ():
        row |= {name: json.loads(row[name]) for name in documents if row[name] is not None}
    return rows


class SnapshotFile(Snapshot):
    """A snapshot below QA_HOME, or one that was copied from there; `path` is its real path."""

    def __init__(
        self, path: Path, connection: duckdb.DuckDBPyConnection, time_zone: str, held_by: str | None = None
    ) -> None:
        super().__init__(connection, time_zone, name=path.name, identity=str(path), held_by=held_by)
        self.path = path
        self._end_lease = opened(path)
        self._parts = parts_folder(connection, path)
        self._is_elsewhere = self._parts is not None and self._parts != published_to(connection)
        for setting in _READS_PARTS if self._parts is not None else ():
            connection.execute(setting)
        _close_off(connection, self._parts)
        self._stand_ins: tuple[str, ...] = ()
        with self.cursor() as cursor:
            self._stand_ins = stand_ins(cursor)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """As `Snapshot` has it; the parts are those beside the file, and what an earlier version lacks is stood in
        for."""
        cursor = super().cursor()
        if self._is_elsewhere:
            cursor.execute(f"set variable {PARTS_VARIABLE} = $folder", {"folder": f"{self._parts}/"})
        for view in self._stand_ins:
            cursor.execute(view)
        return cursor

    def close(self) -> None:
        """Lets go of the file. Cursors that are still open keep it."""
        super().close()
        self._end_lease()


def open_newest(link: Path, time_zone: str) -> SnapshotFile:
    """Opens the snapshot that `link` (`settings.snapshot_path`) names; times are shown in `time_zone`.

    Raises:
        NothingPublished: there is no link.
        UnreadableSnapshot: the link cannot be followed, or its file cannot be opened.
    """
    for _ in range(OPEN_ATTEMPTS):
        try:
            path = link.resolve(strict=True)
        except FileNotFoundError:
            if not link.is_symlink():
                raise NothingPublished(
                    f"nothing is published yet ({link} is missing): run `make demo` for the sample calls or "
                    "`qa-pipeline run --from YYYY-MM-DD` for your own"
                ) from None
            gone = f"the snapshot {link} points to {link.readlink()}, which is gone; run any day to publish again"
            failure = UnreadableSnapshot(gone)
            continue
        except OSError as error:
            message = f"the snapshot {link} cannot be reached: {error.strerror}"
            raise UnreadableSnapshot(message) from error
        try:
            return open_file(path, time_zone)
        except UnreadableSnapshot as error:
            failure = error
            if path.exists():
                break
    raise failure


def open_file(path: Path, time_zone: str) -> SnapshotFile:
    """Opens a snapshot's file; times are shown in `time_zone`.

    Raises:
        UnreadableSnapshot: the file cannot be opened as a DuckDB database.
    """
    try:
        return SnapshotFile(path, duckdb.connect(str(path), read_only=True, config=_CLOSED), time_zone)
    except duckdb.Error as error:
        if is_locked(error):
            return _open_copy(path, time_zone, holder(error))
        if _OPEN_IN_THIS_PROGRAM in str(error):
            return _open_copy(path, time_zone, "this program")
        message = f"the snapshot {path} cannot be opened: {one_line(error)}"
        raise UnreadableSnapshot(message) from error


def _close_off(connection: duckdb.DuckDBPyConnection, parts: Path | None) -> None:
    """Takes away every file but the parts, which could also be written: DuckDB has no setting for a folder that is only
    read, so what a person typed is looked at by `typed_select` first.

    Connections of this program to one snapshot share what is set here, so it may be set already, by another thread in
    this very moment too.
    """
    try:
        if parts is not None:
            connection.execute(f"set allowed_directories = ['{quoted(parts)}']")
        connection.execute("set enable_external_access = false")
    except duckdb.InvalidInputException:
        if connection.execute("select current_setting('enable_external_access')").fetchall() != [(False,)]:
            raise


def _open_copy(path: Path, time_zone: str, held_by: str) -> SnapshotFile:
    """What was published, read past the lock of whoever has the file open for writing.

    The copy has no name any more once it is open, so nothing is left of it. What that program has not yet written into
    the file is not seen.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="qa-snapshot-") as folder:
            copy = shutil.copyfile(path, Path(folder, path.name))
            connection = duckdb.connect(str(copy), read_only=True, config=_CLOSED)
    except (OSError, duckdb.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else one_line(error)
        raise UnreadableSnapshot(
            f"the snapshot {path} is open for writing in {held_by}, and a copy of it cannot be read ({reason}); close "
            "it there, or run any day: that publishes a new snapshot beside it"
        ) from error
    return SnapshotFile(path, connection, time_zone, held_by)


def one_line(error: duckdb.Error) -> str:
    """DuckDB's message in one line; its drawing of the place becomes `at line L: "text from there on"`."""
    lines = str(error).splitlines()
    drawn = next((index for index, line in enumerate(lines) if re.match(r"LINE \d+: ", line)), None)
    place = ""
    if drawn is not None and drawn + 1 < len(lines) and lines[drawn + 1].strip() == "^":
        caret = lines[drawn + 1].index("^")
        number = lines[drawn].split(":")[0].removeprefix("LINE ")
        place = f' (line {number}, at "{lines[drawn][caret:].strip()}")'
        lines = lines[:drawn]
    return " ".join(line.strip() for line in lines if line.strip()) + place
