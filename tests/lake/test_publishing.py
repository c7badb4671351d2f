"""Days are replaced in the lake whole, once, whoever writes at the same time."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.publishing import LakePublication, publish_to_lake
from qa_pipeline.lake.reading import NoLake, leave, open_lake
from qa_pipeline.recordings.people import Person
from qa_pipeline.warehouse.daily import MARTS, mart_test
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.people import replace_agents
from qa_pipeline.warehouse.snapshots import SnapshotInfo
from tests.lake.servers import Servers
from tests.warehouse.building import DAY_1, DAY_2, DAY_3, LOADED_AT, call_rows, put, take_away

pytestmark = pytest.mark.process

NOTE = SnapshotInfo("a-run", "local", "0")


def publish(place: LakePlace, warehouse: Warehouse, *days: dt.date) -> LakePublication:
    return publish_to_lake(place, warehouse.path, days, NOTE, minimum_n=5)


def warehouse_of(folder: Path, *calls: dict[str, dict[str, Any]]) -> Warehouse:
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
        for table in ("calls", "acoustics", "transcripts", "languages", "turns", "call_metrics"):
            there = [row[0] for row in connection.execute(f"select call_id from {table}").fetchall()]
            assert sorted(there) == sorted(found), f"{table} has other calls than sentences"
        dated = "select distinct call_date from calls where call_date is not null"
        dates = [day for (day,) in connection.execute(dated).fetchall()]
        for mart in MARTS:
            wrong = connection.execute(mart_test(mart), {"days": dates}).fetchall()
            assert wrong == [], f"{mart} does not agree with the calls beside it"
        return found
    finally:
        leave(lake)


def test_three_writers_at_once_moved_calls_and_unchanged_days_leave_each_row_once(
    place: LakePlace, servers: Servers, tmp_path: Path
) -> None:
    with pytest.raises(NoLake):
        open_lake(place)
    undated = call_rows("u", None, status="quarantined")
    calls = (call_rows("a", DAY_1), call_rows("b", DAY_1), call_rows("c", DAY_2), undated)
    writers = [warehouse_of(tmp_path / str(number), *calls) for number in range(3)]
    with ThreadPoolExecutor(3) as executor:  # none of them finds a lake
        made = list(executor.map(lambda each: publish(place, each, DAY_1, DAY_2), writers))
    assert sorted(len(each.changed) for each in made) == [0, 0, 3]
    assert {(each.rows["calls"], each.rows["sentences"], each.rows["search_texts"]) for each in made} == {(4, 4, 3)}
    assert (
        len([key for key in servers.storage.keys("lake") if f"{place.bucket.prefix}/data/main/sentences/" in key]) == 2
    )
    with psycopg.connect(place.catalog_url.replace("+psycopg", "")) as catalog:
        bounds = (
            "select count(*) from lake.ducklake_table_column_stats where coalesce(min_value, max_value) is not null"
        )
        assert catalog.execute(bounds).fetchall() == [(0,)], "bounds of DuckLake's that leave rows out of answers"
    # a machine that has never seen the first day: what a call has left is known by what is published alone
    other = warehouse_of(tmp_path / "other", call_rows("a", DAY_3, text="moved"), undated)
    put(other, call_rows("renamed", DAY_3, audio="b"))
    assert publish(place, other, DAY_3).changed == [DAY_3, DAY_1]
    take_away(writers[0], "c")
    put(writers[0], call_rows("c", DAY_2, text="other words"))
    assert publish(place, writers[0], DAY_2).changed == [DAY_2]
    assert texts(place) == {"a": "moved", "renamed": "words of renamed", "c": "other words", "u": "words of u"}


def test_a_duplicate_that_takes_the_place_of_a_call_of_another_day_is_there_alone(
    place: LakePlace, tmp_path: Path
) -> None:
    publish(place, warehouse_of(tmp_path / "one", call_rows("a", DAY_1)), DAY_1)
    aside = call_rows("again", DAY_2, audio="a", status="quarantined", status_reason="duplicate_audio")
    other = warehouse_of(tmp_path / "other", {table: aside[table] for table in ("calls", "call_channels")})
    publish(place, other, DAY_2)
    take_away(other, "again")
    put(other, call_rows("again", DAY_2, audio="a"))
    publish(place, other, DAY_2)
    assert texts(place) == {"again": "words of again"}


def test_the_list_of_people_is_replaced_whole_and_kept_by_a_machine_that_cannot_tell_what_it_says(
    place: LakePlace, tmp_path: Path
) -> None:
    def teams() -> list[tuple[str, str | None]]:
        lake = open_lake(place)
        try:
            select = "select call_id, team from call_agents order by call_id"
            return lake.database.cursor().execute(select).fetchall()
        finally:
            leave(lake)

    one = warehouse_of(tmp_path / "one", call_rows("a", DAY_1, agent_id="A1"))
    for team in ("North", "South"):
        with one.transaction() as connection:
            replace_agents(connection, [Person("A1", team=team)], LOADED_AT)
        publish(place, one, DAY_1)
        assert teams() == [("a", team)]
    other = warehouse_of(tmp_path / "other", call_rows("b", DAY_2, agent_id="A1"))
    with other.transaction() as connection:
        replace_agents(connection, [Person("A1", team="of long ago")], LOADED_AT)
    publish_to_lake(place, other.path, [DAY_2], NOTE, minimum_n=5, with_lists=False)
    assert teams() == [("a", "South"), ("b", "South")]
    with other.transaction() as connection:
        replace_agents(connection, [], LOADED_AT)
    publish(place, other, DAY_2)
    assert teams() == [("a", None), ("b", None)]
