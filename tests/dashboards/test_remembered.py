"""Figures of days are worked out once for all who may see them, and nobody gets those of another snapshot or person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards import queries
from dashboards.filters import DateRange
from dashboards.queries import ask, ask_frame
from dashboards.remembered import OF_QUESTION, RememberedOfNewest
from qa_pipeline.published.own_calls import OwnSnapshot, find_own
from qa_pipeline.published.own_evaluations import EvaluatorsSnapshot, Seeing
from qa_pipeline.published.snapshot import Snapshot, open_newest
from tests.dashboards.conftest import rewrite
from tests.scenario import DAY_1, DAY_2, DAY_3

ALL_DAYS = DateRange(DAY_1, DAY_3)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The selects that reached a snapshot, by a store of answers of the test's own."""
    monkeypatch.setattr(queries, "_OF_DAYS", RememberedOfNewest(1 << 20, 1 << 18))
    found: list[str] = []
    cursor = Snapshot.cursor

    def listening(snapshot: Snapshot) -> Any:
        found.append(snapshot.identity)
        return cursor(snapshot)

    monkeypatch.setattr(Snapshot, "cursor", listening)
    return found


@pytest.fixture
def snapshot(published_home: Path) -> Iterator[Snapshot]:
    with open_newest(published_home / "qa.duckdb", "Asia/Shanghai") as opened:
        yield opened


def totals(snapshot: Snapshot, dates: DateRange = ALL_DAYS) -> int:
    [row] = ask(snapshot, "count_calls_and_cost", dates)
    return int(row["calls"])


def test_the_same_days_are_asked_for_once(snapshot: Snapshot, asked: list[str]) -> None:
    first = [totals(snapshot), totals(snapshot, DateRange(DAY_2, DAY_2))]
    assert len(asked) == 2
    assert [totals(snapshot), totals(snapshot, DateRange(DAY_2, DAY_2))] == first
    days = ask_frame(snapshot, "count_calls_by_period", ALL_DAYS, period="day")
    assert days["begins"].nunique() == 3
    assert ask_frame(snapshot, "count_calls_by_period", ALL_DAYS, period="day").equals(days)
    assert ask_frame(snapshot, "count_calls_by_period", ALL_DAYS, period="month")["begins"].nunique() == 1
    assert len(asked) == 4


def test_what_somebody_does_to_an_answer_stays_theirs(snapshot: Snapshot, asked: list[str]) -> None:
    before = totals(snapshot)
    ask(snapshot, "count_calls_and_cost", ALL_DAYS)[0]["calls"] = -1
    frame = ask_frame(snapshot, "count_calls_by_period", ALL_DAYS, period="month")
    shown = frame["calls"].tolist()
    frame["calls"] = -1
    assert totals(snapshot) == before
    assert ask_frame(snapshot, "count_calls_by_period", ALL_DAYS, period="month")["calls"].tolist() == shown


def test_a_newer_snapshot_and_an_agent_get_their_own(
    snapshot: Snapshot, published_home: Path, tmp_path: Path, asked: list[str]
) -> None:
    everybody = totals(snapshot)
    own = OwnSnapshot(snapshot, find_own(snapshot, login="", agent_id="a-ortiz"))
    assert 0 < totals(own) < everybody
    assert totals(snapshot) == everybody
    changed = rewrite(published_home, tmp_path / "changed", f"delete from calls where call_date = '{DAY_1}'")
    with open_newest(changed / "qa.duckdb", "Asia/Shanghai") as other:
        assert totals(other) < everybody
    assert totals(snapshot) == everybody


def test_who_may_not_see_evaluations_shares_figures_of_calls_alone(snapshot: Snapshot, asked: list[str]) -> None:
    of_calls = totals(snapshot)
    one = EvaluatorsSnapshot(snapshot, Seeing("eva@example.com", sees_all=False, evaluates=True))
    asked.clear()  # opening it asks for what stands in it
    assert totals(one) == of_calls
    assert asked == []
    for _ in range(2):
        ask(one, "count_work_of_evaluators", ALL_DAYS)
    assert len(asked) == 2


def test_what_is_in_an_answer_is_the_askers_own_too(snapshot: Snapshot, asked: list[str]) -> None:
    question = "which_calls_switched_most"
    ask(snapshot, question, ALL_DAYS, limit=3)[0]["languages"].append("of somebody")
    ask_frame(snapshot, question, ALL_DAYS, limit=3)["languages"][0][0] = "of somebody"
    for found in (
        ask(snapshot, question, ALL_DAYS, limit=3)[0]["languages"],
        ask_frame(snapshot, question, ALL_DAYS, limit=3)["languages"][0],
    ):
        assert "of somebody" not in list(found)


def test_what_names_many_is_not_remembered(snapshot: Snapshot, asked: list[str]) -> None:
    for _ in range(2):
        ask(snapshot, "count_hits", ALL_DAYS, call_ids=["x"] * 51, needles=[{"needle": " a ", "role": None}])
    assert len(asked) == 2


def test_at_most_so_much_is_remembered_and_only_of_what_is_published_now() -> None:
    worked_out: list[str] = []

    def get(published: str, question: str, size: int) -> str:
        def answer() -> str:
            worked_out.append(question)
            return question

        return answers.get(published, question, answer, lambda _: size)

    answers = RememberedOfNewest(10 * OF_QUESTION, 6 * OF_QUESTION)
    few, much = 3 * OF_QUESTION, 6 * OF_QUESTION
    for question, size in (
        ("a", few), ("b", few), ("a", few), ("large", much), ("large", much), ("c", few), ("a", few), ("b", few),
    ):  # fmt: skip
        assert get("one", question, size) == question
    assert worked_out == ["a", "b", "large", "large", "c", "b"], "b was asked for longest ago when c came"
    assert get("two", "a", few) == get("one", "a", few) == "a"
    assert worked_out[-2:] == ["a", "a"]
    for number in range(20):
        get("one", str(number), 0)
    worked_out.clear()
    for number in range(20):
        get("one", str(number), 0)
    assert len(worked_out) == 20, "answers without rows take their place too"
