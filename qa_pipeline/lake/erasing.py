"""Takes calls out of the lake: the days that show them are made again of their own rows, without them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import duckdb

from qa_pipeline.lake.catalog import turn_to_write
from qa_pipeline.lake.place import LAKE, LakePlace
from qa_pipeline.lake.rewriting import MakeDay, rewrite_days
from qa_pipeline.lake.tables import todays_tables
from qa_pipeline.lake.tidying import Tidied, is_published, remove_versions, writing
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

    def without_calls(day_parts: DayParts) -> MakeDay:
        day_parts.lose(erased.call_ids, erased.recording_ids)
        return day_parts.of_left_day

    return rewrite_days(place, lambda lake: _days_of(lake, erased), without_calls, minimum_n=minimum_n, say=say)


def rows_left(place: LakePlace, erased: ErasedCalls, say: Say) -> int:
    """How many rows the lake has of these calls."""
    if not is_published(place):
        return 0
    with writing(place, say) as (connection, _):
        return sum(
            connection.execute(f"select count(*) from {LAKE}.{table} where {where}", values).fetchall()[0][0]
            for table, where, values in _conditions(erased)
        )


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
