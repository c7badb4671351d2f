"""The working database of some days, for machines that share nothing but a bucket and PostgreSQL.

A local DuckDB file with the rows of these days and no others. A transaction brings it to the newest state of the days
first, which costs nothing where this machine made that state itself, and leaves a new state behind: files of the tables
that changed, then the row that names them, then the local commit. Whoever is killed in between leaves the state before,
or the new one; the local file is brought to it by whoever opens it next.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

import duckdb
import pyarrow as pa

from qa_pipeline.errors import UserError
from qa_pipeline.sharding.day_tables import (
    PUBLISHED,
    bring,
    bring_rows,
    fingerprints,
    forget_other_days,
    note_brought,
    take_away,
    what_to_bring,
    write_table,
)
from qa_pipeline.sharding.files import SharedFiles
from qa_pipeline.sharding.states import (
    NO_STATE,
    UNDATED,
    DayMovedOn,
    DayState,
    DayStates,
    TableState,
    day_name,
    new_version,
)
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.database import (
    LOCK_WAIT_S,
    Warehouse,
    apply_schema,
    closing_transaction,
    empty_database,
    exclusive_lock,
)
from qa_pipeline.warehouse.day_rows import FACT_TABLES
from qa_pipeline.warehouse.held import Say, Waiting, connect_waiting, say_nothing
from qa_pipeline.warehouse.recording_keys import forget_recordings


class DayFilesLost(UserError):
    """A file of a day's working state is gone from the bucket."""


@dataclass(frozen=True, slots=True)
class StepTables:
    """A step, and the tables that it writes to or reads and is to be done again for when others change them."""

    name: str
    tables: frozenset[str]


@dataclass(frozen=True, slots=True)
class AskedCalls:
    """Calls that are looked for on other days: by id, by recording (sha256), by where a file lies."""

    call_ids: frozenset[str]
    recording_ids: frozenset[str]
    uris: frozenset[str]


TableRows: TypeAlias = pa.RecordBatchReader
"""Rows of a table, some at a time."""


class PublishedDays(Protocol):
    """What was published of days whose working state is gone, and where calls are that somebody has published."""

    def days_with(self, asked: AskedCalls) -> set[dt.date]:
        """The published days with one of these calls or recordings."""

    def rows_of(self, day: dt.date | None) -> Iterator[tuple[str, TableRows]]:
        """The published rows of a day by table, to be taken one after the other."""


class NothingPublished:
    """Where there is no lake yet."""

    def days_with(self, asked: AskedCalls) -> set[dt.date]:
        """None."""
        return set()

    def rows_of(self, day: dt.date | None) -> Iterator[tuple[str, TableRows]]:
        """None."""
        return iter(())


