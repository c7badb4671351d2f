"""Cards of the pages: from the frames of a real snapshot, and of made-up ones where a case is rare, to figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.board.addresses import address
from dashboards.board.axes import axis_of_amounts, axis_of_means
from dashboards.board.figures import Bars, Split, Stack, Table, Trend
from dashboards.cards import overview as cards
from dashboards.cards import trends
from dashboards.cards.problems import defects_card, problems_card
from dashboards.cards.rows import means_of, rows_of
from dashboards.cards.speech import languages_card, roles_card
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange
from dashboards.finding import find_calls
from dashboards.palette import EMOTIONS
from dashboards.periods import Period, periods_of
from dashboards.queries import ask, ask_frame
from qa_pipeline.published.snapshot import Snapshot, open_newest
from tests import scenario
from tests.scenario import DAY_1, DAY_2, DAY_3, HOSTILE_NAME

ALL_DAYS = DateRange(DAY_1, DAY_3)
BY_DAY = periods_of(ALL_DAYS, "day")


@pytest.fixture(scope="module")
def snapshot(defects_home: Path) -> Iterator[Snapshot]:
    with open_newest(defects_home / "qa.duckdb", "Asia/Shanghai") as opened:
        yield opened


def by_period(
    *rows: tuple[dt.date, int, float, float | None, float | None], metric: str = "talk_ratio"
) -> pd.DataFrame:
    """Rows of how_metrics_went_by_period: begins, n, mean and interval."""
    frame = pd.DataFrame(rows, columns=["begins", "n", "mean", "ci_low", "ci_high"])
    return frame.assign(begins=pd.to_datetime(frame["begins"]), metric=metric, unit=None)


def trend(frame: pd.DataFrame, column: str = "talk_ratio", periods: list[Period] | None = None, **more: Any) -> Trend:
    card = trends.trend_card(column, frame, periods or BY_DAY, (), now=Mean(9, 0.5, 0.4, 0.6), **more)
    assert isinstance(card.body, Trend)
    return card.body


def query_of(href: str) -> dict[str, list[str]]:
    """The parameters of an address of the list."""
    page, _, query = href.partition("?")
    assert page == "calls"
    return parse_qs(query, keep_blank_values=True)


def calls_at(snapshot: Snapshot, href: str) -> int:
    """How many calls the list has at an address."""
    chosen = CallFilter.from_query(query_of(href))
    rows = find_calls(snapshot, chosen, sort="date", descending=True, page=1, size=100)
    return len(rows)


# -- addresses and axes ---------------------------------------------------------------------------------------------


QUERIES = st.dictionaries(st.text(min_size=1), st.lists(st.text(), min_size=1))


@given(QUERIES)
def test_an_address_is_relative_and_carries_its_parameters(query: dict[str, list[str]]) -> None:
    assert query_of(address("app_pages/calls.py", query)) == query
    assert address("app_pages/overview.py", query).startswith("./")


@given(st.lists(st.floats(-5, 5), min_size=1), st.sampled_from([(-5.0, 5.0)]))
def test_an_axis_holds_every_mean_and_has_ticks_to_read_it_by(values: list[float], ends: tuple[float, float]) -> None:
    axis = axis_of_means(values, *ends)
    assert axis.low <= min(values) + 1e-9
    assert axis.high >= max(values) - 1e-9
    assert axis.low < axis.high
    assert 1 <= len(axis.ticks) <= 6


def test_columns_begin_at_zero_and_means_where_their_change_can_be_seen() -> None:
    assert axis_of_amounts([3, 12]).low == 0.0
    assert axis_of_amounts([]).high == 1.0
    near = axis_of_means([0.61, 0.63], 0, 1)
    assert not near.starts_at_zero
    assert near.high - near.low < 0.03
    assert axis_of_means([0.1, 0.6], 0, 1).low == 0.0
    alike = axis_of_means([0.5, 0.5], 0, 1)
    assert alike.low < 0.5 < alike.high


# -- over time ------------------------------------------------------------------------------------------------------


def test_a_trend_has_a_place_for_every_period_and_a_point_where_a_call_has_the_metric() -> None:
    body = trend(by_period((DAY_1, 8, 0.5, 0.4, 0.6), (DAY_3, 2, 0.55, 0.1, 1.4)))
    assert [place.name for place in body.places] == ["2025-09-01", "2025-09-02", "2025-09-03"]
    assert [point.at for point in body.points] == [0, 2]
    few = body.points[1]
    assert few.low is not None
    assert few.high is not None
    assert body.low <= few.low < few.high <= body.high  # two calls don't stretch the axis of all others
    assert few.text == "55% (10% to 100%) 2 calls"


def test_an_interval_that_reads_as_one_figure_is_not_drawn() -> None:
    (point,) = trend(by_period((DAY_1, 900, 0.5, 0.4999, 0.5001))).points
    assert (point.low, point.high, point.text) == (None, None, "50% 900 calls")


def test_an_axis_that_does_not_begin_at_zero_says_so() -> None:
    near = by_period((DAY_1, 8, 0.61, 0.60, 0.62), (DAY_2, 8, 0.63, 0.62, 0.64))
    card = trends.trend_card("talk_ratio", near, BY_DAY, (), now=Mean(16, 0.62, 0.61, 0.63))
    assert card.notes == ("The axis shows 60% to 64%, not from zero.",)
    far = by_period((DAY_1, 8, 0.1, 0.0, 0.2), (DAY_2, 8, 0.63, 0.62, 0.64))
    assert trends.trend_card("talk_ratio", far, BY_DAY, (), now=Mean(16, 0.62, 0.61, 0.63)).notes == ()


def test_milliseconds_are_drawn_in_seconds() -> None:
    frame = by_period((DAY_1, 8, 1200.0, 900.0, 1500.0), metric="response_ms_p50")
    card = trends.trend_card("response_ms_p50", frame, BY_DAY, (), now=Mean(8, 1200.0, 900.0, 1500.0))
    assert isinstance(card.body, Trend)
    assert (card.figure, card.body.points[0].mean) == ("1.2 s", 1.2)
    assert all(tick.name.endswith(" s") for tick in card.body.ticks)


def test_words_and_characters_a_minute_are_not_on_one_line() -> None:
    frame = by_period((DAY_1, 8, 170.0, 160.0, 180.0), (DAY_2, 8, 350.0, 340.0, 360.0), metric="agent_talk_speed")
    frame = frame.assign(unit=["words/min", "characters/min"])
    card = trends.trend_card("agent_talk_speed", frame, BY_DAY, (), now=Mean(16, 170.0, 160.0, 180.0, "words/min"))
    assert isinstance(card.body, Trend)
    assert [point.mean for point in card.body.points] == [170.0]
    assert "1 period is left out: most of its calls have this in another unit." in card.notes


def test_a_metric_that_no_call_has_is_said_to_be_missing() -> None:
    card = trends.trend_card("talk_ratio", by_period(), BY_DAY, (), now=None)
    assert card.body is None
    assert card.notes == ("No call of these dates has it.",)


def versions(*days: tuple[dt.date, list[str], list[str], str | None]) -> pd.DataFrame:
    """Rows of which_versions_by_day: the day, its engines, models and definition."""
    frame = pd.DataFrame(days, columns=["call_date", "engines", "models", "definition"])
    return frame.assign(call_date=pd.to_datetime(frame["call_date"]))


def test_what_changed_is_marked_on_the_period_in_which_it_did() -> None:
    found = versions((DAY_1, ["a"], ["m"], "1.x"), (DAY_2, [], ["m"], "2.x"), (DAY_3, ["b"], ["m"], "mixed"))
    marks = trends.version_marks(found, BY_DAY)
    assert [(mark.at, mark.name) for mark in marks] == [
        (1, "2025-09-02: before: definitions 1.x, from here: definitions 2.x"),
        (2, "2025-09-03: before: engine a, from here: engine b"),
    ]
    (by_week,) = trends.version_marks(found.iloc[[0, 2]], periods_of(ALL_DAYS, "week"))
    assert by_week.name == "2025-09-03: before: engine a, from here: engine b"
    assert trends.has_several_definitions(found)
    assert not trends.has_several_definitions(found.iloc[:1])


def test_engines_that_take_turns_are_no_change_at_each_turn() -> None:
    days = [DAY_1 + dt.timedelta(days=number) for number in range(60)]
    found = versions(*((day, ["a", "b"] if day.day % 2 else ["b"], ["m"], "1.x") for day in days))
    assert trends.version_marks(found, periods_of(DateRange(days[0], days[-1]), "day")) == []


def test_shares_of_a_period_add_up_and_the_unlabelled_have_their_own() -> None:
    frame = pd.DataFrame(
        [(DAY_1, "angry", 3.0), (DAY_1, None, 1.0), (DAY_2, "happy", 0.0)], columns=["begins", "emotion", "speech_s"]
    ).astype({"begins": "datetime64[us]"})
    card = trends.emotions_card(frame, BY_DAY, (), hides_unlabelled=False)
    assert card is not None
    assert isinstance(card.body, Stack)
    assert {series.name: series.values for series in card.body.series} == {
        "angry": (0.75, 0.0, 0.0),
        "not labelled": (0.25, 0.0, 0.0),
    }
    assert {series.colour for series in card.body.series} <= {mark.colour for mark in EMOTIONS.values()}
    assert trends.emotions_card(frame.iloc[1:2], BY_DAY, (), hides_unlabelled=True) is None


# -- the snapshot's own ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_means_of_periods_are_those_of_their_calls(snapshot: Snapshot, period: str) -> None:
    frame = ask_frame(snapshot, "how_metrics_went_by_period", ALL_DAYS, period=period, dimension="all", key="all")
    whole = means_of(ask_frame(snapshot, "how_metrics_went", ALL_DAYS, dimensions=["all"]))["all"]["talk_ratio"]
    found = [row for row in rows_of(frame) if row["metric"] == "talk_ratio"]
    assert [row["n"] for row in found] == ([2, 3, 3] if period == "day" else [8])
    assert sum(row["n"] * row["mean"] for row in found) / 8 == pytest.approx(whole.mean)
    if period != "day":
        assert found[0]["ci_low"] == pytest.approx(whole.ci_low)


def test_every_number_leads_to_as_many_calls(snapshot: Snapshot) -> None:
    calls = trends.calls_card(ask_frame(snapshot, "count_calls_by_period", ALL_DAYS, period="day"), BY_DAY, ())
    assert isinstance(calls.body, Stack)
    numbers = [
        (value, href)
        for series in calls.body.series
        for value, href in zip(series.values, series.hrefs, strict=True)
        if href
    ]
    (totals,) = ask(snapshot, "count_calls_and_cost", ALL_DAYS)
    (outcomes,) = ask(snapshot, "how_calls_turned_out", ALL_DAYS)
    tiles = cards.tiles(totals, None, outcomes, None, ALL_DAYS).tiles
    numbers += [(int(tile.value), tile.href) for tile in tiles if tile.href.startswith("calls?status")]
    problems = problems_card(ask_frame(snapshot, "which_problems_occurred", ALL_DAYS), ALL_DAYS, 0.0).body
    defects = defects_card(ask_frame(snapshot, "which_defects_were_found", ALL_DAYS), ALL_DAYS)
    assert isinstance(problems, Table)
    assert defects is not None
    assert isinstance(defects.body, Table)
    numbers += [(int(row[1].text), row[1].href) for row in defects.body.rows]
    assert len(numbers) > 12
    assert [calls_at(snapshot, href) for _, href in numbers] == [number for number, _ in numbers]


def test_problems_are_grouped_by_reason_and_name_the_newest(snapshot: Snapshot) -> None:
    card = problems_card(ask_frame(snapshot, "which_problems_occurred", ALL_DAYS), ALL_DAYS, 0.0)
    assert isinstance(card.body, Table)
    (totals,) = ask(snapshot, "count_calls_and_cost", ALL_DAYS)
    assert sum(int(row[2].text) for row in card.body.rows) == totals["calls"] - totals["ok"]
    assert all(parse_qs(row[0].href.partition("?")[2])["status"] for row in card.body.rows)
    mono = next(row for row in card.body.rows if row[0].text == "mono")
    assert "a stereo recording with one role a channel is needed" in mono[4].text


def test_queues_with_few_calls_are_quiet_and_have_no_interval() -> None:
    groups = [{"key": HOSTILE_NAME, "calls": 9}, {"key": "unknown", "calls": 1}]
    means = {HOSTILE_NAME: {"talk_ratio": Mean(4, 0.37, 0.1, 0.6), "valence_shift": Mean(1, -2.0, None, None)}}
    few, enough = (cards.queues_card(groups, means, ALL_DAYS, minimum).body for minimum in (5, 4))
    assert isinstance(few, Table)
    assert isinstance(enough, Table)
    assert (few.rows[0][0].text, few.rows[0][2].tone, few.rows[0][2].note) == (HOSTILE_NAME, "quiet", "4 calls")
    assert (enough.rows[0][2].text, enough.rows[0][2].note) == ("37%", "(10% to 60%)")
    assert (enough.rows[0][4].text, enough.rows[1][0].text, enough.rows[1][0].href) == ("–", "not known", "")
    assert CallFilter.from_query(query_of(enough.rows[0][0].href)).queues == (HOSTILE_NAME,)


def test_pieces_of_a_role_add_up_in_the_order_of_the_legend(snapshot: Snapshot) -> None:
    speech = ask_frame(snapshot, "how_roles_felt", ALL_DAYS)
    card = roles_card(speech, ALL_DAYS, hides_unlabelled=False, notes=())
    assert isinstance(card.body, Split)
    for row in card.body.rows:
        assert sum(piece.share for piece in row.pieces) == pytest.approx(1)
        places = [[series.colour for series in card.body.series].index(piece.colour) for piece in row.pieces]
        assert places == sorted(places)


def test_languages_are_named_and_have_their_share() -> None:
    rows = pd.DataFrame([("yue", 1, 90.0), ("en", 2, 30.0)], columns=["language", "sentences", "speech_s"])
    bars = languages_card(rows, ALL_DAYS).body
    assert isinstance(bars, Bars)
    assert [(bar.name, bar.text) for bar in bars.bars] == [("Cantonese", "75% · 90 s"), ("English", "25% · 30 s")]
    untimed = languages_card(rows.assign(speech_s=0.0), ALL_DAYS).body
    assert isinstance(untimed, Bars)
    assert [bar.text for bar in untimed.bars] == ["33% · 1 sentence", "67% · 2 sentences"]


@pytest.mark.parametrize(
    ("found", "value", "note"),
    [
        ({"billed_s": 0, "free_s": 90.0, "cost_usd": 0.0}, "free", "1:30 transcribed free of charge"),
        ({"billed_s": 1002.0, "cost_usd": 0.0321}, "US$ 0.0321", "16:42 billed"),
        ({"billed_s": 60.0, "free_s": 30.0, "cost_usd": 12.5}, "US$ 12.50",
         "1:00 billed, 30.0 s transcribed free of charge"),
        ({"billed_s": 60.0, "unpriced_s": 60.0}, "US$ 0.00", "1:00 billed, 1:00 at a price that is not known"),
        ({}, "–", "nothing was sent"),
    ],
)  # fmt: skip
def test_free_is_said_as_free_and_paid_to_the_cent(found: dict[str, float], value: str, note: str) -> None:
    tile = cards.cost_tile({"billed_s": 0.0, "free_s": 0.0, "unpriced_s": 0.0, "cost_usd": 0.0} | found)
    assert (tile.value, tile.note) == (value, note)


def test_a_range_with_recordings_without_a_date_alone_is_empty(snapshot: Snapshot) -> None:
    long_ago = DateRange(dt.date(2024, 1, 1), dt.date(2024, 1, 2))
    (totals,) = ask(snapshot, "count_calls_and_cost", long_ago)
    assert totals["calls"] == totals["quarantined"] == 0
    assert ask(snapshot, "count_undated_recordings") == [{"recordings": 1}]
    assert ask_frame(snapshot, "which_problems_occurred", long_ago).empty


def test_the_scenarios_prices_are_those_of_its_rows(snapshot: Snapshot) -> None:
    (totals,) = ask(snapshot, "count_calls_and_cost", ALL_DAYS)
    assert totals["cost_usd"] == pytest.approx((totals["billed_s"] + totals["free_s"]) * scenario.PRICE_PER_S_USD)
