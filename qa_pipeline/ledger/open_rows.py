"""Rows that are still under way: since when, and why."""

from __future__ import annotations

import datetime as dt
from typing import Any

from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UnitState

_MEANINGS = {
    UnitState.PLANNED: "not sent yet",
    UnitState.SENDING: "sent, and the service has not said yet whether it took it",
    UnitState.SUBMITTED: "the service has not ended its task",
    UnitState.SUCCEEDED: "transcribed and paid for, and the result is not fetched yet",
}


def open_since(row: LedgerRow) -> float:
    """When a row that is under way was last sent, or planned where it was not; UTC epoch seconds."""
    return row.planned_at if row.state is UnitState.PLANNED else row.submitted_at or row.sending_at or row.planned_at


def why_open(row: LedgerRow) -> str:
    """Why a row is under way: what its state means, and what the last run noted."""
    meaning = _MEANINGS[row.state]
    if row.state is UnitState.SUBMITTED:
        return row.message or meaning
    return f"{meaning}: {row.message}" if row.message else meaning


def dated_reason(row: LedgerRow) -> str:
    """Why a row is under way and since when, for a place where its age cannot be counted."""
    verb = "planned" if row.state is UnitState.PLANNED else "sent"
    return f"{why_open(row)} ({verb} {dt.datetime.fromtimestamp(open_since(row), dt.UTC):%Y-%m-%d %H:%M} UTC)"


def open_channel(row: LedgerRow) -> dict[str, Any]:
    """What people are told of a row that is under way; `since` is `open_since`."""
    return {
        "call_id": row.call_id,
        "call_date": row.call_date,
        "channel_id": row.channel_id,
        "state": row.state.value,
        "since": open_since(row),
        "reason": why_open(row),
    }
