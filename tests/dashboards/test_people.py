"""Teams and supervisors in what the pages ask: by the day of the call, and nothing of it where nobody is listed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.call_table.call_rows import with_details
from dashboards.call_table.columns import COLUMNS, columns_of
from dashboards.cards import agents as agent_cards
from dashboards.cards.rows import TAKEN, means_of
from dashboards.date_presets import UNDATED
from dashboards.exporting.call_list import write_calls
from dashboards.filters import CallFilter, DateRange, Span
from dashboards.finding import agent_names, count_calls, find_calls, suggestions
from dashboards.people import outcome_names, outcome_texts, people_of, team_choices, why_no_teams, within
from dashboards.queries import ask, ask_frame
from qa_pipeline.published.snapshot import Row, Snapshot, open_newest
from qa_pipeline.wording import languages
from tests.scenario import DAY_1, DAY_2, DAY_3

ALL_DAYS = DateRange(DAY_1, DAY_3)


@pytest.fixture(scope="module")
def snapshot(people_home: Path) -> Iterator[Snapshot]:
    with open_newest(people_home / "qa.duckdb", "Asia/Shanghai") as opened:
        yield opened


def found(snapshot: Snapshot, sort: str = "call", *, descending: bool = False, **chosen: Any) -> dict[str, Row]:
    asked = CallFilter(**({"dates": ALL_DAYS} | chosen))
    rows = find_calls(snapshot, asked, sort=sort, descending=descending, page=1, size=100)
    return {row["call_id"]: row for row in rows}


def test_a_team_has_the_calls_that_its_agents_took_while_they_were_in_it(snapshot: Snapshot) -> None:
    assert list(found(snapshot, teams=("north",))) == ["c0101", "c0102", "c0103", "c0201"]
    south = list(found(snapshot, teams=("south",)))
    assert south == ["c0104", "c0203", "c0205", "c0301", "c0303", "c0307"]
    assert list(found(snapshot, teams=("north",), agents=("a-chen",))) == ["c0101", "c0103"]
    assert list(found(snapshot, teams=("north", "south"), dates=DateRange(DAY_1, DAY_1))) == [
        "c0101", "c0102", "c0103", "c0104",
    ]  # fmt: skip
    assert found(snapshot, teams=("nobody's",)) == {}
    assert found(snapshot, teams=("north",), dates=UNDATED) == {}


def test_a_team_and_a_supervisor_must_be_of_the_same_agent(snapshot: Snapshot) -> None:
    assert list(found(snapshot, supervisors=("Li",))) == list(found(snapshot, teams=("south",)))
    assert found(snapshot, teams=("north",), supervisors=("Li",)) == {}


def test_rows_have_team_and_supervisor_and_sort_by_them(snapshot: Snapshot) -> None:
    rows = found(snapshot)
    assert [(rows[call]["team"], rows[call]["supervisor"]) for call in ("c0101", "c0205", "c0302")] == [
        ("north", "Wei Zhang"), ("south", "Li"), (None, None),
    ]  # fmt: skip
    assert rows["c0102"]["agent_name"] == "Lucía Ortiz"
    assert COLUMNS["team"].show(rows["c0101"]).text == "north"
    assert COLUMNS["agent"].show(rows["c0205"]).below == "a-chen · south"
    assert COLUMNS["agent"].show(rows["c0302"]).below == "a-brooks"
    teams = [row["team"] for row in found(snapshot, sort="team", descending=True).values()]
    assert teams == sorted([team for team in teams if team], reverse=True) + [None] * teams.count(None)


def test_names_of_the_list_are_found_and_suggested(snapshot: Snapshot) -> None:
    assert agent_names(snapshot)["a-ortiz"] == "Lucía Ortiz"
    assert agent_names(snapshot)["a-boss"] == "Wei Zhang"
    assert list(found(snapshot, text="lucia")) == ["c0102", "c0201"]
    [suggested] = suggestions(snapshot, "Lucia")
    assert (suggested["kind"], suggested["id"], suggested["name"]) == ("agent", "a-ortiz", "Lucía Ortiz")


def test_choices_are_those_of_the_list(snapshot: Snapshot, published_home: Path) -> None:
    assert team_choices(snapshot) == {"teams": ["north", "south"], "supervisors": ["Li", "a-boss"]}
    with open_newest(published_home / "qa.duckdb", "UTC") as without:
        assert team_choices(without) == {"teams": [], "supervisors": []}
        chosen = CallFilter(ALL_DAYS, teams=("north",))
        assert count_calls(without, chosen) == 0
        assert "has no list of people" in str(why_no_teams(without, chosen))
        assert why_no_teams(without, CallFilter(ALL_DAYS)) is None
    assert why_no_teams(snapshot, CallFilter(ALL_DAYS, teams=("west",))) is None


def test_teams_and_supervisors_are_in_the_address(snapshot: Snapshot) -> None:
    chosen = CallFilter(ALL_DAYS, teams=("north", "a&b"), supervisors=("Li",))
    query = chosen.to_query()
    assert (query["team"], query["supervisor"]) == (["north", "a&b"], ["Li"])
    assert CallFilter.from_query(query) == chosen


def test_a_teams_means_are_those_of_its_agents_days(snapshot: Snapshot) -> None:
    rows = ask(snapshot, "which_teams_took_calls", ALL_DAYS)
    teams = {row["key"]: (row["agents"], row["calls"]) for row in rows if row["dimension"] == "team"}
    assert teams == {"north": (2, 4), "south": (2, 4)}, "c0307, which two of the south took, is one call"
    for row in rows:
        narrow = {f"{row['dimension']}s": (row["key"],)}
        assert row["calls"] == len(found(snapshot, statuses=TAKEN, **narrow)), narrow
        assert row["n"] <= row["calls"]
    of = {
        name: means_of(ask_frame(snapshot, "how_metrics_went", ALL_DAYS, dimensions=[name]))
        for name in ("team", "supervisor", "agent")
    }
    assert of["team"]["south"] == of["supervisor"]["Li"]
    north = of["team"]["north"]["talk_ratio"]
    values = [
        row["talk_ratio"]
        for row in snapshot.rows("select team, talk_ratio from agent_calls where team = 'north' and talk_ratio > 0")
    ]
    assert (north.n, north.mean) == (len(values), pytest.approx(sum(values) / len(values)))
    assert set(of["agent"]) >= {"a-chen", "a-brooks"}
    course = ask_frame(snapshot, "how_metrics_went_by_period", ALL_DAYS, period="month", dimension="team", key="north")
    [whole] = course[course["metric"] == "talk_ratio"].to_dict("records")
    assert (whole["n"], whole["mean"]) == (north.n, pytest.approx(north.mean))


def test_moods_are_those_of_the_teams_calls(snapshot: Snapshot) -> None:
    def steps(**chosen: list[str]) -> int:
        every = {"queues": None, "teams": None, "supervisors": None}
        assert ask(snapshot, "how_calls_began_and_ended", ALL_DAYS, mild=0.5, **every | chosen) == []
        return sum(row["times"] for row in ask(snapshot, "which_emotions_followed", ALL_DAYS, **every | chosen))

    assert steps(teams=["nobody's"]) == 0
    of_li = steps(supervisors=["Li"])
    assert 0 < of_li == steps(teams=["south"])
    assert of_li + steps(supervisors=["a-boss"]) < steps()


def test_the_page_of_agents_names_teams_and_can_be_narrowed_to_one(snapshot: Snapshot) -> None:
    rows = [row for row in ask(snapshot, "which_agents_and_queues_took_calls", ALL_DAYS) if row["dimension"] == "agent"]
    people = within(people_of(snapshot), ALL_DAYS)
    groups = {group["key"]: group for group in agent_cards.with_people(rows, people)}
    assert (groups["a-chen"]["team"], groups["a-ortiz"]["name"]) == ("south", "Lucía Ortiz")
    assert groups["a-brooks"]["team"] is None
    listed = list(groups.values())
    north = [group["key"] for group in agent_cards.of_team(listed, people, "north", None)]
    assert sorted(north) == ["a-chen", "a-ortiz"], "who was in the team on any of the days"
    assert agent_cards.of_team(listed, people, "north", "Li") == []
    assert agent_cards.of_team(listed, people, None, None) == listed
    chen = [row for row in people if row["agent_id"] == "a-chen"]
    assert agent_cards.who(chen, agent_names(snapshot)) == [
        "Team north, supervisor Wei Zhang.",
        "Team south, supervisor Li, since 2025-09-02.",
        "Hired on 2023-04-01.",
    ]
    first_day = within(people, DateRange(DAY_1, DAY_1))
    assert [row["team"] for row in first_day if row["agent_id"] == "a-chen"] == ["north"]


def test_a_call_says_who_its_agent_was_that_day(snapshot: Snapshot) -> None:
    [call] = ask(snapshot, "read_call", call_id="c0101")
    assert (call["agent_name"], call["team"], call["supervisor"]) == ("陈薇", "north", "a-boss")
    [undated] = ask(snapshot, "read_call", call_id="c0400")
    assert (undated["agent_name"], undated["team"]) == (None, None)


def test_calls_are_narrowed_and_sorted_by_their_outcomes(snapshot: Snapshot) -> None:
    assert list(found(snapshot, outcomes=(("csat", Span(low=3)),))) == ["c0101"]
    assert list(found(snapshot, outcomes=(("csat", Span()), ("resolved", Span(1, 1))))) == ["c0101"]
    assert list(found(snapshot, outcomes=(("csat", Span(high=5)),), teams=("north",))) == ["c0101", "c0102"]
    assert list(found(snapshot, repeats=("yes",))) == ["c0101"]
    assert found(snapshot, repeats=("no",)) == {}, "nothing is known yet of seven days"
    assert list(found(snapshot, sort="outcomes"))[:2] == ["c0102", "c0101"]
    assert next(iter(found(snapshot, sort="repeat"))) == "c0101"
    chosen = CallFilter(ALL_DAYS, outcomes=(("csat", Span(low=3)),), repeats=("yes",))
    assert (chosen.to_query()["o.csat"], chosen.to_query()["repeat"]) == (["3.."], ["yes"])
    assert CallFilter.from_query(chosen.to_query()) == chosen


def test_a_list_shows_outcomes_as_words(snapshot: Snapshot) -> None:
    columns = columns_of(["outcomes", "repeat"])
    calls = [{"call_id": "c0101", "call_date": DAY_1}, {"call_id": "c0203", "call_date": DAY_2}]
    one, other = with_details(snapshot, calls, columns)
    assert [column.show(one).text for column in columns[1:]] == ["csat 4, resolved yes", "yes"]
    assert [column.show(other).text for column in columns[1:]] == ["–", "–"]
    assert outcome_texts([{"name": "refund_eur", "value": 12.5, "is_flag": False}]) == ["refund_eur 12.5"]
    file = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(languages, "_ask", lambda: "zh")
        assert [column.show(one).text for column in columns[1:]] == ["csat 4，resolved 是", "是"]
        write_calls(file, "csv", snapshot, [calls], columns, {})
    lines = file.getvalue().decode("utf-8-sig").split()
    assert lines[1:] == ["c0101,csat", "4;", "resolved", "yes,True", "c0203,,"], "a file holds values, in no language"
    chosen = CallFilter(ALL_DAYS, outcomes=(("nps", Span(low=3)),))
    assert outcome_names(snapshot, chosen) == ["csat", "resolved", "nps"]
