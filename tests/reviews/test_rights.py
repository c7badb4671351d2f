"""Who may see and do what: the table of docs/reviews.md, case by case, by plain functions and through the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from qa_pipeline.people.roles import Role
from qa_pipeline.published.own_calls import OwnId
from qa_pipeline.reviews.faults import BadReview, NotAllowed, ReviewError, WrongState
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import (
    PIPELINE,
    Person,
    ReviewPolicy,
    Standing,
    may_see,
    why_not_answer_as_agent,
    why_not_decide,
    why_not_release,
    why_not_withdraw,
    why_not_write,
)
from qa_pipeline.reviews.states import Decision, EvaluationState, EvaluationType, TaskKind
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import CallRef, EvaluationFilter
from tests.reviews.building import (
    ADMIN,
    AGENT,
    CALL,
    CARD,
    EVALUATOR,
    LEAD,
    NOBODY,
    OTHER_AGENT,
    OTHER_CALL,
    OTHER_EVALUATOR,
    OTHER_LEAD,
    VIEWER,
    disputed,
    drafted,
    released,
    sampled,
    submitted,
)

PEOPLE = {
    "the evaluator": EVALUATOR,
    "another evaluator": OTHER_EVALUATOR,
    "a lead": LEAD,
    "an admin": ADMIN,
    "a viewer": VIEWER,
    "the agent": AGENT,
    "another agent": OTHER_AGENT,
    "an agent nobody knows": Person("new@example.com", Role.AGENT),
    "somebody without a role": NOBODY,
}


@dataclass(frozen=True)
class Made:
    """An evaluation as far as rights look at it."""

    evaluator: str = EVALUATOR.login
    call: CallRef = CALL
    state: EvaluationState = EvaluationState.DRAFT
    evaluation_type: EvaluationType = EvaluationType.STANDARD
    released_at: float | None = None


DRAFT = Made()
SUBMITTED = Made(state=EvaluationState.SUBMITTED)
RELEASED = Made(state=EvaluationState.RELEASED, released_at=1.0)
RETRACTED_UNSEEN = Made(state=EvaluationState.RETRACTED)
CALIBRATION = replace(RELEASED, evaluation_type=EvaluationType.CALIBRATION)
LEADS = {"a lead", "an admin"}


def those(allowed: Callable[[Person], bool]) -> set[str]:
    return {name for name, person in PEOPLE.items() if allowed(person)}


@pytest.mark.parametrize(
    ("made", "standing", "seen_by"),
    [
        (DRAFT, Standing(), {"the evaluator", *LEADS}),
        (SUBMITTED, Standing(), {"the evaluator", *LEADS}),
        (RELEASED, Standing(), {"the evaluator", "the agent", *LEADS}),
        (RETRACTED_UNSEEN, Standing(), {"the evaluator", *LEADS}),
        (CALIBRATION, Standing(), {"the evaluator", *LEADS}),
        (DRAFT, Standing(is_blind=True), {"the evaluator"}),
        (RELEASED, Standing(is_blind=True), {"the evaluator", "the agent"}),
        (DRAFT, Standing(has_submitted=True), {"the evaluator", *LEADS}),
        (SUBMITTED, Standing(has_submitted=True), {"the evaluator", "another evaluator", *LEADS}),
        (SUBMITTED, Standing(is_blind=True, has_submitted=True), {"the evaluator"}),
    ],
)
def test_an_evaluation_is_seen_by(made: Made, standing: Standing, seen_by: set[str]) -> None:
    assert those(lambda person: may_see(person, made, standing)) == seen_by


EVALUATORS_RELEASE = ReviewPolicy(release="evaluator")
SOLE = ReviewPolicy(is_sole_person=True)


@pytest.mark.parametrize(
    ("why_not", "allowed"),
    [
        (lambda who: why_not_write(who, DRAFT), {"the evaluator"}),
        (lambda who: why_not_withdraw(who, DRAFT), {"the evaluator", *LEADS}),
        (lambda who: why_not_release(who, SUBMITTED, ReviewPolicy()), LEADS),
        (lambda who: why_not_release(who, SUBMITTED, EVALUATORS_RELEASE), {"the evaluator", *LEADS}),
        (lambda who: why_not_release(who, CALIBRATION, EVALUATORS_RELEASE), set()),
        (lambda who: why_not_answer_as_agent(who, RELEASED, ReviewPolicy()), {"the agent"}),
        (lambda who: why_not_answer_as_agent(who, RELEASED, SOLE), {"the agent", "an admin"}),
        (lambda who: why_not_decide(who, RELEASED, frozenset(), ReviewPolicy()), LEADS),
        (lambda who: why_not_decide(who, RELEASED, frozenset({LEAD.login}), ReviewPolicy()), {"an admin"}),
        (lambda who: why_not_decide(who, replace(RELEASED, evaluator=LEAD.login), frozenset(), SOLE), LEADS),
    ],
)
def test_something_is_done_by(why_not: Callable[[Person], str | None], allowed: set[str]) -> None:
    assert those(lambda person: why_not(person) is None) == allowed


def test_a_lead_who_took_the_call_decides_nothing_about_it() -> None:
    was_agent = Person("lena@example.com", Role.LEAD, "a-1")
    assert why_not_decide(was_agent, RELEASED, frozenset(), SOLE) == "nobody decides a dispute about the own call"


@pytest.mark.parametrize(
    ("own", "sees"),
    [
        (OwnId("a-1"), True),
        (OwnId("a-1", valid_from=dt.date(2025, 3, 3)), True),
        (OwnId("a-1", valid_from=dt.date(2025, 3, 4)), False),
        (OwnId("a-1", valid_to=dt.date(2025, 3, 2)), False),
        (OwnId("a-2"), False),
    ],
)
def test_an_id_that_was_somebody_elses_counts_on_its_own_days(reviews: Reviews, own: OwnId, sees: bool) -> None:
    saved = released(reviews)
    person = Person("amy@example.com", Role.AGENT, None, (own,))
    assert may_see(person, RELEASED, Standing()) is sees
    found = [each.evaluation_id for each in reviews.evaluations(person)]
    assert found == ([saved.evaluation_id] if sees else [])
    if not sees:
        with pytest.raises(NotAllowed):
            reviews.evaluation(person, saved.evaluation_id)


@pytest.mark.parametrize("who", [VIEWER, NOBODY])
def test_whoever_has_no_part_in_it_reads_nothing(reviews: Reviews, who: Person) -> None:
    saved = released(reviews)
    assert reviews.of_call(who, CALL.call_id) == []
    for read in (
        lambda: reviews.evaluation(who, saved.evaluation_id),
        lambda: reviews.history(who, saved.evaluation_id),
        lambda: reviews.evaluations(who),
        lambda: reviews.count_evaluations(who),
        lambda: reviews.answers_of(who, [saved.evaluation_id]),
        lambda: reviews.since(who, 0),
        lambda: reviews.tasks(who),
        lambda: reviews.inbox(who),
    ):
        with pytest.raises(NotAllowed):
            read()


def test_an_agent_gets_nothing_of_another_and_nothing_before_the_release(reviews: Reviews) -> None:
    hidden = [submitted(reviews), released(reviews, call=OTHER_CALL)]
    for saved in hidden:
        for read in (reviews.evaluation, reviews.history):
            with pytest.raises(NotAllowed):
                read(AGENT, saved.evaluation_id)
        for write in (reviews.acknowledge, lambda who, key, **given: reviews.dispute(who, key, "no", **given)):
            with pytest.raises(NotAllowed):
                write(AGENT, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())
    assert reviews.evaluations(AGENT) == reviews.of_call(AGENT, OTHER_CALL.call_id) == []
    assert reviews.answers_of(AGENT, [saved.evaluation_id for saved in hidden]) == {}
    with pytest.raises(NotAllowed):
        reviews.since(AGENT, 0)
    with pytest.raises(NotAllowed):
        reviews.tasks(AGENT)


def test_an_agent_sees_the_history_from_the_release_on(reviews: Reviews) -> None:
    saved = disputed(reviews)
    assert [row.kind for row in reviews.history(AGENT, saved.evaluation_id)] == ["released", "disputed"]
    assert "answer_given" in {row.kind for row in reviews.history(LEAD, saved.evaluation_id)}


@pytest.mark.parametrize("who", [LEAD, OTHER_EVALUATOR])
def test_while_somebody_evaluates_blind_nothing_of_others_is_read(reviews: Reviews, who: Person) -> None:
    theirs = released(reviews)
    reviews.assign(LEAD, [sampled(evaluation_type=EvaluationType.BLIND, assignee=who.login)])
    [task] = reviews.tasks(who)

    def require_hidden() -> None:
        assert reviews.hides_answers(who, CALL.call_id)
        assert all(each.evaluator == who.login for each in reviews.of_call(who, CALL.call_id))
        assert all(each.evaluator == who.login for each in reviews.evaluations(who))
        assert reviews.answers_of(who, [theirs.evaluation_id]) == {}
        with pytest.raises(NotAllowed):
            reviews.evaluation(who, theirs.evaluation_id)
        if who is LEAD:
            assert [row for row in reviews.since(who, 0) if row.call_id == CALL.call_id] == []

    require_hidden()
    with pytest.raises(WrongState, match="blind"):
        reviews.start(who, CALL, CARD, request_id=new_request_id())
    draft = drafted(reviews, who, task_id=task.task_id)
    assert draft.evaluation_type is EvaluationType.BLIND
    require_hidden()
    reviews.submit(who, draft.evaluation_id, revision=draft.revision, request_id=new_request_id())
    assert not reviews.hides_answers(who, CALL.call_id)
    assert len(reviews.of_call(who, CALL.call_id)) == 2
    assert reviews.evaluation(who, theirs.evaluation_id).answers["greeting"].answer == ("yes",)


def test_evaluators_list_their_own_and_leads_everybodys(reviews: Reviews) -> None:
    mine, theirs = submitted(reviews), submitted(reviews, OTHER_EVALUATOR, OTHER_CALL)
    assert [each.evaluation_id for each in reviews.evaluations(EVALUATOR)] == [mine.evaluation_id]
    assert {each.evaluation_id for each in reviews.evaluations(LEAD)} == {mine.evaluation_id, theirs.evaluation_id}
    asked = EvaluationFilter(evaluators=frozenset({OTHER_EVALUATOR.login}))
    assert reviews.count_evaluations(EVALUATOR, asked) == 0
    assert reviews.count_evaluations(LEAD, asked) == 1


def test_nobody_evaluates_the_own_call(reviews: Reviews) -> None:
    with pytest.raises(NotAllowed, match="own call"):
        reviews.start(Person("x", Role.LEAD, "a-1"), CALL, CARD, request_id=new_request_id())


@pytest.mark.parametrize("who", [AGENT, VIEWER, NOBODY, EVALUATOR])
def test_only_leads_assign_and_decide_and_retract(reviews: Reviews, who: Person) -> None:
    saved = disputed(reviews)
    given = {"revision": saved.revision, "request_id": new_request_id()}
    for write in (
        lambda: reviews.assign(who, [sampled()]),
        lambda: reviews.cancel(who, "x", request_id=new_request_id()),
        lambda: reviews.decide(who, saved.evaluation_id, Decision.UPHELD, "so it was", **given),  # type: ignore[arg-type]
        lambda: reviews.retract(who, saved.evaluation_id, "wrong call", **given),  # type: ignore[arg-type]
    ):
        with pytest.raises(NotAllowed):
            write()
    assert reviews.evaluation(LEAD, saved.evaluation_id).revision == saved.revision


def test_the_evaluator_does_not_decide_and_somebody_else_does(reviews: Reviews) -> None:
    first = released(reviews, who=LEAD, by=OTHER_LEAD)
    saved = reviews.dispute(AGENT, first.evaluation_id, "no", revision=first.revision, request_id=new_request_id())
    assert "other than the evaluator" in (reviews.why_not_decide(LEAD, saved.evaluation_id) or "")
    with pytest.raises(NotAllowed, match="other than the evaluator"):
        reviews.decide(
            LEAD, saved.evaluation_id, Decision.UPHELD, "mine", revision=saved.revision, request_id=new_request_id()
        )
    assert reviews.why_not_decide(OTHER_LEAD, saved.evaluation_id) is None
    decided = reviews.decide(
        OTHER_LEAD, saved.evaluation_id, Decision.UPHELD, "so", revision=saved.revision, request_id=new_request_id()
    )
    assert decided.state is EvaluationState.UPHELD


def test_a_task_is_for_its_assignee_or_for_whoever_takes_it(reviews: Reviews) -> None:
    reviews.assign(
        LEAD,
        [
            sampled("hers", assignee=EVALUATOR.login),
            sampled("anybodys", OTHER_CALL),
            sampled("second", task_kind=TaskKind.DOUBLE, assignee=OTHER_EVALUATOR.login),
        ],
    )
    assert {task.task_id for task in reviews.tasks(EVALUATOR)} == {"hers", "anybodys"}
    assert {task.task_id for task in reviews.tasks(OTHER_EVALUATOR)} == {"second", "anybodys"}
    assert {task.task_id for task in reviews.tasks(LEAD)} == {"hers", "second", "anybodys"}
    with pytest.raises(NotAllowed, match="somebody else's"):
        drafted(reviews, OTHER_EVALUATOR, task_id="hers")
    drafted(reviews, OTHER_EVALUATOR, OTHER_CALL, task_id="anybodys")
    assert {task.task_id for task in reviews.tasks(EVALUATOR)} == {"hers"}
    with pytest.raises(NotAllowed, match="somebody else's"):
        drafted(reviews, EVALUATOR, OTHER_CALL, task_id="anybodys")


def test_a_second_scoring_is_not_by_the_first_scorer(reviews: Reviews) -> None:
    submitted(reviews)
    reviews.assign(LEAD, [sampled("second", task_kind=TaskKind.DOUBLE)])
    with pytest.raises(ReviewError, match="you have evaluated this call"):
        drafted(reviews, EVALUATOR, task_id="second")
    assert drafted(reviews, OTHER_EVALUATOR, task_id="second").task_id == "second"


def test_where_there_is_only_one_person_the_log_says_who_decided(reviews: Reviews) -> None:
    reviews.policy = ReviewPolicy(is_sole_person=True)
    saved = released(reviews, who=ADMIN, by=ADMIN)
    saved = reviews.dispute(ADMIN, saved.evaluation_id, "hm", revision=saved.revision, request_id=new_request_id())
    reviews.decide(
        ADMIN, saved.evaluation_id, Decision.UPHELD, "no", revision=saved.revision, request_id=new_request_id()
    )
    assert reviews.history(ADMIN, saved.evaluation_id)[-1].payload["by_evaluator"] is True


def test_a_blind_task_of_nobody_hides_the_call_from_whoever_may_take_it(reviews: Reviews) -> None:
    task = sampled(evaluation_type=EvaluationType.BLIND)
    reviews.assign(LEAD, [task])
    assert reviews.hides_answers(EVALUATOR, CALL.call_id)
    assert reviews.blind_calls(OTHER_EVALUATOR) == {CALL.call_id}
    with pytest.raises(WrongState, match="blind"):
        reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id())
    for who in (LEAD, PIPELINE):  # who sees it takes it only where it is assigned
        assert not reviews.hides_answers(who, CALL.call_id)
        with pytest.raises(WrongState, match="assign it"):
            reviews.start(who, CALL, CARD, request_id=new_request_id(), task_id=task.task_id)
    reviews.policy = ReviewPolicy(is_sole_person=True)
    assert reviews.hides_answers(ADMIN, CALL.call_id)
    assert not reviews.hides_answers(PIPELINE, CALL.call_id)
    submitted(reviews, task_id=task.task_id)
    assert not reviews.hides_answers(OTHER_EVALUATOR, CALL.call_id)


@pytest.mark.parametrize("is_given_up", [False, True])
def test_nobody_is_blind_to_a_call_begun_otherwise(reviews: Reviews, is_given_up: bool) -> None:
    if is_given_up:
        draft = drafted(reviews)
        reviews.withdraw(EVALUATOR, draft.evaluation_id, revision=draft.revision, request_id=new_request_id())
    else:
        submitted(reviews)
    reviews.assign(LEAD, [sampled(evaluation_type=EvaluationType.BLIND, assignee=EVALUATOR.login)])
    [task] = reviews.tasks(LEAD)
    assert task.assignee is None
    assert not reviews.hides_answers(EVALUATOR, CALL.call_id)
    with pytest.raises(WrongState, match="was not blind"):
        reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id(), task_id=task.task_id)
    with pytest.raises(WrongState, match="was not blind"):
        reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id(), evaluation_type=EvaluationType.BLIND)
    with pytest.raises(WrongState, match="was not blind"):
        reviews.reassign(LEAD, task.task_id, assignee=EVALUATOR.login, due_at=None, request_id=new_request_id())
    with pytest.raises(BadReview, match="was not blind"):
        reviews.assign(LEAD, [sampled("c", evaluation_type=EvaluationType.CALIBRATION, assignee=EVALUATOR.login)])
    assert drafted(reviews, OTHER_EVALUATOR, task_id=task.task_id).evaluation_type is EvaluationType.BLIND
