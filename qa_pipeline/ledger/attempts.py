"""The tables of the attempts: one short row for each attempt at a channel, and what many of them share written once.

A year of a thousand calls a day is 730,000 attempts. What repeats (models, parameters, engines, folders, the call that
two channels belong to) is named by a number here; `selecting` puts it together again.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from qa_pipeline.ledger.column_types import Day, Explanation, Moment, PackedId, State
from qa_pipeline.ledger.id_endings import id_ending
from qa_pipeline.ledger.metadata import metadata

recordings = Table(
    "attempt_recordings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recording_id", PackedId, nullable=False),
    UniqueConstraint("recording_id").ddl_if(dialect="sqlite"),
    ExcludeConstraint(("recording_id", "="), name="one_recording", using="hash").ddl_if(dialect="postgresql"),
)
"""PostgreSQL keeps 4 bytes of an id in an index by hash and whole ids in others; so such an index is unique. It grows
too large for columns of rows that change often."""

calls = Table(
    "attempt_calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("audio_s", Float, nullable=False),
    Column("recording", Integer, nullable=False),
    Column("folder", Integer, nullable=False),  # of the source's address, in `texts`
    Column("call_id", Text, nullable=False),
    Column("name", Text, nullable=False),  # the rest of the address; '/' stands for the call's id at its beginning
)
"""What a recording is called and where it lies, as it was when an attempt was planned."""

work = Table(
    "attempt_work",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("model", String(80), nullable=False),
    Column("parameters_hash", String(16), nullable=False),
    UniqueConstraint("parameters_hash", "model", name="one_work"),
)
"""With recording and channel: what is the same paid work."""

requests = Table(
    "attempt_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),  # of all that follows
    Column("parameters", JSON, nullable=False),
    Column("model_reason", Text),  # why this model was chosen
    Column("context_sha256", String(64)),  # of the context sent along; its text is in `contexts`
    Column("settings_hash", String(16)),  # of the settings that shape requests, whatever a call's own facts are
)
"""What was sent along, and why."""

engines = Table(
    "attempt_engines",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("engine_kind", String(16), nullable=False),  # 'dashscope', 'local' or 'import'
    Column("engine", String(80), nullable=False),
    Column("region", String(32), nullable=False),
    Column("account", String(16), nullable=False),
    UniqueConstraint("engine_kind", "engine", "region", "account", name="one_engine"),
)

texts = Table(
    "attempt_texts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("text", Text, nullable=False, unique=True),
)
"""Folders, engines that signed an answer, places where raw JSON lies."""

attempts = Table(
    "attempts",
    metadata,
    Column("unit", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("planned_at", Moment, nullable=False),
    Column("sending_at", Moment),
    Column("submitted_at", Moment),
    Column("ended_at", Moment),
    Column("fetched_at", Moment),
    Column("parsed_at", Moment),
    Column("billed_s", Float),
    Column("cost_usd", Float),
    Column("fence", BigInteger),  # whose claim it is; another one's since, where it is another number
    Column("held_until", Moment),  # by the database's clock: until then nobody else takes it
    Column("recording", Integer, nullable=False),
    Column("call", Integer, nullable=False),
    Column("work", Integer, nullable=False),
    Column("request", Integer, nullable=False),
    Column("engine", Integer, nullable=False),
    Column("call_date", Day, nullable=False),
    Column("answered_by", Integer),  # the engine that signed the answer, in `texts`
    Column("kept_in", Integer),  # where the raw JSON was put, in `texts`
    Column("channel_id", SmallInteger, nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("state", State, nullable=False),
    Column("asked_again", SmallInteger),  # 1: asked by a person although there was an answer
    Column("submission_id", PackedId, nullable=False),  # one request; in every object key
    Column("worker_id", PackedId),
    Column("task_id", PackedId),
    Column("raw_sha256", PackedId),
    Column("raw", Text),  # the path's ending where the rest follows from the row, else the whole path
    Column("file_url", Text),
    Column("code", Text),
    Column("message", Explanation),
    UniqueConstraint("recording", "channel_id", "work", "attempt", name="one_attempt_at_work"),
    Index("attempts_by_state", "state", "call_date"),
    Index("attempts_by_engine", "engine", "answered_by"),
)

attempts_by_submission = Index("attempts_by_submission", id_ending(attempts.c.submission_id))
Index("attempts_by_task", id_ending(attempts.c.task_id))

Index(
    "attempts_by_code",
    attempts.c.code,
    sqlite_where=attempts.c.code.is_not(None),
    postgresql_where=attempts.c.code.is_not(None),
)
"""Few rows have a code: those that failed, or whose answer could not be read."""

Index(
    "attempts_by_worker",
    attempts.c.worker_id,
    sqlite_where=attempts.c.worker_id.is_not(None),
    postgresql_where=attempts.c.worker_id.is_not(None),
)
"""Only what is under way has a worker."""
