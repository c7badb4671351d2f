"""What an evaluation becomes, and what is kept of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from qa_pipeline.reviews.checking import check_all
from qa_pipeline.reviews.faults import BadReview, Changed, Incomplete, NotFound, ReviewError, WrongState
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.projection import changes_of
from qa_pipeline.reviews.rights import ReviewPolicy
from qa_pipeline.reviews.states import (
    ALLOWED_FROM,
    Decision,
    EvaluationState,
    EvaluationType,
    LogKind,
    TaskKind,
    TaskState,
)
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import Evidence, LogRow, NewAnswer, Saved
from qa_pipeline.scorecards.reading import read_card
from qa_pipeline.scorecards.scoring import CallFacts, Given, NoOption
from tests.reviews.building import (
    AGENT,
    CALL,
    CARD,
    CARD_TEXT,
    EVALUATOR,
    LEAD,
    OTHER_CALL,
    OTHER_EVALUATOR,
    OTHER_LEAD,
    Clock,
    disputed,
    drafted,
    released,
    sampled,
    submitted,
)

DAY_S = 86_400.0


def answered(
    reviews: Reviews, saved: Any, question: str, answer: Given, comment: str | None = None, **given: Any
) -> Saved:
    return reviews.answer(
        EVALUATOR,
        saved.evaluation_id,
        question,
        answer,
        comment=comment,
        revision=saved.revision,
        request_id=new_request_id(),
        **given,
    )


def decided(reviews: Reviews, saved: Saved, decision: Decision, **given: Any) -> Saved:
    return reviews.decide(
        LEAD,
        saved.evaluation_id,
        decision,
        "looked again",
        revision=saved.revision,
        request_id=new_request_id(),
        **given,
    )


def test_a_submission_keeps_the_score_in_whole(reviews: Reviews) -> None:
    saved = submitted(reviews)
    found = reviews.evaluation(EVALUATOR, saved.evaluation_id)
    assert (found.state, found.score, found.coverage) == (EvaluationState.SUBMITTED, pytest.approx(91.667, abs=0.01), 1)
    assert found.sections == {"opening": 100, "solution": 75}
    assert (found.answers["solved"].earned, found.answers["solved"].possible, found.answers["solved"].weight) == (
        1,
        2,
        10,
    )
    assert (found.answers["recall"].answer, found.answers["recall"].source) == (NoOption.NOT_ASKED, "condition")
    assert found.answers["remark"].answer == "<b>“ok”</b>"
    assert found.seconds_spent == 5 * 2.5
    [row] = [row for row in reviews.history(EVALUATOR, saved.evaluation_id) if row.kind is LogKind.SUBMITTED]
    assert row.payload["score"]["score"] == found.score
    assert [each["question"] for each in row.payload["score"]["answers"]] == [each.id for each in CARD.questions]


def test_an_automatic_fail_keeps_what_it_would_have_been(reviews: Reviews) -> None:
    draft = drafted(reviews)
    saved = answered(reviews, draft, "identity", ("no",))
    saved = reviews.submit(EVALUATOR, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())
    found = reviews.evaluation(LEAD, saved.evaluation_id)
    assert (found.score, found.failed_by) == (0, ("identity",))
    assert found.score_before_fail == pytest.approx(58.333, abs=0.01)


def test_a_condition_looks_at_the_facts_of_the_call_and_they_are_kept(reviews: Reviews) -> None:
    card = read_card(CARD_TEXT.replace("{question: solved, answers: [no]}", "{metric: holds, at_least: 1}"), "card")
    draft = drafted(reviews, card=card)
    facts = CallFacts({"holds": 2, "silence": float("nan")}, {"queue": "sales"})
    saved = reviews.submit(
        EVALUATOR, draft.evaluation_id, facts=facts, revision=draft.revision, request_id=new_request_id()
    )
    found = reviews.evaluation(EVALUATOR, saved.evaluation_id)
    assert found.answers["recall"].answer is NoOption.UNANSWERED
    payload = reviews.history(EVALUATOR, saved.evaluation_id)[-1].payload
    assert payload["facts"] == {"metrics": {"holds": 2, "silence": None}, "metadata": {"queue": "sales"}}


def test_answers_that_demand_a_comment_are_not_submitted_without_one(reviews: Reviews) -> None:
    draft = drafted(reviews)
    saved = answered(reviews, draft, "greeting", ("no",), comment="  ")
    with pytest.raises(Incomplete) as refused:
        reviews.submit(EVALUATOR, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())
    assert refused.value.questions == ("greeting",)
    saved = answered(reviews, saved, "greeting", ("no",), comment="Began with the account number")
    done = reviews.submit(EVALUATOR, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())
    assert done.state is EvaluationState.SUBMITTED


def test_too_few_answers_give_no_score_but_a_reason(reviews: Reviews) -> None:
    draft = reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id())
    saved = answered(reviews, draft, "identity", NoOption.NOT_APPLICABLE)
    saved = reviews.submit(EVALUATOR, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())
    found = reviews.evaluation(EVALUATOR, saved.evaluation_id)
    assert (found.score, found.coverage, found.reason) == (None, 0, "no question that counts was answered")


def test_an_answer_is_kept_with_its_comment_its_evidence_and_what_was_shown(reviews: Reviews) -> None:
    draft = reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id())
    evidence = (Evidence("agent", (3, 4), 1200, 5400), Evidence(begin_ms=9000))
    said = 'שלום <script>alert(1)</script> & "quotes" \x00\ud800'
    saved = answered(
        reviews, draft, "solved", ("no",), comment=said, evidence=evidence, seconds=3.04, shown_machine=("yes",)
    )
    saved = answered(reviews, saved, "solved", ("partly",), comment=said, evidence=evidence, seconds=2)
    given = reviews.evaluation(EVALUATOR, draft.evaluation_id).answers["solved"]
    assert (given.answer, given.evidence, given.seconds_spent) == (("partly",), evidence, 5.0)
    assert given.comment == 'שלום <script>alert(1)</script> & "quotes" \ufffd\ufffd'
    assert given.shown_machine is None
    first, second = (row for row in reviews.history(EVALUATOR, draft.evaluation_id) if row.kind == "answer_given")
    assert first.payload["shown_machine"] == {"kind": "options", "value": ["yes"]}
    assert (first.payload["answer"]["value"], second.payload["answer"]["value"]) == (["no"], ["partly"])
    saved = answered(reviews, saved, "solved", NoOption.UNANSWERED)
    assert reviews.evaluation(EVALUATOR, draft.evaluation_id).answers["solved"].answer is NoOption.UNANSWERED


def test_comments_stand_at_moments_of_the_call(reviews: Reviews) -> None:
    draft = reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id())
    key = {"revision": draft.revision, "request_id": new_request_id()}
    reviews.comment(EVALUATOR, draft.evaluation_id, "Talks over her", moment_ms=61_500, question="solved", **key)  # type: ignore[arg-type]
    [said] = reviews.evaluation(EVALUATOR, draft.evaluation_id).comments
    assert (said.text, said.moment_ms, said.question, said.actor) == (
        "Talks over her",
        61_500,
        "solved",
        EVALUATOR.login,
    )


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("nothing", ("yes",), "has no question nothing"),
        ("greeting", ("maybe",), "has no answer maybe"),
        ("greeting", NoOption.NOT_APPLICABLE, "may not be answered with not_applicable"),
        ("greeting", NoOption.CANNOT_TELL, "is not answered with cannot_tell by people"),
        ("waiting", float("nan"), "is answered with a number"),
        ("remark", dt.date(2025, 3, 3), "is answered with a text"),
        ("remark", "é" * 20_001, "at most 20,000 characters, and this one 20,001"),
    ],
)
def test_an_answer_that_the_card_does_not_have_is_refused(
    reviews: Reviews, question: str, answer: Given, said: str
) -> None:
    draft = reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id())
    with pytest.raises(BadReview, match=said):
        answered(reviews, draft, question, answer)
    assert reviews.evaluation(EVALUATOR, draft.evaluation_id).revision == draft.revision


def test_a_number_that_is_none_is_kept_nowhere(reviews: Reviews) -> None:
    draft = reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id())
    head = reviews.head()
    with pytest.raises(BadReview, match="NaN"):
        answered(reviews, draft, "waiting", 3.0, shown_machine=float("nan"))
    with pytest.raises(BadReview, match="NaN"):
        reviews.assign(LEAD, [sampled(due_at=float("inf"))])
    assert reviews.head() == head


def test_a_blind_evaluation_was_shown_nothing(reviews: Reviews) -> None:
    draft = reviews.start(EVALUATOR, CALL, CARD, evaluation_type=EvaluationType.BLIND, request_id=new_request_id())
    with pytest.raises(BadReview, match="shows no machine's answer"):
        answered(reviews, draft, "solved", ("yes",), shown_machine=("yes",))


WRITES: dict[LogKind, Callable[[Reviews, Saved], object]] = {
    LogKind.ANSWER_GIVEN: lambda reviews, saved: answered(reviews, saved, "greeting", ("yes",)),
    LogKind.COMMENT_ADDED: lambda reviews, saved: reviews.comment(
        EVALUATOR, saved.evaluation_id, "hm", revision=saved.revision, request_id=new_request_id()
    ),
    LogKind.SUBMITTED: lambda reviews, saved: reviews.submit(
        EVALUATOR, saved.evaluation_id, revision=saved.revision, request_id=new_request_id()
    ),
    LogKind.WITHDRAWN: lambda reviews, saved: reviews.withdraw(
        EVALUATOR, saved.evaluation_id, revision=saved.revision, request_id=new_request_id()
    ),
    LogKind.RELEASED: lambda reviews, saved: reviews.release(
        LEAD, saved.evaluation_id, revision=saved.revision, request_id=new_request_id()
    ),
    LogKind.ACKNOWLEDGED: lambda reviews, saved: reviews.acknowledge(
        AGENT, saved.evaluation_id, revision=saved.revision, request_id=new_request_id()
    ),
    LogKind.DISPUTED: lambda reviews, saved: reviews.dispute(
        AGENT, saved.evaluation_id, "no", revision=saved.revision, request_id=new_request_id()
    ),
    LogKind.DECIDED: lambda reviews, saved: decided(reviews, saved, Decision.UPHELD),
    LogKind.RETRACTED: lambda reviews, saved: reviews.retract(
        LEAD, saved.evaluation_id, "wrong call", revision=saved.revision, request_id=new_request_id()
    ),
}


def _reached(reviews: Reviews, state: EvaluationState) -> Saved:
    """An evaluation that was released once, in this state by the shortest way."""
    if state is EvaluationState.DRAFT:
        draft = drafted(reviews)
        return Saved(draft.evaluation_id, draft.revision, draft.state, draft.last_seq, draft.updated_at)
    if state is EvaluationState.WITHDRAWN:
        return WRITES[LogKind.WITHDRAWN](reviews, _reached(reviews, EvaluationState.DRAFT))  # type: ignore[return-value]
    if state is EvaluationState.SUBMITTED:
        return submitted(reviews)
    if state is EvaluationState.RELEASED:
        return released(reviews)
    if state is EvaluationState.ACKNOWLEDGED:
        return WRITES[LogKind.ACKNOWLEDGED](reviews, released(reviews))  # type: ignore[return-value]
    if state is EvaluationState.RETRACTED:
        return WRITES[LogKind.RETRACTED](reviews, released(reviews))  # type: ignore[return-value]
    saved = disputed(reviews)
    match state:
        case EvaluationState.UPHELD:
            return decided(reviews, saved, Decision.UPHELD)
        case EvaluationState.CHANGED:
            return decided(reviews, saved, Decision.CHANGED, answers={"solved": NewAnswer(("yes",))})
        case EvaluationState.RULE_CHANGED:
            return decided(reviews, saved, Decision.RULE_CHANGED)
    return saved


@pytest.mark.parametrize("state", EvaluationState)
def test_each_state_allows_what_the_page_says_and_nothing_else(reviews: Reviews, state: EvaluationState) -> None:
    reviews.policy = ReviewPolicy(dispute_rounds=2)
    saved = _reached(reviews, state)
    assert saved.state is state
    for kind in [kind for kind in WRITES if state not in ALLOWED_FROM[kind]]:
        with pytest.raises(ReviewError):
            WRITES[kind](reviews, saved)
    assert reviews.evaluation(LEAD, saved.evaluation_id).revision == saved.revision


def test_a_changed_decision_puts_a_new_evaluation_in_the_place_of_the_old(reviews: Reviews) -> None:
    old = disputed(reviews)
    new = decided(reviews, old, Decision.CHANGED, answers={"solved": NewAnswer(("yes",), "Second half heard")})
    before, after = (reviews.evaluation(AGENT, each.evaluation_id) for each in (old, new))
    assert (before.state, before.decision, before.superseded_by) == ("retracted", "changed", new.evaluation_id)
    assert (after.state, after.supersedes, after.evaluation_type) == ("changed", old.evaluation_id, "dispute")
    assert (after.score, after.evaluator, after.dispute_round) == (100, LEAD.login, 1)
    assert (after.answers["solved"].actor, after.answers["greeting"].actor) == (LEAD.login, EVALUATOR.login)
    assert before.answers["solved"].answer == ("partly",)
    assert reviews.tasks(LEAD, kinds=[TaskKind.DISPUTE]) == []
    [task] = reviews.tasks(LEAD, kinds=[TaskKind.DISPUTE], states=[TaskState.DONE])
    assert (task.assignee, task.evaluation_id) == (LEAD.login, old.evaluation_id)


def test_a_changed_rule_scores_by_the_new_card_what_it_still_asks(reviews: Reviews) -> None:
    card = read_card(CARD_TEXT.replace("id: waiting", "id: hold").replace("points: 2", "points: 1"), "card")
    new = decided(reviews, disputed(reviews), Decision.RULE_CHANGED, card=card, answers={"hold": NewAnswer(5.0)})
    after = reviews.evaluation(AGENT, new.evaluation_id)
    assert (after.state, after.scorecard_version, after.score) == ("rule_changed", card.version, 100)
    assert "waiting" not in after.answers
    assert (reviews.card("service", CARD.version), reviews.card("service", card.version)) == (CARD, card)


@pytest.mark.parametrize(
    ("decision", "given", "said"),
    [
        (Decision.CHANGED, {}, "changes an answer"),
        (Decision.CHANGED, {"answers": {"solved": NewAnswer(("partly",))}}, "changes an answer"),
        (Decision.CHANGED, {"answers": {"solved": NewAnswer(("maybe",))}}, "has no answer maybe"),
        (Decision.UPHELD, {"answers": {"solved": NewAnswer(("yes",))}}, "changes no answer"),
        (Decision.UPHELD, {"card": CARD}, "rule_changed"),
        (Decision.CHANGED, {"answers": {"greeting": NewAnswer(("no",))}}, "demands a comment"),
    ],
)
def test_a_decision_that_can_not_be_meant_changes_nothing(
    reviews: Reviews, decision: Decision, given: dict[str, Any], said: str
) -> None:
    saved = disputed(reviews)
    head = reviews.head()
    with pytest.raises(ReviewError, match=said):
        decided(reviews, saved, decision, **given)
    assert (reviews.head(), reviews.evaluation(LEAD, saved.evaluation_id).state) == (head, EvaluationState.DISPUTED)


def test_disputes_end_with_their_time_and_their_rounds(reviews: Reviews) -> None:
    clock = Clock()
    reviews.clock = clock
    saved = released(reviews)
    clock.at += 8 * DAY_S
    with pytest.raises(WrongState, match="within 7 days"):
        WRITES[LogKind.DISPUTED](reviews, saved)
    reviews.policy = ReviewPolicy(dispute_days=10, dispute_rounds=2)
    first = reviews.dispute(AGENT, saved.evaluation_id, "no", revision=saved.revision, request_id=new_request_id())
    upheld = decided(reviews, first, Decision.UPHELD)
    clock.at += 9 * DAY_S  # counts from the decision
    second = reviews.dispute(AGENT, saved.evaluation_id, "no!", revision=upheld.revision, request_id=new_request_id())
    final = decided(reviews, second, Decision.CHANGED, answers={"solved": NewAnswer(("yes",))})
    with pytest.raises(WrongState, match="final"):
        WRITES[LogKind.DISPUTED](reviews, final)
    done = reviews.acknowledge(AGENT, final.evaluation_id, revision=final.revision, request_id=new_request_id())
    assert done.state is EvaluationState.ACKNOWLEDGED


def test_a_second_round_is_not_decided_by_whoever_decided_the_first(reviews: Reviews) -> None:
    reviews.policy = ReviewPolicy(dispute_rounds=2)
    first = decided(reviews, disputed(reviews), Decision.CHANGED, answers={"solved": NewAnswer(("no",))})
    again = reviews.dispute(AGENT, first.evaluation_id, "no", revision=first.revision, request_id=new_request_id())
    assert reviews.why_not_decide(LEAD, again.evaluation_id) is not None
    assert reviews.why_not_decide(OTHER_LEAD, again.evaluation_id) is None


def test_a_person_has_one_draft_of_a_call(reviews: Reviews) -> None:
    first = reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id())
    assert reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id()).evaluation_id == first.evaluation_id
    with pytest.raises(WrongState, match="you have a standard draft"):
        reviews.start(EVALUATOR, CALL, CARD, evaluation_type=EvaluationType.BLIND, request_id=new_request_id())
    other = reviews.start(OTHER_EVALUATOR, CALL, CARD, request_id=new_request_id())
    assert other.evaluation_id != first.evaluation_id


def test_a_card_is_for_the_calls_of_its_days(reviews: Reviews) -> None:
    card = read_card(CARD_TEXT.replace("title: Service\n", "title: S\neffective_from: 2025-03-04\n", 1), "card")
    with pytest.raises(WrongState, match="not for calls of 2025-03-03"):
        reviews.start(EVALUATOR, CALL, card, request_id=new_request_id())
    assert reviews.start(EVALUATOR, OTHER_CALL, card, request_id=new_request_id()).state is EvaluationState.DRAFT


def test_a_task_is_begun_done_and_open_again_after_a_withdrawal(reviews: Reviews) -> None:
    assigned = sampled(sample_id="plan/2025-03", inclusion_probability=0.25, due_at=1.0, session_id="s-1")
    assert reviews.assign(LEAD, [assigned, assigned]).new == 1
    assert reviews.assign(LEAD, [assigned]).known == 1
    counts = reviews.inbox(EVALUATOR)
    assert (counts.pool, counts.open, counts.drafts) == (1, 0, 0)
    draft = drafted(reviews, task_id=assigned.task_id)
    assert (draft.sample_id, draft.inclusion_probability, draft.session_id) == ("plan/2025-03", 0.25, "s-1")
    counts = reviews.inbox(EVALUATOR)
    assert (counts.pool, counts.open, counts.overdue, counts.drafts) == (0, 1, 1, 1)
    with pytest.raises(WrongState, match="withdraw its draft first"):
        reviews.reassign(LEAD, assigned.task_id, assignee=None, due_at=None, request_id=new_request_id())
    reviews.withdraw(LEAD, draft.evaluation_id, revision=draft.revision, request_id=new_request_id(), reason="ill")
    task = reviews.reassign(
        LEAD, assigned.task_id, assignee=OTHER_EVALUATOR.login, due_at=9.0, request_id=new_request_id()
    )
    assert (task.state, task.assignee, task.due_at, task.evaluation_id) == ("open", OTHER_EVALUATOR.login, 9.0, None)
    saved = submitted(reviews, OTHER_EVALUATOR, task_id=assigned.task_id)
    assert reviews.task(LEAD, assigned.task_id).state is TaskState.DONE
    assert reviews.task(LEAD, assigned.task_id).evaluation_id == saved.evaluation_id


def test_a_task_that_was_given_up_is_not_begun(reviews: Reviews) -> None:
    reviews.assign(LEAD, [sampled()])
    reviews.cancel(LEAD, sampled().task_id, request_id=new_request_id(), reason="wrong queue")
    with pytest.raises(WrongState, match="cancelled"):
        drafted(reviews, task_id=sampled().task_id)
    with pytest.raises(NotFound):
        drafted(reviews, task_id="unheard of")


def test_who_saw_an_earlier_revision_is_told_and_gets_what_there_is(reviews: Reviews) -> None:
    draft = drafted(reviews)
    answered(reviews, draft, "solved", ("no",))
    with pytest.raises(Changed) as refused:
        answered(reviews, draft, "solved", ("yes",))
    assert refused.value.current.answers["solved"].answer == ("no",)
    with pytest.raises(Changed):
        reviews.submit(EVALUATOR, draft.evaluation_id, revision=draft.revision, request_id=new_request_id())
    assert reviews.evaluation(EVALUATOR, draft.evaluation_id).state is EvaluationState.DRAFT


def test_a_decision_looks_at_the_facts_that_the_evaluation_was_submitted_with(reviews: Reviews) -> None:
    by_queue = CARD_TEXT.replace("{question: solved, answers: [no]}", "{metadata: queue, values: [billing]}")
    draft = drafted(reviews, card=read_card(by_queue, "card"))
    saved = reviews.answer(
        EVALUATOR, draft.evaluation_id, "recall", ("no",), revision=draft.revision, request_id=new_request_id()
    )
    facts = CallFacts({}, {"queue": "billing"})
    saved = reviews.submit(
        EVALUATOR, draft.evaluation_id, revision=saved.revision, request_id=new_request_id(), facts=facts
    )
    before = reviews.evaluation(LEAD, draft.evaluation_id)
    saved = reviews.release(LEAD, draft.evaluation_id, revision=saved.revision, request_id=new_request_id())
    saved = reviews.dispute(AGENT, draft.evaluation_id, "no", revision=saved.revision, request_id=new_request_id())
    saved = reviews.decide(
        LEAD, draft.evaluation_id, Decision.CHANGED, "a remark", answers={"remark": NewAnswer("other")},
        revision=saved.revision, request_id=new_request_id(),
    )  # fmt: skip
    after = reviews.evaluation(LEAD, saved.evaluation_id)
    assert (after.answers["recall"].answer, after.score) == (("no",), before.score)
    assert reviews.history(LEAD, saved.evaluation_id)[-2].payload["facts"]["metadata"] == {"queue": "billing"}


@pytest.mark.parametrize("is_changed_before", [False, True])
def test_the_task_of_what_was_taken_back_is_open_again(reviews: Reviews, is_changed_before: bool) -> None:
    task = sampled(sample_id="plan/2025-03/call-1", inclusion_probability=0.1, assignee=EVALUATOR.login)
    reviews.assign(LEAD, [task])
    saved = submitted(reviews, task_id=task.task_id)
    if is_changed_before:
        saved = reviews.release(LEAD, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())
        saved = reviews.dispute(AGENT, saved.evaluation_id, "no", revision=saved.revision, request_id=new_request_id())
        saved = reviews.decide(
            LEAD, saved.evaluation_id, Decision.CHANGED, "so", answers={"solved": NewAnswer(("yes",))},
            revision=saved.revision, request_id=new_request_id(),
        )  # fmt: skip
        assert reviews.task(LEAD, task.task_id).state is TaskState.DONE
    reviews.retract(LEAD, saved.evaluation_id, "wrong", revision=saved.revision, request_id=new_request_id())
    again = reviews.task(LEAD, task.task_id)
    assert (again.state, again.evaluation_id, again.assignee) == (TaskState.OPEN, None, EVALUATOR.login)
    assert check_all(reviews.engine, lambda _: None).faults == ()
    second = reviews.evaluation(LEAD, submitted(reviews, task_id=task.task_id).evaluation_id)
    assert (second.sample_id, second.inclusion_probability) == (task.sample_id, 0.1)
    assert reviews.task(LEAD, task.task_id).state is TaskState.DONE


def test_a_row_of_an_earlier_version_reopens_no_task() -> None:
    payload = {"revision": 9, "reason": "wrong", "superseded_by": None}
    row = LogRow(
        seq=1, at=1.0, actor="x", kind=LogKind.RETRACTED, evaluation_id="e", call_id="c", request_id=None,
        payload=payload,
    )  # fmt: skip
    assert [change.table.name for change in changes_of(row)] == ["evaluations_state"]
