"""A review from the form that a lead brings to the figure that it changes, by five people in real browsers.

A lead makes a card of an Excel sheet and draws calls by a plan; an evaluator fills the form by keyboard; a lead
releases it; the agent disputes; the evaluator, though a lead, can't decide, and another lead does; the next run
publishes, and the page of scores shows it. On the way, an agent tries to get at another one's.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import httpx
import pytest
import xlsxwriter

from qa_pipeline.defs.assets.evaluations import evaluations
from qa_pipeline.defs.assets.published import published
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.faults import NotAllowed
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.states import Decision, EvaluationState
from qa_pipeline.reviews.store import Reviews, open_reviews
from qa_pipeline.warehouse.database import apply_schema
from tests import scenario
from tests.dashboards.conftest import PEOPLE
from tests.dashboards.test_faces import Look, faults_of, lasting
from tests.scenario import DAY_1

pytestmark = pytest.mark.browser

USERS = [
    {"login": "lea@example.com", "role": "lead"},
    {"login": "lou@example.com", "role": "lead"},
    {"login": "chen@example.com", "role": "agent"},
    {"login": "ortiz@example.com", "role": "agent"},
    {"login": "vic@example.com", "role": "viewer"},
]
SHEET = [
    ("Section", "Question", "Options", "Points", "Weight", "N/A", "Auto-fail"),
    ("Opening", "Was the customer greeted?", "Yes/No", "1/0", 1, "", ""),
    ("Opening", "Was the identity checked?", "Yes/No", "1/0", 1, "yes", "yes"),
    ("Solution", "Was it solved?", "Yes/Partly/No", "2/1/0", 2, "", ""),
]
OWN_LOOKS: tuple[Look, ...] = (("light", 1440, ()), ("light", 390, ()), ("dark", 390, ("color-contrast",)))
PLAN = """plans:
  - plan: each-agent
    scorecard: form
    period: week
    effective_from: 2025-09-01
    seed: 3
    blind_share: 0
    eligible: {agents: [a-chen]}
    strata: {by: [], take: 1}
    evaluators: {people: [{login: lou@example.com}]}
"""


@pytest.fixture
def project(tmp_path: Path, recordings: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose working database has the scenario and a list of people, published once."""
    (tmp_path / "qa.toml").touch()
    for name, value in {
        "CONFIG": str(tmp_path / "qa.toml"), "HOME": str(tmp_path), "RECORDINGS": str(recordings),
        "TIMEZONE": "Asia/Shanghai", "DASHBOARD_ACCESS": "proxy", "DASHBOARD_USERS": json.dumps(USERS),
    }.items():  # fmt: skip
        monkeypatch.setenv(f"QA_{name}", value)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        apply_schema(connection)
        scenario.seed(connection, scenario.CALLS, recordings)
        columns = "agent_id, valid_from, valid_to, name, team, supervisor, hired_at, email, loaded_at"
        for row in PEOPLE:
            connection.execute(f"insert into agents ({columns}) values {row[:-1]}, now())")
    run(DAY_1)
    return tmp_path


def run(day: dt.date) -> None:
    """What a run of the pipeline does about evaluations of a day; in a thread of its own, as the browser's has a loop
    of events already."""
    resources = {
        "settings": SettingsResource(), "warehouse": WarehouseResource(), "operations": OperationsResource(),
    }  # fmt: skip

    def materialize() -> bool:
        made = dg.materialize([evaluations, published], partition_key=day.isoformat(), resources=resources)
        return made.success

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(materialize).result()


@contextmanager
def reader(browser: Any, login: str) -> Iterator[Any]:
    from tests.dashboards.browsing import opened_tab

    with opened_tab(browser, extra_http_headers={"X-Forwarded-User": f"{login}@example.com"}) as tab:
        yield tab


