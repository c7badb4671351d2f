"""Days as the lake has them: where a call was published, and the rows of a day whose working state is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.publishing import explained
from qa_pipeline.lake.reading import NoLake, leave, open_lake
from qa_pipeline.sharding.day_tables import of_day
from qa_pipeline.sharding.day_warehouse import AskedCalls, TableRows
from qa_pipeline.sharding.states import day_name
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.day_rows import FACT_TABLES

ROWS_AT_ONCE = 50_000


class LakeDays:
    """The published days of a lake; none where nothing was published yet."""

    def __init__(self, place: LakePlace) -> None:
        self._place = place

    def days_with(self, asked: AskedCalls) -> set[dt.date]:
        """The days with one of these calls or recordings.

        Raises:
            LakeUnusable: catalog or store don't answer.
        """
        values = {"call_ids": sorted(asked.call_ids), "recording_ids": sorted(asked.recording_ids)}
        with self._opened() as lake:
            rows = lake.execute(read_sql("steps/find_published_days.sql"), values).fetchall() if lake else []
        return {day for (day,) in rows}

    def rows_of(self, day: dt.date | None) -> Iterator[tuple[str, TableRows]]:
        """The rows of a day by table, to be taken one after the other.

        Raises:
            LakeUnusable: catalog or store don't answer.
        """
        with self._opened() as lake:
            if lake is None:
                return
            for table in FACT_TABLES:
                yield table, lake.execute(f"from {table} where {of_day(day_name(day))}").to_arrow_reader(ROWS_AT_ONCE)

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection | None]:
        with explained(self._place):
            try:
                opened = open_lake(self._place)
            except NoLake:
                yield None
                return
            try:
                with opened.database.cursor() as cursor:
                    yield cursor
            finally:
                leave(opened)
