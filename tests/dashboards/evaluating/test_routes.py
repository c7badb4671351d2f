"""What the form of an evaluation reads and saves beside the page, behind the gate: by whom, and what comes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboards.evaluating.links import form_link
from dashboards.evaluating.routes import form_routes
from dashboards.serving.access import Viewer
from dashboards.serving.gate import Gate
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.states import EvaluationState, EvaluationType
from qa_pipeline.reviews.store import Reviews, open_reviews
from qa_pipeline.reviews.values import CallRef, Evaluation
from qa_pipeline.scorecards.reading import read_card
from qa_pipeline.scorecards.scoring import score_call
from tests.dashboards.conftest import rewrite
from tests.dashboards.evaluating.scene import (
    AMY,
    CALL,
    CARD,
    CARD_TEXT,
    EMIL,
    EVA,
    LENA,
    STRANGER,
    USERS,
    VIC,
    begun,
    person,
)

BROWSER, OTHER_BROWSER = "b" * 24, "c" * 24
YES, NO = {"options": ["yes"]}, {"options": ["no"]}


class Browser:
    """Asks the routes as somebody's browser does."""

    def __init__(self, app: Starlette, login: str, cookie: str = BROWSER) -> None:
        self.app, self.login, self.cookie = app, login, cookie
        self.headers = {"sec-fetch-site": "same-origin", "content-type": "application/json"}

    def link(self, evaluation: Evaluation) -> str:
        return form_link(Viewer(self.login, Role.EVALUATOR, self.cookie), evaluation.evaluation_id)

    def ask(self, path: str, sent: object = None, *, raw: bytes | None = None, **headers: str) -> httpx.Response:
        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=("127.0.0.1", 40000))
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8501", cookies={"qa_browser": self.cookie}
            ) as client:
                all_headers = {"x-forwarded-user": self.login, **self.headers, **headers}
                if sent is None and raw is None:
                    return await client.get(path, headers=all_headers)
                content = json.dumps(sent).encode() if raw is None else raw
                return await client.post(path, content=content, headers=all_headers)

        return asyncio.run(one())


Open = Callable[..., Browser]

BY_MACHINE = (
    "insert into evaluations by name select $$id$$ as evaluation_id, $$c0102$$ as call_id, date $$2025-09-01$$ as "
    f"call_date, $$service$$ as scorecard_id, $${CARD.version}$$ as scorecard_version, $$machine$$ as evaluation_type, "
    "$$submitted$$ as state, [] as failed_by, false as is_expert, now() as created_at, 0 as dispute_round, "
    "[] as dispute_questions, 1 as revision, now() as loaded_at",
    "insert into evaluation_answers by name select $$id$$ as evaluation_id, $$c0102$$ as call_id, unnest([$$silence$$, "
    "$$greeting$$]) as question_id, unnest([$$number$$, $$cannot_tell$$]) as answer_kind, [] as options, "
    "unnest([12.5, null]) as number, $$metric$$ as source, $$dead_air_s$$ as actor, [{role: $$agent$$, sentence_ids: "
    "[0], begin_ms: 500, end_ms: 2500}] as evidence, now() as loaded_at",
    "insert into evaluation_answers by name select $$id$$ as evaluation_id, $$c0102$$ as call_id, $$identity$$ as "
    "question_id, $$options$$ as answer_kind, [$$no$$] as options, $$rule$$ as source, $$identity$$ as actor, "
    "$$v1$$ as content_hash, [{role: $$customer$$, sentence_ids: [0], begin_ms: 4000, end_ms: 6000}] as evidence, "
    "now() as loaded_at",
    "insert into rule_outcomes by name select $$c0102$$ as call_id, $$identity$$ as rule_id, $$v1$$ as rule_version, "
    "date $$2025-09-01$$ as call_date, $$miss$$ as outcome, 0 as hit_count, $$Asks who is calling$$ as title, "
    "$$high$$ as severity, false as needs_review, now() as loaded_at",
)
"""What metrics and a rule answer to the call by the card, with an answer that says nothing."""


