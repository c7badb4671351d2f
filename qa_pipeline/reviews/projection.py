"""What follows from the log: for each row the rows of other tables that it makes or changes.

Payloads hold what is so afterwards, never a difference, so that rows can be applied in bulk, and twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from qa_pipeline.ledger.review_tables import (
    evaluation_answers_state,
    evaluations_state,
    review_tasks,
    scorecard_versions,
)
from qa_pipeline.reviews.json_values import canonical
from qa_pipeline.reviews.states import ERASED, Decision, EvaluationState, LogKind, TaskState
from qa_pipeline.reviews.values import LogRow

_DECIDED = {
    Decision.UPHELD: EvaluationState.UPHELD.value,
    Decision.RULE_CHANGED: EvaluationState.RULE_CHANGED.value,
}
"""A decision that leaves the disputed evaluation as it is → the state that it is in then."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row of a table, by its key, and the columns that it has then. `is_new`: it is made where it is not there."""

    table: Table
    key: Mapping[str, Any]
    values: Mapping[str, Any]
    is_new: bool = False


def changes_of(row: LogRow) -> list[Change]:
    """What follows from one row of the log, in this order; nothing where all of it was erased."""
    return [] if set(row.payload) == {ERASED} else list(_CHANGES[row.kind](row))


def apply_changes(connection: Connection, changes: Iterable[Change]) -> None:
    """Writes them, in the caller's transaction."""
    for change in changes:
        if change.is_new:
            connection.execute(upsert(connection, change.table, change.values), {**change.key, **change.values})
        else:
            where = and_(*(change.table.c[name] == value for name, value in change.key.items()))
            connection.execute(update(change.table).where(where).values(**change.values))


def apply_at_once(connection: Connection, first: Sequence[Any], changes: Sequence[Change]) -> None:
    """As `apply_changes`, with the statements `first` before them, in one statement for PostgreSQL: a round trip to the
    server, in which the parts do not see each other's rows. So no row may be written twice by them."""
    new: dict[tuple[str, tuple[str, ...]], list[Change]] = defaultdict(list)
    statements = list(first)
    for change in changes:
        if change.is_new:
            new[change.table.name, tuple(change.values)].append(change)
        else:
            where = and_(*(change.table.c[name] == value for name, value in change.key.items()))
            statements.append(update(change.table).where(where).values(**change.values))
    for alike in new.values():
        rows = [{**each.key, **each.values} for each in alike]
        made = upsert(connection, alike[0].table, alike[0].values)
        statements.append(made.values(rows[0] if len(rows) == 1 else rows))
    *parts, last = statements
    for number, part in enumerate(parts):
        last = last.add_cte(part.cte(f"part_{number}"))
    connection.execute(last)


def apply_in_bulk(connection: Connection, changes: Iterable[Change]) -> None:
    """As `apply_changes`, for thousands: what is changed several times is written once."""
    merged: dict[tuple[str, tuple[Any, ...]], Change] = {}
    for change in changes:
        key = (change.table.name, tuple(change.key.values()))
        before = merged.get(key)
        if before is not None:
            is_new = before.is_new or change.is_new
            change = Change(change.table, change.key, {**before.values, **change.values}, is_new)
        merged[key] = change
    groups: dict[tuple[str, bool, frozenset[str]], list[Change]] = defaultdict(list)
    for change in merged.values():
        groups[change.table.name, change.is_new, frozenset(change.values)].append(change)
    for group in groups.values():
        table, columns = group[0].table, list(group[0].values)
        if group[0].is_new:
            connection.execute(upsert(connection, table, columns), [{**each.key, **each.values} for each in group])
        else:
            where = and_(*(table.c[name] == bindparam(f"key_{name}") for name in group[0].key))
            statement = update(table).where(where).values({name: bindparam(name) for name in columns})
            rows = [{**{f"key_{name}": value for name, value in each.key.items()}, **each.values} for each in group]
            connection.execute(statement, rows)


