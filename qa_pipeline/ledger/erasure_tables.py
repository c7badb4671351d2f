"""The tables of what was erased, of what may not be, and of the copies that have to be known for it.

No row here says whom it is about: a tombstone is a keyed hash, an erasure counts. Only a hold names its call or
customer, for as long as it stands.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table, Text

from qa_pipeline.ledger.metadata import metadata

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", String(32), primary_key=True),
    Column("subject", String(16), nullable=False),  # 'calls' or 'customer'
    Column("calls", Integer, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("reason", Text),
    Column("asked_at", Float, nullable=False),
    Column("finished_at", Float),  # when the proof had found nothing
    Column("removed", Text),  # JSON: what was removed → how many
    Column("proof", Text),  # JSON: place, reader, files, bytes, found of each
)
"""One row per erasure."""

tombstones = Table(
    "tombstones",
    metadata,
    Column("mark", String(64), primary_key=True),  # HMAC-SHA-256 of kind and value, by the key in QA_HOME
    Column("kind", String(16), nullable=False),  # 'call', 'recording', 'file', 'name'
    Column("erasure_id", String(32), nullable=False, index=True),
    Column("erased_at", Float, nullable=False),
)
"""What is never taken in again."""

tombstone_keys = Table(
    "tombstone_keys",
    metadata,
    Column("key_check", String(64), primary_key=True),
    Column("made_at", Float, nullable=False),
)
"""By which a wrong key is known, before it finds no tombstone."""

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("hold_id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),  # 'call' or 'customer'
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("held_by", Text, nullable=False),
    Column("held_at", Float, nullable=False),
    Column("released_at", Float),
    Column("released_by", Text),
)
"""What may not be erased, and not forgotten by age."""

forgotten_days = Table(
    "forgotten_days",
    metadata,
    Column("call_date", String(10), primary_key=True),
    Column("what", String(16), primary_key=True),  # 'raw', 'audio', 'recordings'; 'raw_part', 'recordings_part'
    Column("forgotten_at", Float, nullable=False),
)
"""Days of which raw JSON, copies of recordings, or the recordings themselves were deleted by age; `…_part` where that
has begun, or calls on hold have theirs still."""

review_backups = Table(
    "review_backups",
    metadata,
    Column("path", Text, primary_key=True),
    Column("made_at", Float, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("head_hash", String(64), nullable=False),
)
"""Files that `reviews backup` has written."""
