"""Days are replaced in the lake whole, once, whoever writes at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.publishing import LakePublication, publish_to_lake
from qa_pipeline.lake.reading import NoLake, leave, open_lake
from qa_pipeline.warehouse.daily import MARTS, mart_test
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.snapshots import SnapshotInfo
from tests.lake.servers import Servers
from tests.warehouse.building import DAY_1, DAY_2, DAY_3, call_rows, put, take_away

NOTE = SnapshotInfo("a-run", "local", "0")


def publish(place: LakePlace, warehouse: Warehouse, *days: object) -> LakePublication:
    return publish_to_lake(place, warehouse.path, days, NOTE, minimum_n=5)  # type: ignore[arg-type]


def warehouse_of(folder: Path, *calls: dict[str, dict[str, object]]) -> Warehouse:
    folder.mkdir(parents=True, exist_ok=True)
    warehouse = Warehouse(folder / "warehouse.duckdb")
    put(warehouse, *calls)
    return warehouse


def texts(place: LakePlace) -> dict[str, str]:
    """What each call of the lake said; fails where its tables disagree about which calls there are."""
    lake = open_lake(place)
    try:
        connection = lake.database.cursor()
        rows = connection.execute("select call_id, text from sentences order by call_id").fetchall()
        found = dict(rows)
        assert len(rows) == len(found), "a sentence is there twice"
        for table in ("calls", "acoustics", "transcripts", "languages", "turns", "call_metrics", "search_texts"):
            there = [row[0] for row in connection.execute(f"select call_id from {table}").fetchall()]
            assert sorted(there) == sorted(found), f"{table} has other calls than sentences"
        dates = [day for (day,) in connection.execute("select distinct call_date from calls").fetchall()]
        for mart in MARTS:
            wrong = connection.execute(mart_test(mart), {"days": dates}).fetchall()
            assert wrong == [], f"{mart} does not agree with the calls beside it"
        return found
    finally:
        leave(lake)


def test_a_lake_is_made_by_whoever_publishes_first_and_days_are_replaced(place: LakePlace, tmp_path: Path) -> None:
    with pytest.raises(NoLake):
        open_lake(place)
    warehouse = warehouse_of(tmp_path, call_rows("a", DAY_1), call_rows("b", DAY_2))
    made = publish(place, warehouse, DAY_1, DAY_2)
    assert (made.rows["calls"], made.rows["sentences"], made.rows["search_texts"]) == (2, 2, 2)
    assert texts(place) == {"a": "words of a", "b": "words of b"}
    take_away(warehouse, "a")
    put(warehouse, call_rows("a", DAY_1, text="other words"), call_rows("c", DAY_1))
    assert publish(place, warehouse, DAY_1).changed == [DAY_1]
    assert texts(place) == {"a": "other words", "b": "words of b", "c": "words of c"}


def test_a_day_that_did_not_change_is_not_written(place: LakePlace, servers: Servers, tmp_path: Path) -> None:
    warehouse = warehouse_of(tmp_path, call_rows("a", DAY_1), call_rows("u", None, status="quarantined"))
    publish(place, warehouse, DAY_1)
    before = servers.storage.keys("lake")
    assert publish(place, warehouse, DAY_1).changed == []
    assert servers.storage.keys("lake") == before


def test_a_call_that_moved_is_taken_out_of_its_former_day(place: LakePlace, tmp_path: Path) -> None:
    """Machines have days of their own: the former day is known by what is published alone."""
    one = warehouse_of(tmp_path / "one", call_rows("a", DAY_1), call_rows("b", DAY_1))
    publish(place, one, DAY_1)
    other = warehouse_of(tmp_path / "other", call_rows("a", DAY_2, text="moved"))
    assert publish(place, other, DAY_2).changed == [DAY_2, DAY_1]
    assert texts(place) == {"a": "moved", "b": "words of b"}
    third = warehouse_of(tmp_path / "third", call_rows("renamed", DAY_3, audio="b"))
    publish(place, third, DAY_3)
    assert texts(place) == {"a": "moved", "renamed": "words of renamed"}


def test_three_writers_of_one_day_leave_its_rows_once(place: LakePlace, tmp_path: Path) -> None:
    """The first start of all of them, too: whoever comes first makes the lake."""
    warehouses = [warehouse_of(tmp_path / str(n), call_rows("a", DAY_1), call_rows("b", DAY_1)) for n in range(3)]
    with ThreadPoolExecutor(3) as executor:
        list(executor.map(lambda warehouse: publish(place, warehouse, DAY_1), warehouses))
    assert texts(place) == {"a": "words of a", "b": "words of b"}


def test_writers_of_different_days_wait_for_each_other(place: LakePlace, tmp_path: Path) -> None:
    days = (DAY_1, DAY_2, DAY_3)
    warehouses = [warehouse_of(tmp_path / str(day), call_rows(f"of {day}", day)) for day in days]
    with ThreadPoolExecutor(3) as executor:
        list(executor.map(lambda chosen: publish(place, chosen[0], chosen[1]), zip(warehouses, days, strict=True)))
    assert sorted(texts(place)) == [f"of {day}" for day in days]
