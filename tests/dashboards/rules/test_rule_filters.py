"""Rules as filters and columns of the list of calls, and in its search."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from dashboards.call_table.call_rows import with_details
from dashboards.call_table.columns import columns_of
from dashboards.exporting.call_list import write_calls
from dashboards.filters import CallFilter, DateRange
from dashboards.finding import count_calls, find_calls, without_each
from dashboards.queries import rules_of
from qa_pipeline.published.own_calls import OwnSnapshot, find_own
from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.rules.conditions import Severity
from qa_pipeline.rules.verdicts import Outcome
from qa_pipeline.search.query import RULE_OUTCOMES
from qa_pipeline.wording.rules import OUTCOMES, SEVERITIES
from tests.dashboards.test_pages import listed, open_app, words
from tests.scenario import DAY_1, DAY_3

ALL_DAYS = DateRange(DAY_1, DAY_3)


def found(snapshot: Snapshot, *, sort: str = "call", descending: bool = False, **chosen: object) -> list[str]:
    asked = CallFilter(ALL_DAYS, **chosen)  # type: ignore[arg-type]
    rows = find_calls(snapshot, asked, sort=sort, descending=descending, page=1, size=100)
    return [row["call_id"] for row in rows]


def by_outcome(snapshot: Snapshot, rule: str, outcome: str) -> list[str]:
    rows = snapshot.rows(
        "select call_id from rule_outcomes where rule_id = $rule and outcome = $outcome order by call_id",
        {"rule": rule, "outcome": outcome},
    )
    return [row["call_id"] for row in rows]


def test_words_and_searches_know_the_outcomes_and_severities_that_rules_have() -> None:
    assert tuple(Outcome) == RULE_OUTCOMES == tuple(OUTCOMES)
    assert set(Severity.__args__) == set(SEVERITIES)


@pytest.mark.parametrize("outcome", RULE_OUTCOMES)
def test_the_list_has_the_calls_of_an_outcome(ruled: Snapshot, outcome: str) -> None:
    wanted = by_outcome(ruled, "greeting", outcome)
    assert found(ruled, rules=(f"greeting:{outcome}",)) == wanted
    assert found(ruled, text=f"rule:greeting:{outcome}") == wanted
    if outcome == "hit":
        assert wanted
        assert found(ruled, text="rule:greeting") == found(ruled, text="规则：Greeting") == wanted


def test_of_several_rules_any_or_each_may_be_asked_for(ruled: Snapshot) -> None:
    greeted, closed = set(by_outcome(ruled, "greeting", "hit")), set(by_outcome(ruled, "closing", "miss"))
    both = ("greeting:hit", "closing:miss")
    assert found(ruled, rules=both) == sorted(greeted | closed)
    assert found(ruled, each_rule=both) == sorted(greeted & closed)
    assert found(ruled, text="rule:greeting rule:closing:miss") == sorted(greeted & closed)
    assert found(ruled, text="rule:greeting OR rule:closing:miss") == sorted(greeted | closed)
    assert greeted & closed != greeted | closed
    assert set(found(ruled, text="-rule:greeting")).isdisjoint(greeted)
    said = set(found(ruled, text="refund"))
    assert set(found(ruled, text="refund rule:greeting")) == said & greeted


def test_nothing_found_says_which_rule_to_drop(ruled: Snapshot) -> None:
    chosen = CallFilter(ALL_DAYS, rules=("greeting:hit",), each_rule=("promise:hit", "abuse:hit"))
    assert count_calls(ruled, chosen) == 0
    assert {name for name, _ in without_each(chosen)} == {"rule", "each_rule"}


def test_rules_are_columns_of_the_list_and_of_its_file(ruled: Snapshot) -> None:
    columns = columns_of(["rules_hit", "rules_missed"])
    calls = find_calls(ruled, CallFilter(ALL_DAYS), sort="rules_hit", descending=True, page=1, size=100)
    rows = with_details(ruled, calls, columns)
    amounts = [len(row.get("rules_hit") or ()) for row in rows]
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[0] > 0
    first = rows[0]
    assert columns[1].show(first).text.split(", ")[0] == first["rules_hit_titles"][0]
    file = io.BytesIO()
    write_calls(file, "csv", ruled, [calls[:1]], columns, {})
    heading, line = file.getvalue().decode("utf-8-sig").splitlines()
    assert heading == "call_id,rules_hit,rules_missed"
    assert line.split(",")[1] == "; ".join(first["rules_hit"])


def test_an_agent_finds_the_rules_of_the_own_calls_only(ruled_home: Path) -> None:
    whole = open_newest(ruled_home / "qa.duckdb", "Asia/Shanghai")
    with OwnSnapshot(whole, find_own(whole, login="", agent_id="a-chen")) as own:
        assert {row["rule_id"] for row in rules_of(own)} <= {row["rule_id"] for row in rules_of(whole)}
        every = {row["call_id"] for row in whole.rows("select call_id from calls where agent_id = 'a-chen'")}
        for outcome in RULE_OUTCOMES:
            assert set(found(own, rules=(f"greeting:{outcome}",))) <= every


@pytest.mark.outside
def test_a_filter_by_rule_is_in_the_address_and_a_chip_and_an_unknown_rule_is_named(
    ruled_home: Path, ruled: Snapshot, point_settings: pytest.MonkeyPatch
) -> None:
    app = open_app(ruled_home, point_settings, "calls", rule="greeting:hit", dates="all")
    assert sorted(listed(app)) == by_outcome(ruled, "greeting", "hit")
    assert any("Greets the customer: hit" in button.label.replace("\\", "") for button in app.button)
    app.multiselect(key="control_each_rule").set_value(["closing:miss"]).run()
    assert app.query_params["each_rule"] == "closing:miss"
    unknown = open_app(ruled_home, point_settings, "calls", q="rule:greting", dates="all")
    assert "There is no rule greting; the rules are " in words(unknown)
    columns = open_app(ruled_home, point_settings, "calls", columns="rules_hit", dates="all")
    assert len(listed(columns)) > 1


@pytest.mark.outside
def test_a_snapshot_without_rules_offers_none(published_home: Path, point_settings: pytest.MonkeyPatch) -> None:
    app = open_app(published_home, point_settings, "calls", q="rule:greeting", dates="all")
    assert "No rule was applied to any call yet" in words(app)
    assert not any(each.key == "control_rule" for each in app.multiselect)
