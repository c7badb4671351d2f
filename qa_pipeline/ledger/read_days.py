"""By which version of redaction the texts of each day were read last: days of another one may hold what is masked now.

Days that no row knows were read before versions were noted.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable

from sqlalchemy import Column, Engine, Float, String, Table, select

from qa_pipeline.ledger.metadata import metadata
from qa_pipeline.ledger.writing import put_rows

read_days = Table(
    "read_days",
    metadata,
    Column("call_date", String(10), primary_key=True),
    Column("redaction_version", String(32), nullable=False),
    Column("read_at", Float, nullable=False),
)
"""One row per day whose raw JSON was read into texts."""


def note_read(engine: Engine, days: Iterable[dt.date], redaction_version: str) -> None:
    """Notes days whose texts were just made, whole."""
    rows = [{"call_date": str(day), "redaction_version": redaction_version, "read_at": time.time()} for day in days]
    with engine.begin() as connection:
        put_rows(connection, read_days, rows)


def days_read_by(engine: Engine, redaction_version: str) -> set[str]:
    """The days whose texts were made by this version."""
    query = select(read_days.c.call_date).where(read_days.c.redaction_version == redaction_version)
    with engine.connect() as connection:
        return set(connection.execute(query).scalars())
