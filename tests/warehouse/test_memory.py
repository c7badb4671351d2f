from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from qa_pipeline.warehouse.database import Warehouse, insert_columns
from qa_pipeline.warehouse.memory import MIB_OF_STEPS, memory_of_step, with_enough_memory

LONG_LIST = "select len(list(range)) from range(25000000)"
"""A state of some 200 MB that DuckDB can't put on the disk."""


def test_rows_are_let_go_as_soon_as_they_are_written(tmp_path: Path) -> None:
    before = pa.total_allocated_bytes()
    with Warehouse(tmp_path / "warehouse.duckdb").transaction() as connection:
        connection.execute("create temp table texts (text varchar)")
        for _ in range(5):
            insert_columns(connection, "texts", {"text": ["x" * 1000] * 1000})
        assert pa.total_allocated_bytes() - before < 2_000_000, "the rows of the last statement, and of no earlier one"


def test_what_does_not_fit_goes_to_the_disk_and_leaves_nothing_there(tmp_path: Path) -> None:
    with (
        memory_of_step(MIB_OF_STEPS[0]),
        Warehouse(tmp_path / "warehouse.duckdb").transaction() as connection,
    ):
        connection.execute("create temp table texts as select md5(range::varchar) as text from range(6000000)")
        assert [path.name for path in tmp_path.glob("*.spill")] == [".warehouse.duckdb.spill"]
        assert connection.execute("select count(*) from texts").fetchall() == [(6_000_000,)]
    assert not list(tmp_path.glob("*spill*"))


def test_what_a_killed_run_left_on_the_disk_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".warehouse.duckdb.spill" / "duckdb_temp_storage_DEFAULT-0.tmp"
    left.parent.mkdir()
    left.write_bytes(b"x")
    with Warehouse(tmp_path / "warehouse.duckdb").transaction():
        assert not left.exists()


@pytest.mark.parametrize("is_generator", [True, False])
def test_a_step_with_too_little_memory_is_done_again_with_more(tmp_path: Path, *, is_generator: bool) -> None:
    said: list[str] = []

    def fill(context: str) -> int:
        with Warehouse(tmp_path / "warehouse.duckdb").transaction() as connection:
            connection.execute("create table attempts as select 1 as attempt")
            return connection.execute(LONG_LIST).fetchall()[0][0]

    def fill_one_by_one(context: str):  # type: ignore[no-untyped-def]
        yield fill(context)

    step = with_enough_memory(fill_one_by_one if is_generator else fill, lambda context, text: said.append(context))
    found = step("context")
    assert (list(found) if is_generator else [found]) == [25_000_000]
    assert set(said) == {"context"}


def test_the_error_stays_where_all_memory_is_not_enough() -> None:
    tried: list[int] = []

    def fill() -> None:
        tried.append(1)
        raise duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate data")

    with pytest.raises(duckdb.OutOfMemoryException):
        with_enough_memory(fill, lambda context, text: None)()
    assert len(tried) == len(MIB_OF_STEPS)
