"""A database with the tables of the warehouse, calls in it, and what a store has of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import create_engine

from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.reviews.table_rows import StoreReader
from qa_pipeline.reviews.values import CallRef
from qa_pipeline.warehouse.database import apply_schema, insert_rows
from qa_pipeline.warehouse.evaluations import note_read, put_reviews, replace_questions

READ_AT = dt.datetime(2025, 9, 4, tzinfo=dt.UTC)


def reader(folder: Path) -> StoreReader:
    """Reads the store of `tests.reviews.building.store_in`."""
    return StoreReader(create_engine(f"sqlite:///{folder / 'operations.sqlite'}"))


def add_calls(connection: duckdb.DuckDBPyConnection, calls: Sequence[CallRef], **fields: Any) -> None:
    """Rows of `calls`; `fields` are further columns of all of them."""
    rows = [
        {
            "call_id": call.call_id, "call_date": call.call_date, "agent_id": call.agent_id, "queue": "billing",
            "source_uri": "file:///x", "status": "ok", "loaded_at": READ_AT, **fields,
        }
        for call in calls
    ]  # fmt: skip
    insert_rows(connection, "calls", rows)


def bring(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Brings all of the store into the tables, as the asset does."""
    store = reader(folder)
    head = store.head()
    for rows in store.changed_since(0):
        put_reviews(connection, rows, READ_AT)
    replace_questions(connection, store.questions())
    note_read(connection, head.seq, head.hash, READ_AT)


@contextmanager
def tables_of(folder: Path, calls: Sequence[CallRef]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Tables with these calls and what the store has of them."""
    with duckdb.connect() as connection:
        apply_schema(connection)
        add_calls(connection, calls)
        bring(connection, folder)
        yield connection


def shown(connection: duckdb.DuckDBPyConnection) -> Snapshot:
    """The tables as something published. Closing it closes the connection."""
    return Snapshot(connection, "UTC", name="made up", identity=f"made up {uuid.uuid4()}")


def add_evaluation(
    connection: duckdb.DuckDBPyConnection, call_id: str, day: dt.date, *, score: float, agent_id: str
) -> None:
    """A released evaluation with one answer, by a card with one question."""
    ids = {"evaluation_id": f"of {call_id}", "call_id": call_id, "call_date": day, "loaded_at": READ_AT}
    card = {"scorecard_id": "s", "scorecard_version": "v"}
    of_question = {"question_id": "q", "question_version": "qv", "section_id": "s", "position": 1}
    row = {
        **ids, **card, "agent_id": agent_id, "queue": "billing", "evaluation_type": "standard", "state": "released",
        "score": score, "failed_by": [], "coverage": 1.0, "is_expert": False, "dispute_questions": [],
        "created_at": READ_AT, "released_at": READ_AT, "dispute_round": 0, "revision": 1,
    }  # fmt: skip
    answer = {
        **ids, **of_question, "answer_kind": "options", "answer": "yes", "options": ["yes"], "source": "person",
        "evidence": [],
    }  # fmt: skip
    question = {
        **card, **of_question, "title": "S", "scoring": "points", "min_coverage": 0.7, "section_title": "S",
        "section_weight": 1.0, "text": "?", "type": "single", "weight": 1.0, "possible": 1.0, "is_scored": True,
        "is_bonus": False, "may_be_not_applicable": False, "critical": [], "kept_at": READ_AT,
        "options": [{"id": name, "text": name, "points": 1.0, "auto_fail": None} for name in ("yes", "no")],
    }  # fmt: skip
    insert_rows(connection, "evaluations", [row])
    insert_rows(connection, "evaluation_answers", [answer])
    if not connection.execute("select 1 from scorecard_questions").fetchall():
        insert_rows(connection, "scorecard_questions", [question])
