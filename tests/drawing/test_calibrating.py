"""Calibration sessions, from their opening to who agrees with the expert."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine

from qa_pipeline.agreement.strictness import Differing
from qa_pipeline.drawing.calibrating import BadSession, compared, open_session, session_result
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.faults import NotAllowed
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import PIPELINE, Person
from qa_pipeline.reviews.states import EvaluationType
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import CallRef
from qa_pipeline.scorecards.scoring import NoOption
from tests.reviews.building import CARD, GOOD

CALLS = [CallRef("c1", dt.date(2025, 9, 1), "a-1"), CallRef("c2", dt.date(2025, 9, 1))]
ANA, BEN, EVA = (Person(f"{name}@x.org", Role.EVALUATOR) for name in ("ana", "ben", "eva"))


@pytest.fixture
def reviews(engine: Engine) -> Reviews:
    return Reviews(engine)


def opened(reviews: Reviews, **changes: Any) -> Any:
    given = {
        "who": PIPELINE, "session_id": "march", "calls": CALLS, "scorecard_id": "service", "expert": "Eva@x.org",
        "evaluators": ("ana@x.org", " ben@x.org"),
    }  # fmt: skip
    return open_session(reviews, **(given | changes))


def evaluate(reviews: Reviews, who: Person, call: CallRef, **answers: Any) -> None:
    [task] = [each for each in reviews.tasks(who, call_id=call.call_id) if each.assignee == who.login]
    draft = reviews.start(who, call, CARD, request_id=new_request_id(), task_id=task.task_id)
    revision = draft.revision
    for question, answer in {**GOOD, **answers}.items():
        saved = reviews.answer(
            who, draft.evaluation_id, question, answer, comment="so", revision=revision, request_id=new_request_id()
        )
        revision = saved.revision
    reviews.submit(who, draft.evaluation_id, revision=revision, request_id=new_request_id())


def test_a_session_is_assigned_to_the_expert_and_to_each_other(reviews: Reviews) -> None:
    assert opened(reviews).new == 6
    more = opened(reviews, evaluators=("ana@x.org", "ben@x.org", "cai@x.org"))
    assert (more.new, more.known) == (2, 6)
    found = reviews.tasks(PIPELINE, call_id="c1")
    assert {task.assignee for task in found} == {"ana@x.org", "ben@x.org", "cai@x.org", "eva@x.org"}
    assert [task.assignee for task in found if task.is_expert] == ["eva@x.org"]
    assert {(task.evaluation_type, task.session_id) for task in found} == {(EvaluationType.CALIBRATION, "march")}


@pytest.mark.parametrize(
    "wrong",
    [{"session_id": " "}, {"session_id": "x" * 61}, {"evaluators": ("eva@x.org",)}, {"evaluators": ()}, {"calls": []}],
)
def test_a_session_that_cannot_be_meant_is_refused(reviews: Reviews, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadSession):
        opened(reviews, **wrong)
    assert reviews.tasks(PIPELINE) == []


def test_who_assigns_nothing_opens_no_session(reviews: Reviews) -> None:
    with pytest.raises(NotAllowed):
        opened(reviews, who=Person("vic", Role.VIEWER))


def test_each_evaluator_is_held_against_the_expert_as_soon_as_both_have_submitted(reviews: Reviews) -> None:
    with pytest.raises(BadSession, match="no session march"):
        session_result(reviews, PIPELINE, "march")
    opened(reviews)
    evaluate(reviews, ANA, CALLS[0], solved=("no",), recall=("yes",))
    found = session_result(reviews, PIPELINE, "march")
    assert (found.calls, found.expert, found.results) == (2, None, ())
    assert found.submitted == {"ana@x.org": 1, "ben@x.org": 0, "eva@x.org": 0}
    evaluate(reviews, EVA, CALLS[0])
    evaluate(reviews, BEN, CALLS[0], remark="written otherwise")
    evaluate(reviews, BEN, CALLS[1])
    ben, ana = session_result(reviews, PIPELINE, "march").results
    assert (ben.evaluator, ben.agreed.share, ben.differing) == ("ben@x.org", 1, ())
    assert ana.differing == (
        Differing("c1", "recall", "yes", None), Differing("c1", "solved", "no", "partly"),
    )  # fmt: skip
    assert ana.score_difference.mean is not None


def test_answers_are_compared_as_far_as_two_people_write_them_alike() -> None:
    assert compared(("refund", "billing")) == "billing, refund"
    assert compared(12.0) == 12
    assert compared(dt.date(2025, 9, 1)) == "2025-09-01"
    assert compared(NoOption.NOT_APPLICABLE) == "not_applicable"
    assert [compared(answer) for answer in ("any text", NoOption.UNANSWERED, NoOption.NOT_ASKED)] == [None] * 3
