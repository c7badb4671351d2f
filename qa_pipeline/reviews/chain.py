"""The log as a chain: each row holds the hash of the one before it, so that no row can be changed, removed or put in
between without every later hash being another one.

    hash = SHA-256 of the row as canonical JSON (sorted keys, no spaces, UTF-8) without `hash` itself, in hexadecimal

`previous_hash` of the first row is 64 zeros. `review_head` has the number and the hash of the last one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.dialects import postgresql

from qa_pipeline.ledger.review_tables import evaluations_state, review_head, review_log
from qa_pipeline.reviews.faults import BadReview
from qa_pipeline.reviews.json_values import canonical, storable
from qa_pipeline.reviews.projection import apply_at_once, apply_changes, changes_of
from qa_pipeline.reviews.states import LogKind
from qa_pipeline.reviews.values import LogRow

BEFORE_THE_FIRST = "0" * 64
HEAD_ID = 1


def line_of(row: LogRow) -> dict[str, Any]:
    """A row as a backup has it, and as it is hashed (without `hash`)."""
    return {
        "seq": row.seq,
        "at": row.at,
        "actor": row.actor,
        "kind": row.kind.value,
        "evaluation_id": row.evaluation_id,
        "call_id": row.call_id,
        "request_id": row.request_id,
        "payload": row.payload,
        "previous_hash": row.previous_hash,
        "hash": row.hash,
    }


def digest(line: Mapping[str, Any]) -> str:
    """The hash that a row should have."""
    hashed = {name: value for name, value in line.items() if name != "hash"}
    return hashlib.sha256(canonical(hashed).encode()).hexdigest()


def log_row(found: Mapping[Any, Any]) -> LogRow:
    """A row of the table. Raises ValueError where it is not one that this version writes or knows."""
    return LogRow(**{**found, "kind": LogKind(found["kind"]), "payload": json.loads(found["payload"])})


def hold(connection: Connection) -> None:
    """Begins a transaction, to whose end nobody else appends to the log or begins to."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    # first whoever has an evaluation and waits for the head, as that is the order in which they are taken
    connection.exec_driver_sql(f"lock table {evaluations_state.name} in exclusive mode")
    take_head(connection)


def take_head(connection: Connection) -> tuple[int, str]:
    """As `head_of`, and from now to the end of the transaction nobody else appends."""
    if connection.dialect.name == "sqlite":  # the whole database is the transaction's
        return head_of(connection)
    chosen = select(review_head.c.seq, review_head.c.hash).with_for_update()
    found = connection.execute(chosen).one_or_none()
    if found is None:
        first = postgresql.insert(review_head).values(head_id=HEAD_ID, seq=0, hash=BEFORE_THE_FIRST)
        connection.execute(first.on_conflict_do_nothing())
        found = connection.execute(chosen).one()
    return found.seq, found.hash


def head_of(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last row; 0 and zeros where the log is empty."""
    found = connection.execute(select(review_head.c.seq, review_head.c.hash)).one_or_none()
    return (0, BEFORE_THE_FIRST) if found is None else (found.seq, found.hash)


def set_head(connection: Connection, seq: int, last_hash: str) -> None:
    """Writes which row is the last one; part of the caller's transaction."""
    if not connection.execute(update(review_head).values(seq=seq, hash=last_hash)).rowcount:
        connection.execute(insert(review_head).values(head_id=HEAD_ID, seq=seq, hash=last_hash))


class Appending:
    """Appends rows in one transaction, and writes what follows from each of them. The log's head is taken with the
    first row, so that others append while this one still looks at its evaluation. `held` is the row of the evaluation
    that it is about, as it was when nobody else could change it any more; None where nothing is read so early."""

    def __init__(self, connection: Connection, now: float, held: Mapping[Any, Any] | None = None) -> None:
        self.connection = connection
        self.now = round(now, 3)
        self.held = held
        self._head: tuple[int, str] | None = None

    def add(
        self,
        kind: LogKind,
        actor: str,
        payload: Mapping[str, Any],
        *,
        evaluation_id: str | None = None,
        call_id: str | None = None,
        request_id: str | None = None,
    ) -> LogRow:
        """Appends a row, and returns it. Raises BadReview where a number is none."""
        said = {
            "at": self.now,
            "actor": storable(actor),
            "kind": kind.value,
            "evaluation_id": evaluation_id,
            "call_id": storable(call_id),
            "request_id": storable(request_id),
            "payload": storable(payload),
        }
        try:
            text = canonical(said["payload"])
        except ValueError:
            raise BadReview("NaN and infinity are not kept in evaluations") from None
        kept = json.loads(text)
        # from here on all others wait
        seq, previous_hash = self._head or take_head(self.connection)
        line = {**said, "seq": seq + 1, "previous_hash": previous_hash}
        line["hash"] = digest(line)
        values = {**line, "payload": text}
        self._head = (seq + 1, line["hash"])
        row = LogRow(**{**line, "kind": kind, "payload": kept})
        logged = insert(review_log).values(values)
        if self.connection.dialect.name == "sqlite":
            self.connection.execute(logged)
            apply_changes(self.connection, changes_of(row))
        else:  # whoever has the head keeps all others waiting, so with it a server is asked once
            ends = update(review_head).values(seq=self._head[0], hash=self._head[1])
            apply_at_once(self.connection, [logged, ends], changes_of(row))
        return row

    def close(self) -> None:
        """Writes which row is the last one, where any was appended and that is not written yet."""
        if self._head is not None and self.connection.dialect.name == "sqlite":
            set_head(self.connection, *self._head)


@contextmanager
def appending(engine: Engine, clock: Callable[[], float], evaluation_id: str | None = None) -> Iterator[Appending]:
    """A transaction in which rows are appended: all of them are kept, or none. With an evaluation it is about that one
    alone, which nobody else changes meanwhile; without, nobody else appends anything from its beginning on."""
    now, held = clock(), None
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif evaluation_id is None:
            # before the head, as `hold` does: each would wait for what the other has
            connection.exec_driver_sql(f"lock table {evaluations_state.name} in row exclusive mode")
            take_head(connection)
        else:
            chosen = select(evaluations_state).where(evaluations_state.c.evaluation_id == evaluation_id)
            held = connection.execute(chosen.with_for_update()).mappings().one_or_none()
        appended = Appending(connection, now, held)
        yield appended
        appended.close()
