"""Which calls somebody is not to see any answers of, asked of a store that may be away."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.errors import UserError
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.store import Reviews


def blind_calls_of(opened: Callable[[], Reviews], who: Person) -> frozenset[str] | None:
    """The calls that the person is at a blind evaluation of; None where the store can't be opened, or does not answer:
    then nobody knows, and answers are not to be shown."""
    try:
        return opened().blind_calls(who)
    except (UserError, SQLAlchemyError, OSError):
        return None
