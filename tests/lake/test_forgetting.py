"""Texts that are older than they may be kept are in no table, version or file of the lake; figures stay."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from qa_pipeline.lake.erasing import versions_of_before
from qa_pipeline.lake.forgetting import days_with_texts_in_lake, forget_texts_in_lake
from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.reading import leave, open_lake
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.warehouse.held import say_nothing
from tests.lake.servers import Servers
from tests.lake.test_publishing import publish, texts, warehouse_of
from tests.lake.test_tidying import files_of
from tests.warehouse.building import DAY_1, DAY_2, call_rows

pytestmark = pytest.mark.process

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WITH_WORDS = ("sentences", "transcripts", "turns", "search_texts", "rule_hits", "transcript_remarks")


def test_old_texts_are_in_no_version_and_no_file_but_those_on_hold(
    place: LakePlace, servers: Servers, tmp_path: Path
) -> None:
    assert days_with_texts_in_lake(place, DAY_2, []) == []
    rows = (call_rows("zq-canary", DAY_1), call_rows("held", DAY_1), call_rows("new", DAY_2))
    publish(place, warehouse_of(tmp_path, *rows), DAY_1, DAY_2)
    before = figures(place)
    assert days_with_texts_in_lake(place, DAY_2, ["held"]) == [DAY_1]

    forget_texts_in_lake(place, [DAY_1], ["held"], NOW, minimum_n=5, say=say_nothing)

    assert versions_of_before(place, say_nothing) == 0
    assert texts(place) == {"zq-canary": "", "held": "words of held", "new": "words of new"}
    assert figures(place) == before
    assert days_with_texts_in_lake(place, DAY_2, ["held"]) == []
    assert days_with_texts_in_lake(place, DAY_2, []) == [DAY_1], "once the hold is released, the rest goes"
    for table in WITH_WORDS:
        for number, key in enumerate(files_of(servers, place, table)):
            file = tmp_path / f"{table}-{number}.parquet"
            Bucket(place.bucket, place.endpoint).download(key.removeprefix(f"{place.bucket.prefix}/"), file)
            with duckdb.connect() as connection:
                assert "words of zq" not in str(connection.execute(f"from '{file}'").fetchall())


def figures(place: LakePlace) -> list[tuple[object, ...]]:
    lake = open_lake(place)
    try:
        columns = "call_id, begin_ms, emotion, talk_ratio"
        query = f"select {columns} from sentences join call_metrics using (call_id) order by 1"
        return lake.database.cursor().execute(query).fetchall()
    finally:
        leave(lake)
