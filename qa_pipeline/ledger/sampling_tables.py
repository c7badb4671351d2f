"""The tables of what sampling plans have drawn. A draw can be made again of seed and frame; these say what was drawn at
the time, from how many calls, so that it stays."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, String, Table, Text

from qa_pipeline.ledger.metadata import metadata

sampling_frames = Table(
    "sampling_frames",
    metadata,
    Column("plan", String(40), primary_key=True),
    Column("period", String(10), primary_key=True),
    Column("frame_hash", String(64), nullable=False),
    Column("frame", LargeBinary, nullable=False),  # a mark of each call, in order, 8 bytes each, little-endian
    Column("strata", Text, nullable=False),  # JSON: key, calls, taken, is_risk of each
    Column("first_drawn_at", Float, nullable=False),
    Column("drawn_at", Float, nullable=False),
)
"""The calls that each period was drawn from; those that come later are known by it."""

sampling_draws = Table(
    "sampling_draws",
    metadata,
    Column("sample_id", String(128), primary_key=True),
    Column("plan", String(40), nullable=False),
    Column("plan_version", String(64), nullable=False),
    Column("period", String(10), nullable=False),
    Column("period_from", String(10), nullable=False),
    Column("period_to", String(10), nullable=False),
    Column("seed", Text, nullable=False),  # a whole number of any length
    Column("frame_hash", String(64), nullable=False),
    Column("frame_calls", Integer, nullable=False),
    Column("stratum", Text, nullable=False),
    Column("is_risk", Boolean, nullable=False),
    Column("stratum_calls", Integer, nullable=False),
    Column("stratum_taken", Integer, nullable=False),
    Column("inclusion_probability", Float, nullable=False),
    Column("random_number", Float, nullable=False),
    Column("is_blind", Boolean, nullable=False),
    Column("blind_probability", Float, nullable=False),
    Column("is_double", Boolean, nullable=False),
    Column("call_id", Text, nullable=False, index=True),
    Column("call_date", String(10), nullable=False, index=True),
    Column("agent_id", Text),
    Column("scorecard_id", String(80), nullable=False),
    Column("evaluator", String(255)),  # who was to evaluate it when it was drawn
    Column("second_evaluator", String(255)),
    Column("due_at", Float, nullable=False),
    Column("drawn_at", Float, nullable=False, index=True),
    Index("sampling_draws_of_plan", "plan", "period"),
)
"""One row per plan, period and drawn call."""
