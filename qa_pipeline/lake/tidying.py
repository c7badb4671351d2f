"""Keeps the lake quick and small: few large files of settled months, and nothing that no reader needs any more.

Each publish leaves a file per table and month. A month is written again as one file, in the order of days and keys,
once a week of later days is published; a month under way, up to a week ago, once it has many files. Then versions go
that nobody reads, and after them the files that no version has.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from qa_pipeline.lake.catalog import PUBLISHED, connected, newest_version, turn_to_write, versions_being_read
from qa_pipeline.lake.place import LAKE, LakePlace, attach
from qa_pipeline.lake.publishing import explained, take_turn
from qa_pipeline.lake.tables import DAYS
from qa_pipeline.warehouse.day_parts import KEYS, PUBLISHED_TABLES, of_days
from qa_pipeline.warehouse.held import Say, say_nothing
from qa_pipeline.warehouse.keys import primary_keys
from qa_pipeline.warehouse.memory import spare_memory
from qa_pipeline.warehouse.parts import quoted
from qa_pipeline.warehouse.snapshot_file import PUBLICATION
from qa_pipeline.warehouse.snapshots import KEPT_PUBLICATIONS

SETTLED_AFTER = dt.timedelta(days=7)
"""Days that are younger than the newest by no more than this are likely to be published again."""

MANY_FILES = 24
"""A month under way is put together when a table has so many files of it."""

LARGE_BYTES = 256 << 20
"""Files of this size in the mean are left as they are."""

KEPT_FOR = dt.timedelta(days=1)
"""How long a version stays after the next one, if nobody reads it."""

LEFT_BEHIND_AFTER = dt.timedelta(days=1)
"""A file that no version has and that is older was left by a program that was killed; a younger one may be of a publish
that is under way."""

_MONTH = re.compile(r"/year=(\d+)/month=(\d+)/[^/]+$")


@dataclass(slots=True)
class Tidied:
    """What was done: months of tables put together, versions and files removed."""

    months: int = 0
    versions: int = 0
    files: int = 0


@dataclass(slots=True)
class Month:
    """A table's files of one month (None: of undated calls)."""

    table: str
    first: dt.date | None
    files: int = 0
    size_bytes: int = 0
    has_deleted_rows: bool = False

    @property
    def name(self) -> str:
        """The month as messages name it: 2025-09."""
        return "undated calls" if self.first is None else f"{self.first:%Y-%m}"

    @property
    def last(self) -> dt.date | None:
        """The last day of the month; None for undated calls."""
        return (self.first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1) if self.first else None

    @property
    def is_worth_it(self) -> bool:
        """Whether it could be fewer files, or smaller ones."""
        return self.has_deleted_rows or (self.files > 1 and self.size_bytes / self.files < LARGE_BYTES)

    def rows_until(self, last: dt.date | None) -> str:
        """The condition that a row is of the month, and of no later day than that."""
        if self.first is None:
            return "call_date is null"
        return f"call_date between date '{self.first}' and date '{last}'"

    def rows_to_merge(self, newest: dt.date | None, *, everything: bool = False) -> str | None:
        """The condition on the rows that are written again when `newest` is the newest day that is published; None
        where the month is left alone. `everything`: whether or not its days may change yet."""
        if not self.is_worth_it:
            return None
        if self.first is None or self.last is None or newest is None or everything:
            return self.rows_until(self.last)
        settled = newest - SETTLED_AFTER
        if self.last <= settled:
            return self.rows_until(self.last)
        return self.rows_until(settled) if self.files >= MANY_FILES and settled >= self.first else None


def tidy_lake(
    place: LakePlace, *, say: Say = say_nothing, kept_for: dt.timedelta = KEPT_FOR, everything: bool = False
) -> Tidied:
    """Puts the files of settled months together and removes versions and files that nobody needs.

    Publishes go on meanwhile: each step waits for its turn. `everything` writes each month anew that has more than one
    file of a table, or rows that are deleted.

    Raises:
        LakeUnusable: catalog or store can't be reached, or somebody else has been writing for too long.
    """
    done = Tidied()
    if not is_published(place):
        return done
    with writing(place, say) as (connection, staging):
        newest = _newest_day(connection)
        for month in months_of(connection):
            rows = month.rows_to_merge(newest, everything=everything)
            if rows is not None:
                say(f"{month.table}: files of {month.name} are put together")
                with turn_to_write(place, say):
                    rewrite_rows(connection, staging, month.table, rows)
                done.months += 1
        with turn_to_write(place, say):
            _prune_publications(connection)
            remove_versions(place, connection, done, kept_for)
    return done


