"""Calls of the list with everything that their columns show."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.call_table.columns import Column
from dashboards.filters import LISTED_METRICS
from dashboards.queries import ask, outcomes_of
from qa_pipeline.published.snapshot import Row, Snapshot

_OUTCOMES = {"outcomes", "repeat_call_within_7_days"}
_RULES = {"rules_hit", "rules_missed"}
_DETAILS = {"direction", "customer_id", "status_reason", "form"}


def with_details(snapshot: Snapshot, calls: Sequence[Row], columns: Sequence[Column]) -> list[Row]:
    """The rows of `find_calls` in their order, with what `columns` need of other tables; what is not known is null.

    Raises:
        UnreadableSnapshot: the snapshot is damaged.
    """
    fields = {field for column in columns for field in column.fields}
    ids = [call["call_id"] for call in calls]
    tables = snapshot.tables()
    questions = {
        "describe_calls": bool(fields & _DETAILS),
        "list_rules_of_calls": bool(fields & _RULES),
        "list_defects_of_calls": "defects" in fields and "acoustics" in tables,
        "read_metrics_of_calls": bool(fields & set(LISTED_METRICS)) and "call_metrics" in tables,
    }
    found: dict[str, Row] = {call_id: {} for call_id in ids}
    for question, is_needed in questions.items():
        for row in ask(snapshot, question, call_ids=ids) if is_needed and ids else ():
            found[row["call_id"]] |= row
    for row in outcomes_of(snapshot, calls) if fields & _OUTCOMES and ids else ():
        found[row["call_id"]] |= row
    # the length of a call is there in the list itself, also where nothing was measured
    return [found[call["call_id"]] | call for call in calls]
