"""Which calls somebody is not to see any answers of, asked of a store that may be away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.errors import UserError
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.store import Reviews


def is_made(operations_url: str) -> bool:
    """Whether there may be a store: not where the file of SQLite's is missing, which whoever only reads leaves so."""
    url = make_url(operations_url)
    return url.get_backend_name() != "sqlite" or bool(url.database and Path(url.database).exists())


def blind_calls_of(opened: Callable[[], Reviews], who: Person) -> frozenset[str] | None:
    """The calls that the person is at a blind evaluation of; None where the store can't be opened, or does not answer:
    then nobody knows, and answers are not to be shown."""
    try:
        return opened().blind_calls(who)
    except (UserError, SQLAlchemyError, OSError):
        return None
