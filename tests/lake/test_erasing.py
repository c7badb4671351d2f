"""An erased call is in no table, version or file of the lake."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from qa_pipeline.lake.erasing import erase_from_lake, rows_left, versions_of_before
from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.reading import leave, let_go_of_all, open_lake
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.warehouse.erasing import ErasedCalls
from qa_pipeline.warehouse.held import say_nothing
from tests.lake.servers import Servers
from tests.lake.test_publishing import publish, texts, warehouse_of
from tests.lake.test_tidying import files_of
from tests.warehouse.building import DAY_1, DAY_2, call_rows

pytestmark = pytest.mark.process

ERASED = ErasedCalls(("zq-canary",))


def test_an_erased_call_is_in_no_version_and_no_file(place: LakePlace, servers: Servers, tmp_path: Path) -> None:
    rows = (call_rows("zq-canary", DAY_1), call_rows("b", DAY_1), call_rows("c", DAY_2))
    warehouse = warehouse_of(tmp_path, *rows)
    publish(place, warehouse, DAY_1, DAY_2)
    assert rows_left(place, ERASED, say_nothing) > 0

    assert erase_from_lake(place, ERASED, minimum_n=5, say=say_nothing) == [DAY_1]

    assert versions_of_before(place, say_nothing) == 0
    assert texts(place) == {"b": "words of b", "c": "words of c"}
    assert rows_left(place, ERASED, say_nothing) == 0
    for table in ("calls", "sentences", "transcripts"):
        for number, key in enumerate(files_of(servers, place, table)):
            file = tmp_path / f"{table}-{number}.parquet"
            Bucket(place.bucket, place.endpoint).download(key.removeprefix(f"{place.bucket.prefix}/"), file)
            with duckdb.connect() as connection:
                assert "zq-canary" not in str(connection.execute(f"from '{file}'").fetchall())


def test_a_version_that_somebody_reads_is_counted_until_it_is_closed(place: LakePlace, tmp_path: Path) -> None:
    warehouse = warehouse_of(tmp_path, call_rows("zq-canary", DAY_1), call_rows("b", DAY_1))
    publish(place, warehouse, DAY_1)
    held = open_lake(place)
    erase_from_lake(place, ERASED, minimum_n=5, say=say_nothing)
    assert versions_of_before(place, say_nothing) > 0
    leave(held)
    let_go_of_all()
    assert versions_of_before(place, say_nothing) == 0
