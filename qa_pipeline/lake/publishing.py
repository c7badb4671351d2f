"""Publishes the days of a run into the lake, each whole, in one transaction.

The parts of the days are made on this machine's disk first, by the same code as those of snapshots. Then, when it is
this machine's turn, days that lose a call to them are made again too, and all that changed is replaced at once. Until
the commit nobody sees anything of it; a program that is killed before leaves files that no version of the lake has,
which `qa-pipeline lake tidy` removes.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from qa_pipeline.lake.catalog import PUBLISHED, turn_to_write
from qa_pipeline.lake.faults import FAULTS_OF_OUR_OWN, explain
from qa_pipeline.lake.place import LAKE, LakePlace, attach
from qa_pipeline.lake.tables import DAYS, STATE, bring_up_to_date, todays_tables
from qa_pipeline.warehouse.database import exclusive_lock
from qa_pipeline.warehouse.day_parts import KEYS, PUBLISHED_TABLES, SEARCH_TEXTS, DayParts, of_days
from qa_pipeline.warehouse.day_rows import EVALUATIONS_READ, FACT_TABLES, WHOLE_TABLES
from qa_pipeline.warehouse.held import Say, Waiting, say_nothing, when_closed
from qa_pipeline.warehouse.parts import LAKE_STAGING, Day, Part, quoted
from qa_pipeline.warehouse.snapshot_file import PUBLICATION
from qa_pipeline.warehouse.snapshots import PUBLISH_WAIT_S, SnapshotInfo

ATTEMPTS = 5
"""Of a commit that another one came in between of, which happens only where a program had lost its turn."""

_CONFLICT = "conflict"

LISTS = tuple(table for table in WHOLE_TABLES if table != EVALUATIONS_READ)
"""Tables without days that a publish replaces. How far evaluations were read is another thing for each day here."""


class TurnLost(Exception):
    """Somebody else has written the lake since this writer looked at it, because its turn was taken away."""


@dataclass(frozen=True, slots=True)
class LakePublication:
    """What a publish made: the version of the lake, the rows of its days by table, and the days that changed."""

    version: int
    rows: dict[str, int]
    changed: list[Day]


@dataclass(slots=True)
class MadeDays:
    """The parts of days by table, and what they are known by."""

    parts: dict[Day, dict[str, Part]] = field(default_factory=dict)
    known: dict[Day, dict[str, tuple[int, str]]] = field(default_factory=dict)


class LakeRows:
    """What the attached lake has."""

    def select(self, table: str, days: Sequence[Day] | None) -> str | None:
        """As `PublishedRows` has it."""
        return f"select * from {LAKE}.{table}" + ("" if days is None else f" where {of_days(days)}")


def _require_nothing() -> None:
    """For those whose working database nobody else changes."""


def publish_to_lake(
    place: LakePlace,
    warehouse_path: Path,
    days: Sequence[dt.date],
    note: SnapshotInfo,
    *,
    minimum_n: int,
    with_lists: bool = True,
    say: Say = say_nothing,
) -> LakePublication:
    """Replaces `days` (and the undated quarantine) in the lake by what the working database has of them.

    Tables without days (the list of people) are replaced too, also by an empty one, unless `with_lists` is false: the
    working database may have an old list, or none yet, while it can't be told what the list says.

    The lake is made where there is none. Days that did not change are not written. The daily marts are made of the
    published rows, of other days too where a call has left them. The caller holds the warehouse for itself.

    Raises:
        LakeUnusable: catalog or store can't be reached, or another machine has been writing for too long.
        WarehouseBusy: another program has the working database open.
        WarehouseUnusable: the working database has rows twice.
    """
    with exclusive_lock(warehouse_path.with_suffix(".lock"), PUBLISH_WAIT_S):
        return publish_held(place, warehouse_path, days, note, minimum_n=minimum_n, with_lists=with_lists, say=say)


def publish_held(
    place: LakePlace,
    warehouse_path: Path,
    days: Sequence[dt.date],
    note: SnapshotInfo,
    *,
    minimum_n: int,
    with_lists: bool = True,
    say: Say = say_nothing,
    require_current: Callable[[], None] = _require_nothing,
) -> LakePublication:
    """As `publish_to_lake`, for a caller that has the lock of the working database already.

    `require_current` is called in the lake's transaction, when nobody else has written since it began and before
    anything is written. What it raises is raised, and nothing is published.
    """
    with _staging(warehouse_path) as staging, explained(place):
        waiting = Waiting(PUBLISH_WAIT_S, say)

        def open_parts() -> DayParts:
            return DayParts(staging, LakeRows(), warehouse_path, minimum_n)

        with when_closed(warehouse_path, waiting, open_parts) as day_parts:
            connection, made = day_parts.connection, MadeDays()
            for day in (None, *days):
                keep_parts(made, connection, staging, day, day_parts.of_run_day(day))
            for attempt in range(1, ATTEMPTS + 1):
                with turn_to_write(place, say):
                    try:
                        return _replace(
                            place, connection, staging, day_parts, made, days, note, require_current, with_lists
                        )
                    except (TurnLost, duckdb.Error) as error:
                        _roll_back(connection)
                        if attempt == ATTEMPTS or not _is_of_lost_turn(error):
                            raise
                        say("another machine has written the lake in between; once more")
    raise AssertionError("the last attempt returns or raises")


@contextmanager
def explained(place: LakePlace) -> Iterator[None]:
    """Names the part of the lake that an error of DuckDB is about.

    Raises:
        LakeUnusable: instead of it.
    """
    try:
        yield
    except FAULTS_OF_OUR_OWN:
        raise
    except duckdb.Error as error:
        raise explain(error, place) from error


@contextmanager
def _staging(warehouse_path: Path) -> Iterator[Path]:
    """An empty folder for the time of the block. Only one program at a time publishes from a working database, so what
    lies there was left by one that was killed."""
    folder = warehouse_path.with_suffix(LAKE_STAGING)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep_parts(
    made: MadeDays, connection: duckdb.DuckDBPyConnection, staging: Path, day: Day, parts: dict[str, Part]
) -> None:
    made.parts[day] = parts
    made.known[day] = {table: (part.rows, _digest(connection, staging / part.file)) for table, part in parts.items()}


def _digest(connection: duckdb.DuckDBPyConnection, file: Path) -> str:
    """What the rows of a part are known by, in whatever order they are."""
    select = f"select sum(hash(part)::hugeint)::varchar from read_parquet('{quoted(file)}') as part"
    [(digest,)] = connection.execute(select).fetchall()
    return str(digest)


def _replace(
    place: LakePlace,
    connection: duckdb.DuckDBPyConnection,
    staging: Path,
    day_parts: DayParts,
    made: MadeDays,
    days: Sequence[dt.date],
    note: SnapshotInfo,
    require_current: Callable[[], None],
    with_lists: bool,
) -> LakePublication:
    """One attempt, with the turn: finds what changed, and replaces it.

    What it finds is read before the transaction. So the turn is read before that, and again in the transaction: nobody
    has written in between.

    Raises:
        TurnLost: somebody has.
    """
    if not _is_attached(connection):
        attach(connection, place)
    bring_up_to_date(connection, place)
    turn = turn_of(connection)
    left = day_parts.find_left_days(days)
    for left_day in left:
        keep_parts(made, connection, staging, left_day, day_parts.of_left_day(left_day))
    chosen: list[Day] = [None, *days, *left]
    before = known_days(connection, chosen)
    changed = {
        table: [day for day in chosen if made.known[day].get(table) != before.get(day, {}).get(table)]
        for table in PUBLISHED_TABLES
    }
    connection.execute("begin transaction")
    connection.execute(f"call {LAKE}.set_commit_message('qa-pipeline', '{PUBLISHED}')")
    take_turn(connection, turn)
    require_current()
    for table, its_days in changed.items():
        replace_rows(connection, staging, table, its_days, made, before)
    for table in LISTS if with_lists else ():
        _replace_whole_table(connection, table)
    changed_days = [day for day in chosen if any(day in its_days for its_days in changed.values())]
    replace_known_days(connection, changed_days, made)
    now = [dt.datetime.now(dt.UTC), note.run_id, list(days), note.engine, note.pipeline_version]
    connection.execute(f"insert into {LAKE}.{PUBLICATION} values (?, ?, ?, ?, ?)", now)
    connection.execute("commit")
    [(version,)] = connection.execute(f"select id from ducklake_current_snapshot('{LAKE}')").fetchall()
    rows = dict.fromkeys((*FACT_TABLES, SEARCH_TEXTS), 0)
    for day in (None, *days):
        for table, part in made.parts[day].items():
            if table != KEYS:
                rows[table] = rows.get(table, 0) + part.rows
    return LakePublication(version, rows, changed_days)


def take_turn(connection: duckdb.DuckDBPyConnection, expected: int | None = None) -> None:
    """Replaces the row that everybody replaces who writes the lake: of two at once the second commit fails.

    `expected` is the turn as it was before the writer read, outside of this transaction, what it goes by.

    Raises:
        TurnLost: it is another one by now.
    """
    [(turn, schema)] = connection.execute(f"select turn, schema from {LAKE}.{STATE}").fetchall()
    if expected not in (None, turn):
        raise TurnLost("another machine has written the lake since it was read; run again")
    connection.execute(f"delete from {LAKE}.{STATE}")
    connection.execute(f"insert into {LAKE}.{STATE} values (?, ?)", [turn + 1, schema])


def turn_of(connection: duckdb.DuckDBPyConnection) -> int:
    [(turn,)] = connection.execute(f"select turn from {LAKE}.{STATE}").fetchall()
    return int(turn)


def _is_of_lost_turn(error: Exception) -> bool:
    return isinstance(error, TurnLost) or _CONFLICT in str(error).lower()


def _is_attached(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute("select 1 from duckdb_databases() where database_name = $lake", {"lake": LAKE})
    return found.fetchone() is not None


def known_days(connection: duckdb.DuckDBPyConnection, days: Sequence[Day]) -> dict[Day, dict[str, tuple[int, str]]]:
    found: dict[Day, dict[str, tuple[int, str]]] = {}
    select = f"select call_date, table_name, rows, digest from {LAKE}.{DAYS} where {of_days(days)}"
    for day, table, rows, digest in connection.execute(select).fetchall():
        found.setdefault(day, {})[table] = (rows, digest)
    return found


def replace_rows(
    connection: duckdb.DuckDBPyConnection,
    staging: Path,
    table: str,
    days: Iterable[Day],
    made: MadeDays,
    before: dict[Day, dict[str, tuple[int, str]]],
) -> None:
    if gone := [day for day in days if table in before.get(day, {})]:
        connection.execute(f"delete from {LAKE}.{table} where {of_days(gone)}")
    new = [made.parts[day][table].file for day in sorted(days, key=str) if table in made.parts[day]]
    if new:
        files = ", ".join(f"'{quoted(staging / file)}'" for file in new)
        connection.execute(f"insert into {LAKE}.{table} by name from read_parquet([{files}])")


def _replace_whole_table(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """A table without days, where it is another one than that of the lake."""
    columns = ", ".join(f'"{name}"' for name, _ in todays_tables()[table])
    ours, theirs = (f"select {columns} from {place}.{table}" for place in ("warehouse", LAKE))
    differs = f"({ours} except {theirs}) union all ({theirs} except {ours}) limit 1"
    if connection.execute(differs).fetchall():
        connection.execute(f"delete from {LAKE}.{table}")
        connection.execute(f"insert into {LAKE}.{table} by name {ours}")


def replace_known_days(connection: duckdb.DuckDBPyConnection, days: Sequence[Day], made: MadeDays) -> None:
    if not days:
        return
    connection.execute(f"delete from {LAKE}.{DAYS} where {of_days(days)}")
    rows = [(day, table, rows, digest) for day in days for table, (rows, digest) in made.known[day].items()]
    if rows:
        values = ", ".join("(?, ?, ?, ?)" for _ in rows)
        connection.execute(f"insert into {LAKE}.{DAYS} values {values}", [value for row in rows for value in row])


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.TransactionException):  # the failed commit has ended it
        connection.execute("rollback")
