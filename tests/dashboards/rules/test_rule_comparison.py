"""A changed rule compared on the page: what flips, its file, what is refused, one at a time."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit.testing.v1 import AppTest

from dashboards.board.figures import Table
from dashboards.cards import rule_changes
from dashboards.filters import DateRange
from dashboards.rules import running
from dashboards.rules.flips_route import flips_path, flips_route
from dashboards.serving import access
from dashboards.serving.gate import Gate
from qa_pipeline.judging.score_effects import ScoreChange, ScoreSums
from qa_pipeline.people.roles import Role
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.settings import load_settings
from tests.dashboards.rules.judged import CHANGED, press, rows_of
from tests.dashboards.test_pages import boards, cards_of, open_app, tiles_of, words
from tests.scenario import DAY_1, DAY_3

ALL_DAYS = DateRange(DAY_1, DAY_3)


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
    press(app, "Compare")
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
    monkeypatch.setattr(access, "viewer_of", lambda *_: access.Viewer("vic", Role.VIEWER))
    app = open_app(ruled_home, settings, "rules", view="compare", dates="all")
    assert not any(each.key == "compared_yaml" for each in app.text_area)
    assert len(boards(app)) == 1
