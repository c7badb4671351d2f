"""Outcomes of calls, also late ones, and calls after which the customer called again."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
from collections.abc import Collection
from pathlib import Path

import pytest

from qa_pipeline.recordings.outcomes import Outcome
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.outcomes import replace_outcomes
from qa_pipeline.warehouse.parts import read_manifest
from tests.warehouse.building import DAY_1, DAY_2, DAY_3, call_rows, put, read, snapshot
from tests.warehouse.conftest import Begin

SHOWN = "select call_id, name, value from outcomes order by all"


def outcome(call_id: str, value: float, name: str = "csat", listed: str = "outcomes.csv") -> Outcome:
    return Outcome(call_id, name, value, is_flag=False, source=f"{listed}, line 2")


@pytest.fixture(autouse=True)
def _two_calls(begin: Begin) -> None:
    begin(("a", DAY_1), ("b", DAY_2))


def land(
    warehouse: Warehouse, *landed: Outcome, days: tuple[dt.date, ...], read: Collection[str] | None = None
) -> tuple[int, int]:
    with warehouse.transaction() as connection:
        return replace_outcomes(connection, days, landed, dt.datetime.now(dt.UTC), read=read)


def rows_of(warehouse: Warehouse) -> list[tuple[object, ...]]:
    with warehouse.transaction() as connection:
        return connection.execute("select call_id, call_date, value, source from outcomes order by all").fetchall()


@pytest.mark.thorough  # the same of evaluations: tests/defs/test_evaluations.py
def test_outcomes_that_come_late_are_published_with_the_next_run_of_any_day(warehouse: Warehouse, link: Path) -> None:
    assert land(warehouse, outcome("b", 3), outcome("unknown", 1), days=(DAY_1, DAY_2)) == (1, 1)
    snapshot(warehouse, DAY_1, DAY_2)
    assert read(link, SHOWN) == [("b", "csat", 3.0)]
    put(warehouse, call_rows("c", DAY_3))
    landed = outcome("a", 5), outcome("b", 4), outcome("c", 1)
    assert land(warehouse, *landed, days=(DAY_3,)) == (3, 0)
    snapshot(warehouse, DAY_3)
    assert read(link, SHOWN) == [("a", "csat", 5.0), ("b", "csat", 4.0), ("c", "csat", 1.0)]
    before = read_manifest(link.resolve())
    assert land(warehouse, *landed, days=(DAY_3,)) == (0, 0)
    snapshot(warehouse, DAY_3)
    after = read_manifest(link.resolve())
    assert before is not None
    assert after is not None
    assert after.parts["outcomes"] == before.parts["outcomes"], "nothing is written for what did not change"


def test_what_no_list_says_any_more_goes_with_the_next_run_of_its_day(warehouse: Warehouse, link: Path) -> None:
    land(warehouse, outcome("a", 5), outcome("b", 3), days=(DAY_1, DAY_2))
    land(warehouse, days=(DAY_1,))
    snapshot(warehouse, DAY_1, DAY_2)
    assert read(link, SHOWN) == [("b", "csat", 3.0)]


def test_a_call_that_moved_takes_its_outcomes_along(warehouse: Warehouse) -> None:
    land(warehouse, outcome("a", 5), days=(DAY_1,))
    with warehouse.transaction() as connection:
        connection.execute("update calls set call_date = ? where call_id = 'a'", [DAY_3])
    land(warehouse, outcome("a", 5), days=(DAY_3,))
    with warehouse.transaction() as connection:
        rows = connection.execute("select call_date, value from outcomes").fetchall()
    assert rows == [(DAY_3, 5.0)]


def test_what_a_list_says_that_was_not_read_stays(warehouse: Warehouse) -> None:
    later = outcome("a", 5, listed="2025-09-05/outcomes.csv")
    land(warehouse, later, outcome("b", 3), days=(DAY_1, DAY_2), read={"", "2025-09-05"})
    assert land(warehouse, days=(DAY_1, DAY_2), read={"2025-09-01"}) == (0, 0)
    assert [row[0] for row in rows_of(warehouse)] == ["a", "b"]
    land(warehouse, days=(DAY_1, DAY_2), read=())
    assert [row[0] for row in rows_of(warehouse)] == ["a", "b"], "no list could be read"
    land(warehouse, days=(DAY_1, DAY_2), read={"", "2025-09-01"})
    assert rows_of(warehouse) == [("a", DAY_1, 5.0, "2025-09-05/outcomes.csv, line 2")]
    land(warehouse, days=(DAY_1,), read={"", "2025-09-05"})
    assert rows_of(warehouse) == []


def test_a_call_that_moved_keeps_what_was_not_read_and_loses_what_is_gone(warehouse: Warehouse) -> None:
    later = outcome("a", 5, listed="2025-09-05/outcomes.csv")
    land(warehouse, later, outcome("a", 1, "resolved"), days=(DAY_1,), read={"", "2025-09-05"})
    with warehouse.transaction() as connection:
        connection.execute("update calls set call_date = ? where call_id = 'a'", [DAY_3])
    assert land(warehouse, days=(DAY_3,), read={"", "2025-09-03"}) == (1, 0)
    assert rows_of(warehouse) == [("a", DAY_3, 5.0, "2025-09-05/outcomes.csv, line 2")]


def test_an_outcome_goes_with_the_list_that_said_it_last(warehouse: Warehouse) -> None:
    later = outcome("a", 5, listed="2025-09-05/outcomes.csv")
    land(warehouse, later, days=(DAY_1,), read={"", "2025-09-05"})
    land(warehouse, outcome("a", 5), days=(DAY_1,), read={""})
    assert rows_of(warehouse)[0][3] == later.source, "which may say it still"
    assert land(warehouse, outcome("a", 5), days=(DAY_1,), read={"", "2025-09-05"}) == (0, 0)
    assert rows_of(warehouse)[0][3] == "outcomes.csv, line 2"
    land(warehouse, days=(DAY_1,), read={""})
    assert rows_of(warehouse) == []


def calling(call_id: str, day: int, hour: int, customer: str | None, **fields: object) -> dict[str, dict[str, object]]:
    began = dt.datetime(2025, 9, day, hour, tzinfo=dt.UTC)
    return call_rows(call_id, began.date(), customer_id=customer, started_at=began, **fields)


def test_a_customer_who_calls_again_within_seven_days_is_a_repeat_and_what_is_not_over_is_not_known(
    tmp_path: Path, empty_warehouse: Path
) -> None:
    warehouse = Warehouse(Path(shutil.copy(empty_warehouse, tmp_path)))
    put(
        warehouse,
        calling("first", 1, 9, "+49 30 123"),
        calling("again", 8, 9, "+49(30)123"),
        calling("eight-days", 1, 9, "k2"), calling("too-late", 8, 10, "k2"),
        calling("by-us", 2, 9, "k3"), calling("call-back", 3, 9, "k3", direction="outbound"),
        calling("bad-sound", 2, 9, "k4"), calling("broken", 3, 9, "k4", status="quarantined"),
        calling("withheld", 2, 9, "Anonymous"), calling("withheld-2", 3, 9, "anonymous"),
        calling("nobody", 2, 9, None),
    )  # fmt: skip
    days = [dt.date(2025, 9, day) for day in (1, 2, 3, 8)]
    snapshot(warehouse, *days)
    select = "select call_id, repeat_call_within_7_days from repeat_calls order by call_id"
    assert dict(read(tmp_path / "qa.duckdb", select)) == {
        "first": True, "again": None, "eight-days": False, "too-late": None,
        "by-us": None, "call-back": None, "bad-sound": None,
    }  # fmt: skip
    for first, last in itertools.combinations_with_replacement(days, 2):
        of_days = f"date '{first}' and date '{last}'"
        some = f"from repeats_between({of_days.replace(' and', ',')}) order by call_id"
        assert read(tmp_path / "qa.duckdb", some) == read(
            tmp_path / "qa.duckdb", f"from repeat_calls where call_date between {of_days} order by call_id"
        ), "of some days as of all"
    put(warehouse, calling("later", 9, 9, "k3"))
    snapshot(warehouse, dt.date(2025, 9, 9))
    found = dict(read(tmp_path / "qa.duckdb", select))
    assert (found["by-us"], found["call-back"], found["bad-sound"]) == (True, True, False)
