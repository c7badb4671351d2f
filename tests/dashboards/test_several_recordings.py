"""A call of two recordings with an agent each: in the list, its filters, the figures of its agents, and on its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.cards.rows import means_of
from dashboards.filters import CallFilter, DateRange
from dashboards.finding import find_calls
from dashboards.queries import ask_frame, filter_choices, recordings_of
from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.warehouse.daily import MARTS, mart_test
from tests import scenario
from tests.dashboards.conftest import rewrite
from tests.dashboards.test_pages import open_app, words

DAYS = DateRange(scenario.DAY_3, scenario.DAY_3)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("home")
    scenario.publish_snapshot(made, (*scenario.CALLS, scenario.TRANSFERRED))
    return made


@pytest.fixture
def snapshot(home: Path) -> Iterator[Snapshot]:
    with open_newest(home / "qa.duckdb", "UTC") as opened:
        yield opened


def found(snapshot: Snapshot, **chosen: tuple[str, ...]) -> list[str]:
    rows = find_calls(snapshot, CallFilter(DAYS, **chosen), sort="call", descending=False, page=1, size=20)  # type: ignore[arg-type]
    return [row["call_id"] for row in rows if row["call_date"]]


def test_either_agent_finds_the_call_and_the_list_names_both(snapshot: Snapshot) -> None:
    assert found(snapshot, agents=("a-chen",)) == ["c0303", "c0307"]
    assert found(snapshot, agents=("a-weber",)) == ["c0301", "c0307"]
    assert found(snapshot, queues=("billing",)) == ["c0303", "c0307"]
    rows = find_calls(snapshot, CallFilter(DAYS), sort="call", descending=False, page=1, size=20)
    assert {row["call_id"]: row["agents"] for row in rows}["c0307"] == ["陈薇", "Jonas Weber"]
    assert {"a-chen", "a-weber"} <= set(filter_choices(snapshot)["agents"])


def test_each_agent_has_the_figures_of_their_own_recording(snapshot: Snapshot) -> None:
    [transferred] = snapshot.rows("select * from call_metrics where call_id = 'c0307'")
    assert (transferred["unrecorded_s"], transferred["agent_talk_s"], transferred["silence_s"]) == (60, 16, 68)
    means = means_of(ask_frame(snapshot, "how_metrics_went", DAYS, dimensions=["agent"]))
    assert (means["a-chen"]["talk_ratio"].n, means["a-chen"]["talk_ratio"].mean) == (1, pytest.approx(12 / 18))
    assert means["a-weber"]["talk_ratio"].n == 2
    counts = {
        row["key"]: (row["calls"], row["audio_s"], row["agent_name"])
        for row in snapshot.rows("select * from counts_daily where dimension = 'agent' and call_date = '2025-09-03'")
    }
    assert counts["a-weber"] == (2, 130.0, "Jonas Weber")
    assert counts["a-chen"][1:] == (60.0, "陈薇")


def test_the_marts_add_up_where_a_call_counts_for_two_agents(snapshot: Snapshot) -> None:
    days = {"days": [scenario.DAY_1, scenario.DAY_2, scenario.DAY_3]}
    assert {mart: snapshot.rows(mart_test(mart), days) for mart in MARTS} == {mart: [] for mart in MARTS}


def test_a_snapshot_of_a_version_that_knew_one_recording_per_call_is_listed_all_the_same(
    home: Path, tmp_path: Path
) -> None:
    with open_newest(rewrite(home, tmp_path, "drop view call_agents") / "qa.duckdb", "UTC") as old:
        assert found(old, agents=("a-chen",)) == ["c0303", "c0307"]
        assert recordings_of(old, "c0307") == []


@pytest.mark.outside
def test_the_page_names_both_agents_and_lists_the_recordings(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(home, point_settings, "call", call="c0307")
    said = words(app).replace("\u2060", "")
    assert "陈薇 (a-chen), then Jonas Weber (a-weber)" in said
    assert "recording 2 of 2, Jonas Weber (a-weber), queue billing, 14:32:00-14:32:40, not recorded 14:31:00" in said