def command(*words: str) -> str:
    """What a command prints that ends well."""
    done = subprocess.run(
        [sys.executable, "-m", "qa_pipeline", *words], cwd=scenario.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bring_the_form(project: Path) -> None:
    with xlsxwriter.Workbook(project / "form.xlsx") as workbook:
        sheet = workbook.add_worksheet("Form")
        for line, row in enumerate(SHEET):
            sheet.write_row(line, 0, row)
    command("scorecards", "import", str(project / "form.xlsx"), "--scoring", "by_question")
    (project / "sampling.yaml").write_text(PLAN, encoding="utf-8")
    assert "lou@example.com: 1" in command("sampling", "draw", "--period", "2025-W36")


def fill_the_form(browser: Any, address: str) -> None:
    """By keyboard: yes, yes, partly."""
    from tests.dashboards.browsing import expect, open_page, settle

    with reader(browser, "lou") as tab:
        open_page(tab, f"{address}/inbox")
        tab.locator(".inbox tbody tr a").first.click()
        tab.locator(".instrument[data-ready=true]").wait_for()
        form = tab.locator(".form[data-ready=true]")
        form.wait_for()
        settle(tab)
        questions = form.locator(".question")
        questions.first.focus()  # arrows belong to what has the focus: the player may have taken it when it came
        for place, option in enumerate((1, 1, 2)):
            expect(questions.nth(place)).to_have_attribute("data-chosen", "true")
            tab.keyboard.press(str(option))
            expect(questions.nth(place).locator(".option").nth(option - 1)).to_have_attribute("aria-checked", "true")
            tab.keyboard.press("ArrowDown")
        expect(form).to_have_attribute("data-state", "saved")
        form.get_by_role("button", name="Submit").click()
        expect(form.locator(".state")).to_have_text("to be released")


def release(browser: Any, address: str) -> None:
    from tests.dashboards.browsing import expect, open_page

    with reader(browser, "lea") as tab:
        open_page(tab, f"{address}/evaluations?view=release")
        expect(tab.get_by_text("1 evaluation to be released")).to_be_visible()
        tab.get_by_role("button", name="Select all of this page").click()
        tab.get_by_role("button", name="Release 1 selected").click()
        expect(tab.get_by_text("1 evaluation is released.")).to_be_visible()
        expect(tab.get_by_text("Nothing waits to be released.", exact=False)).to_be_visible()


def dispute(browser: Any, address: str) -> None:
    from tests.dashboards.browsing import expect, open_page

    with reader(browser, "chen") as tab:
        open_page(tab, f"{address}/my_evaluations")
        tab.get_by_role("link", name="form").first.wait_for()
        assert faults_of(tab, OWN_LOOKS) == []
        tab.get_by_role("link", name="form").first.click()
        expect(tab.locator(".record")).to_contain_text("Partly")
        assert faults_of(tab, (("dark", 1440, ("color-contrast",)),)) == []
        tab.get_by_text("I do not agree").click()
        expect(tab.get_by_text("You can dispute it until", exact=False)).to_be_visible()
        tab.get_by_label("Your reason").fill("It was <b>solved</b>")
        tab.get_by_role("button", name="Dispute it").click()
        expect(tab.get_by_text("It is being decided.", exact=False).first).to_be_visible()


def decide(browser: Any, address: str, evaluation_id: str) -> None:
    from tests.dashboards.browsing import choose, expect, open_page

    with reader(browser, "lou") as tab:  # who evaluated it
        open_page(tab, f"{address}/evaluation?evaluation={evaluation_id}")
        expect(tab.get_by_text("Somebody else decides the dispute.", exact=False)).to_be_visible()
        expect(tab.get_by_role("button", name="Decide")).to_have_count(0)
    with reader(browser, "lea") as tab:
        open_page(tab, f"{address}/evaluation?evaluation={evaluation_id}")
        expect(tab.get_by_text("It was <b>solved</b>", exact=False).first).to_be_visible()
        tab.locator(".instrument[data-ready=true]").wait_for()
        assert lasting(tab) == []
        tab.get_by_text("Changed: another evaluation takes its place").click()
        choose(tab, "Questions with another answer", "Was it solved?")
        tab.keyboard.press("Escape")
        choose(tab, "New answer to: Was it solved?", "Yes")
        tab.get_by_role("textbox", name="Reason, which the agent reads").first.fill("You are right")
        tab.get_by_role("button", name="Decide", exact=True).click()
        expect(tab.get_by_text("The dispute is decided", exact=False)).to_be_visible()
        tab.get_by_role("link", name="The evaluation in its place").click()
        expect(tab.locator(".tile").filter(has_text="Score").first).to_contain_text("100.0%")


def nothing_of_others(browser: Any, address: str, evaluation_id: str, store: Reviews) -> None:
    """By page, by address, by file, by the store; for another agent, a viewer, a stranger and the evaluator."""
    from tests.dashboards.browsing import expect, open_page

    with reader(browser, "ortiz") as tab:
        open_page(tab, f"{address}/my_evaluations")
        expect(tab.get_by_text("No evaluation of yours is released yet.", exact=False)).to_be_visible()
        open_page(tab, f"{address}/evaluation?evaluation={evaluation_id}")
        expect(tab.get_by_role("heading", name="No such evaluation")).to_be_visible()
        for page in ("Inbox", "Scores", "Agreement", "Form health"):
            expect(tab.get_by_role("link", name=page, exact=True)).to_have_count(0)
    with reader(browser, "vic") as tab:
        open_page(tab, f"{address}/evaluation?evaluation={evaluation_id}")
        expect(tab.get_by_role("heading", name="No such evaluation")).to_be_visible()
    for login in ("ortiz", "chen", "vic", "stranger"):
        for file in ("evaluations", "scores", "agreement", "form_health"):
            answer = httpx.get(
                f"{address}/export/{file}.csv?dates=all", headers={"X-Forwarded-User": f"{login}@example.com"}
            )
            assert answer.status_code == 403, (login, file)
    lou = Person("lou@example.com", Role.LEAD)
    revision = store.evaluation(lou, evaluation_id).revision
    with pytest.raises(NotAllowed):
        store.decide(lou, evaluation_id, Decision.UPHELD, "mine", revision=revision, request_id=new_request_id())


def test_a_review_from_the_form_to_the_figure(project: Path, recordings: Path, browser: Any) -> None:
    from tests.dashboards.browsing import expect, expect_tiles, open_page, serve

    bring_the_form(project)
    settings = {
        "QA_CONFIG": str(project / "qa.toml"), "QA_DASHBOARD_ACCESS": "proxy", "QA_DASHBOARD_USERS": json.dumps(USERS),
    }  # fmt: skip
    store = open_reviews(f"sqlite:///{project / 'operations.sqlite'}")
    lead = Person("lea@example.com", Role.LEAD)
    with serve(project, recordings, **settings) as address:
        fill_the_form(browser, address)
        release(browser, address)
        [first] = store.evaluations(lead)
        assert (first.state, first.evaluator) == (EvaluationState.RELEASED, "lou@example.com")
        assert first.inclusion_probability is not None
        dispute(browser, address)
        nothing_of_others(browser, address, first.evaluation_id, store)
        decide(browser, address, first.evaluation_id)
        now = {each.evaluation_id: each for each in store.evaluations(lead)}
        assert now[first.evaluation_id].state is EvaluationState.RETRACTED
        [second] = [each for each in now.values() if each.supersedes == first.evaluation_id]
        assert (second.state, second.score) == (EvaluationState.CHANGED, 100.0)
        run(first.call.call_date)
        with reader(browser, "vic") as tab:
            open_page(tab, f"{address}/scores?dates=all")
            expect_tiles(tab, {"Mean score": "100.0%", "Evaluations": "1"})
            expect(tab.get_by_text("too few").first).to_be_visible()
            assert lasting(tab) == []
        with reader(browser, "chen") as tab:
            open_page(tab, f"{address}/evaluation?evaluation={second.evaluation_id}")
            expect(tab.get_by_text("You are right", exact=False).first).to_be_visible()
            tab.get_by_role("button", name="I have read it").click()
            expect(tab.get_by_text("You have acknowledged it.")).to_be_visible()
    assert store.evaluation(lead, second.evaluation_id).state is EvaluationState.ACKNOWLEDGED
