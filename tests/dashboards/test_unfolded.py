"""Searching a snapshot of an earlier version: the same calls and hits, in as many days as a search can read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards import unfolded
from dashboards.date_presets import UNDATED
from dashboards.filters import CallFilter, DateRange
from dashboards.finding import count_calls, count_hits, searched
from dashboards.remembered import Remembered
from qa_pipeline.published.snapshot import Snapshot, open_newest
from tests.dashboards.conftest import rewrite
from tests.scenario import DAY_1, DAY_3

ALL_DAYS = DateRange(DAY_1, DAY_3)


@pytest.fixture(scope="module")
def snapshot(published_home: Path) -> Iterator[Snapshot]:
    with open_newest(published_home / "qa.duckdb", "UTC") as opened:
        yield opened


@pytest.fixture(scope="module")
def earlier(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    folder = tmp_path_factory.mktemp("earlier")
    home = rewrite(published_home, folder, "drop table search_texts", "drop macro schema_version")
    with open_newest(home / "qa.duckdb", "UTC") as opened:
        yield opened


@pytest.mark.parametrize(
    "text",
    [
        "refund", "REFÚND OR 退款", "-refund", "agent:refund", '"a refund"', '"now I"', '"parcel is late"', "退 款",
        "refund -parcel", "c0102 OR refund", "e", "(refund OR 退款) -zeppelin", "%", "customer:(no OR 我)",
    ],
)  # fmt: skip
def test_a_search_finds_and_counts_the_same(snapshot: Snapshot, earlier: Snapshot, text: str) -> None:
    chosen = CallFilter(ALL_DAYS, text=text)
    assert count_calls(earlier, chosen) == count_calls(snapshot, chosen)
    assert count_hits(earlier, chosen) == count_hits(snapshot, chosen)


@pytest.mark.parametrize("most", [0, 1_000_000])
def test_as_many_of_the_newest_days_are_searched_as_can_be_read(
    earlier: Snapshot, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(unfolded, "MOST_SEARCHED", most)
    chosen = CallFilter(ALL_DAYS, text="-zeppelin")
    days = ALL_DAYS if most else DateRange(DAY_3, DAY_3)
    assert searched(earlier, chosen).range == days
    assert count_calls(earlier, chosen) == count_calls(earlier, CallFilter(days))


def test_what_needs_no_texts_is_looked_up_in_all_days(
    snapshot: Snapshot, earlier: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfolded, "MOST_SEARCHED", 0)
    for chosen in (CallFilter(ALL_DAYS), CallFilter(ALL_DAYS, text="id:c01"), CallFilter(UNDATED, text="refund")):
        assert searched(earlier, chosen) == chosen
    assert searched(snapshot, CallFilter(ALL_DAYS, text="refund")).range == ALL_DAYS
    assert searched(earlier, CallFilter(DateRange(dt.date(2020, 1, 1), DAY_3), text="refund")).range.first == DAY_3


def test_portions_hold_every_day_once(earlier: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = CallFilter(DateRange(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), text="refund OR 退款")
    monkeypatch.setattr(unfolded, "AT_ONCE", 1)
    monkeypatch.setattr(unfolded, "_SAID", Remembered(1))
    assert count_calls(earlier, whole) == 2
