"""What the tables of the warehouse have of the store of evaluations: rows by the names of their columns.

The pipeline reads here, for nobody in particular: whoever opens a snapshot for a person narrows it to what that person
may see. What is answered in a draft is left out, and so is what was done to it: it is of nobody's concern but its
evaluator's.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, false, func, select

from qa_pipeline.ledger.review_tables import (
    evaluation_answers_state,
    evaluations_state,
    review_head,
    review_log,
    review_tasks,
    scorecard_versions,
)
from qa_pipeline.reviews.answer_columns import CardColumns, card_rows, score_columns, shown_answer
from qa_pipeline.reviews.rows import card_of

AT_ONCE = 500
"""Ids that are asked for in one query."""

NOT_YET = ("draft", "withdrawn")
"""States of evaluations that were never submitted."""

OF_DRAFTS = ("answer_given", "comment_added")
EVENTS = (
    "evaluation_started", *OF_DRAFTS, "submitted", "released", "acknowledged", "disputed", "decided", "retracted",
    "withdrawn",
)  # fmt: skip
"""Rows of the log that are about an evaluation; those about cards and tasks are in the tables of these."""

_AS_THEY_ARE = (
    "evaluation_id", "call_id", "agent_id", "scorecard_id", "scorecard_version", "evaluation_type", "evaluator",
    "state", "revision", "task_id", "sample_id", "inclusion_probability", "session_id", "is_expert", "supersedes",
    "superseded_by", "released_by", "dispute_round", "dispute_reason", "decided_by", "decision", "decision_reason",
    "seconds_spent",
)  # fmt: skip
_MOMENTS = (
    "due_at", "created_at", "submitted_at", "released_at", "acknowledged_at", "disputed_at", "decided_at",
)  # fmt: skip

TableRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogHead:
    """The last row of the log: its number, 0 where nothing was ever done, and its hash."""

    seq: int
    hash: str


NOTHING_DONE = LogHead(0, "")


TABLES = ("evaluations", "evaluation_answers", "evaluation_events", "review_tasks")
ReviewRows = dict[str, list[TableRow]]
"""Rows by `TABLES`, without the columns that only the warehouse knows of their calls."""


def no_rows() -> ReviewRows:
    """Tables without rows, to add some."""
    return {table: [] for table in TABLES}


class StoreReader:
    """Reads the store for tables. Rows may be newer than `head` says where somebody writes meanwhile; whoever asks for
    what changed since that reads them again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._cards: dict[tuple[str, str], CardColumns] = {}

    @property
    def url(self) -> str:
        """What tells this store from others, without a password."""
        return self._engine.url.render_as_string()

    def head(self) -> LogHead:
        """How far the log goes now."""
        with self._engine.connect() as connection:
            row = connection.execute(select(review_head.c.seq, review_head.c.hash)).first()
        return NOTHING_DONE if row is None else LogHead(row.seq, row.hash)

    def hash_of(self, seq: int) -> str:
        """The hash of a row of the log; empty where there is none."""
        query = select(review_log.c.hash).where(review_log.c.seq == seq)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() or ""

    def has(self, head: LogHead) -> bool:
        """Whether the log still has this row: not where an older copy of the store was put back."""
        return head == NOTHING_DONE or self.hash_of(head.seq) == head.hash

    def changes_since(self, seq: int) -> tuple[int, int]:
        """How many evaluations and tasks have later rows of the log, and the number of the last of these rows. Drafts
        are left out: every answer is a row, and nobody else is shown any of them."""
        number, last = 0, seq
        for table, chosen in (
            (evaluations_state, and_(evaluations_state.c.last_seq > seq, evaluations_state.c.state != "draft")),
            (review_tasks, review_tasks.c.last_seq > seq),
        ):
            query = select(func.count(), func.max(table.c.last_seq)).where(chosen)
            with self._engine.connect() as connection:
                found, newest = connection.execute(query).one()
            number, last = number + found, max(last, newest or seq)
        return number, last

    def changed_since(self, seq: int, *, with_drafts: bool = True) -> Iterator[ReviewRows]:
        """Evaluations and tasks of which the log has later rows, in whole; some at a time, as these may be all."""
        for column in (evaluations_state.c.evaluation_id, review_tasks.c.task_id):
            query = select(column).where(column.table.c.last_seq > seq)
            if column.table is evaluations_state and not with_drafts:
                query = query.where(evaluations_state.c.state != "draft")
            with self._engine.connect() as connection:
                ids = connection.execute(query).scalars().all()
            yield from self._of_ids(column, ids)

    def last_rows(self) -> list[tuple[str, str, int]]:
        """Of each evaluation, without drafts, and each task: its id, its call, and its last row of the log."""
        evaluations, tasks = evaluations_state.c, review_tasks.c
        ours = select(evaluations.evaluation_id, evaluations.call_id, evaluations.last_seq)
        theirs = select(tasks.task_id, tasks.call_id, tasks.last_seq)
        with self._engine.connect() as connection:
            found = connection.execute(ours.where(evaluations.state != "draft").union_all(theirs)).all()
        return [(row[0], row[1], row[2]) for row in found]

    def of_ids(self, ids: Sequence[str]) -> Iterator[ReviewRows]:
        """The evaluations and the tasks with these ids, some at a time."""
        for column in (evaluations_state.c.evaluation_id, review_tasks.c.task_id):
            yield from self._of_ids(column, ids)

    def _of_ids(self, column: Any, ids: Iterable[str]) -> Iterator[ReviewRows]:
        of_evaluations = column.table is evaluations_state
        for some in _pieces(ids):
            chosen = column.in_(some)
            yield self._read(chosen if of_evaluations else false(), false() if of_evaluations else chosen)

    def of_calls(self, call_ids: Iterable[str]) -> Iterator[ReviewRows]:
        """All evaluations and tasks of these calls, some at a time."""
        for some in _pieces(call_ids):
            yield self._read(evaluations_state.c.call_id.in_(some), review_tasks.c.call_id.in_(some))

    def days_changed_since(self, seq: int) -> list[dt.date]:
        """Days of the calls of which the log has later rows, as the store knows them."""
        days: set[str] = set()
        with self._engine.connect() as connection:
            for table in (evaluations_state, review_tasks):
                query = select(table.c.call_date).where(table.c.last_seq > seq).distinct()
                days |= set(connection.execute(query).scalars())
        return sorted(dt.date.fromisoformat(day) for day in days)

    def questions(self) -> list[TableRow]:
        """The rows of `scorecard_questions` of every card that was kept."""
        with self._engine.connect() as connection:
            kept = connection.execute(select(scorecard_versions)).mappings().all()
        return [
            {**row, "scorecard_version": card["version"], "kept_at": _moment(card["kept_at"])}
            for card in kept
            for row in card_rows(card_of(card["content"]))
        ]

    def _read(self, of_evaluations: Any, of_tasks: Any) -> ReviewRows:
        """What these conditions on `evaluations_state` and `review_tasks` hold for."""
        with self._engine.connect() as connection:
            found = [
                dict(row) for row in connection.execute(select(evaluations_state).where(of_evaluations)).mappings()
            ]
            self._know_cards(connection, found)
            submitted = {
                row["evaluation_id"]: (row, self._cards[_card_key(row)]) for row in found if row["state"] not in NOT_YET
            }
            events = _of_evaluations(connection, review_log, [row["evaluation_id"] for row in found])
            answers = _of_evaluations(connection, evaluation_answers_state, submitted)
            tasks = map(dict, connection.execute(select(review_tasks).where(of_tasks)).mappings())
            return {
                "evaluations": [_evaluation(row) for row in found],
                "evaluation_answers": [_answer(row, *submitted[row["evaluation_id"]]) for row in answers],
                "evaluation_events": [_event(row) for row in events if _is_shown(row, submitted)],
                "review_tasks": [_task(row) for row in tasks],
            }

    def _know_cards(self, connection: Connection, evaluations: Sequence[TableRow]) -> None:
        table, wanted = scorecard_versions, {_card_key(row) for row in evaluations} - set(self._cards)
        if wanted:
            query = select(table).where(table.c.version.in_(sorted({version for _, version in wanted})))
            for row in connection.execute(query).mappings():
                self._cards[row["scorecard_id"], row["version"]] = CardColumns(card_of(row["content"]))


