"""The page of rules: figures with their denominators, a rule's own view, the tester, a comparison and its file."""

from __future__ import annotations

import asyncio
import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit.testing.v1 import AppTest

from dashboards.board.figures import Table
from dashboards.cards import rule_changes
from dashboards.cards import rules as cards
from dashboards.filters import DateRange
from dashboards.instrument.call_data import call_data
from dashboards.instrument.marks import rule_hits
from dashboards.queries import ask
from dashboards.rules import running
from dashboards.rules.drafts import LONGEST_RULE
from dashboards.rules.flips_route import flips_path, flips_route
from dashboards.rules.known import chosen_rules, known_rules
from dashboards.rules.tester import LONGEST_TEXT
from dashboards.serving.gate import Gate
from qa_pipeline.judging.score_effects import ScoreChange, ScoreSums
from qa_pipeline.published.own_evaluations import EvaluatorsSnapshot, Seeing
from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.settings import load_settings
from tests.dashboards.test_cards import calls_at
from tests.dashboards.test_pages import boards, cards_of, open_app, tiles_of, words
from tests.scenario import DAY_1, DAY_2, DAY_3

ALL_DAYS = DateRange(DAY_1, DAY_3)
ALL: dict[str, Any] = {"dimension": "all", "key": None, "period": None, "rules": None}
CHANGED = """\
id: greeting
title: Greets the customer
condition:
  phrases: {any: [nobody ever says this]}
  role: agent
"""


@pytest.fixture
def settings(rules_project: Path, point_settings: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    with point_settings.context() as patch:
        patch.setenv("QA_CONFIG", str(rules_project))
        yield patch


def rows_of(card: Any) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in card["body"]["rows"]]


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
    card = cards.groups_card("By agent", "Agent", rows, ALL_DAYS, "agents", lambda each: each["key"], lambda _: "x")
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
        _press(tried, "Try it")
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


def _press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


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
    _press(app, "Try it")
    assert not app.exception
    assert said in words(app).replace("\u2003", "")


# the comparison


def test_scores_that_a_change_moves_are_listed_for_all_and_for_whom() -> None:
    change = ScoreChange("card", "abcdef0123", "Service", {
        ("all", "all"): ScoreSums(4, 2, 320.0, 280.0, 800.0, 1),
        ("agent", "a-1"): ScoreSums(2, 2, 160.0, 120.0, 800.0),
        ("agent", "a-2"): ScoreSums(2, 0, 160.0, 160.0, 0.0),
    })  # fmt: skip
    card = rule_changes.scores_card(change, lambda group: group[1].upper())
    assert isinstance(card.body, Table)
    lines = [[cell.text for cell in line] for line in card.body.rows]
    assert [line[0] for line in lines] == ["all", "A-1"]
    assert lines[0][3:] == ["−10.0", "2", "1"]
    still = ScoreChange("card", "v", "Service", {("all", "all"): ScoreSums(4)})
    assert rule_changes.scores_card(still, lambda group: group[1]).notes == ("No score changes over 4 calls.",)


@pytest.fixture
def forgotten() -> Iterator[None]:
    yield
    running.end_all()


def _compared(app: AppTest, rule: str) -> AppTest:
    app.text_area(key="compared_yaml").set_value(rule)
    _press(app, "Compare")
    return app


def _ended(owner: str) -> running.Comparing:
    found = running.comparison_of(owner)
    assert found is not None
    assert found.watch is not None
    found.watch.join(120)
    return found


@pytest.mark.outside
@pytest.mark.process
def test_a_changed_rule_is_compared_and_what_flips_is_listed_and_taken_along(
    ruled_home: Path, ruled: Snapshot, settings: pytest.MonkeyPatch, forgotten: None
) -> None:
    before = ruled.tuples("from rule_outcomes order by all")
    app = _compared(open_app(ruled_home, settings, "rules", view="compare", dates="all"), CHANGED)
    ended = _ended("local")
    assert (ended.state, ended.reason) == ("done", "")
    app.run()
    hits = ruled.tuples("select count(*) from rule_outcomes where rule_id = 'greeting' and outcome = 'hit'")[0][0]
    assert tiles_of(app)["Calls that flip"] >= str(hits)
    assert ["hit", "miss", str(hits)] in rows_of(cards_of(app)["What flips"])
    flips = cards_of(app)["Calls that flip"]["body"]["rows"]
    assert any(cells[-1]["href"].startswith("call?call=") for cells in flips)
    assert "Publishing is the second step" in words(app)
    assert f'href="{flips_path()}"' in words(app)
    assert ruled.tuples("from rule_outcomes order by all") == before

    answer = _get(flips_path())
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert sum((line["before"], line["after"]) == ("hit", "miss") for line in lines) == hits
    assert {line["rule_id"] for line in lines} == {"greeting"}


@pytest.mark.outside
def test_what_can_not_be_compared_is_said_and_nothing_begins(ruled_home: Path, settings: pytest.MonkeyPatch) -> None:
    app = open_app(ruled_home, settings, "rules", view="compare", dates="all")
    same = (load_settings().project_root / "rules" / "greeting.yaml").read_text(encoding="utf-8")
    assert "No rule differs" in words(_compared(app, same))
    assert "the pasted rule, line 1" in words(_compared(app, "id: x\n"))
    assert "Paste a rule" in words(_compared(app, ""))
    assert running.comparison_of("local") is None


@pytest.mark.process
def test_one_comparison_runs_at_a_time_and_can_be_cancelled(
    ruled_home: Path, settings: pytest.MonkeyPatch, forgotten: None
) -> None:
    settings.setenv("QA_HOME", str(ruled_home))
    first = running.begin("lea", {"changed": CHANGED}, ALL_DAYS)
    with pytest.raises(running.Busy):
        running.begin("lou", {"changed": CHANGED}, ALL_DAYS)
    running.cancel(first)
    assert _ended("lea").state == "cancelled"
    assert first.process is not None
    assert first.process.poll() is not None
    failed = running.begin("lou", {"changed": "id: x\n"}, ALL_DAYS)
    assert _ended("lou").state == "failed"
    assert "changed, line 1: title: it is missing" in failed.reason
    assert not failed.is_running


def _get(path: str) -> httpx.Response:
    app = Starlette(routes=[flips_route()], middleware=[Middleware(Gate)])

    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as client:
            return await client.get(path)

    return asyncio.run(one())


def test_there_is_no_file_before_a_comparison(ruled_home: Path, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("QA_HOME", str(ruled_home))
    assert _get(flips_path()).status_code == 404


@pytest.mark.outside
def test_a_viewer_has_neither_the_comparison_nor_its_file(
    ruled_home: Path, settings: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboards.serving import access
    from qa_pipeline.people.roles import Role

    monkeypatch.setattr(access, "viewer_of", lambda *_: access.Viewer("vic", Role.VIEWER))
    app = open_app(ruled_home, settings, "rules", view="compare", dates="all")
    assert not any(each.key == "compared_yaml" for each in app.text_area)
    assert len(boards(app)) == 1
