"""What sampling plans have drawn, as lines of a backup: the frame of each period, by which calls that come late are
known, and each drawn call with its probability. They are in no chain, so the last line has a hash of all of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, insert, select, update

from qa_pipeline.ledger.sampling_tables import sampling_draws, sampling_frames
from qa_pipeline.reviews.json_values import canonical

DRAWN: Mapping[str, Table] = {table.name: table for table in (sampling_frames, sampling_draws)}
MARK_BYTES = 8
"""Of a call in a frame."""
ROWS_AT_ONCE = 500


class OtherDraw(ValueError):
    """The file and the store have drawn differently; the message says what."""


class DrawnCheck:
    """Counts and hashes lines as they come."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    @property
    def hash(self) -> str:
        """SHA-256 of the lines so far, each with its end of line, in hexadecimal."""
        return self._hash.hexdigest()

    def look(self, line: Mapping[str, Any]) -> None:
        """Raises ValueError where it is no row of a table of draws as it was written."""
        table = DRAWN.get(str(line.get("table")))
        row = line.get("row")
        if table is None or not isinstance(row, dict) or set(row) != set(table.columns.keys()):
            raise ValueError("it is not a row of what was drawn")
        if table is sampling_frames:
            _marks(row["frame"])
        self.rows += 1
        self._hash.update(f"{canonical(line)}\n".encode())


def drawn_lines(connection: Connection) -> Iterator[dict[str, Any]]:
    """All that was drawn, frames first, in the order of their keys."""
    for name, table in DRAWN.items():
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=ROWS_AT_ONCE)
        for found in connection.execute(query).mappings():
            row = dict(found)
            if table is sampling_frames:
                row["frame"] = base64.b64encode(row["frame"]).decode("ascii")
            yield {"table": name, "row": row}


def add_drawn(connection: Connection, line: Mapping[str, Any]) -> int:
    """Adds a row where the store lacks it, and gives whether it did, as 1 or 0. Of two frames of a period the one with
    all calls of the other, and more, was drawn later and is kept.

    Raises:
        OtherDraw: the store has a row of the same key that says something else.
    """
    table, row, known = _held(connection, line)
    if known is None:
        connection.execute(insert(table).values(row))
        return 1
    if _has_all(table, known, row):
        return 0
    if table is sampling_frames and _has_all(table, row, known):
        connection.execute(update(table).where(_key(table, row)).values(row))
        return 1
    named = " ".join(str(row[column.name]) for column in table.primary_key.columns)
    raise OtherDraw(f"{named} of {table.name} was drawn otherwise in this store")


def is_drawn(connection: Connection, line: Mapping[str, Any]) -> bool:
    """Whether the store has the row, or a frame of the period with all its calls and more."""
    table, row, known = _held(connection, line)
    return known is not None and _has_all(table, known, row)


def _held(connection: Connection, line: Mapping[str, Any]) -> tuple[Table, dict[str, Any], dict[str, Any] | None]:
    """The table of a line, its row, and the one of the same key in the store."""
    table, row = DRAWN[line["table"]], dict(line["row"])
    if table is sampling_frames:
        row["frame"] = base64.b64decode(row["frame"])
    known = connection.execute(select(table).where(_key(table, row))).mappings().one_or_none()
    return table, row, None if known is None else dict(known)


def _key(table: Table, row: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))


def _has_all(table: Table, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a row says what the other one says; of frames, whether it has all its calls."""
    if table is sampling_frames:
        return set(_marks(bytes(one["frame"]))) >= set(_marks(bytes(other["frame"])))
    return dict(one) == dict(other)


def _marks(frame: str | bytes) -> list[bytes]:
    """The calls of a frame. Raises ValueError where it is none."""
    try:
        found = base64.b64decode(frame, validate=True) if isinstance(frame, str) else frame
    except binascii.Error:
        raise ValueError("the frame of a draw is not Base64") from None
    if len(found) % MARK_BYTES:
        raise ValueError("the frame of a draw is not whole")
    return [found[place : place + MARK_BYTES] for place in range(0, len(found), MARK_BYTES)]
