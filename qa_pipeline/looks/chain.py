"""The log of looks as a chain: each row holds the hash of the one before it, so that no row can be changed, removed or
put in between unnoticed.

    hash = SHA-256 of the row as canonical JSON (sorted keys, no spaces, UTF-8) without `hash` itself, in hexadecimal

`previous_hash` of the first row is 64 zeros. `raw_looks_head` has the number and the hash of the last one. A row that
an erasure has taken something out of is the one that a later row `erased` says it is (see `looks.erasing`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from qa_pipeline.ledger.look_tables import raw_looks, raw_looks_head

BEFORE_THE_FIRST = "0" * 64
HEAD_ID = 1
REPLACED = "\ufffd"

Words = Mapping[int, str]
"""Number of a row → the hash of what an erasure has left of it."""


class What(StrEnum):
    """What was looked at."""

    TEXT = "text"
    SOUND = "sound"
    EXPORT = "export"
    """The sound as a file that is taken along."""
    ERASED = "erased"
    """No look: the word of an erasure, on what it took out of rows before."""


def storable(text: str) -> str:
    """The text with U+FFFD for what no database keeps: NUL, and halves of characters."""
    return text.replace("\x00", REPLACED).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def digest(line: Mapping[str, Any]) -> str:
    """The hash that a row should have."""
    return hashlib.sha256(
        _canonical({name: value for name, value in line.items() if name != "hash"}).encode()
    ).hexdigest()


def add_row(
    connection: Connection, *, who: str, role: str, call_id: str, what: What, reason: str, at: float
) -> dict[str, Any]:
    """Appends a row and returns it; part of the caller's transaction, in which nobody else appends."""
    seq, previous_hash = head_of(connection)
    line: dict[str, Any] = {
        "seq": seq + 1,
        "at": round(at, 3),
        "who": storable(who),
        "role": storable(role),
        "call_id": storable(call_id),
        "what": what.value,
        "reason": storable(reason),
        "previous_hash": previous_hash,
    }
    line["hash"] = digest(line)
    connection.execute(insert(raw_looks).values(line))
    head = {"seq": line["seq"], "hash": line["hash"]}
    if not connection.execute(update(raw_looks_head).values(head)).rowcount:
        connection.execute(insert(raw_looks_head).values(head_id=HEAD_ID, **head))
    return line


@contextmanager
def appending(engine: Engine) -> Iterator[Connection]:
    """A transaction to whose end nobody else appends."""
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"lock table {raw_looks_head.name} in exclusive mode")
        yield connection


def head_of(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last row; 0 and zeros where the log is empty."""
    found = connection.execute(select(raw_looks_head.c.seq, raw_looks_head.c.hash)).one_or_none()
    return (0, BEFORE_THE_FIRST) if found is None else (found.seq, found.hash)


def written_word(erasure_id: str, rows: Sequence[list[Any]]) -> str:
    """What a row `erased` says: of each row number, hash, and hash of what is left."""
    return _canonical({"erasure_id": erasure_id, "rows": rows})


def words_of(rows: Iterable[Mapping[Any, Any]]) -> dict[int, str]:
    """What all rows `erased` among these say; of a row that is named twice the last. One that says nothing readable is
    a fault by its own hash."""
    found: dict[int, str] = {}
    for row in rows:
        if row["what"] == What.ERASED and row["hash"] == digest(row):
            found |= {seq: left for seq, _, left in json.loads(row["reason"])["rows"]}
    return found


def fits(row: Mapping[str, Any], words: Words) -> bool:
    """Whether a row is as it was written, or as an erasure has left it."""
    return digest(row) in (row["hash"], words.get(row["seq"]))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
