"""Figures on the pages: trends, agents, defects, turns and definitions, and what is said where there are none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboards import figure_charts, queries
from dashboards.components.call_figures import notes_of
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange
from dashboards.palette import EMOTIONS
from dashboards.queries import ask, filter_choices
from qa_pipeline.audio.defects import EXPLANATIONS
from qa_pipeline.conversation import catalogue
from qa_pipeline.conversation.catalogue import markdown_table
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.warehouse.daily import VIEWS
from tests import scenario
from tests.dashboards.test_charts import values
from tests.dashboards.test_pages import links, listed, metrics, open_app, words
from tests.scenario import CALLS, CALLS_WITH_DEFECTS, DAY_1, DAY_3, Said, ScenarioCall

ALL_DAYS = DateRange(DAY_1, DAY_3)
NEW_TABLES = (
    "acoustics", "turns", "call_metrics", "calls_daily", "agents_daily", "queues_daily", "emotions_daily",
    "languages_daily", "costs_daily",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A QA_HOME with the scenario and the calls on whose sound something was done."""
    scenario.publish_snapshot(tmp_path, CALLS + CALLS_WITH_DEFECTS)
    return tmp_path


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A QA_HOME whose snapshot an earlier version published."""
    with duckdb.connect(str(scenario.publish_snapshot(tmp_path))) as connection:
        for table in NEW_TABLES:
            connection.execute(f"drop {'view' if table in VIEWS else 'table'} {table}")
    return tmp_path


# -- an earlier version's snapshot ----------------------------------------------------------------------------------


def test_a_snapshot_of_an_earlier_version_says_what_it_lacks_and_what_brings_it(
    earlier: Path, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(earlier, point_settings)
    assert metrics(app)["Calls"] == "13"
    assert "published by an earlier version (pipeline 0.1.0), which had no daily figures" in words(app)
    assert "qa-pipeline run --from 2025-09-03" in words(app)
    assert "Not transcribed in full: 6" in words(app)


def test_calls_of_an_earlier_versions_snapshot_are_read_as_before(
    earlier: Path, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(earlier, point_settings, "call", call="c0102")
    assert "published by a version without metrics" in words(app)
    assert all(said.text in words(app) for said in CALLS[1].said)
    app = open_app(earlier, point_settings, "calls", defect="silent")
    assert len(listed(app)) == 13
    assert not [control for control in app.multiselect if control.key == "control_defect"]


# -- overview -------------------------------------------------------------------------------------------------------


def test_each_mean_stands_with_its_interval_and_the_number_of_its_calls(
    home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    text = words(open_app(home, point_settings))
    assert "**47%** :gray[(27% to 67%), 8 calls]" in text
    assert "**2.1 s** :gray[(0.0 s to 5.8 s), 8 calls]" in text
    assert "0 calls escalated, 2 recovered" in text


def test_agents_with_few_calls_stand_in_grey_without_an_interval(
    home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(home, point_settings)
    table = app.table[0].value
    assert table["Agent"].tolist()[0].replace("\\", "") == "陈薇 (a-chen)"
    assert all(cell == "–" or cell.startswith(":gray[") for cell in table["Agent's share of talk"])
    assert "5 agents with fewer are grey: too few calls to rank." in words(app)
    point_settings.setenv("QA_MINIMUM_N", "2")
    table = open_app(home, point_settings).table[0].value
    ranked = [cell.replace("\\", "") for cell in table["Agent's share of talk"] if cell.startswith("**")]
    assert ranked == ["**37%** (0% to 100%)", "**61%** (0% to 100%)", "**46%** (42% to 49%)"]


def test_defects_are_named_explained_and_lead_to_their_calls(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(home, point_settings)
    text = words(app)
    assert EXPLANATIONS["bleeding"] in text  # type: ignore[index]
    assert "2 calls, 1 channel quarantined" in text
    assert "1 call, 1 channel not sent" in text
    assert (":primary[dual mono]", "defect=dual_mono") in links(app)
    assert listed(open_app(home, point_settings, "calls", defect="dual_mono")) == ["c0305"]
    assert listed(open_app(home, point_settings, "calls", defect=["silent", "clipped"])) == ["c0304", "c0102"]


def test_channels_that_were_not_sent_are_in_the_table_of_engines(
    home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    engines = open_app(home, point_settings).table[2].value
    rows = dict(zip(engines["Engine"].str.replace("\\", ""), engines["Not sent"], strict=True))
    assert rows["none (silent channel)"] == rows["none (copy of the other channel)"] == "1"


def test_figures_of_two_definitions_are_not_silently_compared(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    assert "not to be compared" not in words(open_app(home, point_settings))
    with duckdb.connect(str((home / "qa.duckdb").resolve())) as connection:
        connection.execute("update counts_daily set definition_version = '2.x' where call_date = ?", [DAY_1])
    assert "not to be compared" in words(open_app(home, point_settings))


# -- a call ---------------------------------------------------------------------------------------------------------


def test_a_calls_figures_lead_to_their_definitions(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(home, point_settings, "call", call="c0301")
    figures = {link.proto.query_string: link.proto.help for link in app.get("page_link")}
    assert "silences between the first and the last sentence that last longer" in figures["metric=dead_air_s"]
    assert "12.0 s" in words(app)
    assert "improving, recovered" in words(app)
    assert "default thresholds" in words(app)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("c0305", "Both channels carry the same sound, so the roles cannot be told apart."),
        ("c0103", "The customer's channel was not transcribed: FILE_DOWNLOAD_FAILED."),
        ("c0203", "No channel was transcribed: DECODE_ERROR."),
    ],
)
def test_a_call_without_figures_says_why(home: Path, point_settings: pytest.MonkeyPatch, call: str, said: str) -> None:
    assert said in words(open_app(home, point_settings, "call", call=call))


def test_a_call_that_was_never_measured_says_so(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    with duckdb.connect(str((home / "qa.duckdb").resolve())) as connection:
        connection.execute("delete from call_metrics")
    assert "No figures: not computed yet; `qa-pipeline run --from 2025-09-01` computes them" in words(
        open_app(home, point_settings, "call", call="c0101")
    )


def test_a_defect_says_what_became_of_each_channel(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    text = words(open_app(home, point_settings, "call", call="c0305"))
    assert "**Dual mono**, agent (channel 0) and customer (channel 1)" in text
    assert "Channel 0: the channel stands for both (setting on_dual_mono). Channel 1: the channel was not sent" in text
    silent = words(open_app(home, point_settings, "call", call="c0304"))
    assert "Channel 1: the channel was not sent (setting on_silent_channel)." in silent
    assert "the call was quarantined before anything was sent" in words(
        open_app(home, point_settings, "call", call="c0306")
    )


def test_turns_say_who_cut_in_and_how_long_it_was_silent(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(home, point_settings, "call", call="c0102", view="Turns")
    text = words(app)
    assert "interrupts turn 2, 2.0 s" in text
    assert "turn 4, 3.0 s long, after 1.0 s of silence" in text
    app.button(key="turn_3").click().run()
    assert app.query_params["t"] == "13"


def test_a_long_call_shows_its_turns_page_by_page(tmp_path: Path, point_settings: pytest.MonkeyPatch) -> None:
    said = tuple(
        Said(("agent", "customer")[number % 2], number * 2.0, number * 2.0 + 1.5, f"turn {number}", "en", None)
        for number in range(130)
    )
    scenario.publish_snapshot(
        tmp_path, (ScenarioCall("long", DAY_1, 9, "a-chen", "billing", duration_s=300.0, said=said),)
    )
    app = open_app(tmp_path, point_settings, "call", call="long", view="Turns", t="250")
    assert [item.value for item in app.text][-1] == "turn 129"
    assert app.pagination(key="control_page").value == 2


def test_a_back_channel_is_marked() -> None:
    times = {"begin_ms": 1000, "end_ms": 1400, "gap_ms": 0, "overlap_ms": 400}
    turn = {"turn_id": 3, "is_backchannel": True, "interrupts": False, **times}
    assert notes_of(turn)[0] == ":gray-badge[:material/record_voice_over: back-channel]"


# -- definitions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ({}, "Reading the pictures"),
        ({"metric": "talk_ratio"}, "Talk, overlap and silence"),
        ({"section": "Emotions"}, "Emotions"),
        ({"metric": "talk_ratio", "section": "Dead air"}, "Dead air"),
        ({"metric": "no_such", "section": "<script>"}, "Reading the pictures"),
    ],
)
def test_the_page_of_definitions_shows_the_section_that_is_meant(
    home: Path, point_settings: pytest.MonkeyPatch, query: dict[str, str], title: str
) -> None:
    app = open_app(home, point_settings, "definitions", **query)
    assert app.header[0].value == title


def test_without_the_docs_the_page_shows_the_tables_alone(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    point_settings.setattr(catalogue, "PAGE", "docs/gone.md")
    app = open_app(home, point_settings, "definitions", metric="dead_air_s")
    assert app.header[0].value == "Dead air"
    assert markdown_table("Dead air") in [item.value for item in app.markdown]


# -- charts and words -----------------------------------------------------------------------------------------------


def test_an_interval_is_drawn_as_far_as_the_figure_can_be() -> None:
    days = [(DAY_1, Mean(2, 0.5, -0.7, 1.7)), (DAY_3, Mean(1, 0.4, None, None))]
    rows = values(figure_charts.trend("talk_ratio", days, ALL_DAYS).to_dict())
    assert [(row["mean"], row["low"], row["high"]) for row in rows] == [(0.5, 0, 1), (0.4, None, None)]


def test_a_quarter_without_speech_has_no_bar() -> None:
    rows = values(figure_charts.quarters([None, -5.0, 0.0, None]).to_dict())
    assert [(row["quarter"], row["words"]) for row in rows] == [("Quarter 2", "−5.0"), ("Quarter 3", "0.0")]


def sound(waveform: bytes) -> dict[str, Any]:
    """A row of how_channels_sound, as far as its outline is drawn."""
    return {"role": "agent", "waveform": waveform}


def test_the_outline_keeps_every_peak_however_long_the_call_is() -> None:
    quiet = bytes([0, 0])
    loud = bytes([128, 127])  # -128 and 127 as signed bytes
    chart = figure_charts.waveform([sound(quiet * 70_000 + loud + quiet * 2000)], 3600.0, None)
    rows = values(chart.to_dict())
    assert len(rows) <= figure_charts.WAVEFORM_COLUMNS
    assert (min(row["low"] for row in rows), max(row["high"] for row in rows)) == (0.0, pytest.approx(1.992))
    (peak,) = [row for row in rows if row["low"] == 0.0]
    assert peak["at_s"] == pytest.approx(3500, abs=6)


def test_the_outline_of_nothing_is_nothing() -> None:
    assert values(figure_charts.waveform([sound(b"")], 10.0, 2.0).to_dict()) == []


def test_one_call_has_no_interval() -> None:
    assert Mean(1, 0.5, None, None).interval("talk_ratio") == ""
    assert Mean(3, 0.5, 0.4, 1.2).interval("talk_ratio") == "(40% to 100%)"
    assert Mean(3, 150.0, 139.6, 160.4, "words/min").shown("agent_talk_speed") == "150 words/min"


# -- the reader -----------------------------------------------------------------------------------------------------


def test_a_range_adds_up_its_days(home: Path) -> None:
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        assert queries.metric_means(snapshot, ALL_DAYS)["talk_ratio"].n == 8
        assert [mean.n for _, mean in queries.metric_trends(snapshot, ALL_DAYS)["talk_ratio"]] == [2, 3, 3]
        groups = queries.agents_and_queues(snapshot, ALL_DAYS)
        assert {dimension: sum(group.calls for group in groups[dimension]) for dimension in groups} == {
            "agent": 11,
            "queue": 11,
        }
        assert queries.metric_means(snapshot, DateRange(dt.date(2024, 1, 1), dt.date(2024, 1, 2))) == {}


def test_a_defect_narrows_the_calls(home: Path) -> None:
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        assert filter_choices(snapshot)["defects"] == ["bleeding", "clipped", "dual_mono", "one_sided", "silent"]
        chosen = CallFilter(ALL_DAYS, defects=("bleeding", "silent"))
        assert len(queries.find_calls(snapshot, chosen, sort="call", descending=False, page=1, size=9)) == 3


def test_emotions_of_the_marts_are_those_that_have_a_mark(home: Path) -> None:
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        assert {row["emotion"] for row in ask(snapshot, "how_roles_felt", ALL_DAYS)} <= set(EMOTIONS)
