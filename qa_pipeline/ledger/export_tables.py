"""The tables of what was taken along: which files, by whom, and the calls that are in them; see `looks.taken`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, String, Table, Text

from qa_pipeline.ledger.metadata import metadata

exports = Table(
    "exports",
    metadata,
    Column("export_id", String(32), primary_key=True),
    Column("at", Float, nullable=False, index=True),
    Column("who", String(255), nullable=False),
    Column("role", String(32), nullable=False),  # that the person had then; empty for a command
    Column("what", String(32), nullable=False),
    Column("name", Text, nullable=False),  # of the file or folder
    Column("rows", BigInteger),
    Column("calls", BigInteger),  # how many are in it; not known where nothing says so
    Column("first_day", String(10)),  # of the calls in it; without one it may be any
    Column("last_day", String(10)),
    Column("chosen", Text, nullable=False),  # by which filters, or the query
)
"""One row per file that was taken along, or folder of files."""

export_calls = Table(
    "export_calls",
    metadata,
    Column("export_id", String(32), primary_key=True),
    Column("call_id", Text, primary_key=True),  # after an erasure the call's other name
    Index("export_calls_of_call", "call_id"),
)
"""The calls of an export, where it has no more than `looks.taken.MOST_NAMED`; those that were erased of any."""
