"""Makes published days of the lake again of their own rows, in one commit; then files with rows that are deleted are
written anew, and versions and files of before go, as far as nobody reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
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
from qa_pipeline.lake.tables import bring_up_to_date
from qa_pipeline.lake.tidying import Tidied, is_published, months_of, remove_versions, rewrite_rows, writing
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.day_parts import PUBLISHED_TABLES, DayParts
from qa_pipeline.warehouse.held import Say
from qa_pipeline.warehouse.parts import Day, Part

MakeDay = Callable[[Day], dict[str, Part]]


def rewrite_days(
    place: LakePlace,
    find: Callable[[duckdb.DuckDBPyConnection], Sequence[Day]],
    making: Callable[[DayParts], MakeDay],
    *,
    minimum_n: int,
    say: Say,
) -> list[Day]:
    """Replaces the days that `find` names, of the attached lake, by what `making` makes of what is published of them,
    and leaves no byte of how they were, whoever was killed in the middle of it before; returns the days.

    Raises:
        LakeUnusable: catalog or store can't be reached, or somebody else has been writing for too long.
    """
    if not is_published(place):
        return []
    with writing(place, say) as (connection, staging), turn_to_write(place, say):
        days = _make_days_again(place, staging, find, making, minimum_n)
        for month in months_of(connection):
            if month.has_deleted_rows:
                rewrite_rows(connection, staging, month.table, month.rows_until(month.last))
        remove_versions(place, connection, Tidied(), dt.timedelta())
    return days


def _make_days_again(
    place: LakePlace,
    staging: Path,
    find: Callable[[duckdb.DuckDBPyConnection], Sequence[Day]],
    making: Callable[[DayParts], MakeDay],
    minimum_n: int,
) -> list[Day]:
    nothing = staging / "nothing.duckdb"
    empty_database(nothing).close()
    with explained(place), DayParts(staging, LakeRows(), nothing, minimum_n) as day_parts:
        connection = day_parts.connection
        attach(connection, place)
        bring_up_to_date(connection, place)
        turn = turn_of(connection)
        days = list(find(connection))
        if not days:
            return days
        make = making(day_parts)
        made, before = MadeDays(), known_days(connection, days)
        for day in days:
            keep_parts(made, connection, staging, day, make(day))
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
