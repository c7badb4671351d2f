"""Takes what is personal out of the log of evaluations, so that the chain can still be checked.

A row keeps its number, its hash and the hash before it; its payload loses texts, or everything. Row and hash no longer
fit then. So in the same transaction a row `calls_erased` is appended, which says for each of them: number, hash, and
the hash of what is left of it. It is part of the chain like any other: what was taken out, by whom and when, can't be
denied or changed afterwards, and a row that differs without such a word is still a fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, delete, or_, select, update

from qa_pipeline.ledger.review_tables import (
    evaluation_answers_state,
    evaluations_state,
    review_log,
    review_tasks,
)
from qa_pipeline.ledger.selecting import chunks
from qa_pipeline.reviews.chain import Appending, digest, hold, log_row
from qa_pipeline.reviews.json_values import canonical
from qa_pipeline.reviews.projection import apply_in_bulk, changes_of
from qa_pipeline.reviews.states import ERASED, LogKind

ROWS_IN_A_WORD = 500
_TEXTS = ("comment", "text", "note", "reason")
"""Keys of payloads under which people write; further down, a reason is a score's, and one of a few words."""


def erase_calls(
    engine: Engine,
    names: Mapping[str, str],
    without: Callable[[str], str],
    *,
    keeps_scores: bool,
    erasure_id: str,
    actor: str,
    now: float,
) -> int:
    """Takes calls out of the log and of what follows from it; returns how many rows were changed.

    `names` has for each call what it is called from now on, and `without` gives a text without what must go. With
    `keeps_scores` evaluations keep ids, answers that are no text, scores and hashes, else nothing of them is left.
    """
    with engine.begin() as connection:
        hold(connection)
        rows = _rows_of(connection, list(names))
        if not rows:
            return 0
        left = [_left_of(row, names, without, erasure_id, keeps_scores=keeps_scores) for row in rows]
        whole = [number for number, row in enumerate(rows) if digest(row) == row["hash"] or ERASED in row["payload"]]
        _forget_derived(connection, rows, names)
        for row in left:
            values = {**row, "payload": canonical(row["payload"])}
            connection.execute(update(review_log).where(review_log.c.seq == row["seq"]).values(values))
        log = Appending(connection, now)
        words = [[left[number]["seq"], left[number]["hash"], digest(left[number])] for number in whole]
        for said in chunks_of(words):
            log.add(LogKind.CALLS_ERASED, actor, {"erasure_id": erasure_id, "rows": said})
        log.close()
        kept = [log_row({**row, "payload": canonical(row["payload"])}) for row in left]
        apply_in_bulk(connection, [change for row in kept for change in changes_of(row)])
    return len(rows)


def chunks_of(words: Sequence[list[Any]]) -> Iterator[list[list[Any]]]:
    """What one row says; a call that was evaluated often has many."""
    for start in range(0, len(words), ROWS_IN_A_WORD):
        yield list(words[start : start + ROWS_IN_A_WORD])


def _rows_of(connection: Connection, call_ids: Sequence[str]) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for chunk in chunks(call_ids):
        evaluations = select(evaluations_state.c.evaluation_id).where(evaluations_state.c.call_id.in_(chunk))
        is_meant = or_(review_log.c.call_id.in_(chunk), review_log.c.evaluation_id.in_(evaluations))
        for row in connection.execute(select(review_log).where(is_meant)).mappings():
            found[row["seq"]] = {**row, "payload": json.loads(row["payload"])}
    return [found[seq] for seq in sorted(found)]


def _left_of(
    row: Mapping[str, Any],
    names: Mapping[str, str],
    without: Callable[[str], str],
    erasure_id: str,
    *,
    keeps_scores: bool,
) -> dict[str, Any]:
    if not keeps_scores:
        gone = dict.fromkeys(("evaluation_id", "call_id", "request_id"))
        return {**row, **gone, "payload": {ERASED: erasure_id}}
    payload = {str(key): _plain(key, value, without) for key, value in row["payload"].items()}
    call_id = row["call_id"]
    return {**row, "call_id": names.get(call_id, call_id), "payload": {**payload, ERASED: erasure_id}}


def _plain(key: str, value: Any, without: Callable[[str], str]) -> Any:
    """A value of a payload without what people wrote, of the same type."""
    if isinstance(value, Mapping):
        if key == "facts":
            return {name: {} for name in value}
        if value.get("kind") == "text":
            return {**value, "value": ""}
        return {str(name): _plain(f"{key}.{name}", each, without) for name, each in value.items()}
    if isinstance(value, list):
        return [] if key == "evidence" else [_plain(key, each, without) for each in value]
    if isinstance(value, str):
        return "" if key in _TEXTS else without(value)
    return value


def _forget_derived(connection: Connection, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> None:
    evaluations = sorted({row["evaluation_id"] for row in rows if row["evaluation_id"]})
    for chunk in chunks(evaluations):
        for table in (evaluation_answers_state, evaluations_state):
            connection.execute(delete(table).where(table.c.evaluation_id.in_(chunk)))
    for chunk in chunks(list(names)):
        connection.execute(delete(review_tasks).where(review_tasks.c.call_id.in_(chunk)))
