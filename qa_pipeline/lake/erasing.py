"""Takes calls out of the lake: the days that show them are made again of their own rows, in one commit; then files with
rows that are deleted are written anew, and versions and files of before go, as far as nobody reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb

from qa_pipeline.lake.catalog import PUBLISHED, turn_to_write
from qa_pipeline.lake.place import LAKE, LakePlace, attach
from qa_pipeline.lake.publishing import (
    LakeRows,
    MadeDays,
    explained,
    keep_parts,
    known_days,
    replace_known_days,
    replace_rows,
    take_turn,
    turn_of,
)
from qa_pipeline.lake.tables import bring_up_to_date, todays_tables
from qa_pipeline.lake.tidying import (
    Tidied,
    is_published,
    months_of,
    remove_versions,
    rewrite_rows,
    writing,
)
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.day_parts import PUBLISHED_TABLES, DayParts
from qa_pipeline.warehouse.erasing import ErasedCalls, conditions_on, values_of
from qa_pipeline.warehouse.held import Say
from qa_pipeline.warehouse.parts import Day


def erase_from_lake(place: LakePlace, erased: ErasedCalls, *, minimum_n: int, say: Say) -> list[Day]:
    """Takes calls, and rows of recordings that name no call, out of every table and version that nobody reads; returns
    the days that were made again.

    Raises:
        LakeUnusable: catalog or store can't be reached, or somebody else has been writing for too long.
    """
    if not is_published(place):
        return []
    with writing(place, say) as (connection, staging), turn_to_write(place, say):
        days = _make_days_again(place, staging, erased, minimum_n)
        for month in months_of(connection):
            if month.has_deleted_rows:
                rewrite_rows(connection, staging, month.table, month.rows_until(month.last))
        remove_versions(place, connection, Tidied(), dt.timedelta())
    return days


def rows_left(place: LakePlace, erased: ErasedCalls, say: Say) -> int:
    """How many rows the lake has of these calls."""
    if not is_published(place):
        return 0
    with writing(place, say) as (connection, _):
        return sum(
            connection.execute(f"select count(*) from {LAKE}.{table} where {where}", values).fetchall()[0][0]
            for table, where, values in _conditions(erased)
        )


def _make_days_again(place: LakePlace, staging: Path, erased: ErasedCalls, minimum_n: int) -> list[Day]:
    nothing = staging / "nothing.duckdb"
    empty_database(nothing).close()
    with explained(place), DayParts(staging, LakeRows(), nothing, minimum_n) as day_parts:
        connection = day_parts.connection
        attach(connection, place)
        bring_up_to_date(connection, place)
        turn = turn_of(connection)
        days = _days_of(connection, erased)
        if not days:
            return days
        day_parts.lose(erased.call_ids, erased.recording_ids)
        made, before = MadeDays(), known_days(connection, days)
        for day in days:
            keep_parts(made, connection, staging, day, day_parts.of_left_day(day))
        _commit_days(connection, staging, turn, days, made, before)
    return days


def _commit_days(
    connection: duckdb.DuckDBPyConnection,
    staging: Path,
    turn: int,
    days: Sequence[Day],
    made: MadeDays,
    before: dict[Day, dict[str, tuple[int, str]]],
) -> None:
    connection.execute("begin transaction")
    connection.execute(f"call {LAKE}.set_commit_message('qa-pipeline', '{PUBLISHED}')")
    take_turn(connection, turn)
    for table in PUBLISHED_TABLES:
        replace_rows(connection, staging, table, days, made, before)
    replace_known_days(connection, days, made)
    connection.execute("commit")


def _days_of(connection: duckdb.DuckDBPyConnection, erased: ErasedCalls) -> list[Day]:
    found: set[Day] = set()
    for table, where, values in _conditions(erased):
        query = f"select distinct call_date from {LAKE}.{table} where {where}"
        found |= {day for (day,) in connection.execute(query, values).fetchall()}
    return sorted(found, key=lambda day: (day is None, day))


def _conditions(erased: ErasedCalls) -> list[tuple[str, str, dict[str, list[str]]]]:
    """Table → the condition on its rows of these calls, with its values."""
    found = []
    for table in PUBLISHED_TABLES:
        names: Collection[str] = {name for name, _ in todays_tables()[table]}
        if conditions := conditions_on(names, erased):
            found.append((table, " or ".join(conditions), values_of(conditions, erased)))
    return found


def versions_of_before(place: LakePlace, say: Say) -> int:
    """How many versions there are besides the newest; those that nobody reads are removed first."""
    if not is_published(place):
        return 0
    with writing(place, say) as (connection, _), turn_to_write(place, say):
        remove_versions(place, connection, Tidied(), dt.timedelta())
        [(versions,)] = connection.execute(f"select count(*) from ducklake_snapshots('{LAKE}')").fetchall()
    return int(versions) - 1
