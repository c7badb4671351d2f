"""Days are deleted from the working database as a whole, and nothing of other days with them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.day_rows import DAY_TABLES, days_with_rows_of, delete_days, delete_rows
from qa_pipeline.warehouse.recording_keys import KEYS, note_recordings
from tests.scenario import DAY_1, DAY_2, DAY_3, seed


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def days_by_table(connection: duckdb.DuckDBPyConnection) -> dict[str, set[object]]:
    """The days that each table with days has rows of, but for `search_texts`, which is made when days are published."""
    tables = connection.execute(
        "select table_name from duckdb_tables() inner join duckdb_columns() using (table_name) "
        "where column_name = 'call_date' and table_name <> 'search_texts'"
    ).fetchall()
    return {
        table: {day for (day,) in connection.execute(f"select distinct call_date from {table}").fetchall()}
        for (table,) in tables
    }


def test_a_day_is_deleted_from_every_table_and_no_other_day_with_it(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        seed(connection)
        note_recordings(connection, [DAY_1, DAY_2, DAY_3])
        before = days_by_table(connection)
        deleted = delete_days(connection, [DAY_1])
        after = days_by_table(connection)
    assert before.keys() == {*DAY_TABLES, KEYS}
    assert {table: days - {DAY_1} for table, days in before.items()} == after
    with_rows = {table for table, days in before.items() if DAY_1 in days}
    assert {table for table, count in deleted.items() if count} == with_rows - {KEYS}


def test_rows_of_a_call_that_moved_are_found_on_the_day_that_it_left(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        seed(connection)
        moved = connection.execute("select min(call_id) from transcripts where call_date = ?", [DAY_1]).fetchall()[0][0]
        others = connection.execute(
            "select count(*) from sentences where call_date = ? and call_id <> ?", [DAY_1, moved]
        ).fetchall()
        connection.execute("update calls set call_date = ? where call_id = ?", [DAY_2, moved])
        left = days_with_rows_of(connection, "transcripts", [DAY_2])
        delete_rows(connection, "sentences", [DAY_2], left)
        found = connection.execute("select call_date, count(*) from sentences group by all order by all").fetchall()
    assert left == [DAY_1]
    assert dict(found)[DAY_1] == others[0][0]
    assert DAY_2 not in dict(found)
    assert DAY_3 in dict(found)