def upsert(connection: Connection, table: Table, columns: Iterable[str]) -> Any:
    """An insert that changes these columns of a row that is there already."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    made = make(table)
    replaced = {name: made.excluded[name] for name in columns}
    return made.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=replaced)


def _evaluation(row: LogRow, **values: Any) -> Change:
    if "revision" in row.payload:
        values["revision"] = row.payload["revision"]
    changed = {**values, "updated_at": row.at, "last_seq": row.seq}
    return Change(evaluations_state, {"evaluation_id": row.evaluation_id}, changed)


def _task(row: LogRow, task_id: str | None, **values: Any) -> Iterator[Change]:
    if task_id is not None:
        yield Change(review_tasks, {"task_id": task_id}, {**values, "last_seq": row.seq})


def _card_kept(row: LogRow) -> Iterator[Change]:
    said = row.payload
    yield Change(
        scorecard_versions,
        {"scorecard_id": said["scorecard_id"], "version": said["version"]},
        {"title": said["title"], "content": canonical(said["content"]), "kept_at": row.at, "seq": row.seq},
        is_new=True,
    )


TASK_COLUMNS = (
    "task_kind", "call_date", "agent_id", "scorecard_id", "evaluation_type", "assignee", "due_at", "sample_id",
    "inclusion_probability", "session_id", "is_expert", "note",
)  # fmt: skip
"""What a task is assigned with, besides its id and its call."""


def _task_assigned(row: LogRow) -> Iterator[Change]:
    values = {name: row.payload[name] for name in TASK_COLUMNS}
    yield Change(
        review_tasks,
        {"task_id": row.payload["task_id"]},
        {
            **values, "call_id": row.call_id, "state": TaskState.OPEN.value, "evaluation_id": row.evaluation_id,
            "assigned_by": row.actor, "assigned_at": row.at, "last_seq": row.seq,
        },
        is_new=True,
    )  # fmt: skip


def _task_reassigned(row: LogRow) -> Iterator[Change]:
    said = row.payload
    yield from _task(row, said["task_id"], assignee=said["assignee"], due_at=said["due_at"])


def _task_cancelled(row: LogRow) -> Iterator[Change]:
    yield from _task(row, row.payload["task_id"], state=TaskState.CANCELLED.value)


STARTED_COLUMNS = (
    "call_date", "agent_id", "scorecard_id", "scorecard_version", "evaluation_type", "task_id", "sample_id",
    "inclusion_probability", "session_id", "is_expert", "supersedes", "due_at", "dispute_round",
)  # fmt: skip
"""What an evaluation is started with, besides its id, its call and its evaluator."""


def _evaluation_started(row: LogRow) -> Iterator[Change]:
    said = row.payload
    values = {name: said[name] for name in STARTED_COLUMNS}
    yield Change(
        evaluations_state,
        {"evaluation_id": row.evaluation_id},
        {
            **values, "call_id": row.call_id, "evaluator": row.actor, "state": EvaluationState.DRAFT.value,
            "revision": said["revision"], "created_at": row.at, "updated_at": row.at, "seconds_spent": 0.0,
            "last_seq": row.seq,
        },
        is_new=True,
    )  # fmt: skip
    yield from _task(
        row, said["task_id"], state=TaskState.STARTED.value, assignee=row.actor, evaluation_id=row.evaluation_id
    )


def _answer_given(row: LogRow) -> Iterator[Change]:
    said = row.payload
    shown = said["shown_machine"]
    yield Change(
        evaluation_answers_state,
        {"evaluation_id": row.evaluation_id, "question_id": said["question"]},
        {
            **_answer(said["answer"]), "source": "person", "actor": said.get("answered_by", row.actor),
            "comment": said["comment"], "evidence": canonical(said["evidence"]),
            "seconds_spent": said["seconds_of_question"], "shown_machine": None if shown is None else canonical(shown),
            "answered_at": row.at, "seq": row.seq,
        },
        is_new=True,
    )  # fmt: skip
    yield _evaluation(row, seconds_spent=said["seconds_spent"])


def _answer(written: Mapping[str, Any]) -> dict[str, Any]:
    value = written["value"]
    return {"answer_kind": written["kind"], "answer": None if value is None else canonical(value)}


def _comment_added(row: LogRow) -> Iterator[Change]:
    yield _evaluation(row)


def _submitted(row: LogRow) -> Iterator[Change]:
    score = row.payload["score"]
    plain = {name: score[name] for name in ("score", "score_before_fail", "coverage", "reason")}
    nested = {name: canonical(score[name]) for name in ("failed_by", "sections", "critical")}
    yield _evaluation(row, state=EvaluationState.SUBMITTED.value, submitted_at=row.at, **plain, **nested)
    for each in score["answers"]:
        kind = each["answer"]["kind"]
        points = {name: each[name] for name in ("earned", "possible", "weight")}
        source = "condition" if kind == "not_asked" else "person"
        yield Change(
            evaluation_answers_state,
            {"evaluation_id": row.evaluation_id, "question_id": each["question"]},
            {**_answer(each["answer"]), "source": source, "seq": row.seq, **points},
            is_new=True,
        )
    yield from _task(row, row.payload["task_id"], state=TaskState.DONE.value)


def _released(row: LogRow) -> Iterator[Change]:
    yield _evaluation(row, state=row.payload["state"], released_at=row.at, released_by=row.actor)


def _acknowledged(row: LogRow) -> Iterator[Change]:
    yield _evaluation(row, state=EvaluationState.ACKNOWLEDGED.value, acknowledged_at=row.at)


def _disputed(row: LogRow) -> Iterator[Change]:
    said = row.payload
    yield _evaluation(
        row,
        state=EvaluationState.DISPUTED.value,
        disputed_at=row.at,
        dispute_round=said["round"],
        dispute_reason=said["reason"],
        dispute_questions=canonical(said["questions"]),
    )


def _decided(row: LogRow) -> Iterator[Change]:
    said = row.payload
    values = {"decision": said["decision"], "decision_reason": said["reason"]}
    decided = {**values, "decided_at": row.at, "decided_by": row.actor}
    if said["superseded_by"] is None:
        decided["state"] = _DECIDED[Decision(said["decision"])]
    yield _evaluation(row, **decided)
    yield from _task(row, said["task_id"], state=TaskState.DONE.value, assignee=row.actor)


def _retracted(row: LogRow) -> Iterator[Change]:
    yield _evaluation(row, state=EvaluationState.RETRACTED.value, superseded_by=row.payload["superseded_by"])
    # what decisions replace has none, and earlier versions wrote none
    yield from _task(row, row.payload.get("task_id"), state=TaskState.OPEN.value, evaluation_id=None)


def _calls_erased(row: LogRow) -> Iterator[Change]:
    """Nothing: the rows that it names say themselves what is left."""
    yield from ()


def _withdrawn(row: LogRow) -> Iterator[Change]:
    yield _evaluation(row, state=EvaluationState.WITHDRAWN.value)
    yield from _task(row, row.payload["task_id"], state=TaskState.OPEN.value, evaluation_id=None)


_CHANGES: Mapping[LogKind, Callable[[LogRow], Iterator[Change]]] = {
    LogKind.CARD_KEPT: _card_kept,
    LogKind.TASK_ASSIGNED: _task_assigned,
    LogKind.TASK_REASSIGNED: _task_reassigned,
    LogKind.TASK_CANCELLED: _task_cancelled,
    LogKind.EVALUATION_STARTED: _evaluation_started,
    LogKind.ANSWER_GIVEN: _answer_given,
    LogKind.COMMENT_ADDED: _comment_added,
    LogKind.SUBMITTED: _submitted,
    LogKind.RELEASED: _released,
    LogKind.ACKNOWLEDGED: _acknowledged,
    LogKind.DISPUTED: _disputed,
    LogKind.DECIDED: _decided,
    LogKind.RETRACTED: _retracted,
    LogKind.WITHDRAWN: _withdrawn,
    LogKind.CALLS_ERASED: _calls_erased,
}
