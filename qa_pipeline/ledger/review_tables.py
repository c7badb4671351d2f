"""The tables of evaluations by people: one log that is only ever appended to, and what is derived from it.

`review_log` is the truth, see docs/reviews.md. Every other table here is written in the transaction of the row that
changes it, by `qa_pipeline.reviews.projection`, and can be made again from the log. They are defined beside the other
tables of the operations database so that whoever opens, moves or shuts that database knows them.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from qa_pipeline.ledger.chained_log import SEQUENCE, head_table
from qa_pipeline.ledger.metadata import metadata

review_log = Table(
    "review_log",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("at", Float, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("evaluation_id", String(32)),
    Column("call_id", Text),
    Column("request_id", String(64), unique=True),  # of the client; on the first row that a request wrote
    Column("payload", Text, nullable=False),  # canonical JSON
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("review_log_of_evaluation", "evaluation_id", "seq"),
)

review_head = head_table("review_head")

scorecard_versions = Table(
    "scorecard_versions",
    metadata,
    Column("scorecard_id", String(80), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),  # JSON of the card
    Column("kept_at", Float, nullable=False),
    Column("seq", SEQUENCE, nullable=False),
)
"""Every card by which something was evaluated, by version."""

evaluations_state = Table(
    "evaluations_state",
    metadata,
    Column("evaluation_id", String(32), primary_key=True),
    Column("call_id", Text, nullable=False, index=True),
    Column("call_date", String(10), nullable=False),
    Column("agent_id", Text),
    Column("scorecard_id", String(80), nullable=False),
    Column("scorecard_version", String(64), nullable=False),
    Column("evaluation_type", String(16), nullable=False),
    Column("evaluator", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("task_id", String(128)),
    Column("sample_id", Text),
    Column("inclusion_probability", Float),
    Column("session_id", Text),
    Column("is_expert", Boolean, nullable=False),
    Column("supersedes", String(32)),
    Column("superseded_by", String(32)),
    Column("due_at", Float),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("submitted_at", Float),
    Column("released_at", Float),
    Column("released_by", String(255)),
    Column("acknowledged_at", Float),
    Column("disputed_at", Float),
    Column("dispute_round", Integer, nullable=False),
    Column("dispute_reason", Text),
    Column("dispute_questions", Text),  # JSON
    Column("decided_at", Float),
    Column("decided_by", String(255)),
    Column("decision", String(16)),
    Column("decision_reason", Text),
    Column("score", Float),
    Column("score_before_fail", Float),
    Column("coverage", Float),
    Column("failed_by", Text),  # JSON
    Column("reason", Text),
    Column("sections", Text),  # JSON
    Column("critical", Text),  # JSON
    Column("seconds_spent", Float, nullable=False),
    Column("last_seq", SEQUENCE, nullable=False, index=True),
    Index("evaluations_of_evaluator", "evaluator", "updated_at"),
    Index("evaluations_of_evaluator_in_state", "evaluator", "state", "updated_at"),
    Index("evaluations_of_agent", "agent_id", "updated_at"),
    Index("evaluations_in_state", "state", "updated_at"),
    Index("evaluations_by_update", "updated_at"),
)
"""One row per evaluation, as it is now."""

evaluation_answers_state = Table(
    "evaluation_answers_state",
    metadata,
    Column("evaluation_id", String(32), primary_key=True),
    Column("question_id", String(80), primary_key=True),
    Column("answer_kind", String(16), nullable=False),
    Column("answer", Text),  # JSON: options, a number, a text or a day
    Column("source", String(16), nullable=False),
    Column("actor", String(255)),
    Column("comment", Text),
    Column("evidence", Text),  # JSON
    Column("seconds_spent", Float),
    Column("shown_machine", Text),  # JSON
    Column("earned", Float),
    Column("possible", Float),
    Column("weight", Float),
    Column("answered_at", Float),
    Column("seq", SEQUENCE, nullable=False),
)
"""One row per evaluation and question that was answered; from the submission on, per question of the card."""

review_tasks = Table(
    "review_tasks",
    metadata,
    Column("task_id", String(128), primary_key=True),
    Column("task_kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("call_id", Text, nullable=False, index=True),
    Column("call_date", String(10), nullable=False),
    Column("agent_id", Text),
    Column("scorecard_id", String(80), nullable=False),
    Column("evaluation_type", String(16), nullable=False),
    Column("assignee", String(255)),  # nobody's: whoever starts it first
    Column("due_at", Float),
    Column("sample_id", Text),
    Column("inclusion_probability", Float),
    Column("session_id", Text),
    Column("is_expert", Boolean, nullable=False),
    Column("note", Text),
    Column("evaluation_id", String(32), index=True),
    Column("assigned_by", String(255), nullable=False),
    Column("assigned_at", Float, nullable=False),
    Column("last_seq", SEQUENCE, nullable=False, index=True),
    Index("tasks_of_assignee", "assignee", "state", "due_at"),
    Index("tasks_in_state", "state", "due_at"),
)
"""What somebody is to do: evaluate a call, or decide a dispute."""

DERIVED = (scorecard_versions, evaluations_state, evaluation_answers_state, review_tasks)
"""What can be made again from the log."""