def forget_days_in_lake(place: LakePlace, days: Collection[dt.date], *, say: Say = say_nothing) -> bool:
    """Removes all rows of these days, and the files that have them, for retention; whether there were any.

    Versions with these rows go at once, as far as nobody reads them; the next `tidy_lake` removes what was read. The
    caller sees to it that no working database still has the days, or a later publish would bring them back.

    Raises:
        LakeUnusable: as of `tidy_lake`.
    """
    if not is_published(place):
        return False
    chosen = sorted(days)
    with writing(place, say) as (connection, staging), turn_to_write(place, say):
        of_them = of_days(chosen)
        known = connection.execute(f"select 1 from {LAKE}.{DAYS} where {of_them} limit 1").fetchone()
        if known is None:
            return False
        with committed(connection, PUBLISHED):
            for table in (*PUBLISHED_TABLES, DAYS):
                connection.execute(f"delete from {LAKE}.{table} where {of_them}")
        for month in months_of(connection):
            if month.has_deleted_rows:
                rewrite_rows(connection, staging, month.table, month.rows_until(month.last))
        remove_versions(place, connection, Tidied(), dt.timedelta())
    return True


@contextmanager
def writing(place: LakePlace, say: Say) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """The lake attached for writing, and a folder for what is written again."""
    staging = Path(tempfile.mkdtemp(prefix="qa-lake-"))
    try:
        with explained(place), duckdb.connect() as connection:
            spare_memory(connection, staging)
            attach(connection, place)
            yield connection, staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def committed(connection: duckdb.DuckDBPyConnection, message: str) -> Iterator[None]:
    connection.execute("begin transaction")
    try:
        connection.execute(f"call {LAKE}.set_commit_message('qa-pipeline', '{message}')")
        take_turn(connection)
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def is_published(place: LakePlace) -> bool:
    with connected(place) as catalog:
        return newest_version(catalog) is not None


def _newest_day(connection: duckdb.DuckDBPyConnection) -> dt.date | None:
    [(newest,)] = connection.execute(f"select max(call_date) from {LAKE}.{DAYS}").fetchall()
    return newest  # type: ignore[no-any-return]


def months_of(connection: duckdb.DuckDBPyConnection) -> list[Month]:
    """Which files there are, by table and month."""
    found: dict[tuple[str, dt.date | None], Month] = {}
    for table in PUBLISHED_TABLES:
        files = connection.execute(
            "select data_file, data_file_size_bytes, delete_file is not null from ducklake_list_files($lake, $table)",
            {"lake": LAKE, "table": table},
        ).fetchall()
        for file, size_bytes, has_deleted_rows in files:
            named = _MONTH.search(file)
            first = dt.date(int(named[1]), int(named[2]), 1) if named else None
            month = found.setdefault((table, first), Month(table, first))
            month.files += 1
            month.size_bytes += size_bytes
            month.has_deleted_rows |= has_deleted_rows
    return list(found.values())


def rewrite_rows(connection: duckdb.DuckDBPyConnection, staging: Path, table: str, of_rows: str) -> None:
    """Replaces rows by the same ones in one file, sorted."""
    file = quoted(staging / f"{table}.parquet")
    with committed(connection, "merge"):
        select = f"from {LAKE}.{table} where {of_rows} order by {_orders()[table]}"
        connection.execute(f"copy ({select}) to '{file}' (format parquet)")
        connection.execute(f"delete from {LAKE}.{table} where {of_rows}")
        connection.execute(f"insert into {LAKE}.{table} by name from read_parquet('{file}')")


@cache
def _orders() -> dict[str, str]:
    """Table → the columns by which its rows are sorted."""
    keys = {**primary_keys(), KEYS: ["key"]}
    return {table: ", ".join(dict.fromkeys(["call_date", *keys.get(table, [])])) for table in PUBLISHED_TABLES}


def _prune_publications(connection: duckdb.DuckDBPyConnection) -> None:
    newest = f"select published_at from {LAKE}.{PUBLICATION} order by published_at desc"
    oldest = connection.execute(f"{newest} offset {KEPT_PUBLICATIONS} limit 1").fetchall()
    for (published_at,) in oldest:
        with committed(connection, "prune"):
            connection.execute(f"delete from {LAKE}.{PUBLICATION} where published_at <= ?", [published_at])


def remove_versions(
    place: LakePlace, connection: duckdb.DuckDBPyConnection, done: Tidied, kept_for: dt.timedelta
) -> None:
    """Versions that are not the newest and that nobody reads, as long after the next one; and files without a version.

    The catalog's clock decides.
    """
    with connected(place) as catalog:
        [now] = catalog.execute("select now()").fetchone() or (dt.datetime.now(dt.UTC),)
        being_read = versions_being_read(catalog)
    rows = connection.execute(
        f"select snapshot_id, lead(snapshot_time) over (order by snapshot_id) from ducklake_snapshots('{LAKE}')"
    ).fetchall()
    gone = [version for version, next_at in rows if next_at and next_at <= now - kept_for and version not in being_read]
    if gone:
        connection.execute(f"call ducklake_expire_snapshots('{LAKE}', versions => {gone})")
    before = (now - LEFT_BEHIND_AFTER).isoformat()
    removed = [
        connection.execute(f"call {call}").fetchall()
        for call in (
            f"ducklake_cleanup_old_files('{LAKE}', cleanup_all => true)",
            f"ducklake_delete_orphaned_files('{LAKE}', older_than => timestamptz '{before}')",
        )
    ]
    done.versions += len(gone)
    done.files += sum(map(len, removed))
