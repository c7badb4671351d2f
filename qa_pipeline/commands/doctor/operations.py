"""Looks into the operations database for the findings that are about what is in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.ledger.presence import has_begun
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.whereabouts import LedgerElsewhere
from qa_pipeline.settings import Settings

Found = TypeVar("Found")


def read_operations(settings: Settings, read: Callable[[Engine], Found]) -> Found | None:
    """What `read` finds; None before anything was written, and where the database can't be used, which the ledger's
    own finding says."""
    url = settings.operations_database_url
    if not has_begun(url):
        return None
    try:
        engine = open_operations(url)
        try:
            return read(engine)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError, OSError, LedgerElsewhere):
        return None
