"""Published tables from a home into a lake and back: days as a whole, by the code that publishes runs.

Into the lake a home's days go as a run of them would publish them; days that are there as they are stay untouched.
Back, the rows of the lake take the place of what the working database of the home has, and one snapshot is published.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import duckdb
from sqlalchemy import Connection, delete, inspect, table

from qa_pipeline import __version__
from qa_pipeline.moving.sides import MoveRefused
from qa_pipeline.service.access import engine_kind
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.database import LOCK_WAIT_S, Warehouse, apply_schema, closing_transaction, exclusive_lock
from qa_pipeline.warehouse.day_parts import of_days
from qa_pipeline.warehouse.day_rows import FACT_TABLES, WHOLE_TABLES
from qa_pipeline.warehouse.held import Waiting, connect_waiting, say_nothing
from qa_pipeline.warehouse.parts import Day, read_manifest
from qa_pipeline.warehouse.published_so_far import current_snapshot
from qa_pipeline.warehouse.recording_keys import forget_recordings
from qa_pipeline.warehouse.snapshots import SnapshotInfo, days_loaded_in_full, days_with_calls, publish

if TYPE_CHECKING:
    from qa_pipeline.lake.reading import OpenLake

DAYS_AT_ONCE = 10
"""In one transaction of the lake or of the working database: each takes as much of the disk as its days."""

STATES_OF_DAYS = "work_days"
"""What machines share of days in the making (`sharding.states`); nothing of it is good after a move."""

_WAITING = Waiting(LOCK_WAIT_S, say_nothing)

T = TypeVar("T")
Counting = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


@dataclass(frozen=True, slots=True)
class PublishedDays:
    """How many days were moved, and how many are in the snapshot only, because the working database lacks them."""

    moved: int = 0
    left: int = 0


def days_at_home(settings: Settings) -> PublishedDays:
    """The days that would go into the lake; changes nothing."""
    try:
        days, left = _days_at_home(settings)
    except (duckdb.CatalogException, duckdb.BinderException):  # of an earlier version: all that it has
        return PublishedDays(days_with_calls(settings.warehouse_path, _WAITING))
    return PublishedDays(len(days), left)


def days_in_lake(settings: Settings) -> PublishedDays:
    """The days that would come home; changes nothing."""
    return PublishedDays(sum(day is not None for day in _published_in_lake(settings)))


def _published_in_lake(settings: Settings) -> list[Day]:
    from qa_pipeline.lake.place import lake_to_read  # what it needs is an extra
    from qa_pipeline.lake.publishing import explained

    with _newest(settings) as lake:
        if lake is None:
            return []
        with explained(lake_to_read(settings)):
            return _days_in_lake(lake.database)


def require_empty_lake(settings: Settings) -> None:
    """Refuses a lake that has been published into.

    Raises:
        MoveRefused: it has.
    """
    if found := len(_published_in_lake(settings)):
        raise MoveRefused(
            f"{settings.lake} has {found} published days, and the ledger beside it is empty; name an empty QA_LAKE"
        )


def require_empty_home(settings: Settings) -> None:
    """Refuses a home that has published something.

    Raises:
        MoveRefused: it has.
    """
    if settings.snapshot_path.exists() or settings.warehouse_path.exists():
        raise MoveRefused(f"{settings.home} has published tables of its own; name an empty QA_HOME")


def put_days(settings: Settings, counting: Counting) -> PublishedDays:
    """Publishes the home's days into the lake.

    Raises:
        LakeUnusable: catalog or store can't be reached.
    """
    from qa_pipeline.lake.place import lake_to_write  # what it needs is an extra
    from qa_pipeline.lake.publishing import publish_to_lake

    if settings.warehouse_path.exists():
        with Warehouse(settings.warehouse_path).transaction():
            pass  # one of an earlier version has today's tables now
    days, left = _days_at_home(settings)
    note = _note(settings)
    with counting("published days", len(days)) as advance:
        for chosen in _in_groups(days):
            publish_to_lake(
                lake_to_write(settings), settings.warehouse_path, chosen, note, minimum_n=settings.minimum_n
            )
            advance(len(chosen))
    return PublishedDays(len(days), left)


def fetch_days(settings: Settings, counting: Counting) -> PublishedDays:
    """Replaces the home's days by those of the lake, and publishes them.

    Raises:
        LakeUnusable: catalog or store can't be reached.
        WarehouseBusy: another program has the working database open.
    """
    with _attached(settings) as connection:
        if connection is None:
            return PublishedDays()
        days = _days_in_lake(connection)
        with counting("published days", len(days)) as advance:
            _begin_anew(connection)
            for chosen in _in_groups(days):
                with closing_transaction(connection):
                    for name in FACT_TABLES:
                        _bring(connection, name, f"where {of_days(chosen)}")
                advance(sum(day is not None for day in chosen))
    dated = [day for day in days if day is not None]
    publish(
        settings.warehouse_path, settings.snapshot_path, dated, _note(settings),
        keep=settings.snapshots_kept, minimum_n=settings.minimum_n,
    )  # fmt: skip
    return PublishedDays(len(dated))


def forget_days_in_the_making(connection: Connection) -> None:
    """Takes away what machines share of days that are not published yet: they are made again of what is paid for."""
    if inspect(connection).has_table(STATES_OF_DAYS):
        connection.execute(delete(table(STATES_OF_DAYS)))


def _days_at_home(settings: Settings) -> tuple[list[dt.date], int]:
    if not settings.warehouse_path.exists():
        return [], 0
    days = days_loaded_in_full(settings.warehouse_path, _WAITING)
    current = current_snapshot(settings.snapshot_path)
    manifest = read_manifest(current) if current else None
    shown = {day for day in manifest.days() if day is not None} if manifest else set()
    return days, len(shown - set(days))


def _note(settings: Settings) -> SnapshotInfo:
    return SnapshotInfo("move", engine_kind(settings), __version__)


@contextmanager
def _attached(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """The home's working database with the lake's newest version beside it, held; None where nothing was published."""
    from qa_pipeline.lake.place import attach, lake_to_read
    from qa_pipeline.lake.publishing import explained

    place, path = lake_to_read(settings), settings.warehouse_path
    with _newest(settings) as lake:
        if lake is None:
            yield None
            return
        with (
            exclusive_lock(path.with_suffix(".lock"), LOCK_WAIT_S),
            connect_waiting(path, _WAITING) as connection,
            explained(place),
        ):
            connection.execute("set timezone = 'UTC'")
            apply_schema(connection)
            attach(connection, place, lake.version)
            yield connection


@contextmanager
def _newest(settings: Settings) -> Iterator[OpenLake | None]:
    """The lake's newest version, in memory, held: nobody tidies it away meanwhile; None where nothing was published."""
    from qa_pipeline.lake.place import lake_to_read
    from qa_pipeline.lake.reading import NoLake, leave, open_lake

    try:
        lake = open_lake(lake_to_read(settings), alone=True)
    except NoLake:
        yield None
        return
    try:
        yield lake
    finally:
        leave(lake)