class DayWarehouse(Warehouse):
    """The working database of `days` (None: recordings without a day), below `folder` of this machine."""

    def __init__(
        self,
        folder: Path,
        days: Sequence[dt.date | None],
        states: DayStates,
        files: SharedFiles,
        *,
        published: PublishedDays | None = None,
        say: Say = say_nothing,
    ) -> None:
        names = sorted(day_name(day) for day in days)
        dated = [day_name(day) for day in days if day is not None] or names
        super().__init__(folder / f"{min(dated)}_{max(dated)}.duckdb", say=say)
        self._days, self._states, self._files = names, states, files
        self._published = published or NothingPublished()
        self._elsewhere: set[str] = set()
        self._made_of: dict[StepTables, str] = {}

    def find_known(self, call_ids: Iterable[str], recording_ids: Iterable[str], uris: Iterable[str]) -> None:
        """Looks for these calls on other days, so that the transactions that follow have these days too."""
        asked = AskedCalls(frozenset(call_ids), frozenset(recording_ids), frozenset(uris))
        published = {day_name(day) for day in self._published.days_with(asked)}
        in_the_making = {day: state for day, state in self._states.unpublished().items() if day not in self._days}
        self._elsewhere = (published - set(self._days)) | self._days_in_the_making(asked, in_the_making)

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """As that of `Warehouse`, on the newest state of the days; a new state of all of them is there when it ends.

        Raises:
            WarehouseBusy: another process of this machine did not let go of the file in time.
            DayMovedOn: another machine has changed one of the days all the same; nothing is changed.
            StorageError: the bucket is away for longer than is waited for.
        """
        with self._opened() as connection, self._held() as states:
            self._bring(connection, states)
            with closing_transaction(connection):
                yield connection
                self._keep(connection, states)

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The newest state of the days, to be read; what is written meanwhile by others is not seen. Nothing of what is
        done to it stays."""
        with self._opened() as connection:
            self._bring(connection, self._with_moved({*self._days, *self._elsewhere}))
            connection.execute("begin transaction")
            try:
                yield connection
            finally:
                connection.execute("rollback")

    @contextmanager
    def newest(self, *, alone: bool = False) -> Iterator[dict[str, str]]:
        """Brings the file at `path` to the newest state of the days, and keeps other programs of this machine from it
        in the block; yields the version of each day. `alone`: keeps other machines from the days as well."""
        with self._locked(), ExitStack() as held:
            states = held.enter_context(self._held()) if alone else self._with_moved(self._days)
            with self._connected() as connection:
                self._bring(connection, states)
            yield {day: states[day].version for day in self._days}

    def require(self, versions: Mapping[str, str]) -> None:
        """Makes sure that these are still the newest versions of the days.

        Raises:
            DayMovedOn: another machine has changed one of them.
        """
        for day, state in self._states.read(versions).items():
            if state.version != versions[day]:
                raise DayMovedOn(f"another machine has changed {day} meanwhile; run the day again")

    def note_published(self, versions: Mapping[str, str]) -> None:
        """Notes that others can read these versions of the days in the lake."""
        self._states.note_published(versions)

    def is_made_of(self, step: StepTables, digest: str) -> bool:
        """Whether the days' rows of a step's tables are what `note_made_of` noted, and nobody has changed them since.

        To be asked in a transaction, which keeps other machines from the days.
        """
        states = self._states.read(self._days)
        return all(state.made_of.get(step.name) == _made_of(step, digest, state) for state in states.values())

    def note_made_of(self, step: StepTables, digest: str) -> None:
        """Notes in the state that this transaction leaves what a step has made the days' rows of."""
        self._made_of[step] = digest

    def _days_in_the_making(self, asked: AskedCalls, states: Mapping[str, DayState]) -> set[str]:
        """Those of these days whose calls are among the asked ones: of what the lake does not have yet."""
        found = set()
        with closing(empty_database()) as connection, tempfile.TemporaryDirectory(prefix="qa-day-") as folder:
            target = Path(folder) / "table.parquet"
            for day, state in states.items():
                for table in ("calls", "call_channels"):
                    connection.execute(f"delete from {table}")
                    if (file := _file_of(state, table)) and self._files.get(file, target):
                        bring(connection, table, target)
                values = {"days": [], **{name: sorted(value) for name, value in asdict(asked).items()}}
                if connection.execute(read_sql("steps/list_known_calls.sql"), values).fetchall():
                    found.add(day)
        return found

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._locked(), self._connected() as connection:
            yield connection

    def _locked(self) -> AbstractContextManager[None]:
        return exclusive_lock(self.path.with_suffix(".lock"), self.lock_wait_s)

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with connect_waiting(self.path, Waiting(LOCK_WAIT_S, self._say)) as connection:
            connection.execute("set timezone = 'UTC'")
            apply_schema(connection)
            yield connection

    @contextmanager
    def _held(self) -> Iterator[dict[str, DayState]]:
        """The states of the days, and of those that their calls come from, kept from other machines."""
        days = set(self._days) | self._elsewhere
        while True:
            with self._states.hold(days, say=self._say):
                states = self._with_moved(days)
                if set(states) == days:
                    yield states
                    return
            days = set(states)

    def _with_moved(self, days: Collection[str]) -> dict[str, DayState]:
        states = self._states.read(days)
        moved_from = {other for day in self._days for other in states[day].moved_from} - set(days)
        return states | self._states.read(moved_from) if moved_from else states

    def _bring(self, connection: duckdb.DuckDBPyConnection, states: Mapping[str, DayState]) -> None:
        """Makes the local rows those of the states; the days themselves before those that calls have left."""
        wanted = what_to_bring(connection, states)
        unknown = [day for day, state in states.items() if state == NO_STATE]
        with closing_transaction(connection), tempfile.TemporaryDirectory(prefix="qa-day-") as folder:
            target = Path(folder) / "table.parquet"
            if wanted or unknown:
                forget_recordings(connection)
            forget_other_days(connection, list(states))
            take_away(connection, list(wanted))
            for day, table in sorted(wanted, key=lambda key: (key[0] not in self._days, key)):
                if file := wanted[day, table]:
                    if not self._files.get(file, target):
                        raise DayFilesLost(
                            f"work/{file}, a part of the working state of {day}, is gone from the lake's bucket"
                        )
                    bring(connection, table, target)
            for day in sorted(unknown, key=lambda day: day not in self._days):
                for table, rows in self._published.rows_of(_date(day)):
                    bring_rows(connection, table, rows)
            taken_up = {(day, table): PUBLISHED for day in unknown for table in FACT_TABLES}
            note_brought(connection, wanted | taken_up)

    def _keep(self, connection: duckdb.DuckDBPyConnection, states: Mapping[str, DayState]) -> None:
        """Leaves the new states of the days: files first, then the rows that name them."""
        found = fingerprints(connection, states)
        after = {
            day: replace(state, tables=self._written(connection, day, state, found[day]))
            for day, state in states.items()
        }
        left = {day for day in states if day not in self._days and after[day].tables != states[day].tables}
        for day in self._days:
            state = replace(after[day], moved_from=tuple(sorted({*after[day].moved_from, *left})))
            noted = {step.name: _made_of(step, digest, state) for step, digest in self._made_of.items()}
            after[day] = replace(state, made_of={**state.made_of, **noted})
        self._made_of.clear()
        changes = {
            day: (before, replace(after[day], version=new_version()))
            for day, before in states.items()
            if after[day] != before
        }
        if not changes:
            return
        now = {(day, table): _file_of(state, table) for day, (_, state) in changes.items() for table in FACT_TABLES}
        note_brought(connection, now)
        self._states.replace(changes, left=left)

    def _written(
        self, connection: duckdb.DuckDBPyConnection, day: str, before: DayState, found: Mapping[str, tuple[int, str]]
    ) -> dict[str, TableState]:
        """The tables of a day as they are now; those that have changed are in files of their own."""
        tables = {}
        for table, (rows, fingerprint) in found.items():
            known = before.tables.get(table)
            if known is not None and (known.rows, known.fingerprint) == (rows, fingerprint):
                tables[table] = known
            else:
                tables[table] = TableState(self._put(connection, day, table), rows, fingerprint)
        return tables

    def _put(self, connection: duckdb.DuckDBPyConnection, day: str, table: str) -> str:
        key = f"{day}/{table}-{new_version()}.parquet"  # a new name, so that whoever cleans up can't mean this file
        with tempfile.TemporaryDirectory(prefix="qa-day-") as folder:
            target = Path(folder) / "table.parquet"
            write_table(connection, table, day, target)
            self._files.put(key, target)
        return key


def _file_of(state: DayState, table: str) -> str:
    return state.tables[table].file if table in state.tables else ""


def _made_of(step: StepTables, digest: str, state: DayState) -> str:
    """A digest together with the rows that are in the step's tables then."""
    found = {table: state.tables[table].fingerprint for table in sorted(step.tables) if table in state.tables}
    return hashlib.sha256(repr((digest, found)).encode()).hexdigest()


def _date(day: str) -> dt.date | None:
    return None if day == UNDATED else dt.date.fromisoformat(day)
