"""What the form of an evaluation saves: each act reads what the browser sent, and has the store do it once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from dashboards.evaluating.form_data import Around, proposal_of
from dashboards.evaluating.wire import NotUnderstood, answer_in, evidence_in, moment_in, seconds_in, text_in
from qa_pipeline.reviews.states import EvaluationState
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import Evaluation
from qa_pipeline.wording.languages import t

Sent = Mapping[str, Any]
Act = Callable[[Reviews, Evaluation, Around, Sent], None]
"""Does one thing to an evaluation. Raises NotUnderstood for what the form does not send, and what the store raises."""


def _answer(reviews: Reviews, evaluation: Evaluation, around: Around, sent: Sent) -> None:
    question = _text(sent, "question")
    shown = proposal_of(evaluation, question, around) if sent.get("shown") else None
    reviews.answer(
        around.who,
        evaluation.evaluation_id,
        question,
        answer_in(sent.get("answer")),
        comment=text_in(sent.get("comment")) or None,
        evidence=evidence_in(sent.get("evidence")),
        seconds=seconds_in(sent.get("seconds")),
        shown_machine=shown,
        revision=_revision(sent),
        request_id=_text(sent, "request_id"),
    )


def _comment(reviews: Reviews, evaluation: Evaluation, around: Around, sent: Sent) -> None:
    reviews.comment(
        around.who,
        evaluation.evaluation_id,
        text_in(sent.get("text")),
        moment_ms=moment_in(sent.get("at_ms")),
        revision=_revision(sent),
        request_id=_text(sent, "request_id"),
    )


class FactsMissing(ValueError):
    """It can't be said what the card asks of this call; the message is for the reader."""


def _submit(reviews: Reviews, evaluation: Evaluation, around: Around, sent: Sent) -> None:
    is_draft = evaluation.state is EvaluationState.DRAFT  # a request that is repeated gets its first answer
    if is_draft and around.facts is None and evaluation.card.asks_by_facts:
        raise FactsMissing(
            t(
                "This call is not published now, and its figures decide what the card asks. The draft is kept: submit "
                "it when the call is published again, or withdraw it."
            )
        )
    reviews.submit(
        around.who,
        evaluation.evaluation_id,
        facts=around.facts,
        revision=_revision(sent),
        request_id=_text(sent, "request_id"),
    )


def _release(reviews: Reviews, evaluation: Evaluation, around: Around, sent: Sent) -> None:
    reviews.release(
        around.who, evaluation.evaluation_id, revision=_revision(sent), request_id=_text(sent, "request_id")
    )


def _withdraw(reviews: Reviews, evaluation: Evaluation, around: Around, sent: Sent) -> None:
    reviews.withdraw(
        around.who, evaluation.evaluation_id, revision=_revision(sent), request_id=_text(sent, "request_id")
    )


def _text(sent: Sent, name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str) or not value:
        raise NotUnderstood(t("This is not what the form sends."))
    return value


def _revision(sent: Sent) -> int:
    value = sent.get("revision")
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotUnderstood(t("This is not what the form sends."))
    return value


ACTS: Final[Mapping[str, Act]] = {
    "answer": _answer,
    "comment": _comment,
    "submit": _submit,
    "release": _release,
    "withdraw": _withdraw,
}
"""The last part of an address → what a POST to it does."""
