"""The log as a file that is readable without this program, years later: JSON lines.

The first line says what it is, where the chain ends and which cards are in it; then comes each row of the log
(docs/reviews.md), whose hash anybody can compute again, and what sampling plans have drawn; the last line says that
nothing was cut off. A file that ends in .gz is compressed.
"""

from __future__ import annotations

import datetime as dt
import gzip
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, Engine, insert, select

from qa_pipeline.ledger.review_tables import review_log, scorecard_versions
from qa_pipeline.ledger.tombstones import NO_TOMBSTONES, Tombstones
from qa_pipeline.reviews.backup_lines import (
    FORMAT,
    FORMAT_VERSION,
    HOW_TO_CHECK,
    BadBackup,
    Contents,
    read_header,
    read_lines,
)
from qa_pipeline.reviews.chain import BEFORE_THE_FIRST, head_of, hold, log_row, set_head
from qa_pipeline.reviews.checking import (
    ROWS_AT_ONCE,
    Advance,
    ChainCheck,
    as_line,
    is_marked_erased,
    raw_rows,
    unchanging,
)
from qa_pipeline.reviews.drawn_backup import DrawnCheck, OtherDraw, add_drawn, drawn_lines, is_drawn
from qa_pipeline.reviews.faults import ReviewError
from qa_pipeline.reviews.json_values import canonical
from qa_pipeline.reviews.projection import apply_in_bulk, changes_of


class Forked(ReviewError):
    """The file and the store have different rows of the same number: neither is the other's beginning."""


@dataclass(frozen=True, slots=True)
class Restored:
    """`added` rows of the file were added (or would be) to the `known` ones that the store had already. `ahead`: how
    many rows the store has that the file doesn't. `drawn`: rows of what sampling plans have drawn that were added."""

    known: int
    added: int
    ahead: int
    drawn: int


def write_backup(engine: Engine, path: Path, advance: Advance) -> Contents:
    """Writes the whole log to a file, which takes its name when it is whole. `advance` is told of rows.

    Raises:
        ReviewError: a row of the log was changed, so the file is left as it was; or the file that is there is a backup
            with rows that this store does not have.
        OSError: it can't be written.
    """
    with engine.connect() as connection:
        unchanging(connection)
        rows, head_hash = head_of(connection)
        _require_older(connection, path)
        columns = scorecard_versions.c
        cards = connection.execute(select(columns.scorecard_id, columns.version).order_by(columns.seq)).all()
        contents = Contents(
            rows,
            head_hash,
            tuple(f"{card} {version}" for card, version in cards),
            dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        )
        with _written(path) as file:
            _write_line(file, _header(contents))
            check = ChainCheck()
            for found in raw_rows(connection):
                line = _whole_line(check, found)
                _write_line(file, line)
                advance(1)
            for fault in check.unexplained():
                raise ReviewError(f"{fault}: see `qa-pipeline reviews verify`")
            if (check.seq, check.hash) != (rows, head_hash):
                raise ReviewError(
                    f"the log should end with row {rows} and ends otherwise: see `qa-pipeline reviews verify`"
                )
            drawn = DrawnCheck()
            for line in drawn_lines(connection):
                drawn.look(line)
                _write_line(file, line)
            end = {"end": rows, "head_hash": head_hash, "draws": drawn.rows, "draws_hash": drawn.hash}
            _write_line(file, end)
    return contents


def is_beginning(engine: Engine, contents: Contents) -> bool:
    """Whether the log went on from a backup: a log that was written anew as a whole did not."""
    with engine.connect() as connection:
        return _hash_of(connection, contents.rows) == contents.head_hash


def lost_draws(engine: Engine, path: Path, erased: Tombstones = NO_TOMBSTONES) -> int:
    """How many rows of what a backup says was drawn the store does not have, or has otherwise; calls that were erased
    are not missed.

    Raises:
        BadBackup: the file is not whole.
        OSError: it can't be read.
    """
    with engine.connect() as connection:
        return sum(
            not is_drawn(connection, line)
            for line in read_lines(path)
            if "table" in line and not _is_of_erased(line, erased)
        )


def restore(
    engine: Engine, path: Path, advance: Advance, *, is_trial: bool = False, erased: Tombstones = NO_TOMBSTONES
) -> Restored:
    """Adds what a backup has and the store lacks, in one transaction: everything where the store is empty. With
    `is_trial` everything is looked at and nothing kept. `advance` is told of rows of the file, twice. Draws of
    calls that were `erased` are left out.

    Raises:
        BadBackup: the file is not whole, or has rows that this version does not know.
        Forked: the store went on, or has drawn, otherwise than the file.
        OSError: it can't be read.
    """
    for _ in read_lines(path):  # nothing is begun before the last line is known to be good
        advance(1)
    with engine.connect() as connection:
        hold(connection)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")
        restored = _restored(connection, path, advance, erased)
        if is_trial:
            connection.rollback()
        else:
            connection.commit()
    return restored