def _evaluation(row: Mapping[str, Any]) -> TableRow:
    nested = {"failed_by": "[]", "sections": "{}", "critical": "{}"}
    score = {**row, **{name: json.loads(row[name] or empty) for name, empty in nested.items()}}
    return {
        **{name: row[name] for name in _AS_THEY_ARE},
        **{name: _moment(row[name]) for name in _MOMENTS},
        **score_columns(score),
        "dispute_questions": json.loads(row["dispute_questions"] or "[]"),
        "log_seq": row["last_seq"],
    }


def _answer(row: Mapping[str, Any], evaluation: Mapping[str, Any], card: CardColumns) -> TableRow:
    value = None if row["answer"] is None else json.loads(row["answer"])
    shown = None if row["shown_machine"] is None else json.loads(row["shown_machine"])
    return {
        "evaluation_id": row["evaluation_id"],
        "call_id": evaluation["call_id"],
        **card.of_answer(row["question_id"], row["answer_kind"], value),
        **{name: row[name] for name in ("earned", "possible", "weight", "source", "actor", "comment")},
        "evidence": json.loads(row["evidence"] or "[]"),
        "seconds_spent": row["seconds_spent"],
        "machine_answer_shown": None if shown is None else shown_answer(shown["kind"], shown["value"]),
        "answered_at": _moment(row["answered_at"]),
    }


def _event(row: Mapping[str, Any]) -> TableRow:
    said = json.loads(row["payload"])
    answer = said.get("answer")
    score = said.get("score") if row["kind"] == "submitted" else None
    return {
        **{name: row[name] for name in ("seq", "evaluation_id", "call_id", "kind", "actor", "hash")},
        "happened_at": _moment(row["at"]),
        "question_id": said.get("question"),
        "answer": None if answer is None else shown_answer(answer["kind"], answer["value"]),
        "comment": said.get("text", said.get("comment")),
        **{name: said.get(name) for name in ("moment_ms", "reason", "decision")},
        "seconds_spent": said.get("seconds"),
        "score": None if score is None else score["score"],
    }


def _task(row: Mapping[str, Any]) -> TableRow:
    kept = {name: value for name, value in row.items() if name not in ("call_date", "last_seq")}
    return {**kept, **{name: _moment(row[name]) for name in ("due_at", "assigned_at")}, "log_seq": row["last_seq"]}


def _is_shown(row: Mapping[str, Any], submitted: Mapping[str, object]) -> bool:
    return row["kind"] in EVENTS and (row["kind"] not in OF_DRAFTS or row["evaluation_id"] in submitted)


def _card_key(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["scorecard_id"], row["scorecard_version"]


def _of_evaluations(connection: Connection, table: Table, evaluation_ids: Iterable[str]) -> Iterator[TableRow]:
    order = list(table.primary_key.columns)
    for some in _pieces(evaluation_ids):
        query = select(table).where(table.c.evaluation_id.in_(some)).order_by(*order)
        yield from map(dict, connection.execute(query).mappings())


def _pieces(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _moment(seconds: float | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
