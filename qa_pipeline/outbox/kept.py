"""A message as it is kept, and what may become of it."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.alerts.causes import Severity

WAITING, SENT, DEAD = "waiting", "sent", "dead"


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it is kept."""

    channel: str
    message_key: str
    state: str
    severity: Severity
    causes: int
    made_at: float
    attempts: int
    refusals: int
    trouble: str | None
    ended_at: float | None
