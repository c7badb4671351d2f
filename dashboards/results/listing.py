"""Evaluations behind a figure, as the snapshot has them, with what was done since then laid over them.

Figures are those of the snapshot, and pages say so. A list shows what was saved a second ago: evaluations that changed
after the store was read for the snapshot are taken from the store, and those of the snapshot are left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dashboards.queries import ask
from dashboards.results.choice import EvaluationChoice
from dashboards.results.seen import Seen
from dashboards.results.sheet import Sheet
from dashboards.serving.access import Right
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.reviews.json_values import answer_kind
from qa_pipeline.reviews.states import EvaluationState, EvaluationType
from qa_pipeline.reviews.values import EvaluationFilter, EvaluationSummary
from qa_pipeline.scorecards.scoring import Given, NoOption

MOST_CHANGED = 5000
"""Evaluations newer than the snapshot that are laid over it; a day's work of hundreds of people."""

COLUMNS = (
    "evaluation_id", "call_id", "call_date", "agent_id", "agent_name", "team", "supervisor", "queue", "scorecard_id",
    "scorecard_version", "evaluation_type", "evaluator", "state", "score", "score_before_fail", "failed_by", "coverage",
    "reason", "submitted_at", "released_at", "plan", "inclusion_probability", "seconds_spent",
)  # fmt: skip
"""Of rows of find_evaluations and of the store alike, in the order of a file."""

_NOT_STANDING = (EvaluationState.DRAFT, EvaluationState.WITHDRAWN, EvaluationState.RETRACTED)


def knows_evaluations(snapshot: Snapshot) -> bool:
    """Whether the snapshot has figures of evaluations; one of an earlier version does not."""
    return "evaluations_read" in snapshot.tables()


def read_until(snapshot: Snapshot) -> tuple[int, dt.datetime | None]:
    """How far the store was read for the snapshot, and when; 0 and None where it was not."""
    if not knows_evaluations(snapshot):
        return 0, None
    rows = ask(snapshot, "how_far_evaluations_were_read")
    return (rows[0]["log_seq"], rows[0]["read_at"]) if rows else (0, None)


def count_changed(seen: Seen, seq: int) -> int:
    """How many evaluations that the person may see have changed after this number of the store's log."""
    return seen.reviews.count_evaluations(seen.who, EvaluationFilter(changed_since=seq))


def find_evaluations(
    snapshot: Snapshot, seen: Seen, chosen: EvaluationChoice, *, limit: int, zone: str
) -> tuple[list[Row], int]:
    """The first `limit` evaluations of the choice that the person may see, calls of the newest day first, and how many
    there are.

    Raises:
        NotAllowed: the role sees no list of evaluations.
    """
    chosen = as_seen(seen, chosen)
    newer, fresh = _newer(snapshot, seen, chosen, zone)
    rows: list[Row] = []
    total = 0
    if knows_evaluations(snapshot):
        rows = ask(
            snapshot,
            "find_evaluations",
            chosen.range,
            **chosen.values(),
            states=list(chosen.states) or None,
            about_question=chosen.question,
            with_answer=chosen.answer,
            without=newer,
            limit_to=limit,
        )
        total = rows[0]["total"] if rows else 0
    found = sorted([*fresh, *rows], key=_newest_first)
    return found[:limit], total + len(fresh)


def as_seen(seen: Seen, chosen: EvaluationChoice) -> EvaluationChoice:
    """The choice as far as the person may see it: evaluators see a list of their own evaluations."""
    return chosen if seen.who.may(Right.SEE_EVALUATIONS) else chosen.of_evaluator(seen.who.login)


def evaluations_sheet(snapshot: Snapshot, seen: Seen, chosen: EvaluationChoice, *, limit: int, zone: str) -> Sheet:
    """The list as a file."""
    rows, total = find_evaluations(snapshot, seen, chosen, limit=limit, zone=zone)
    about = {"evaluations": f"{len(rows)} of {total}", "calls": f"{chosen.range.first} to {chosen.range.last}"}
    return Sheet("evaluations", COLUMNS, [[_flat(row[name]) for name in COLUMNS] for row in rows], about)


