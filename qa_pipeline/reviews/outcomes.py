"""What becomes of a submitted evaluation: released, acknowledged or disputed by its agent, decided, retracted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from qa_pipeline.ledger.review_tables import evaluations_state, review_log, review_tasks
from qa_pipeline.people.roles import Right
from qa_pipeline.reviews.chain import Appending
from qa_pipeline.reviews.disputes import former_evaluators, why_no_dispute
from qa_pipeline.reviews.drafting import Drafting
from qa_pipeline.reviews.faults import BadReview, WrongState
from qa_pipeline.reviews.json_values import answer_json, evidence_json, facts_of
from qa_pipeline.reviews.opened import UNFINISHED, patient
from qa_pipeline.reviews.rights import Person, why_not_answer_as_agent, why_not_decide, why_not_release
from qa_pipeline.reviews.states import Decision, EvaluationState, EvaluationType, LogKind, TaskKind
from qa_pipeline.reviews.values import Evaluation, EvaluationSummary, GivenAnswer, NewAnswer, Saved
from qa_pipeline.reviews.written import plain_text, require_answer, required_text
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.scoring import BadAnswer, CallFacts, NoOption, score_call


class Outcomes(Drafting):
    """The part of the store that agents and leads write."""

    @patient
    def release(self, who: Person, evaluation_id: str, *, revision: int, request_id: str) -> Saved:
        """Shows a submitted evaluation to its agent.

        Raises:
            NotFound, NotAllowed, Changed, WrongState: see `faults`.
        """
        return self._change(
            who,
            evaluation_id,
            LogKind.RELEASED,
            lambda found: why_not_release(who, found, self.policy),
            lambda *_: {"state": EvaluationState.RELEASED.value},
            revision=revision,
            request_id=request_id,
        )

    @patient
    def acknowledge(self, who: Person, evaluation_id: str, *, revision: int, request_id: str) -> Saved:
        """The agent has seen it and agrees.

        Raises:
            NotFound, NotAllowed, Changed, WrongState: see `faults`.
        """
        return self._change(
            who,
            evaluation_id,
            LogKind.ACKNOWLEDGED,
            lambda found: self._why_not_as_agent(who, found),
            lambda *_: {},
            revision=revision,
            request_id=request_id,
        )

    @patient
    def dispute(
        self,
        who: Person,
        evaluation_id: str,
        reason: str,
        *,
        revision: int,
        request_id: str,
        questions: Sequence[str] = (),
    ) -> Saved:
        """The agent objects, to these questions or to the whole; a task for whoever decides is made of it.

        Raises:
            NotFound, NotAllowed, Changed: see `faults`.
            WrongState: it is not released, its time is over, or it was disputed as often as may be.
            BadReview: there is no reason, or the card has no such question.
        """
        said = required_text(reason, "a dispute needs a reason")

        def made(log: Appending, found: EvaluationSummary) -> dict[str, Any]:
            if why_no := why_no_dispute(found, self.policy, log.now):
                raise WrongState(why_no)
            card = self._card(log.connection, found.scorecard_id, found.scorecard_version)
            if unknown := sorted(set(questions) - {each.id for each in card.questions}):
                raise BadReview(f"the card {card.scorecard} has no question {unknown[0]}")
            return {"reason": said, "questions": list(questions), "round": found.dispute_round + 1}

        return self._change(
            who,
            evaluation_id,
            LogKind.DISPUTED,
            lambda found: self._why_not_as_agent(who, found),
            made,
            revision=revision,
            request_id=request_id,
            then=lambda log, found: _assign_decision(log, who, found, found.dispute_round + 1),
        )

    @patient
    def decide(
        self,
        who: Person,
        evaluation_id: str,
        decision: Decision,
        reason: str,
        *,
        revision: int,
        request_id: str,
        answers: Mapping[str, NewAnswer] | None = None,
        card: Card | None = None,
        facts: CallFacts | None = None,
    ) -> Saved:
        """Ends a dispute.

        `changed` puts a new evaluation in the place of the disputed one, with these `answers` and the others as they
        were; `rule_changed` does so where a `card` is given, by which the answers that it knows count; otherwise the
        evaluation stays. What is replaced is retracted, and the new one is what is returned: the agent sees it at
        once. Conditions look at the `facts`, or where none are given at those that the evaluation was submitted with.

        Raises:
            NotFound, NotAllowed, Changed, WrongState: see `faults`; never by the agent or by an evaluator of it.
            BadReview: there is no reason, `changed` changes no answer, or an answer or a card that does not belong.
            Incomplete: the card demands comments that are missing.
        """
        said = required_text(reason, "a decision needs a reason")
        with self._writing(evaluation_id) as log:
            if before := self._done_before(log.connection, who, request_id, LogKind.DECIDED, evaluation_id):
                return self._decided(log.connection, evaluation_id, before.payload["superseded_by"])
            former = former_evaluators(log.connection, evaluation_id)
            found = self._for_change(
                log,
                evaluation_id,
                revision,
                LogKind.DECIDED,
                lambda found: why_not_decide(who, found, former, self.policy),
            )
            known = _kept_facts(log.connection, evaluation_id) if facts is None else facts
            new_id = self._superseded(log, who, found, decision, answers or {}, card, known)
            log.add(
                LogKind.DECIDED,
                who.login,
                {
                    "revision": found.revision + 1,
                    "decision": decision.value,
                    "reason": said,
                    "superseded_by": new_id,
                    "by_evaluator": who.login in former | {found.evaluator},
                    "task_id": _decision_task(log.connection, evaluation_id),
                },
                evaluation_id=evaluation_id,
                call_id=found.call.call_id,
                request_id=request_id,
            )
            if new_id is not None:
                log.add(
                    LogKind.RETRACTED,
                    who.login,
                    {"revision": found.revision + 2, "reason": None, "superseded_by": new_id},
                    evaluation_id=evaluation_id,
                    call_id=found.call.call_id,
                )
            return self._decided(log.connection, evaluation_id, new_id)

    @patient
    def retract(self, who: Person, evaluation_id: str, reason: str, *, revision: int, request_id: str) -> Saved:
        """Takes an evaluation back that should not be: it counts no more, and its agent sees that. The task that it was
        for, or that what it replaced was for, is open again.

        Raises:
            NotFound, NotAllowed, Changed, WrongState: see `faults`.
            BadReview: there is no reason.
        """
        said = required_text(reason, "taking an evaluation back needs a reason")
        return self._change(
            who,
            evaluation_id,
            LogKind.RETRACTED,
            lambda _: None if who.may(Right.RELEASE) else "your role takes no evaluation back",
            lambda log, _: {
                "reason": said,
                "superseded_by": None,
                "task_id": _first_task(log.connection, evaluation_id),
            },
            revision=revision,
            request_id=request_id,
        )

    @patient
    def why_not_decide(self, who: Person, evaluation_id: str) -> str | None:
        """Why the person may not decide a dispute of this evaluation; None where the person may.

        Raises:
            NotFound, NotAllowed: as `evaluation`.
        """
        with self.engine.connect() as connection:
            found = self._visible(connection, who, evaluation_id)
            return why_not_decide(who, found, former_evaluators(connection, evaluation_id), self.policy)

    def _why_not_as_agent(self, who: Person, found: EvaluationSummary) -> str | None:
        if found.released_at is None and who.is_agent:
            return "this is not an evaluation of yours"  # not released, so not to be known of
        return why_not_answer_as_agent(who, found, self.policy)

    def _decided(self, connection: Connection, evaluation_id: str, new_id: str | None) -> Saved:
        now = self._summary(connection, new_id or evaluation_id)
        return Saved(now.evaluation_id, now.revision, now.state, now.last_seq, now.updated_at)

    def _superseded(
        self,
        log: Appending,
        who: Person,
        found: EvaluationSummary,
        decision: Decision,
        answers: Mapping[str, NewAnswer],
        card: Card | None,
        facts: CallFacts,
    ) -> str | None:
        """Appends the evaluation that replaces the disputed one, and returns its id; None where none does."""
        if decision is not Decision.RULE_CHANGED and card is not None:
            raise BadReview("another card goes with the decision rule_changed")
        if decision is Decision.UPHELD or (decision is Decision.RULE_CHANGED and card is None):
            if answers:
                raise BadReview(f"the decision {decision} changes no answer")
            return None
        old = self._whole(log.connection, found)
        if card is not None and card.scorecard != found.scorecard_id:
            raise BadReview(f"it was evaluated by the card {found.scorecard_id}, not by {card.scorecard}")
        if decision is Decision.CHANGED and not _differs(old, answers):
            raise BadReview("the decision changed changes an answer; it is upheld otherwise")
        return self._replaced(log, who, old, card or old.card, answers, decision, facts)

    def _replaced(
        self,
        log: Appending,
        who: Person,
        old: Evaluation,
        card: Card,
        answers: Mapping[str, NewAnswer],
        decision: Decision,
        facts: CallFacts,
    ) -> str:
        new_id = self._started(log, who, old.call, card, EvaluationType.DISPUTE, supersedes=old)
        revision = 1
        for question, given in {**_carried(old, card), **{name: (new, None) for name, new in answers.items()}}.items():
            new, answered_by = given
            require_answer(card, question, new.answer)
            revision += 1
            log.add(
                LogKind.ANSWER_GIVEN,
                who.login,
                {
                    "revision": revision,
                    "question": question,
                    "answer": answer_json(new.answer),
                    "comment": plain_text(new.comment),
                    "evidence": evidence_json(new.evidence),
                    "seconds": 0.0,
                    "seconds_of_question": 0.0,
                    "seconds_spent": 0.0,
                    "shown_machine": None,
                    "answered_by": answered_by or who.login,
                },
                evaluation_id=new_id,
                call_id=old.call.call_id,
            )
        self._submitted(log, who, self._summary(log.connection, new_id), facts, revision + 1)
        log.add(
            LogKind.RELEASED,
            who.login,
            {"revision": revision + 2, "state": decision.value},
            evaluation_id=new_id,
            call_id=old.call.call_id,
        )
        return new_id


def _carried(old: Evaluation, card: Card) -> dict[str, tuple[NewAnswer, str | None]]:
    """The answers that stay as they were, with who gave them; what the card does not know any more is left out."""
    kept = {}
    known = {question.id for question in card.questions}
    for question, given in old.answers.items():
        if question not in known or given.answer in (NoOption.NOT_ASKED, NoOption.UNANSWERED):
            continue
        try:
            score_call(card, {question: given.answer})
        except BadAnswer:
            continue
        kept[question] = (NewAnswer(given.answer, given.comment, given.evidence), given.actor)
    return kept


def _differs(old: Evaluation, answers: Mapping[str, NewAnswer]) -> bool:
    return any(_answer_of(old.answers.get(question)) != new.answer for question, new in answers.items())


def _answer_of(given: GivenAnswer | None) -> object:
    return NoOption.UNANSWERED if given is None else given.answer


def _kept_facts(connection: Connection, evaluation_id: str) -> CallFacts:
    """What the conditions of the card looked at when the evaluation was submitted."""
    columns = review_log.c
    query = select(columns.payload).where(
        columns.evaluation_id == evaluation_id, columns.kind == LogKind.SUBMITTED.value
    )
    payload = connection.execute(query).scalars().first()
    return CallFacts() if payload is None else facts_of(json.loads(payload)["facts"])


def _first_task(connection: Connection, evaluation_id: str) -> str | None:
    """The task of the evaluation with which it began: what decisions put in its place was for none."""
    columns = evaluations_state.c
    before: str | None = evaluation_id
    while before is not None:
        query = select(columns.task_id, columns.supersedes).where(columns.evaluation_id == before)
        row = connection.execute(query).one()
        if row.task_id is not None:
            return str(row.task_id)
        before = row.supersedes
    return None


def _decision_task(connection: Connection, evaluation_id: str) -> str | None:
    columns = review_tasks.c
    query = select(columns.task_id).where(
        columns.evaluation_id == evaluation_id,
        columns.task_kind == TaskKind.DISPUTE.value,
        columns.state.in_(UNFINISHED),
    )
    return connection.execute(query).scalars().first()


def _assign_decision(log: Appending, who: Person, found: EvaluationSummary, number: int) -> None:
    log.add(
        LogKind.TASK_ASSIGNED,
        who.login,
        {
            "task_id": f"dispute/{found.evaluation_id}/{number}",
            "task_kind": TaskKind.DISPUTE.value,
            "call_date": found.call.call_date.isoformat(),
            "agent_id": found.call.agent_id,
            "scorecard_id": found.scorecard_id,
            "evaluation_type": EvaluationType.DISPUTE.value,
            "assignee": None,
            "due_at": None,
            "sample_id": None,
            "inclusion_probability": None,
            "session_id": None,
            "is_expert": False,
            "note": None,
        },
        evaluation_id=found.evaluation_id,
        call_id=found.call.call_id,
    )