def _restored(connection: Connection, path: Path, advance: Advance, erased: Tombstones) -> Restored:
    seq, _ = head_of(connection)
    own = raw_rows(connection)
    known = added = drawn = 0
    waiting: list[dict[str, Any]] = []
    last = None
    for line in read_lines(path):
        if "table" in line:
            drawn += 0 if _is_of_erased(line, erased) else _add_drawn(connection, path, line)
            continue
        advance(1)
        mine = next(own, None) if not added and not waiting else None
        if mine is not None:
            _require_same(path, mine, line)
            known += 1
            continue
        if known < seq:
            raise Forked(f"row {known + 1} is missing in the store: see `qa-pipeline reviews verify`")
        waiting.append(line)
        last = line
        if len(waiting) == ROWS_AT_ONCE:
            added += _add(connection, path, waiting)
            waiting = []
    added += _add(connection, path, waiting)
    if last is not None:
        set_head(connection, last["seq"], last["hash"])
    return Restored(known, added, seq - known, drawn)


def _is_of_erased(line: Mapping[str, Any], erased: Tombstones) -> bool:
    """Whether a line of what was drawn is about a call that was erased since."""
    call_id = line["row"].get("call_id")
    return call_id is not None and erased.has_call(call_id)


def _add_drawn(connection: Connection, path: Path, line: Mapping[str, Any]) -> int:
    try:
        return add_drawn(connection, line)
    except OtherDraw as error:
        raise Forked(
            f"{path}: {error}. Nothing was restored; an empty operations database takes the whole file"
        ) from None


def _require_same(path: Path, mine: Mapping[Any, Any], line: Mapping[str, Any]) -> None:
    try:
        own = as_line(mine)
        # what was erased here since the backup was written keeps the hash of what it was, and stays erased
        is_same = own == line or (is_marked_erased(own) and own["hash"] == line["hash"])
    except ValueError:
        is_same = False
    if not is_same:
        raise Forked(
            f"{path}: row {line['seq']} is another one than in this store ({line['kind']} by {line['actor']} there, "
            f"{mine['kind']} by {mine['actor']} here): they went on from each other, or one was changed. Nothing was "
            "restored; an empty operations database takes the whole file"
        )


def _add(connection: Connection, path: Path, lines: list[dict[str, Any]]) -> int:
    if not lines:
        return 0
    rows = [{**line, "payload": canonical(line["payload"])} for line in lines]
    connection.execute(insert(review_log), rows)
    try:
        apply_in_bulk(connection, [change for row in rows for change in changes_of(log_row(row))])
    except (ValueError, KeyError) as error:
        raise BadBackup(f"{path}: rows {lines[0]['seq']} and on are of a later version: {error}") from None
    return len(rows)


def _require_older(connection: Connection, path: Path) -> None:
    """Refuses to put a backup in the place of one that has more, or other, rows."""
    if not path.exists():
        return
    try:
        before = read_header(path)
    except BadBackup as error:
        raise ReviewError(
            f"{path} is there and is not a backup of evaluations, or is damaged; move it away or name another file "
            f"({error})"
        ) from None
    if before.head_hash != _hash_of(connection, before.rows):
        raise ReviewError(
            f"{path} is a backup with rows that this store does not have ({before.rows:,} of {before.made_at}); name "
            "another file"
        )


def _hash_of(connection: Connection, seq: int) -> str | None:
    if seq == 0:
        return BEFORE_THE_FIRST
    return connection.execute(select(review_log.c.hash).where(review_log.c.seq == seq)).scalar_one_or_none()


def _whole_line(check: ChainCheck, found: Mapping[Any, Any]) -> dict[str, Any]:
    try:
        line = as_line(found)
        faults = list(check.look(line))
    except ValueError:
        raise ReviewError(f"row {found['seq']} of the log was changed: see `qa-pipeline reviews verify`") from None
    if faults:
        raise ReviewError(f"{faults[0]}: see `qa-pipeline reviews verify`")
    return line


def _header(contents: Contents) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "made_at": contents.made_at,
        "rows": contents.rows,
        "head_hash": contents.head_hash,
        "cards": list(contents.cards),
        "how_to_check": HOW_TO_CHECK,
    }


def _write_line(file: TextIO, line: Mapping[str, Any]) -> None:
    file.write(canonical(line) + "\n")


@contextmanager
def _written(path: Path) -> Iterator[TextIO]:
    """A file that takes its name when the block has come to its end; before that whatever was there is there."""
    building = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with building.open("wb") as raw:
            if path.suffix == ".gz":
                with gzip.open(raw, "wt", encoding="utf-8", newline="\n") as file:
                    yield file
            else:
                with open(raw.fileno(), "w", encoding="utf-8", newline="\n", closefd=False) as file:
                    yield file
            os.fsync(raw.fileno())
        building.replace(path)
        folder = os.open(path.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        with suppress(FileNotFoundError):
            building.unlink()
