"""Figures on the pages: trends, agents, defects, turns and definitions, and what is said where there are none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards import finding
from dashboards.board.figures import Table, Trend
from dashboards.cards.call import QUARTERS, every_figure, figure_tiles, sentiment_card
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange
from dashboards.palette import EMOTIONS
from dashboards.queries import ask, filter_choices
from qa_pipeline.audio.defects import EXPLANATIONS
from qa_pipeline.conversation import catalogue
from qa_pipeline.conversation.catalogue import CATALOGUE, markdown_table
from qa_pipeline.published.snapshot import Snapshot, open_newest
from tests.dashboards.conftest import rewrite
from tests.dashboards.test_pages import boards, cards_of, listed, open_app, tiles_of, words
from tests.scenario import DAY_1, DAY_3

pytestmark = pytest.mark.outside

ALL_DAYS = DateRange(DAY_1, DAY_3)
DROP_LONG_MARTS = [
    "drop view calls_daily", "drop view agents_daily", "drop view queues_daily", "drop table counts_daily",
    "drop table metrics_daily",
]  # fmt: skip
DROP_ALL_FIGURES = [
    *DROP_LONG_MARTS, "drop table acoustics", "drop table turns", "drop table call_metrics",
    "drop table emotions_daily", "drop table languages_daily", "drop table costs_daily",
    "drop macro schema_version",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(defects_home: Path) -> Path:
    """A QA_HOME with the scenario and the calls on whose sound something was done."""
    return defects_home


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory, published_home: Path) -> Path:
    """A QA_HOME whose snapshot was published by a version that measured nothing."""
    return rewrite(published_home, tmp_path_factory.mktemp("earlier"), *DROP_ALL_FIGURES)


@pytest.fixture
def snapshot(home: Path) -> Iterator[Snapshot]:
    with open_newest(home / "qa.duckdb", "UTC") as opened:
        yield opened


def plain(text: str) -> str:
    """The text without escapes."""
    return text.replace("\\", "")


# -- an earlier version's snapshot ----------------------------------------------------------------------------------


def test_a_snapshot_of_an_earlier_version_says_what_it_lacks_and_what_brings_it(
    earlier: Path, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(earlier, point_settings)
    assert tiles_of(app)["Calls"] == "12"
    assert "published by an earlier version (pipeline 0.1.0), without the daily figures of this page" in words(app)
    assert "qa-pipeline run --from 2025-09-03" in words(app)
    assert "Not transcribed in full: 5" in words(app)


def test_a_snapshot_that_lacks_the_long_marts_only_says_so_too(
    tmp_path: Path, published_home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(rewrite(published_home, tmp_path, *DROP_LONG_MARTS), point_settings)
    assert "published by an earlier version" in words(app)


def test_calls_of_an_earlier_versions_snapshot_are_read_as_before(
    earlier: Path, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(earlier, point_settings, "call", call="c0102")
    assert "published by a version without metrics" in words(app)
    app = open_app(earlier, point_settings, "calls", defect="silent")
    assert listed(app) == []
    app = open_app(earlier, point_settings, "calls")
    assert "c0102" in listed(app)
    assert not [control for control in app.multiselect if control.key == "control_defect"]


# -- overview -------------------------------------------------------------------------------------------------------


def test_the_overview_shows_means_queues_engines_and_defects(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(home, point_settings)
    cards = cards_of(app)
    shown = {name: (card["figure"], card["beside"]) for name, card in cards.items()}
    assert shown["Agent's share of talk"] == ("47%", "(27% to 67%) 8 calls")
    assert shown["Dead air"] == ("2.1 s", "(0.0 s to 5.8 s) 8 calls")
    assert "other engines, models or definitions" not in words(app)
    assert cards["Queues"]["body"]["rows"][0][0]["text"] == "billing"
    engines = [row[0]["text"] for row in cards["Engines"]["body"]["rows"]]
    assert {"none (silent channel)", "none (copy of the other channel)"} <= set(engines)
    defects = {row[0]["text"]: row for row in cards["Defects of the sound"]["body"]["rows"]}
    assert defects["bleeding"][2]["text"] == EXPLANATIONS["bleeding"]
    assert (defects["bleeding"][1]["text"], defects["bleeding"][3]["text"]) == ("2", "1 channel quarantined")
    assert (defects["dual mono"][1]["text"], defects["dual mono"][3]["text"]) == ("1", "1 channel not sent")
    assert defects["dual mono"][0]["href"] == "calls?defect=dual_mono&from=2025-09-01&to=2025-09-03"


def test_figures_of_two_definitions_are_not_silently_compared(
    home: Path, tmp_path: Path, point_settings: pytest.MonkeyPatch
) -> None:
    update = f"update counts_daily set definition_version = '2.x' where call_date = '{DAY_1}'"
    assert "not to be compared" in words(open_app(rewrite(home, tmp_path, update), point_settings))


# -- a call ---------------------------------------------------------------------------------------------------------


def test_a_calls_figures_lead_to_their_definitions(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(home, point_settings, "call", call="c0301")
    [tiles] = [part["tiles"] for board in boards(app) for part in board if part["kind"] == "tiles"]
    figures = {tile["href"]: tile["help"] for tile in tiles}
    assert "silences between the first and the last sentence that last longer" in figures["glossary?metric=dead_air_s"]
    assert "12.0 s" in plain(words(app))
    assert "improving, recovered" in words(app)
    assert "default thresholds" in words(app)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("c0103", "The customer's channel was not transcribed: FILE_DOWNLOAD_FAILED."),
        ("c0203", "No channel was transcribed: DECODE_ERROR."),
    ],
)
def test_a_call_without_figures_says_why(home: Path, point_settings: pytest.MonkeyPatch, call: str, said: str) -> None:
    assert said in words(open_app(home, point_settings, "call", call=call))


def test_a_call_that_was_never_measured_says_so(home: Path, tmp_path: Path, point_settings: pytest.MonkeyPatch) -> None:
    copy = rewrite(home, tmp_path, "delete from call_metrics")
    text = words(open_app(copy, point_settings, "call", call="c0101"))
    assert "No figures: not computed yet; `qa-pipeline run --from 2025-09-01` computes them" in text


def test_a_defect_says_what_became_of_each_channel(home: Path, point_settings: pytest.MonkeyPatch) -> None:
    text = words(open_app(home, point_settings, "call", call="c0305"))
    assert "**Dual mono**, agent (channel 0) and customer (channel 1)" in text
    assert "Channel 0: the channel stands for both (setting on_dual_mono). Channel 1: the channel was not sent" in text
    assert "Both channels carry the same sound, so the roles cannot be told apart." in text
    assert "the call was quarantined before anything was sent" in words(
        open_app(home, point_settings, "call", call="c0306")
    )


# -- glossary -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["glossary", "definitions"])
def test_the_figure_that_an_address_names_comes_first_in_the_glossary_by_its_old_address_too(
    home: Path, point_settings: pytest.MonkeyPatch, page: str
) -> None:
    app = open_app(home, point_settings, page, metric="talk_ratio")
    assert app.header[0].value.replace("\\", "") == "Agent's share of talk"
    assert "Depends: Who talks nearly all the time hardly listens" in app.markdown[0].value


def test_the_glossary_finds_figures_and_words_by_what_is_said_of_them(
    home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(home, point_settings, "glossary", find="interruption TIME")
    assert [item.value for item in app.header] == ["Agent interruption time", "Customer interruption time"]
    app = open_app(home, point_settings, "glossary", find="valence")
    assert any(item.value.startswith("**Mood (valence)**") for item in app.markdown)
    app = open_app(home, point_settings, "glossary", find="no such thing")
    assert "Nothing here is called so" in app.info[0].value


def test_the_rules_of_a_section_are_read_out_of_the_docs_or_are_the_table_alone(
    home: Path, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(home, point_settings, "glossary", section="Emotions")
    assert any("belongs to the **quarter** of the recorded time" in item.value for item in app.markdown)
    with point_settings.context() as patch:
        patch.setattr(catalogue, "PAGE", "docs/gone.md")
        app = open_app(home, patch, "glossary", section="Dead air")
    assert markdown_table("Dead air") in [item.value for item in app.markdown]


# -- charts and words -----------------------------------------------------------------------------------------------


def test_a_quarter_without_speech_has_no_point() -> None:
    metrics = dict.fromkeys(CATALOGUE) | {"customer_valence": -2.5, "trajectory": "improving", "recovered": True}
    metrics |= dict(zip(QUARTERS, (None, -5.0, 0.0, None), strict=True))
    card = sentiment_card(metrics, "")
    assert isinstance(card.body, Trend)
    assert [(point.at, point.text) for point in card.body.points] == [(1, "−5.0"), (2, "0.0")]
    assert [place.short for place in card.body.places] == ["no labelled speech", "−5.0", "0.0", "no labelled speech"]
    assert card.figure == "improving, recovered"
    without = sentiment_card(dict.fromkeys(CATALOGUE), "Whisper gives no emotions.")
    assert (without.body, without.notes) == (None, ("Whisper gives no emotions.",))


def test_a_figure_of_a_call_leads_to_its_definition_and_says_why_it_is_missing() -> None:
    metrics = dict.fromkeys(CATALOGUE) | {"dead_air_s": 3.25}
    [tile] = figure_tiles(["dead_air_s"], metrics).tiles
    assert (tile.name, tile.value, tile.href) == ("Dead air", "3.2 s", "glossary?metric=dead_air_s")
    card = every_figure(metrics, {"talk_ratio": "nobody was transcribed"})
    assert isinstance(card.body, Table)
    [row] = [row for row in card.body.rows if row[0].note == "talk_ratio"]
    assert "(nobody was transcribed)" in row[1].text


def test_one_call_has_no_interval() -> None:
    assert Mean(1, 0.5, None, None).interval("talk_ratio") == ""
    assert Mean(3, 0.5, 0.4, 1.2).interval("talk_ratio") == "(40% to 100%)"
    assert Mean(3, 150.0, 139.6, 160.4, "words/min").shown("agent_talk_speed") == "150 words/min"


# -- what is asked --------------------------------------------------------------------------------------------------


def test_a_range_adds_up_its_days(snapshot: Snapshot) -> None:
    calls = {"agent": 0, "queue": 0}
    for group in ask(snapshot, "which_agents_and_queues_took_calls", ALL_DAYS):
        calls[group["dimension"]] += group["calls"]
    assert calls == {"agent": 11, "queue": 11}


def test_a_defect_narrows_the_calls(snapshot: Snapshot) -> None:
    assert filter_choices(snapshot)["defects"] == ["bleeding", "clipped", "dual_mono", "one_sided", "silent"]
    found = {
        defects: [
            row["call_id"]
            for row in finding.find_calls(
                snapshot, CallFilter(ALL_DAYS, defects=defects), sort="call", descending=False, page=1, size=9
            )
        ]
        for defects in (("dual_mono",), ("silent", "clipped"), ("no_such",))
    }
    assert list(found.values()) == [["c0305"], ["c0102", "c0304"], []]


def test_emotions_of_the_marts_are_those_that_have_a_mark(snapshot: Snapshot) -> None:
    assert {row["emotion"] for row in ask(snapshot, "how_roles_felt", ALL_DAYS)} <= set(EMOTIONS)
