"""What a snapshot knows of a call that conditions and proposals of a card look at."""

from __future__ import annotations

from dashboards.queries import ask_about_call
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.scorecards.scoring import METADATA, CallFacts


def call_facts(snapshot: Snapshot, call: Row) -> CallFacts:
    """The facts of a call, a row of `read_call`."""
    measured = ask_about_call(snapshot, "read_call_metrics", call["call_id"]) if _has_metrics(snapshot) else []
    metrics = {name: float(value) for row in measured for name, value in row.items() if isinstance(value, int | float)}
    metadata = {name: None if call[name] is None else str(call[name]) for name in METADATA}
    return CallFacts(metrics, metadata)


def _has_metrics(snapshot: Snapshot) -> bool:
    return "call_metrics" in snapshot.tables()
