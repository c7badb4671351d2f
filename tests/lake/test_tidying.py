"""Upkeep of the lake: months become few files, what nobody reads is removed, forgotten days are gone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.reading import leave, open_lake
from qa_pipeline.lake.tidying import Month, forget_days_in_lake, tidy_lake
from tests.lake.servers import Servers
from tests.lake.test_publishing import publish, texts, warehouse_of
from tests.warehouse.building import DAY_1, DAY_2, call_rows

LATER = dt.date(2025, 10, 20)
AT_ONCE = dt.timedelta()


def files_of(servers: Servers, place: LakePlace, table: str) -> list[str]:
    folder = f"{place.bucket.prefix}/data/main/{table}/"
    return [key for key in servers.storage.keys("lake") if key.startswith(folder)]


@pytest.mark.chaos
def test_settled_months_become_one_file_and_nothing_goes_that_is_read(
    place: LakePlace, servers: Servers, tmp_path: Path
) -> None:
    days = (DAY_1, DAY_2, LATER)
    warehouse = warehouse_of(tmp_path, *(call_rows(f"of {day}", day) for day in days))
    for day in days:
        publish(place, warehouse, day)
    held = open_lake(place)
    before = texts(place)
    done = tidy_lake(place, kept_for=AT_ONCE)
    assert done.months > 10
    assert texts(place) == before == {f"of {day}": f"words of of {day}" for day in days}
    assert len(files_of(servers, place, "sentences")) == 4, "the files of the version that is read are still there"
    assert held.database.execute("select count(*) from sentences").fetchall() == [(3,)]
    leave(held)
    assert tidy_lake(place, kept_for=AT_ONCE).months == 0, "what is put together is left alone"
    assert len(files_of(servers, place, "sentences")) == 2, "September and October"
    assert texts(place) == before


@pytest.mark.chaos
def test_forgotten_days_are_gone_from_the_bucket_too(place: LakePlace, servers: Servers, tmp_path: Path) -> None:
    warehouse = warehouse_of(tmp_path, call_rows("a", DAY_1), call_rows("b", DAY_2))
    publish(place, warehouse, DAY_1, DAY_2)
    [with_both] = files_of(servers, place, "sentences")
    assert not forget_days_in_lake(place, [LATER])
    assert forget_days_in_lake(place, [DAY_1])
    assert texts(place) == {"b": "words of b"}
    [left] = files_of(servers, place, "sentences")
    assert left != with_both
    assert publish(place, warehouse, DAY_1).changed == [DAY_1], (
        "a working database that still has the day brings it back"
    )


@pytest.mark.parametrize(
    ("files", "newest", "until"),
    [
        (2, dt.date(2025, 10, 7), "date '2025-09-30'"),
        (2, dt.date(2025, 10, 6), None),
        (1, dt.date(2025, 12, 31), None),
        (24, dt.date(2025, 9, 28), "date '2025-09-21'"),
        (24, dt.date(2025, 9, 7), None),
    ],
)
def test_a_month_is_put_together_once_a_week_of_later_days_is_there(
    files: int, newest: dt.date, until: str | None
) -> None:
    month = Month("sentences", dt.date(2025, 9, 1), files=files, size_bytes=files << 20)
    rows = month.rows_to_merge(newest)
    assert (rows is None) == (until is None)
    assert until is None or str(rows).endswith(until)
