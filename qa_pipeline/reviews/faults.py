"""What the store of evaluations refuses.

ReviewError
├── NotAllowed     the person may not see or do this
├── NotFound       there is no such evaluation or task
├── Changed        somebody else was faster; `current` is what there is now
├── WrongState     it can't be done with an evaluation or task in this state
├── Incomplete     a submission lacks comments that the card demands
└── BadReview      a value that can't be meant: an unknown question, a request id used twice
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa_pipeline.errors import UserError

if TYPE_CHECKING:
    from qa_pipeline.reviews.values import Evaluation


class ReviewError(UserError):
    """Any of the above; nothing was written."""


class NotAllowed(ReviewError):
    """The person may not see or do this. The message is for that person and says nothing of what is hidden."""


class NotFound(ReviewError):
    """There is no such evaluation or task."""


class Changed(ReviewError):
    """The evaluation is not any more as the writer saw it. `current` is what it is now, as the writer may see it."""

    def __init__(self, current: Evaluation) -> None:
        super().__init__("this evaluation was changed meanwhile; look at it as it is now, and do it again")
        self.current = current


class WrongState(ReviewError):
    """It can't be done with an evaluation or task in this state; the message says why."""


class Incomplete(ReviewError):
    """`questions` demand a comment with these answers."""

    def __init__(self, questions: Sequence[str]) -> None:
        super().__init__(f"the card demands a comment to {', '.join(questions)}")
        self.questions = tuple(questions)


class BadReview(ReviewError):
    """A value that can't be meant; the message says which."""
