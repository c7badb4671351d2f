"""The store of evaluations, for pages, assets and commands."""

from __future__ import annotations

from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.reviews.assigning import Assigning
from qa_pipeline.reviews.looking import Looking
from qa_pipeline.reviews.outcomes import Outcomes
from qa_pipeline.reviews.rights import ReviewPolicy
from qa_pipeline.reviews.workload import Workloads


class Reviews(Looking, Outcomes, Assigning, Workloads):
    """Evaluations by people. Every method takes who asks, and checks what that person may see and do.

    A write takes the `revision` of what the writer saw, and is refused with what there is now (`faults.Changed`) where
    somebody was faster. It takes a `request_id` too (`opened.new_request_id`): the same request again, after a network
    that was lost, is done once and gets the answer of its first time. Nothing is submitted but by `submit`.
    """


def open_reviews(operations_url: str, policy: ReviewPolicy | None = None) -> Reviews:
    """The evaluations in the operations database, which is made where it is missing. Open it once per process.

    Raises:
        LedgerElsewhere: the operations database was moved.
    """
    return Reviews(open_operations(operations_url), policy)
