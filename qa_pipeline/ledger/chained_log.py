"""What the logs of the operations database have in common: rows that are numbered without gaps, each with the hash of
the one before it, and one row beside them that says which is the last."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table

from qa_pipeline.ledger.metadata import metadata

SEQUENCE = BigInteger().with_variant(Integer, "sqlite")
"""A row's number, from 1; in SQLite its own number, without an index beside it."""


def head_table(name: str) -> Table:
    """One row: number and hash of the last row of the log, so that rows missing at its end are missed."""
    return Table(
        name,
        metadata,
        Column("head_id", Integer, primary_key=True, autoincrement=False),
        Column("seq", SEQUENCE, nullable=False),
        Column("hash", String(64), nullable=False),
    )