def _newer(snapshot: Snapshot, seen: Seen, chosen: EvaluationChoice, zone: str) -> tuple[list[str], list[Row]]:
    """Ids of all evaluations that changed after the snapshot, and rows of those that the choice holds for."""
    seq, _ = read_until(snapshot)
    days = chosen.range
    changed = seen.reviews.evaluations(
        seen.who, EvaluationFilter(first_day=days.first, last_day=days.last, changed_since=seq), limit=MOST_CHANGED
    )
    if not changed:
        return [], []
    calls = ask(snapshot, "describe_evaluated_calls", call_ids=sorted({each.call.call_id for each in changed}))
    known = {(row["call_id"], row["agent_id"]): row for row in calls} | {
        (row["call_id"], None): row | {"agent_id": None, "agent_name": None, "team": None, "supervisor": None}
        for row in calls
    }
    rows = [_row(each, known, zone) for each in changed if each.state not in _NOT_STANDING]
    rows = [row for row in rows if _holds(chosen, row)]
    return [each.evaluation_id for each in changed], _answering(seen, chosen, rows)


def _answering(seen: Seen, chosen: EvaluationChoice, rows: list[Row]) -> list[Row]:
    """Those that answered the chosen question so."""
    if chosen.question is None or not rows:
        return rows
    given = seen.reviews.answers_of(seen.who, [row["evaluation_id"] for row in rows])

    def is_so(answer: Given) -> bool:
        kind = answer_kind(answer)
        if kind in (NoOption.NOT_ASKED.value, NoOption.UNANSWERED.value):
            return False
        return chosen.answer in (None, kind) or (isinstance(answer, tuple) and chosen.answer in answer)

    return [
        row
        for row in rows
        if any(each.question == chosen.question and is_so(each.answer) for each in given.get(row["evaluation_id"], ()))
    ]


def _row(each: EvaluationSummary, calls: Mapping[tuple[str, str | None], Row], zone: str) -> Row:
    """An evaluation of the store, as a row of find_evaluations."""
    call_id, agent_id = each.call.call_id, each.call.agent_id
    call = calls.get((call_id, agent_id)) or calls.get((call_id, None)) or {}

    def at(seconds: float | None) -> dt.datetime | None:
        return None if seconds is None else dt.datetime.fromtimestamp(seconds, ZoneInfo(zone))

    return {
        "evaluation_id": each.evaluation_id,
        "call_id": call_id,
        "call_date": each.call.call_date,
        "agent_id": agent_id,
        "agent_name": call.get("agent_name"),
        "team": call.get("team"),
        "supervisor": call.get("supervisor"),
        "queue": call.get("queue"),
        "scorecard_id": each.scorecard_id,
        "scorecard_version": each.scorecard_version,
        "evaluation_type": each.evaluation_type.value,
        "evaluator": each.evaluator,
        "state": each.state.value,
        "score": each.score,
        "score_before_fail": each.score_before_fail,
        "failed_by": list(each.failed_by),
        "coverage": each.coverage,
        "reason": each.reason,
        "submitted_at": at(each.submitted_at),
        "released_at": at(each.released_at),
        "plan": (each.sample_id or "").partition("/")[0] or None if each.inclusion_probability else None,
        "inclusion_probability": each.inclusion_probability,
        "seconds_spent": each.seconds_spent,
    }


def _holds(chosen: EvaluationChoice, row: Row) -> bool:
    """Whether the choice holds for a row of the store, as find_evaluations.sql asks it. The store has no machines'."""
    counts = row["released_at"] is not None and row["evaluation_type"] != EvaluationType.CALIBRATION
    wanted: tuple[tuple[Sequence[str], Any], ...] = (
        (chosen.cards, row["scorecard_id"]),
        (chosen.versions, row["scorecard_version"]),
        (chosen.evaluators, row["evaluator"]),
        (chosen.calls.agents, row["agent_id"]),
        (chosen.calls.teams, row["team"]),
        (chosen.calls.supervisors, row["supervisor"]),
        (chosen.calls.queues, row["queue"]),
    )
    return (
        chosen.source == "people"
        and (row["state"] in chosen.states if chosen.states else counts)
        and chosen.picked in (None, "all", "drawn" if row["inclusion_probability"] else "chosen")
        and chosen.plan in (None, row["plan"])
        and all(not values or value in values for values, value in wanted)
    )


def _newest_first(row: Row) -> tuple[int, float, str]:
    submitted = row["submitted_at"]
    return (
        -row["call_date"].toordinal(),
        0.0 if submitted is None else -submitted.timestamp(),
        row["evaluation_id"],
    )


def _flat(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value
