"""The tables of alerts: what was found, per channel, the messages made of it, and how far each channel is.

A cause is known by its key, so that whatever is found again is told once. What was told long ago is taken out, and with
it the days that it was of: a channel is told of none before its `told_from`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text

from qa_pipeline.ledger.metadata import metadata

alert_causes = Table(
    "alert_causes",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("cause_key", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("call_id", Text, index=True),
    Column("call_date", String(10)),
    Column("cause", Text, nullable=False),  # JSON
    Column("raised_at", Float, nullable=False),
    Column("position", Integer, nullable=False),  # among those that were raised at that moment
    Column("message_key", String(64)),  # none: it is in no message yet
    Index("alert_causes_of_message", "channel", "message_key", "raised_at", "position"),
)

alert_messages = Table(
    "alert_messages",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("message_key", String(64), primary_key=True),
    Column("state", String(8), nullable=False),  # waiting, sent, dead
    Column("severity", String(16), nullable=False),
    Column("causes", Integer, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("position", Integer, nullable=False),  # among those that were made at that moment
    Column("attempts", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("tried_at", Float),
    Column("trouble", Text),  # why the last attempt failed
    Column("ended_at", Float),  # sent, or given up
    Index("alert_messages_by_state", "channel", "state", "made_at", "position"),
)

alert_channels = Table(
    "alert_channels",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("fence", BigInteger),  # of the sender that is at it
    Column("held_until", BigInteger),  # by the database's clock, UTC epoch ms
    Column("not_before", Float),  # after a failure
    Column("sent_at", Text),  # JSON: when something was sent in the last minute, the last time last
    Column("told_from", String(10)),  # causes of days before it were taken out
)
"""One sender at a time is at a channel, so what goes there goes in order, and no message twice at once."""
