"""What the settings say of releases and disputes."""

from __future__ import annotations

from qa_pipeline.reviews.rights import ReviewPolicy
from qa_pipeline.settings import Settings


def policy_of(settings: Settings) -> ReviewPolicy:
    """The policy for `store.open_reviews`."""
    return ReviewPolicy(
        dispute_days=settings.dispute_days,
        dispute_rounds=settings.dispute_rounds,
        release=settings.review_release,
        is_sole_person=settings.dashboard_access == "local",
    )
