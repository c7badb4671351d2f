"""The page of rules: figures with their denominators, a rule's own view, the tester, a comparison and its file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from dashboards.board.figures import Table
from dashboards.cards import rule_groups
from dashboards.cards import rules as cards
from dashboards.filters import DateRange
from dashboards.instrument.call_data import call_data
from dashboards.instrument.marks import rule_hits
from dashboards.queries import ask
from dashboards.rules.drafts import LONGEST_RULE
from dashboards.rules.known import chosen_rules, known_rules
from dashboards.rules.tester import LONGEST_TEXT
from qa_pipeline.published.own_evaluations import EvaluatorsSnapshot, Seeing
from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.settings import load_settings
from tests.dashboards.rules.judged import CHANGED, press, rows_of
from tests.dashboards.test_cards import calls_at
from tests.dashboards.test_pages import cards_of, open_app, tiles_of, words
from tests.scenario import DAY_1, DAY_2, DAY_3

ALL_DAYS = DateRange(DAY_1, DAY_3)
ALL: dict[str, Any] = {"dimension": "all", "key": None, "period": None, "rules": None}


# figures


def test_every_number_of_the_table_of_rules_opens_as_many_calls(ruled: Snapshot) -> None:
    found = cards.by_rule(ask(ruled, "how_rules_went", ALL_DAYS, **ALL), [])
    assert len(found) == 9
    card = cards.rules_card(list(found.values()), ALL_DAYS, lambda row: f"rules?id={row['rule_id']}")
    assert isinstance(card.body, Table)
    for figures, line in zip(found.values(), card.body.rows, strict=True):
        now = figures.now
        counts = (now["hits"], now["misses"], now["not_applicable"], now["not_evaluated"])
        assert sum(counts) == now["calls"]
        for number, cell in zip(counts, line[4:8], strict=True):
            assert cell.text == str(number)
            assert calls_at(ruled, cell.href) == number if number else not cell.href


def test_groups_add_up_to_all_calls_that_have_one(ruled: Snapshot) -> None:
    (whole,) = ask(ruled, "how_rules_went", ALL_DAYS, **{**ALL, "rules": ["greeting"]})
    for dimension in ("agent", "queue"):
        rows = ask(ruled, "how_rules_went", ALL_DAYS, **{**ALL, "dimension": dimension, "rules": ["greeting"]})
        assert sum(row["hits"] for row in rows) == whole["hits"]
        assert sum(row["calls"] for row in rows) == whole["calls"]
    by_day = ask(ruled, "how_rules_went", ALL_DAYS, **{**ALL, "period": "day", "rules": ["greeting"]})
    assert [row["begins"] for row in by_day] == [DAY_1, DAY_2, DAY_3]
    assert sum(row["hits"] for row in by_day) == whole["hits"]


def row(version: str, first: Any, last: Any, hits: int, misses: int, **more: Any) -> dict[str, Any]:
    low, high = 0.1, 0.9
    return {
        "key": "all", "rule_id": "r", "rule_version": version, "title": "Rule", "severity": "low", "begins": None,
        "calls": hits + misses, "hits": hits, "misses": misses, "not_applicable": 0, "not_evaluated": 0,
        "hit_rate": hits / (hits + misses), "ci_low": low, "ci_high": high, "first_date": first, "last_date": last,
    } | more  # fmt: skip


def test_versions_of_a_rule_are_never_put_together_and_not_compared() -> None:
    rows = [row("old", DAY_1, DAY_2, 9, 1), row("new", DAY_2, DAY_3, 1, 9)]
    figures = cards.by_rule(rows, [row("old", DAY_1, DAY_1, 5, 5)])["r"]
    assert (figures.now["rule_version"], figures.left_out) == ("new", 10)
    assert cards.change_text(figures) == "another version before"
    card = cards.rules_card([figures], ALL_DAYS, lambda _: "")
    assert "10 outcomes by earlier versions of rules are not in the figures." in card.notes
    alike = cards.by_rule([row("new", DAY_3, DAY_3, 90, 10)], [row("new", DAY_1, DAY_2, 20, 80)])["r"]
    assert cards.change_text(alike).startswith("+70.0 points (20% of 100 before")


def test_a_course_breaks_where_the_version_changes() -> None:
    from dashboards.periods import periods_of

    rows = [
        row("old", DAY_1, DAY_1, 5, 5, begins=DAY_1),
        row("new", DAY_3, DAY_3, 5, 5, begins=DAY_3, not_evaluated=2),
    ]
    figures = cards.by_rule(rows, [])["r"]
    card = cards.course_card("Rule", rows, periods_of(ALL_DAYS, "day"), {}, figures=figures)
    assert card.body is not None
    assert [mark.at for mark in card.body.marks] == [2]  # type: ignore[union-attr]
    assert [point.at for point in card.body.points] == [0, 2]  # type: ignore[union-attr]
    assert "2 not evaluated" in card.body.points[1].text  # type: ignore[union-attr]


def test_below_twenty_evaluated_calls_nobody_is_ranked() -> None:
    rows = [
        {**row("v", DAY_1, DAY_3, 18, 2, ci_low=0.7, ci_high=0.97), "key": "a"},
        {**row("v", DAY_1, DAY_3, 2, 18, ci_low=0.03, ci_high=0.3), "key": "b"},
        {**row("v", DAY_1, DAY_3, 19, 0), "key": "few"},
        {**row("v", DAY_1, DAY_3, 19, 9), "key": "unknown"},
    ]
    card = rule_groups.groups_card(
        "By agent", "Agent", rows, ALL_DAYS, "agents", lambda each: each["key"], lambda _: "x"
    )
    assert isinstance(card.body, Table)
    groups = {line[0].text: line[1].text for line in card.body.rows}
    assert groups == {"a": "1", "b": "2", "few": "too few", "unknown": "–"}
    assert [line[0].href for line in card.body.rows if line[0].text == "unknown"] == [""]


def test_rules_are_chosen_by_severity_tag_and_owner(rules_project: Path, settings: pytest.MonkeyPatch) -> None:
    known = known_rules(load_settings())
    rows = [{"rule_id": rule.id, "severity": rule.rule.severity} for rule in known.book.rules]
    rows.append({"rule_id": "deleted", "severity": "low"})
    tagged = {each["rule_id"] for each in chosen_rules(rows, known, {"tag": ["compliance"]})}
    assert tagged == {rule.id for rule in known.book.rules if "compliance" in rule.rule.tags} != set()
    low = {each["rule_id"] for each in chosen_rules(rows, known, {"severity": ["low"]})}
    assert "deleted" in low
    assert "promise" not in low
    assert chosen_rules(rows, known, {"owner": ["nobody"]}) == []
    assert len(chosen_rules(rows, known, {})) == len(rows)


# the page


@pytest.mark.outside
def test_the_page_lists_rules_and_opens_one_with_what_it_says_and_its_hits(
    ruled_home: Path, ruled: Snapshot, settings: pytest.MonkeyPatch
) -> None:
    app = open_app(ruled_home, settings, "rules", dates="all")
    shown = rows_of(cards_of(app)["Rules"])
    assert shown[0][:2] == ["Promises what nobody may promise", "critical"]
    assert len(shown) == 9
    app.multiselect(key="control_severity").set_value(["low"]).run()
    assert {line[1] for line in rows_of(cards_of(app)["Rules"])} == {"low"}

    one = open_app(ruled_home, settings, "rules", dates="all", id="greeting")
    (hits,) = ruled.rows("select count(*) as n from rule_outcomes where rule_id = 'greeting' and outcome = 'hit'")
    assert tiles_of(one)["hit"] == str(hits["n"])
    assert "phrases: any of list greeting-en, list greeting-zh by the agent in the first 15 s of the talk" in words(one)
    [newest] = [card for title, card in cards_of(one).items() if title == "Newest hits"]
    assert len(newest["body"]["rows"]) == hits["n"]
    assert all(cells[-1]["href"].startswith("call?call=") for cells in newest["body"]["rows"])
    assert all("&t=" in cells[-1]["href"] for cells in newest["body"]["rows"])
    of_agent = open_app(ruled_home, settings, "rules", dates="all", id="greeting", group="agent", key="a-chen")
    assert int(tiles_of(of_agent)["hit"]) < hits["n"]
    unknown = open_app(ruled_home, settings, "rules", id="no-such-rule")
    assert "No rule no-such-rule was applied to any call" in words(unknown)


@pytest.mark.outside
def test_files_with_a_fault_and_a_snapshot_without_rules_are_said(
    tmp_path: Path, published_home: Path, ruled_home: Path, point_settings: pytest.MonkeyPatch, rules_project: Path
) -> None:
    project = shutil.copytree(rules_project.parent, tmp_path / "project")
    (project / "rules" / "wrong.yaml").write_text("id: wrong\n", encoding="utf-8")
    with point_settings.context() as patch:
        patch.setenv("QA_CONFIG", str(project / "qa.toml"))
        app = open_app(ruled_home, patch, "rules", dates="all")
        assert "wrong.yaml, line 1: title: it is missing" in words(app)
        assert len(rows_of(cards_of(app)["Rules"])) == 9
        tried = open_app(ruled_home, patch, "rules", view="try", rule_from="yaml", on="text")
        tried.text_area(key="tried_yaml").set_value(CHANGED)
        tried.text_area(key="tried_text").set_value("Good morning.")
        press(tried, "Try it")
        assert "Greets the customer: miss" in cards_of(tried)
        assert "tried without them" in words(tried)
    none = open_app(published_home, point_settings, "rules")
    assert "No rule was applied to any call yet. Copy samples/rules" in words(none)


# the player


def test_hits_are_marks_of_the_player_but_for_who_evaluates_the_call_blind(ruled_home: Path) -> None:
    with open_newest(ruled_home / "qa.duckdb", "UTC") as whole:
        (call,) = ask(whole, "read_call", call_id="c0101")
        found = [mark for mark in call_data(whole, call, 0.5)["marks"] if mark["kind"] == "rule"]
        greeting = next(mark for mark in found if mark["label"] == "Greets the customer")
        assert (greeting["severity"], greeting["role"], greeting["begin_ms"]) == ("low", "agent", 1000)
        blind = Seeing("eva", sees_all=True, evaluates=True, blind_calls=frozenset({"c0101"}))
        narrowed = EvaluatorsSnapshot(whole, blind)
        assert not any(mark["kind"] == "rule" for mark in call_data(narrowed, call, 0.5)["marks"])


def test_a_hit_says_when_something_is_missing_and_when_somebody_must_look() -> None:
    row = {"rule_id": "r", "title": "Says goodbye", "severity": "high", "needs_review": True, "hit_id": 0,
           "role": "anyone", "begin_ms": 0, "end_ms": 9000, "evidence": ""}  # fmt: skip
    [mark] = rule_hits([row, {**row, "begin_ms": None}])
    assert (mark.label, mark.role) == ("Says goodbye, nothing of it is said, needs review", None)


# the tester


@pytest.mark.outside
def test_a_rule_is_tried_on_a_published_call_by_its_address_alone(
    ruled_home: Path, settings: pytest.MonkeyPatch
) -> None:
    app = open_app(ruled_home, settings, "rules", view="try", id="greeting", call="c0101")
    (card,) = cards_of(app).values()
    assert card["title"] == "Greets the customer: hit"
    lines = rows_of(card)
    assert lines[0][0].startswith("phrases: any of list greeting-en, list greeting-zh by the agent")
    assert lines[0][1] == "✓ met"
    assert lines[1][0].strip().startswith("↳ 0:01.0 Agent")
    assert "call?call=c0101&t=1" in str(card["body"]["rows"])
    missing = open_app(ruled_home, settings, "rules", view="try", id="greeting", call="c9999")
    assert "There is no published call c9999 that can be judged" in words(missing)


@pytest.mark.outside
@pytest.mark.parametrize(
    ("rule", "text", "said"),
    [
        ("id: a\ntitle: b\ncondition:\n\tphrases: x\n", "Hello.", "the pasted rule, line 4: "),
        ("id: a\ntitle: b\ncondition: {phrases: {any: [x]}, rol: agent}\n", "Hello.", "rol: there is no such key"),
        ("", "Hello.", "Paste a rule; it begins with the lines id: and title:."),
        ("x" * (LONGEST_RULE + 1), "Hello.", f"at most {LONGEST_RULE:,} are read here"),
        (CHANGED, "", "Write or paste what is said."),
        (CHANGED, "x" * (LONGEST_TEXT + 1), f"At most {LONGEST_TEXT:,} characters are read here"),
        (CHANGED, "0:02 nobody: Hello.", "line 1: nobody is nobody; write agent, customer or other"),
        (CHANGED, "0:02 agent: Nobody ever says this!", "↳ 0:02.0 Agent"),
    ],
    ids=["a tab", "a slip", "no rule", "a long rule", "no text", "a long text", "a wrong line", "a hit"],
)
def test_what_is_pasted_is_tried_or_refused_in_plain_words(
    ruled_home: Path, settings: pytest.MonkeyPatch, rule: str, text: str, said: str
) -> None:
    app = open_app(ruled_home, settings, "rules", view="try", rule_from="yaml", on="text")
    app.text_area(key="tried_yaml").set_value(rule)
    app.text_area(key="tried_text").set_value(text)
    press(app, "Try it")
    assert not app.exception
    assert said in words(app).replace("\u2003", "")