def _days_in_lake(connection: duckdb.DuckDBPyConnection) -> list[Day]:
    rows = connection.execute("select distinct call_date from lake.calls order by 1").fetchall()
    return [day for (day,) in rows]


def _begin_anew(connection: duckdb.DuckDBPyConnection) -> None:
    """Empties the working database: it is an older copy of what comes, and calls may have moved between days since."""
    with closing_transaction(connection):
        forget_recordings(connection)
        for name in (*FACT_TABLES, *WHOLE_TABLES):
            connection.execute(f"delete from {name}")
        for name in WHOLE_TABLES:
            _bring(connection, name)


def _bring(connection: duckdb.DuckDBPyConnection, name: str, where: str = "") -> None:
    columns = ", ".join(f'"{column}"' for column in _stored_columns(connection, name))
    connection.execute(f"insert into {name} by name select {columns} from lake.{name} {where}")


def _stored_columns(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """The columns that both sides have."""
    rows = connection.execute(
        "select column_name from duckdb_columns() where table_name = $name "
        "group by all having count(distinct database_name) = 2",
        {"name": name},
    ).fetchall()
    return [column for (column,) in rows]


def _in_groups(days: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(days), DAYS_AT_ONCE):
        yield list(days[start : start + DAYS_AT_ONCE])
