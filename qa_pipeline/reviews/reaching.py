"""The store of evaluations may be away; whoever shows pages wants to say so, and not to know of databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.errors import UserError


class StoreAway(UserError):
    """The operations database does not answer."""


@contextmanager
def reaching() -> Iterator[None]:
    """Within it a database that does not answer is a `StoreAway`."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreAway("the operations database does not answer") from error
