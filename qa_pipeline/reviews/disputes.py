"""Until when, and how often, an evaluation may be disputed."""

from __future__ import annotations

from qa_pipeline.reviews.rights import ReviewPolicy
from qa_pipeline.reviews.states import ALLOWED_FROM, LogKind
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
