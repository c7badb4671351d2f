"""The table of who has looked at what was masked. It is only ever appended to, see `qa_pipeline.looks.log`."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, String, Table, Text

from qa_pipeline.ledger.chained_log import SEQUENCE, head_table
from qa_pipeline.ledger.metadata import metadata

raw_looks = Table(
    "raw_looks",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("at", Float, nullable=False),
    Column("who", String(255), nullable=False),
    Column("role", String(32), nullable=False),  # that the person had then
    Column("call_id", Text, nullable=False),
    Column("what", String(16), nullable=False),  # text, sound or export
    Column("reason", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("raw_looks_of_call", "call_id", "seq"),
)
"""One row per look, in the order of time; each holds the hash of the one before it."""

raw_looks_head = head_table("raw_looks_head")
