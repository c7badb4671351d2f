"""A database with the tables of the warehouse, calls in it, and what a store has of them."""

from __future__ import annotations

import datetime as dt
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
    put_reviews(connection, store.changed_since(0), READ_AT)
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
    return Snapshot(connection, "UTC", name="made up", identity="made up")
