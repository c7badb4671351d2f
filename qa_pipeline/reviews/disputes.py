"""Until when, and how often, an evaluation may be disputed, and who decides."""

from __future__ import annotations

from sqlalchemy import Connection, select

from qa_pipeline.ledger.review_tables import evaluations_state
from qa_pipeline.reviews.rights import Person, ReviewPolicy, why_not_decide
from qa_pipeline.reviews.rows import summary_of
from qa_pipeline.reviews.states import ALLOWED_FROM, EvaluationState, LogKind
from qa_pipeline.reviews.values import EvaluationSummary

DAY_S = 86_400.0


def dispute_until(found: EvaluationSummary, policy: ReviewPolicy) -> float | None:
    """The end of the time in which its agent may dispute, UTC epoch seconds: days after the release, or after the
    decision of the round before. None where it was never released."""
    begins = [moment for moment in (found.released_at, found.decided_at) if moment is not None]
    return None if found.released_at is None else max(begins) + policy.dispute_days * DAY_S


def why_no_dispute(found: EvaluationSummary, policy: ReviewPolicy, now: float) -> str | None:
    """Why it can't be disputed now, whoever asks; None where it can."""
    if found.state not in ALLOWED_FROM[LogKind.DISPUTED]:
        return f"an evaluation that is {found.state} can't be disputed"
    if found.dispute_round >= policy.dispute_rounds:
        return "the decision of this dispute is final (QA_DISPUTE_ROUNDS)"
    until = dispute_until(found, policy)
    if until is None or now > until:
        return f"it could be disputed within {policy.dispute_days:g} days (QA_DISPUTE_DAYS)"
    return None


def former_evaluators(connection: Connection, evaluation_id: str) -> frozenset[str]:
    """The evaluators of an evaluation and of all that it came to replace."""
    found: set[str] = set()
    columns = evaluations_state.c
    before: str | None = evaluation_id
    while before is not None:
        query = select(columns.supersedes, columns.evaluator).where(columns.evaluation_id == before)
        row = connection.execute(query).one_or_none()
        before = None if row is None else row.supersedes
        if row is not None:
            found.add(row.evaluator)
    return frozenset(found)


def decidable(connection: Connection, who: Person, policy: ReviewPolicy) -> frozenset[str]:
    """The disputed evaluations that the person may decide about."""
    disputed = select(evaluations_state).where(evaluations_state.c.state == EvaluationState.DISPUTED.value)
    found = [summary_of(row) for row in connection.execute(disputed).mappings().all()]
    return frozenset(
        each.evaluation_id
        for each in found
        if why_not_decide(who, each, frozenset(), policy) is None
        and (
            each.supersedes is None
            or why_not_decide(who, each, former_evaluators(connection, each.evaluation_id), policy) is None
        )
    )
