"""Cards of the pages Agents, Emotions & languages and Pipeline."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.board.figures import Bars, Table, Trend
from dashboards.cards import agents, emotions, pipeline
from dashboards.cards.alerts import alert_cards
from dashboards.cards.groups import groups_of, in_words
from dashboards.cards.overview import GROUP_METRICS
from dashboards.cards.rows import means_of
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange
from dashboards.queries import ask, ask_frame
from qa_pipeline.dispatch.local_engines import NOTHING_LISTENS
from qa_pipeline.ledger.states import DUAL_MONO, IMPORT_UNREADABLE
from qa_pipeline.outbox.kept import Kept
from qa_pipeline.outbox.standing import AlertStanding, ChannelStanding
from qa_pipeline.published import standing
from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.transcription.tables import MISSING_RECORDING, STILL_OPEN
from qa_pipeline.wording.languages import ask_for_language
from tests.alerts.building import PLAN
from tests.dashboards.test_cards import calls_at, query_of
from tests.dashboards.test_pages import open_app, words
from tests.scenario import DAY_1, DAY_3

ALL_DAYS = DateRange(DAY_1, DAY_3)


@pytest.fixture(scope="module")
def snapshot(defects_home: Path) -> Iterator[Snapshot]:
    with open_newest(defects_home / "qa.duckdb", "Asia/Shanghai") as opened:
        yield opened


def mean(low: float, high: float, n: int = 50, unit: str | None = None) -> Mean:
    return Mean(n, (low + high) / 2, low, high, unit)


def test_that_intervals_overlap_is_not_handed_on_from_neighbour_to_neighbour() -> None:
    means = {"a": mean(8, 10), "b": mean(5, 8.5), "c": mean(3, 6), "touches": mean(1, 3), "low": mean(0, 0.5)}
    found = groups_of(means)
    assert {key: str(groups) for key, groups in found.items()} == {
        "a": "1", "b": "1–2", "c": "2–3", "touches": "3", "low": "4",
    }  # fmt: skip
    assert in_words(found["b"], found) == "groups 1–2 of 4"
    assert in_words(found["low"], found) == "group 4 of 4"


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=12))
def test_two_share_a_group_exactly_where_their_intervals_overlap(ends: list[tuple[int, int]]) -> None:
    means = {str(number): mean(min(each), max(each)) for number, each in enumerate(ends)}
    found = groups_of(means)
    for one, other in itertools.product(means, means):
        overlap = means[one].ci_low <= means[other].ci_high and means[other].ci_low <= means[one].ci_high  # type: ignore[operator]
        share_one = found[one].first <= found[other].last and found[other].first <= found[one].last
        assert share_one == overlap
    members = [
        {key for key, groups in found.items() if groups.first <= number <= groups.last}
        for number in range(1, max((groups.last for groups in found.values()), default=0) + 1)
    ]
    assert all(one == other or not one <= other for one, other in itertools.product(members, members))


def test_few_calls_and_other_units_are_in_no_group() -> None:
    means = {"few": mean(1, 2, n=19), "one": Mean(1, 0.9, None, None), "enough": mean(1, 2, n=20)}
    assert list(groups_of(means)) == ["enough"]
    assert groups_of({}) == {}
    assert in_words(None, {}) == "too few calls to rank"
    speeds = {
        "a": mean(150, 160, unit="en"),
        "b": mean(140, 150, unit="en"),
        "c": mean(250, 270, unit="c"),
    }
    by_agent = {key: {"agent_talk_speed": speed} for key, speed in speeds.items()}
    assert set(agents.comparable(by_agent, "agent_talk_speed")) == {"a", "b"}
    assert [note.split(" ")[0] for note in agents.group_notes(by_agent, "agent_talk_speed")] == ["By", "1"]


def test_agents_are_found_by_name_and_id_and_sorted_with_the_unknown_last() -> None:
    groups = [
        {"key": key, "name": name, "calls": calls}
        for key, name, calls in (("a-1", "Çelik", 3), ("a-2", "陈薇", 9), ("b-3", "Adam", 1), ("b-4", None, 5))
    ]
    means = {
        "a-1": {"talk_ratio": mean(0, 1)},
        "b-3": {"talk_ratio": mean(1, 2, n=1)},
        "b-4": {"talk_ratio": mean(2, 3)},
    }

    def keys(by: str, *, falls: bool, find: str = "") -> list[str]:
        return [group["key"] for group in agents.in_order(groups, means, agents.Order(by, falls), 2, find)]

    assert keys("calls", falls=True) == ["a-2", "b-4", "a-1", "b-3"]
    assert keys("agent", falls=False)[:3] == ["b-3", "b-4", "a-1"]
    assert keys("talk_ratio", falls=True)[:2] == ["b-4", "a-1"]
    assert keys("talk_ratio", falls=False) == ["a-1", "b-4", "b-3", "a-2"]
    assert keys("calls", falls=True, find="CELIK") == ["a-1"]
    assert keys("calls", falls=True, find="B-") == ["b-4", "b-3"]


def test_every_number_of_the_table_of_agents_opens_as_many_calls(snapshot: Snapshot) -> None:
    rows = [row for row in ask(snapshot, "which_agents_and_queues_took_calls", ALL_DAYS) if row["dimension"] == "agent"]
    rows = [row for row in rows if row["key"] != "unknown"]
    means = means_of(ask_frame(snapshot, "how_metrics_went", ALL_DAYS, dimensions=["agent"]))
    order = agents.Order("talk_ratio", is_falling=True)
    card = agents.agents_card(rows, means, "talk_ratio", order, ALL_DAYS, 2, lambda by: f"agents?by={by}")
    assert isinstance(card.body, Table)
    assert [column.order for column in card.body.columns if column.name == "Agent's share of talk"] == ["descending"]
    for group, line in zip(rows, card.body.rows, strict=True):
        assert line[0].href.startswith("agents?agent=")
        assert calls_at(snapshot, line[1].href) == group["calls"], group
        for column, cell in zip(GROUP_METRICS, line[3:], strict=True):
            if cell.href:
                assert calls_at(snapshot, cell.href) >= means[group["key"]][column].n
    assert card.notes[0].endswith("with this figure and no group: too few to rank.")


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


@pytest.mark.parametrize("queues", [(), ("billing", "delivery")])
def test_steps_from_sentence_to_sentence_are_of_all_calls_and_open_theirs(
    snapshot: Snapshot, queues: tuple[str, ...]
) -> None:
    said = snapshot.tuples(
        "select call_id, emotion from sentences semi join calls on calls.call_id = sentences.call_id "
        f"and ({not queues} or list_contains({list(queues)}, queue)) "
        "where role = 'customer' and emotion is not null order by call_id, begin_ms nulls last, channel_id, sentence_id"
    )
    pairs = [(one[0], f"{one[1]}-{two[1]}") for one, two in itertools.pairwise(said) if one[0] == two[0]]
    narrow = {"queues": list(queues) or None, "teams": None, "supervisors": None}
    steps = ask_frame(snapshot, "which_emotions_followed", ALL_DAYS, **narrow)
    card = emotions.transitions_card(steps, ALL_DAYS, queues)
    assert isinstance(card.body, Table)
    shown = [cell for row in card.body.rows for cell in row[1:] if cell.href]
    assert {step: int(cell.note) for cell in shown for step in query_of(cell.href)["step"]} == Counter(
        step for _, step in pairs
    )
    for cell in shown:
        [step] = query_of(cell.href)["step"]
        assert calls_at(snapshot, cell.href) == len({call for call, each in pairs if each == step})
    for row in card.body.rows:
        assert sum(cell.shade for cell in row[1:]) == pytest.approx(1) or not any(cell.shade for cell in row[1:])
    assert emotions.transitions_card(steps.iloc[:0], ALL_DAYS, queues).body is None


def test_who_labelled_languages_counts_every_sentence_of_the_dates(snapshot: Snapshot) -> None:
    card = emotions.labelled_by_card(ask_frame(snapshot, "who_labelled_languages", ALL_DAYS))
    assert isinstance(card.body, Bars)
    assert sum(bar.share for bar in card.body.bars) == pytest.approx(1)
    [(sentences,)] = snapshot.tuples("select count(*) from sentences")
    assert sum(row["sentences"] for row in ask(snapshot, "who_labelled_languages", ALL_DAYS)) == sentences


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


KEPT = Kept("leads", "k" * 64, "dead", "high", 3, 1.7567e9, 7, 5, "HTTP 400", 1.7568e9)


@pytest.mark.parametrize(("language", "grave", "status"), [("en", "High", "HTTP"), ("zh", "高", "HTTP 状态码")])
def test_alerts_show_what_waits_what_was_given_up_and_why(language: str, grave: str, status: str) -> None:
    waits = ChannelStanding("leads", "slack", 2, 1, 1, 1.7567e9, "HTTP 503", 1.7566e9, "")
    idle = ChannelStanding("office", "mail", 0, 0, 0, None, "", None, "QA_X not set")
    ask_for_language(lambda: language)
    try:
        channels, dead = alert_cards(AlertStanding((waits, idle), (KEPT,)), dt.UTC)
    finally:
        ask_for_language(lambda: "en")
    assert isinstance(channels.body, Table)
    first, second = channels.body.rows
    assert [cell.text for cell in first] == ["leads", "2", "1", "1", "2025-08-31 00:26", "2025-09-01 04:13"]
    assert first[5].note == f"{status} 503"
    assert [cell.text for cell in second] == ["office", "0", "0", "0", "–", "–"]
    assert "QA_X" in second[5].note
    assert isinstance(dead.body, Table)
    assert [cell.text for cell in dead.body.rows[0]] == ["2025-09-02 08:00", "leads", grave, "3", f"{status} 400"]
    assert len(alert_cards(AlertStanding((waits,), ()), dt.UTC)) == 1


@pytest.mark.outside
def test_the_page_pipeline_has_alerts_only_where_they_are_set_up(
    published_home: Path, point_settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = shutil.copytree(published_home, tmp_path / "home", symlinks=True)
    assert "Given up" not in words(open_app(home, point_settings, "pipeline"))
    (home / "alerts.yaml").write_text(PLAN, encoding="utf-8")
    said = words(open_app(home, point_settings, "pipeline"))
    assert "Given up" in said
    assert "leads" in said


@pytest.mark.outside
@pytest.mark.parametrize(
    ("page", "query", "said"),
    [
        ("agents", {}, "too few to rank"),
        ("agents", {"agent": "a-ortiz"}, "Where customers felt worst"),
        ("agents", {"agent": "<b>nobody</b>"}, "in these dates"),
        ("emotions", {"queue": "delivery"}, "From one sentence to the next"),
        ("emotions", {"from_": "2024-01-01", "to": "2024-01-02"}, "published are of 2025-09-01 to 2025-09-03"),
        ("evaluations", {"view": "list", "state": "of another version"}, "No evaluation in these dates"),
        ("agents", {"from_": "2024-01-01", "to": "2024-01-02"}, "No calls of a known agent in these dates"),
        ("pipeline", {}, "1 recording without a date"),
        ("evaluations", {}, "Nothing waits to be released."),
        ("evaluations", {"view": "list", "card": "<b>none</b>"}, "No evaluation in these dates with this choice."),
        ("scores", {"team": "x"}, "No call of these dates was evaluated."),
        ("agreement", {}, "Agreement is measured on calls that two people evaluate blind"),
    ],
)
def test_each_page_answers(
    published_home: Path, point_settings: pytest.MonkeyPatch, page: str, query: dict[str, str], said: str
) -> None:
    assert said in words(open_app(published_home, point_settings, page, **query))