@pytest.fixture
def reviews(published_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reviews:
    (tmp_path / "qa.toml").touch()
    url = f"sqlite:///{tmp_path / 'operations.sqlite'}"
    for name, value in {
        "CONFIG": str(tmp_path / "qa.toml"), "HOME": str(published_home), "OPERATIONS_URL": url,
        "DASHBOARD_ACCESS": "proxy", "DASHBOARD_USERS": USERS, "TIMEZONE": "Asia/Shanghai",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"QA_{name}", value)
    return open_reviews(url)


@pytest.fixture
def with_machine(published_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = rewrite(published_home, tmp_path, *BY_MACHINE)
    monkeypatch.setenv("QA_HOME", str(home))


@pytest.fixture
def browser() -> Open:
    app = Starlette(routes=form_routes(), middleware=[Middleware(Gate)])
    return lambda login=EVA, cookie=BROWSER: Browser(app, login, cookie)


def answered(question: str, answer: Any, revision: int, **more: Any) -> dict[str, Any]:
    return {
        "question": question, "answer": answer, "comment": "", "evidence": [], "seconds": 1.5, "revision": revision,
        "request_id": new_request_id(), **more,
    }  # fmt: skip


def test_every_answer_is_saved_as_it_is_given_and_comes_back_with_the_score(reviews: Reviews, browser: Open) -> None:
    draft, eva = begun(reviews), browser()
    link = eva.link(draft)
    place = {"role": "customer", "sentence_ids": [0, 1], "begin_ms": 4000, "end_ms": 9000}
    sent = [
        answered("greeting", YES, 1, comment="at once", evidence=[place]),
        answered("identity", {"none": "not_applicable"}, 2),
        answered("solved", NO, 3),
        answered("recall", NO, 4),
        answered("silence", {"number": 31.5}, 5),
        answered("topics", {"options": ["other", "bill"]}, 6),
        answered("remark", {"text": "  <b>“ok”</b> "}, 7),
    ]
    for each in sent:
        now = eva.ask(f"{link}/answer", each)
        assert now.status_code == 200, now.text
    form = eva.ask(f"{link}/form").json()
    assert form == now.json()
    assert form["answers"]["greeting"]["evidence"][0].items() >= place.items()
    assert form["answers"]["greeting"]["evidence"][0]["quote"], "what was said there"
    assert [form["answers"][each["question"]]["answer"] for each in sent[:-1]] == [each["answer"] for each in sent[:-1]]
    assert form["answers"]["remark"]["answer"] == {"text": "<b>“ok”</b>"}
    kept = reviews.evaluation(person(EVA), draft.evaluation_id)
    assert kept.seconds_spent == pytest.approx(1.5 * len(sent))
    by_card = score_call(CARD, {key: given.answer for key, given in kept.answers.items()})
    assert form["preview"]["score"] == f"{by_card.score:.1f}%"
    assert f"coverage {by_card.coverage:.0%}" in form["preview"]["progress"]


def test_the_form_knows_what_is_asked_what_fails_and_what_needs_a_comment(reviews: Reviews, browser: Open) -> None:
    draft, eva = begun(reviews), browser()
    link = eva.link(draft)
    preview = eva.ask(f"{link}/form").json()["preview"]
    assert ("recall" in preview["asked"], preview["score"]) == (False, "No score yet")
    preview = eva.ask(f"{link}/answer", answered("identity", NO, 1)).json()["preview"]
    assert preview["score"] == "0.0%", "it fails the card, whatever is still to be answered"
    eva.ask(f"{link}/answer", answered("solved", NO, 2))
    preview = eva.ask(f"{link}/answer", answered("greeting", NO, 3)).json()["preview"]
    assert "recall" in preview["asked"]
    assert preview["needs_comment"] == ["greeting"]
    assert preview["failed"].startswith("Fails automatically: Was the identity checked?")
    refused = eva.ask(f"{link}/submit", {"revision": 4, "request_id": "s1"})
    assert (refused.status_code, list(refused.json()["missing"])) == (422, ["greeting"])
    eva.ask(f"{link}/answer", answered("greeting", NO, 4, comment="no name"))
    done = eva.ask(f"{link}/submit", {"revision": 5, "request_id": "s2"})
    assert (done.status_code, done.json()["may"]["answer"]) == (200, False)
    assert done.json()["preview"]["score"] == "0.0%"


def test_a_request_that_is_repeated_is_done_once(reviews: Reviews, browser: Open) -> None:
    draft, eva = begun(reviews), browser()
    once = answered("greeting", YES, 1)
    remark = {"at_ms": 4200, "text": "long pause", "revision": 2, "request_id": "r"}
    for path, sent in (("answer", once), ("answer", once), ("comment", remark), ("comment", remark)):
        assert eva.ask(f"{eva.link(draft)}/{path}", sent).status_code == 200
    kept = reviews.evaluation(person(EVA), draft.evaluation_id)
    assert (kept.revision, kept.seconds_spent, [each.text for each in kept.comments]) == (3, 1.5, ["long pause"])


def test_whoever_was_slower_is_told_what_there_is_now(reviews: Reviews, browser: Open) -> None:
    draft, eva, elsewhere = begun(reviews), browser(), browser(cookie=OTHER_BROWSER)
    eva.ask(f"{eva.link(draft)}/answer", answered("greeting", YES, 1))
    late = elsewhere.ask(f"{elsewhere.link(draft)}/answer", answered("greeting", NO, 1))
    assert late.status_code == 409
    assert late.json()["answers"]["greeting"].items() >= {"answer": YES, "by": "you, in another window"}.items()
    assert elsewhere.ask(f"{elsewhere.link(draft)}/since/2").json() == {}
    assert elsewhere.ask(f"{elsewhere.link(draft)}/since/1").json() == late.json()


def test_nobody_else_reads_or_writes_a_draft(reviews: Reviews, browser: Open) -> None:
    draft = begun(reviews)
    for login in (EMIL, VIC, AMY, STRANGER):
        other = browser(login)
        assert other.ask(f"{other.link(draft)}/form").status_code == 403, login
        assert other.ask(f"{other.link(draft)}/answer", answered("greeting", YES, 1)).status_code == 403, login
    lead = browser(LENA)
    assert lead.ask(f"{lead.link(draft)}/form").json()["may"]["answer"] is False
    assert lead.ask(f"{lead.link(draft)}/answer", answered("greeting", YES, 1)).status_code == 403
    assert reviews.evaluation(person(EVA), draft.evaluation_id).revision == 1


def test_an_address_opens_nothing_in_another_browser_nor_for_somebody_else(reviews: Reviews, browser: Open) -> None:
    draft, eva = begun(reviews), browser()
    for thief in (browser(cookie=OTHER_BROWSER), browser(LENA), browser(cookie="")):
        assert thief.ask(f"{eva.link(draft)}/form").status_code == 403
    assert eva.ask("/evaluation-form/nonsense/form").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
    ],
)
def test_a_foreign_page_can_send_nothing(reviews: Reviews, browser: Open, headers: dict[str, str]) -> None:
    draft, eva = begun(reviews), browser()
    sent = answered("greeting", YES, 1)
    assert eva.ask(f"{eva.link(draft)}/answer", sent, **headers).status_code == 403
    eva.headers.pop("sec-fetch-site")
    assert eva.ask(f"{eva.link(draft)}/answer", sent, origin="https://evil.example").status_code == 403
    assert eva.ask(f"{eva.link(draft)}/answer", sent, origin="http://127.0.0.1:8501").status_code == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"question": "greeting", "answer": {"options": ["maybe"]}}, 422),
        ({"question": "greeting", "answer": {"none": "not_applicable"}}, 422),
        ({"question": "greeting", "answer": {"none": "cannot_tell"}}, 422),
        ({"question": "unknown", "answer": YES}, 422),
        ({"question": "silence", "answer": {"number": True}}, 422),
        ({"question": "silence", "answer": {"text": "12"}}, 422),
        ({"question": ["greeting"], "answer": YES}, 422),
        ({"question": "greeting", "answer": YES, "comment": "x" * 5000}, 422),
        ({"question": "greeting", "answer": YES, "evidence": [{"role": 1}]}, 422),
        ({"question": "greeting", "answer": YES, "revision": "1"}, 422),
        ({"question": "greeting", "answer": YES, "request_id": ""}, 422),
        ([1], 400),
        ("x" * 300_000, 413),
    ],
)
def test_what_the_form_does_not_send_is_refused_and_changes_nothing(
    reviews: Reviews, browser: Open, sent: Any, status: int
) -> None:
    draft, eva = begun(reviews), browser()
    whole = {**answered("greeting", YES, 1), **sent} if isinstance(sent, dict) else sent
    answer = eva.ask(f"{eva.link(draft)}/answer", whole)
    assert (answer.status_code, bool(answer.json()["message"])) == (status, True)
    assert reviews.evaluation(person(EVA), draft.evaluation_id).revision == 1


