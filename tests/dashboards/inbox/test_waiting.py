"""What waits for whom in the inbox: kinds, order, where it opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.inbox.waiting import Kind, Waiting, waiting_for
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.faults import NotAllowed
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import Person, ReviewPolicy
from qa_pipeline.reviews.states import EvaluationType
from qa_pipeline.reviews.store import Reviews
from tests.reviews.building import (
    CALL,
    CARD,
    EVALUATOR,
    LEAD,
    OTHER_CALL,
    OTHER_EVALUATOR,
    OTHER_LEAD,
    VIEWER,
    disputed,
    drafted,
    sampled,
    store_in,
    submitted,
)

NOW = 1_750_000_000.0


@pytest.fixture
def reviews(tmp_path: Path) -> Iterator[Reviews]:
    opened = store_in(tmp_path)
    yield opened
    opened.close()


def kinds_of(found: list[Waiting]) -> dict[str, set[Kind]]:
    return {each.key: set(each.kinds) for each in found}


def assign(reviews: Reviews, task_id: str, who: Person | None, due_at: float | None = None) -> None:
    login = None if who is None else who.login
    reviews.assign(LEAD, [sampled(task_id, assignee=login, due_at=due_at)])


def test_tasks_are_due_overdue_or_anybodys_and_the_first_due_is_at_the_top(reviews: Reviews) -> None:
    for name, who, due in (("later", EVALUATOR, NOW + 9), ("late", EVALUATOR, NOW - 9), ("some", EVALUATOR, None),
                           ("free", None, NOW + 1), ("others", OTHER_EVALUATOR, NOW)):  # fmt: skip
        assign(reviews, name, who, due)
    found = waiting_for(reviews, EVALUATOR, NOW)
    assert kinds_of(found) == {
        "late": {Kind.DUE, Kind.OVERDUE}, "free": {Kind.POOL}, "later": {Kind.DUE}, "some": {Kind.DUE},
    }  # fmt: skip
    assert [each.key for each in found] == ["late", "free", "later", "some"]
    assert found[0].query == {"call": [CALL.call_id], "task": ["late"]}
    assert kinds_of(waiting_for(reviews, LEAD, NOW))["others"] == {Kind.OTHERS}


def test_a_task_that_is_begun_is_a_draft_and_opens_it(reviews: Reviews) -> None:
    assign(reviews, "mine", EVALUATOR)
    begun = reviews.start(EVALUATOR, CALL, CARD, task_id="mine", request_id=new_request_id())
    alone = drafted(reviews, EVALUATOR, OTHER_CALL)
    found = {each.key: each for each in waiting_for(reviews, EVALUATOR, NOW)}
    assert set(found["mine"].kinds) == {Kind.DUE, Kind.DRAFTS}
    assert found["mine"].query == {"call": [CALL.call_id], "evaluation": [begun.evaluation_id]}
    assert set(found[alone.evaluation_id].kinds) == {Kind.DRAFTS}
    assert len(found) == 2


def test_what_is_submitted_waits_for_whoever_may_release_it(tmp_path: Path) -> None:
    reviews = store_in(tmp_path)
    done = submitted(reviews)
    assert kinds_of(waiting_for(reviews, LEAD, NOW)) == {done.evaluation_id: {Kind.RELEASE}}
    assert waiting_for(reviews, EVALUATOR, NOW) == []
    reviews.close()
    reviews = store_in(tmp_path, ReviewPolicy(release="evaluator"))
    assert kinds_of(waiting_for(reviews, EVALUATOR, NOW)) == {done.evaluation_id: {Kind.RELEASE}}
    reviews.close()


def test_a_dispute_waits_for_leads_but_not_for_its_evaluator(tmp_path: Path) -> None:
    reviews = store_in(tmp_path)
    done = disputed(reviews)
    [waiting] = waiting_for(reviews, LEAD, NOW)
    assert (set(waiting.kinds), waiting.is_dispute, waiting.query["evaluation"]) == (
        {Kind.DISPUTES}, True, [done.evaluation_id],
    )  # fmt: skip
    assert waiting_for(reviews, EVALUATOR, NOW) == []
    reviews.close()


def test_a_blind_task_of_nobody_is_a_leads_to_assign_and_not_to_take(reviews: Reviews) -> None:
    blind = sampled("blind", evaluation_type=EvaluationType.BLIND)
    reviews.assign(LEAD, [blind, sampled("open", OTHER_CALL)])
    found = {each.key: each for each in waiting_for(reviews, LEAD, NOW)}
    assert (set(found["blind"].kinds), set(found["open"].kinds)) == ({Kind.TO_ASSIGN}, {Kind.POOL})
    assert found["blind"].query == {"call": [CALL.call_id]}, "to begin it would be refused"
    assert reviews.inbox(LEAD).pool == 1
    assert kinds_of(waiting_for(reviews, EVALUATOR, NOW)) == {"blind": {Kind.POOL}, "open": {Kind.POOL}}
    drafted(reviews, OTHER_EVALUATOR, OTHER_CALL)
    reviews.assign(LEAD, [sampled("seen", OTHER_CALL, evaluation_type=EvaluationType.BLIND)])
    assert "seen" not in kinds_of(waiting_for(reviews, OTHER_EVALUATOR, NOW)), "who has seen answers can't be blind"
    took = Person("eva2@example.com", Role.EVALUATOR, CALL.agent_id)
    assert "blind" not in kinds_of(waiting_for(reviews, took, NOW)), "nobody evaluates the own call"


def test_a_dispute_about_the_own_call_is_not_listed(tmp_path: Path) -> None:
    reviews = store_in(tmp_path)
    disputed(reviews)
    took = Person("lou2@example.com", Role.LEAD, CALL.agent_id)
    assert waiting_for(reviews, took, NOW) == []
    assert (reviews.inbox(took).disputes, reviews.inbox(LEAD).disputes) == (0, 1)
    reviews.close()


def test_nobody_has_an_inbox_whose_role_does_not_evaluate(reviews: Reviews) -> None:
    with pytest.raises(NotAllowed):
        waiting_for(reviews, VIEWER, NOW)


def test_work_is_counted_by_evaluator_for_leads_alone(reviews: Reviews) -> None:
    assign(reviews, "late", EVALUATOR, NOW - 9)
    assign(reviews, "other", OTHER_EVALUATOR)
    done = submitted(reviews)
    drafted(reviews, OTHER_EVALUATOR, OTHER_CALL)
    begun = reviews.start(OTHER_LEAD, CALL, CARD, evaluation_type=EvaluationType.BLIND, request_id=new_request_id())
    found = {each.evaluator: each for each in reviews.workloads(LEAD, since=0.0)}
    mine, other = found[EVALUATOR.login], found[OTHER_EVALUATOR.login]
    assert (mine.unfinished, mine.overdue, mine.drafts, mine.unreleased, mine.submitted) == (1, 1, 0, 1, 1)
    assert mine.seconds == reviews.evaluation(EVALUATOR, done.evaluation_id).seconds_spent > 0
    assert (other.unfinished, other.drafts, other.submitted) == (1, 1, 0)
    assert found[begun.evaluator].drafts == 1
    with pytest.raises(NotAllowed):
        reviews.workloads(EVALUATOR, since=0.0)
