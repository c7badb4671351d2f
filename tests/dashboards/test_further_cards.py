"""Cards of the pages Agents, Emotions & languages and Pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from dashboards.board.figures import Table, Trend
from dashboards.cards import agents, emotions, pipeline
from dashboards.cards.rows import means_of
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange
from dashboards.queries import ask, ask_frame
from qa_pipeline.dispatch.local_engines import NOTHING_LISTENS
from qa_pipeline.ledger.states import DUAL_MONO, IMPORT_UNREADABLE
from qa_pipeline.published import standing
from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.transcription.tables import MISSING_RECORDING, STILL_OPEN
from tests.dashboards.test_cards import calls_at, query_of
from tests.dashboards.test_pages import open_app, words
from tests.scenario import DAY_1, DAY_3

ALL_DAYS = DateRange(DAY_1, DAY_3)


@pytest.fixture(scope="module")
def snapshot(defects_home: Path) -> Iterator[Snapshot]:
    with open_newest(defects_home / "qa.duckdb", "Asia/Shanghai") as opened:
        yield opened


def test_agents_whose_intervals_overlap_are_one_group_and_few_calls_have_none() -> None:
    means = {
        "high": Mean(50, 0.9, 0.85, 0.95),
        "middle": Mean(50, 0.6, 0.5, 0.7),
        "chained": Mean(50, 0.5, 0.4, 0.55),
        "low": Mean(20, 0.1, 0.0, 0.2),
        "few": Mean(19, 0.9, 0.85, 0.95),
        "one": Mean(1, 0.9, None, None),
    }
    assert agents.groups_apart(means) == {"high": 1, "middle": 2, "chained": 2, "low": 3}
    assert agents.groups_apart({}) == {}


def test_the_table_of_agents_has_n_interval_and_group(snapshot: Snapshot) -> None:
    rows = [row for row in ask(snapshot, "which_agents_and_queues_took_calls", ALL_DAYS) if row["dimension"] == "agent"]
    means = means_of(ask_frame(snapshot, "how_metrics_went", ALL_DAYS, dimensions=["agent"]))
    frame = agents.agents_frame(rows, means, "talk_ratio", 2)
    assert "unknown" not in frame.index
    assert frame["n"].tolist() == [means[key]["talk_ratio"].n if key in means else 0 for key in frame.index]
    assert frame["Group"].isna().all()
    assert agents.group_notes(frame)[0].endswith("with this figure and no group: too few to rank.")
    assert agents.group_notes(agents.agents_frame([], {}, "talk_ratio", 2)) == []


def test_best_and_worst_calls_are_other_calls_and_open_at_a_moment(snapshot: Snapshot) -> None:
    frame = ask_frame(snapshot, "which_calls_went_best_and_worst", ALL_DAYS, agent="a-ortiz", limit=5)
    best, worst = agents.extremes_cards(frame)
    found = [row for card in (best, worst) if isinstance(card.body, Table) for row in card.body.rows]
    assert len({row[0].text for row in found}) == len(found)
    assert all(row[4].href.startswith(f"call?call={row[0].text}") for row in found)


def test_how_calls_began_and_ended_leads_to_ranges_that_neither_overlap_nor_leave_a_gap() -> None:
    moods = ("negative", "neutral", "positive")
    frame = pd.DataFrame([(one, other, 1) for one in moods for other in moods], columns=["began", "ended", "calls"])
    card = emotions.began_and_ended_card(frame, ALL_DAYS, ("billing",))
    assert isinstance(card.body, Table)
    chosen = [CallFilter.from_query(query_of(row[1].href)) for row in card.body.rows]
    ranges = [dict(each.metrics)["customer_valence_q1"] for each in chosen]
    for valence in (-5.0, -0.5, -0.4999, 0.0, 0.4999, 0.5, 5.0):
        ends = [(-5.0 if span.low is None else span.low, 5.0 if span.high is None else span.high) for span in ranges]
        assert sum(low <= valence <= high for low, high in ends) == 1
    assert emotions.began_and_ended_card(frame.iloc[:0], ALL_DAYS, ()).body is None


def test_quarters_have_the_means_of_their_calls(snapshot: Snapshot) -> None:
    felt = ask_frame(snapshot, "how_feelings_went_by_quarter", ALL_DAYS)
    card = emotions.quarters_card(felt, ALL_DAYS)
    assert isinstance(card.body, Trend)
    for point in card.body.points:
        assert calls_at(snapshot, point.href) == int(felt[felt["dimension"] == "all"]["n"].tolist()[point.at])
    assert emotions.quarters_card(felt.iloc[:0], ALL_DAYS).body is None


def test_transitions_of_a_line_add_up_and_open_a_call(snapshot: Snapshot) -> None:
    steps = ask_frame(snapshot, "which_emotions_followed", ALL_DAYS, calls=100, queues=None)
    card = emotions.transitions_card(steps)
    assert isinstance(card.body, Table)
    for row in card.body.rows:
        shares = [cell.shade for cell in row[1:]]
        assert sum(shares) == pytest.approx(1) or sum(shares) == 0
        assert all(cell.href.startswith("call?call=") for cell in row[1:] if cell.shade)


def test_what_mends_a_failure_is_named_by_reasons_that_exist(snapshot: Snapshot) -> None:
    known = {DUAL_MONO, IMPORT_UNREADABLE, NOTHING_LISTENS, MISSING_RECORDING, STILL_OPEN, "SOURCE_MISSING"}
    assert set(standing.FIXES) == known
    failures = standing.failures(snapshot)
    card = pipeline.failures_card(failures)
    assert isinstance(card.body, Table)
    numbers = [(row[2].href, int(row[2].text)) for row in card.body.rows if row[2].href]
    assert numbers
    assert [calls_at(snapshot, href) for href, _ in numbers] == [number for _, number in numbers]
    assert all(failure.command.startswith("qa-pipeline r") for failure in failures)


@pytest.mark.outside
@pytest.mark.parametrize(
    ("page", "query", "said"),
    [
        ("agents", {}, "too few to rank"),
        ("agents", {"agent": "a-ortiz"}, "Where customers felt worst"),
        ("agents", {"agent": "<b>nobody</b>"}, "in these dates"),
        ("emotions", {"queue": "delivery"}, "From one sentence to the next"),
        ("emotions", {"from_": "2024-01-01", "to": "2024-01-02"}, "No calls in these dates"),
        ("agents", {"from_": "2024-01-01", "to": "2024-01-02"}, "No calls of a known agent in these dates"),
        ("pipeline", {}, "1 recording without a date"),
    ],
)
def test_each_page_answers(
    published_home: Path, point_settings: pytest.MonkeyPatch, page: str, query: dict[str, str], said: str
) -> None:
    assert said in words(open_app(published_home, point_settings, page, **query))
