"""Which causes are new for a channel, and how they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from qa_pipeline.alerts.causes import Cause, CauseKind
from qa_pipeline.ledger.alert_tables import alert_causes, alert_channels
from qa_pipeline.ledger.selecting import chunks
from qa_pipeline.ledger.tombstones import erased_calls


def new_causes(connection: Connection, found: Sequence[tuple[str, Cause]], home: Path) -> list[tuple[str, Cause]]:
    """Those that are not kept, and not of erased calls or of days that were taken out; in their order."""
    known: set[tuple[str, str]] = set()
    for chunk in chunks({cause.key for _, cause in found}):
        query = select(alert_causes.c.channel, alert_causes.c.cause_key).where(alert_causes.c.cause_key.in_(chunk))
        known |= {(channel, key) for channel, key in connection.execute(query)}
    columns = alert_channels.c
    query = select(columns.channel, columns.told_from).where(columns.told_from.is_not(None))
    told_from: dict[str, str] = dict(connection.execute(query).all())
    new = [
        (channel, cause)
        for channel, cause in found
        if (channel, cause.key) not in known and not _is_before(cause, told_from.get(channel, ""))
    ]
    erased = erased_calls(connection, home, {cause.call_id for _, cause in new if cause.call_id is not None})
    return [(channel, cause) for channel, cause in new if cause.call_id not in erased]


def _is_before(cause: Cause, day: str) -> bool:
    """Whether a cause may have been taken out with others of its day; failed runs never are."""
    is_of_day = cause.kind is not CauseKind.FAILED_RUN and cause.call_date is not None
    return is_of_day and str(cause.call_date) < day


def row_of(channel: str, cause: Cause, at: float, position: int) -> dict[str, Any]:
    """A cause as it is kept; `at` is the moment, `position` its place among those of that moment."""
    return {
        "channel": channel,
        "cause_key": cause.key,
        "kind": cause.kind.value,
        "severity": cause.severity,
        "call_id": cause.call_id,
        "call_date": cause.call_date.isoformat() if cause.call_date else None,
        "cause": cause.as_json(),
        "raised_at": at,
        "position": position,
    }
