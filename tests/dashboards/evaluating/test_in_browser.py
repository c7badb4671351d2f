"""The form of an evaluation in a real Chromium: by keys alone, over a reload, a lost network and a second window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dashboards.serving.access import LOCAL_USER
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.states import EvaluationState, EvaluationType, TaskKind
from qa_pipeline.reviews.store import Reviews, open_reviews
from qa_pipeline.reviews.values import CallRef, Evaluation, NewTask
from qa_pipeline.scorecards.scoring import NoOption
from tests.dashboards.browsing import expect, open_page
from tests.dashboards.evaluating.scene import CALL, CARD
from tests.dashboards.test_faces import lasting, show_theme, violations

pytestmark = pytest.mark.browser

HERE = Person(LOCAL_USER, Role.ADMIN)
ANSWERS = "**/evaluation-form/*/answer?*"


@pytest.fixture
def reviews(browsed_home: Path) -> Reviews:
    return open_reviews(f"sqlite:///{browsed_home / 'operations.sqlite'}")


@contextmanager
def draft(
    reviews: Reviews, kind: EvaluationType = EvaluationType.STANDARD, call: CallRef = CALL
) -> Iterator[Evaluation]:
    """A draft of the person at this machine, which is given up in the end where it is still one."""
    made = reviews.start(HERE, call, CARD, request_id=new_request_id(), evaluation_type=kind)
    yield made
    now = reviews.evaluation(HERE, made.evaluation_id)
    if now.state is EvaluationState.DRAFT:
        reviews.withdraw(HERE, made.evaluation_id, revision=now.revision, request_id=new_request_id())


@contextmanager
def window(browser: Any) -> Iterator[Any]:
    """A tab in which requests may fail: what a browser says of them in its console is no fault."""
    reader = browser.new_context(viewport={"width": 1400, "height": 1000})
    tab = reader.new_page()
    tab.set_default_timeout(60_000)
    yield tab
    reader.close()


def form_of(page: Any, server: str, evaluation: Evaluation) -> Any:
    """The form, open beside its call."""
    open_page(page, f"{server}/call?call={evaluation.call.call_id}&evaluation={evaluation.evaluation_id}")
    page.locator(".instrument[data-ready=true]").wait_for()
    form = page.locator(".form[data-ready=true]")
    form.wait_for()
    return form


def option(form: Any, question: str, place: int) -> Any:
    return form.locator(f"[data-question={question}] .options .option").nth(place - 1)


def expect_chosen(form: Any, question: str, place: int) -> None:
    expect(option(form, question, place)).to_have_attribute("aria-checked", "true")


def expect_state(form: Any, state: str) -> None:
    expect(form).to_have_attribute("data-state", state)


def test_a_call_is_evaluated_by_keys_alone_submitted_and_released(page: Any, server: str, reviews: Reviews) -> None:
    with draft(reviews) as begun:
        form = form_of(page, server, begun)
        keys = page.keyboard
        keys.press("1")
        expect_chosen(form, "greeting", 1)
        keys.press("e")
        page.locator(".instrument .sentence").first.click()
        expect(form.locator("[data-question=greeting] .chip")).to_have_count(1)
        keys.press("Escape")
        keys.press("c")
        keys.type("with a name")
        keys.press("Escape")
        keys.press("ArrowDown")
        keys.press("n")
        expect(form.locator("[data-question=identity] .option.small")).to_have_attribute("aria-pressed", "true")
        keys.press("ArrowDown")
        keys.press("2")
        expect(form.locator("[data-question=recall] .answering")).to_be_visible()
        keys.press("ArrowDown")
        keys.press("1")
        keys.press("ArrowDown")
        keys.type("12")
        keys.press("Escape")
        keys.press("ArrowDown")
        keys.press("1")
        keys.press("2")
        keys.press("m")
        keys.type("a long pause")
        keys.press("Enter")
        expect(form.locator(".remarks li")).to_have_count(1)
        expect(page.locator(".instrument .finding").filter(has_text="a long pause")).to_have_count(1)
        expect_state(form, "saved")
        for theme in ("light", "dark"):
            show_theme(page, theme)
            assert lasting(page) == []

        page.reload()
        form.wait_for()
        expect_chosen(form, "solved", 2)
        expect(form.locator("[data-question=greeting] textarea")).to_have_value("with a name")
        expect(form.locator("[data-question=silence] input")).to_have_value("12")
        score = form.locator(".score").inner_text()
        form.get_by_role("button", name="Submit").click()
        form.get_by_role("button", name="Release to the agent").click()
        expect(form.locator(".state")).to_have_text("released")
        expect(form.locator(".score")).to_have_text(score)
    kept = reviews.evaluation(HERE, begun.evaluation_id)
    assert (kept.state, f"{kept.score:.1f}%") == (EvaluationState.RELEASED, score)
    assert kept.answers["identity"].answer is NoOption.NOT_APPLICABLE
    assert kept.answers["topics"].answer == ("bill", "other")
    assert kept.answers["greeting"].evidence[0].sentence_ids
    assert [each.text for each in kept.comments] == ["a long pause"]
    assert kept.seconds_spent > 0


def test_a_lost_network_and_a_second_window_lose_nothing(browser: Any, server: str, reviews: Reviews) -> None:
    with draft(reviews) as begun, window(browser) as one, window(browser) as other:
        form, elsewhere = form_of(one, server, begun), form_of(other, server, begun)
        one.route(ANSWERS, lambda route: route.abort())
        one.keyboard.press("1")
        expect_state(form, "kept")
        one.reload()
        form.wait_for()
        expect_chosen(form, "greeting", 1)
        assert reviews.evaluation(HERE, begun.evaluation_id).answers == {}
        one.unroute(ANSWERS)
        expect_state(form, "saved")

        # the second window knows nothing of it: another question goes through, the same one is asked about
        option(elsewhere, "solved", 1).click()
        expect_state(elsewhere, "saved")
        option(form, "identity", 1).click()
        expect_state(form, "saved")
        option(elsewhere, "identity", 2).click()
        conflict = elsewhere.locator("[data-question=identity] .conflict")
        expect(conflict).to_contain_text("you, in another window answered “Yes”")
        expect_state(elsewhere, "conflict")
        conflict.get_by_role("button", name="Keep mine").click()
        expect_state(elsewhere, "saved")
        expect_chosen(elsewhere, "greeting", 1)
        one.bring_to_front()
        expect_chosen(form, "identity", 2)
    kept = reviews.evaluation(HERE, begun.evaluation_id)
    assert {key: each.answer for key, each in kept.answers.items()} == {
        "greeting": ("yes",), "solved": ("yes",), "identity": ("no",),
    }  # fmt: skip
    given = [row.payload["question"] for row in reviews.history(HERE, begun.evaluation_id) if "question" in row.payload]
    assert given == ["greeting", "solved", "identity", "identity"], "each once, and both answers of the conflict"


def test_the_inbox_is_searched_and_a_row_opens_its_call_with_the_form(page: Any, server: str, reviews: Reviews) -> None:
    tasks = [
        NewTask(task_id="inbox/late", task_kind=TaskKind.SAMPLE, call=CALL, scorecard_id="service",
                assignee=LOCAL_USER, due_at=1.0),
        NewTask(task_id="inbox/free", task_kind=TaskKind.SAMPLE, call=CallRef("c0101", CALL.call_date, "a-chen"),
                scorecard_id="service"),
    ]  # fmt: skip
    reviews.assign(HERE, tasks)
    begun = reviews.start(HERE, CALL, CARD, task_id="inbox/late", request_id=new_request_id())
    try:
        open_page(page, f"{server}/inbox")
        inbox = page.locator(".inbox")
        rows = inbox.locator("tbody tr")
        expect(rows).to_have_count(2)
        expect(inbox.get_by_role("button", name="Overdue 1")).to_be_visible()
        assert violations(page) == []
        inbox.get_by_role("searchbox").fill("ORTIZ")
        expect(rows).to_have_count(1)
        expect(page).to_have_url(re.compile("find=ORTIZ"))
        inbox.get_by_role("searchbox").fill("")
        inbox.get_by_role("button", name="Not assigned 1").click()
        expect(rows).to_have_count(1)
        inbox.get_by_label("Select call c0101").check()
        inbox.get_by_label("Assign to").select_option(LOCAL_USER)
        inbox.get_by_role("button", name="Assign", exact=True).click()
        expect(page.get_by_text("1 task is assigned now.")).to_be_visible()
        inbox.get_by_role("button", name="To do 2").click()
        inbox.get_by_role("link", name="c0102").click()
        expect(page.locator(".form[data-ready=true] .title")).to_have_text(CARD.title)
        expect(page).to_have_url(re.compile(f"evaluation={begun.evaluation_id}"))
    finally:
        reviews.withdraw(HERE, begun.evaluation_id, revision=1, request_id=new_request_id())
        for task in tasks:
            reviews.cancel(HERE, task.task_id, request_id=new_request_id())


def test_a_blind_page_gets_no_answer_of_a_machine(browser: Any, server: str, reviews: Reviews) -> None:
    frames: list[str] = []
    call = CallRef("c0103", CALL.call_date, "a-chen")  # of which there was no other draft
    with draft(reviews, EvaluationType.BLIND, call) as begun, window(browser) as tab:
        tab.on("websocket", lambda socket: socket.on("framereceived", lambda got: frames.append(str(got))))
        form = form_of(tab, server, begun)
        expect(form.locator(".blind")).to_be_visible()
        expect(tab.get_by_text("The figures of this call are hidden")).to_be_visible()
        expect(form.locator(".proposal").first).to_be_hidden()
        seen = "".join((tab.content(), *frames))
        assert "Response time" not in seen
        assert "Share of silence" not in seen