def test_a_proposal_of_a_metric_is_shown_and_what_was_shown_is_kept(
    reviews: Reviews, browser: Open, with_machine: None
) -> None:
    draft, eva = begun(reviews), browser()
    form = eva.ask(f"{eva.link(draft)}/form").json()
    assert form["proposals"].keys() == {"silence", "identity"}
    proposal = form["proposals"]["silence"]
    assert (proposal["answer"], proposal["text"], proposal["by"][:8]) == ({"number": 12.5}, "12.5", "Dead air")
    assert proposal["evidence"][0]["quote"]
    eva.ask(f"{eva.link(draft)}/answer", answered("silence", proposal["answer"], 1, shown=proposal["answer"]))
    kept = reviews.evaluation(person(EVA), draft.evaluation_id).answers["silence"]
    assert kept.answer == kept.shown_machine == 12.5


def test_the_answer_of_a_rule_is_proposed_with_its_evidence(
    reviews: Reviews, browser: Open, with_machine: None
) -> None:
    draft, eva = begun(reviews), browser()
    form = eva.ask(f"{eva.link(draft)}/form").json()
    proposal = form["proposals"]["identity"]
    assert (proposal["answer"], proposal["text"], proposal["by"]) == (NO, "No", "the rule Asks who is calling")
    [place] = proposal["evidence"]
    assert (place["begin_ms"], place["end_ms"], bool(place["quote"])) == (4000, 6000, True)
    assert form["answers"] == {}, "it counts once a person takes it"
    eva.ask(f"{eva.link(draft)}/answer", answered("identity", NO, 1, shown=NO, evidence=[place]))
    kept = reviews.evaluation(person(EVA), draft.evaluation_id).answers["identity"]
    assert kept.answer == kept.shown_machine == ("no",)
    assert kept.evidence[0].begin_ms == 4000


