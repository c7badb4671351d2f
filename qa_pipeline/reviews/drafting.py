"""Evaluations from their start to their submission: by one person, whose every answer is kept as it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from qa_pipeline.ledger.review_tables import evaluation_answers_state
from qa_pipeline.reviews.chain import Appending
from qa_pipeline.reviews.faults import BadReview, Incomplete
from qa_pipeline.reviews.json_values import answer_json, evidence_json, facts_json, score_json
from qa_pipeline.reviews.opened import patient
from qa_pipeline.reviews.rights import Person, why_not_withdraw, why_not_write
from qa_pipeline.reviews.starting import Starting
from qa_pipeline.reviews.states import BLIND_TYPES, LogKind
from qa_pipeline.reviews.values import EvaluationSummary, Evidence, LogRow, Saved
from qa_pipeline.reviews.written import (
    missing_comments,
    plain_facts,
    plain_text,
    require_answer,
    required_text,
    rounded_seconds,
)
from qa_pipeline.scorecards.scoring import CallFacts, Given, score_call


class Drafting(Starting):
    """The part of the store that evaluators write."""

    @patient
    def answer(
        self,
        who: Person,
        evaluation_id: str,
        question: str,
        answer: Given,
        *,
        revision: int,
        request_id: str,
        comment: str | None = None,
        evidence: Sequence[Evidence] = (),
        seconds: float = 0.0,
        shown_machine: Given | None = None,
    ) -> Saved:
        """Keeps an answer of a draft; `NoOption.UNANSWERED` takes it back. `seconds` were spent since the last answer
        was kept, and are added up. `shown_machine` is the machine's answer that was shown beside the question.

        Raises:
            NotFound, NotAllowed, Changed, WrongState: see `faults`.
            BadReview: the card has no such question or answer, or a machine's answer was shown in a blind evaluation.
        """

        def made(log: Appending, found: EvaluationSummary) -> dict[str, Any]:
            require_answer(self._card(log.connection, found.scorecard_id, found.scorecard_version), question, answer)
            if shown_machine is not None and found.evaluation_type in BLIND_TYPES:
                raise BadReview("a blind evaluation shows no machine's answer")
            spent = rounded_seconds(seconds)
            columns = evaluation_answers_state.c
            so_far = select(columns.seconds_spent).where(
                columns.evaluation_id == evaluation_id, columns.question_id == question
            )
            return {
                "question": question,
                "answer": answer_json(answer),
                "comment": plain_text(comment),
                "evidence": evidence_json(evidence),
                "seconds": spent,
                "seconds_of_question": (log.connection.execute(so_far).scalar_one_or_none() or 0.0) + spent,
                "seconds_spent": found.seconds_spent + spent,
                "shown_machine": None if shown_machine is None else answer_json(shown_machine),
            }

        return self._change(
            who,
            evaluation_id,
            LogKind.ANSWER_GIVEN,
            lambda found: why_not_write(who, found),
            made,
            revision=revision,
            request_id=request_id,
        )

    @patient
    def comment(
        self,
        who: Person,
        evaluation_id: str,
        text: str,
        *,
        revision: int,
        request_id: str,
        moment_ms: int | None = None,
        question: str | None = None,
    ) -> Saved:
        """Adds a remark to a draft, at a moment of the call (ms) or on the whole.

        Raises:
            NotFound, NotAllowed, Changed, WrongState: see `faults`.
            BadReview: it is empty, or the card has no such question.
        """
        said = required_text(text, "a comment needs a text")

        def made(log: Appending, found: EvaluationSummary) -> dict[str, Any]:
            card = self._card(log.connection, found.scorecard_id, found.scorecard_version)
            if question is not None and question not in {each.id for each in card.questions}:
                raise BadReview(f"the card {card.scorecard} has no question {question}")
            return {"text": said, "moment_ms": moment_ms, "question": question}

        return self._change(
            who,
            evaluation_id,
            LogKind.COMMENT_ADDED,
            lambda found: why_not_write(who, found),
            made,
            revision=revision,
            request_id=request_id,
        )

    @patient
    def submit(
        self, who: Person, evaluation_id: str, *, revision: int, request_id: str, facts: CallFacts | None = None
    ) -> Saved:
        """Submits a draft, and keeps its score; `facts` are what the card's conditions look at. What is unanswered
        lowers the coverage, and below the card's there is no score but a reason.

        Raises:
            NotFound, NotAllowed, Changed, WrongState: see `faults`.
            Incomplete: the card demands comments that are missing.
        """
        with self._writing(evaluation_id) as log:
            if before := self._done_before(log.connection, who, request_id, LogKind.SUBMITTED, evaluation_id):
                return self._saved(before)
            found = self._for_change(
                log, evaluation_id, revision, LogKind.SUBMITTED, lambda found: why_not_write(who, found)
            )
            row = self._submitted(log, who, found, facts or CallFacts(), found.revision + 1, request_id)
            return self._saved(row)

    def _submitted(
        self,
        log: Appending,
        who: Person,
        found: EvaluationSummary,
        facts: CallFacts,
        revision: int,
        request_id: str | None = None,
    ) -> LogRow:
        card = self._card(log.connection, found.scorecard_id, found.scorecard_version)
        known = plain_facts(facts)
        given = self._answers(log.connection, found.evaluation_id)
        score = score_call(card, {each.question: each.answer for each in given}, known)
        if missing := missing_comments(card, score, given):
            raise Incomplete(missing)
        return log.add(
            LogKind.SUBMITTED,
            who.login,
            {
                "revision": revision,
                "score": score_json(score),
                "facts": facts_json(known),
                "task_id": found.task_id,
            },
            evaluation_id=found.evaluation_id,
            call_id=found.call.call_id,
            request_id=request_id,
        )

    @patient
    def withdraw(
        self, who: Person, evaluation_id: str, *, revision: int, request_id: str, reason: str | None = None
    ) -> Saved:
        """Gives a draft up; its task is open again. Its evaluator does, or whoever assigns.

        Raises:
            NotFound, NotAllowed, Changed, WrongState: see `faults`.
        """
        return self._change(
            who,
            evaluation_id,
            LogKind.WITHDRAWN,
            lambda found: why_not_withdraw(who, found),
            lambda _, found: {"reason": plain_text(reason), "task_id": found.task_id},
            revision=revision,
            request_id=request_id,
        )