def test_a_rule_that_does_not_apply_proposes_just_that(
    reviews: Reviews, browser: Open, published_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = [text.replace("$$options$$ as answer_kind, [$$no$$]", "$$not_applicable$$ as answer_kind, []")
             for text in BY_MACHINE]  # fmt: skip
    monkeypatch.setenv("QA_HOME", str(rewrite(published_home, tmp_path, *other)))
    draft, eva = begun(reviews), browser()
    assert eva.ask(f"{eva.link(draft)}/form").json()["proposals"]["identity"]["answer"] == {"none": "not_applicable"}


def test_a_blind_form_holds_nothing_that_a_machine_or_somebody_else_answered(
    reviews: Reviews, browser: Open, with_machine: None
) -> None:
    other = begun(reviews, EMIL)
    reviews.answer(
        person(EMIL), other.evaluation_id, "remark", "a telling remark", revision=1, request_id=new_request_id()
    )
    reviews.submit(person(EMIL), other.evaluation_id, revision=2, request_id=new_request_id())
    draft, eva = begun(reviews, kind=EvaluationType.BLIND), browser()
    form = eva.ask(f"{eva.link(draft)}/form")
    assert form.json()["proposals"] == {}
    assert "telling" not in form.text
    assert "12.5" not in form.text
    assert "Asks who is calling" not in form.text
    assert eva.ask(f"{eva.link(other)}/form").status_code == 403
    shown = answered("silence", {"number": 3}, 1, shown={"number": 3})
    assert eva.ask(f"{eva.link(draft)}/answer", shown).status_code == 200
    assert reviews.evaluation(person(EVA), draft.evaluation_id).answers["silence"].shown_machine is None


def test_a_lead_releases_what_was_submitted_and_a_draft_can_be_given_up(reviews: Reviews, browser: Open) -> None:
    draft, eva, lead = begun(reviews), browser(), browser(LENA)
    eva.ask(f"{eva.link(draft)}/answer", answered("greeting", YES, 1))
    done = eva.ask(f"{eva.link(draft)}/submit", {"revision": 2, "request_id": "s"})
    assert done.json()["may"] == {"answer": False, "submit": False, "withdraw": False, "release": False}
    assert eva.ask(f"{eva.link(draft)}/release", {"revision": 3, "request_id": "r"}).status_code == 403
    assert eva.ask(f"{eva.link(draft)}/answer", answered("greeting", NO, 3)).status_code == 410
    assert lead.ask(f"{lead.link(draft)}/form").json()["may"]["release"] is True
    assert lead.ask(f"{lead.link(draft)}/release", {"revision": 3, "request_id": "r"}).status_code == 200
    assert reviews.evaluation(person(EVA), draft.evaluation_id).state is EvaluationState.RELEASED
    other = begun(reviews, EMIL)
    emil = browser(EMIL)
    assert emil.ask(f"{emil.link(other)}/withdraw", {"revision": 1, "request_id": "w"}).status_code == 200
    assert reviews.evaluation(person(EMIL), other.evaluation_id).state is EvaluationState.WITHDRAWN


def test_what_is_too_late_is_said_of_what_was_asked(reviews: Reviews, browser: Open) -> None:
    draft, lead = begun(reviews), browser(LENA)
    reviews.submit(person(EVA), draft.evaluation_id, revision=1, request_id=new_request_id())
    reviews.retract(person(LENA), draft.evaluation_id, "wrong", revision=2, request_id=new_request_id())
    for path, said in (("release", "can't be released now"), ("withdraw", "Only a draft is withdrawn")):
        refused = lead.ask(f"{lead.link(draft)}/{path}", {"revision": 3, "request_id": path})
        assert (refused.status_code, said in refused.json()["message"]) == (410, True)


def test_what_is_asked_by_figures_of_a_call_is_not_submitted_without_them(reviews: Reviews, browser: Open) -> None:
    eva, gone = browser(), CallRef("gone", CALL.call_date, CALL.agent_id)
    by_queue = CARD_TEXT.replace("{question: solved, answers: [no]}", "{metadata: queue, values: [billing]}")
    for text, status in ((by_queue, 422), (CARD_TEXT, 200)):
        card = read_card(text, "service.yaml")
        draft = reviews.start(person(EVA), gone, card, request_id=new_request_id())
        answer = eva.ask(f"{eva.link(draft)}/submit", {"revision": 1, "request_id": f"s{status}"})
        assert answer.status_code == status
        if status == 422:
            assert "not published now" in answer.json()["message"]
            given_up = eva.ask(f"{eva.link(draft)}/withdraw", {"revision": 1, "request_id": "w"})
            assert given_up.status_code == 200
