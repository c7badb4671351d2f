"""The log as a file that is readable without this program, years later: JSON lines.

The first line says what it is, where the chain ends and which cards are in it; each line between is a row of the log
(docs/reviews.md), whose hash anybody can compute again; the last one says that nothing was cut off. A file that ends
in .gz is compressed.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, Engine, insert, select

from qa_pipeline.ledger.review_tables import review_log, scorecard_versions
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
from qa_pipeline.reviews.faults import ReviewError
from qa_pipeline.reviews.json_values import canonical
from qa_pipeline.reviews.projection import apply_in_bulk, changes_of

FORMAT = "qa-pipeline reviews"
FORMAT_VERSION = 1
HOW_TO_CHECK = (
    "each row's hash is the SHA-256 (hexadecimal) of its line in UTF-8 without the key hash, with sorted keys and no "
    "spaces, as it is written here; previous_hash is the hash of the row before, 64 zeros for the first"
)

_COLUMNS = set(review_log.columns.keys())


class BadBackup(ReviewError):
    """A file that is not a whole backup; the message names it and the line."""


class Forked(ReviewError):
    """The file and the store have different rows of the same number: neither is the other's beginning."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: `rows` of the log, the last of which has the hash `head_hash`, and the cards in it."""

    rows: int
    head_hash: str
    cards: tuple[str, ...]
    made_at: str


@dataclass(frozen=True, slots=True)
class Restored:
    """`added` rows of the file were added (or would be) to the `known` ones that the store had already. `ahead`: how
    many rows the store has that the file doesn't."""

    known: int
    added: int
    ahead: int


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
            _write_line(file, {"end": rows, "head_hash": head_hash})
    return contents


def read_header(path: Path) -> Contents:
    """What a backup says of itself in its first line. Raises BadBackup or OSError."""
    with _opened(path) as file:
        return _contents(path, next(_texts(path, file), ""))


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a backup, each looked at.

    Raises:
        BadBackup: a line is not as it was written, or the file was cut off; the message has file and line.
        OSError: it can't be read.
    """
    with _opened(path) as file:
        texts = _texts(path, file)
        contents = _contents(path, next(texts, ""))
        check = ChainCheck()
        number, is_over = 1, False
        for number, text in enumerate(texts, 2):
            where = f"{path}, line {number}"
            line = _object(where, text)
            if is_over:
                raise BadBackup(f"{where}: there is something after the end.")
            if "end" in line:
                is_over = (line["end"], line.get("head_hash")) == (check.seq, check.hash)
                if not is_over or (contents.rows, contents.head_hash) != (check.seq, check.hash):
                    raise BadBackup(f"{where}: {contents.rows:,} rows were written, and {check.seq:,} are here.")
                continue
            if set(line) != _COLUMNS:
                raise BadBackup(f"{where}: it is not a row of the log: it should have {', '.join(sorted(_COLUMNS))}.")
            for said in _faults_of(check, line):
                raise BadBackup(f"{where}: {said}.")
            yield line
        if not is_over:
            raise BadBackup(f"{path}, line {number}: the file was cut off here.")
        for fault in check.unexplained():
            raise BadBackup(f"{path}, line {fault.seq + 1}: row {fault.seq} of the log: {fault.said}.")


def _faults_of(check: ChainCheck, line: Mapping[str, Any]) -> list[str]:
    """What is wrong with a row; also one that no program of ours has written, with a number or a text out of place."""
    try:
        return [f"row {fault.seq} of the log: {fault.said}" for fault in check.look(line)]
    except (TypeError, ValueError):
        return ["it is not a row of the log as it was written"]


def is_beginning(engine: Engine, contents: Contents) -> bool:
    """Whether the log went on from a backup: a log that was written anew as a whole did not."""
    with engine.connect() as connection:
        return _hash_of(connection, contents.rows) == contents.head_hash


def restore(engine: Engine, path: Path, advance: Advance, *, is_trial: bool = False) -> Restored:
    """Adds what a backup has and the store lacks, in one transaction: everything where the store is empty. With
    `is_trial` everything is looked at and nothing kept. `advance` is told of rows of the file, twice.

    Raises:
        BadBackup: the file is not whole, or has rows that this version does not know.
        Forked: the store went on otherwise than the file.
        OSError: it can't be read.
    """
    for _ in read_lines(path):  # nothing is begun before the last line is known to be good
        advance(1)
    with engine.connect() as connection:
        hold(connection)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")
        restored = _restored(connection, path, advance)
        if is_trial:
            connection.rollback()
        else:
            connection.commit()
    return restored


def _restored(connection: Connection, path: Path, advance: Advance) -> Restored:
    seq, _ = head_of(connection)
    own = raw_rows(connection)
    known = added = 0
    waiting: list[dict[str, Any]] = []
    last = None
    for line in read_lines(path):
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
    return Restored(known, added, seq - known)


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


def _contents(path: Path, text: str) -> Contents:
    where = f"{path}, line 1"
    header = _object(where, text)
    if header.get("format") != FORMAT:
        raise BadBackup(f"{where}: this is not a backup of evaluations.")
    if header.get("format_version") != FORMAT_VERSION:
        raise BadBackup(f"{where}: it is of a later version of the format; restore it with that version.")
    try:
        return Contents(
            int(header["rows"]), str(header["head_hash"]), tuple(map(str, header["cards"])), str(header["made_at"])
        )
    except (KeyError, OverflowError, TypeError, ValueError):
        raise BadBackup(f"{where}: it says no rows, head_hash, cards and made_at.") from None


def _object(where: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (RecursionError, ValueError):
        raise BadBackup(f"{where}: it is not JSON; the file was cut off or changed.") from None
    if not isinstance(found, dict):
        raise BadBackup(f"{where}: it is not a JSON object.")
    return found


def _write_line(file: TextIO, line: Mapping[str, Any]) -> None:
    file.write(canonical(line) + "\n")


def _texts(path: Path, file: TextIO) -> Iterator[str]:
    try:
        yield from file
    except (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError) as error:
        raise BadBackup(f"{path}: the file was cut off or changed: {error}.") from None


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            yield file
    else:
        with path.open(encoding="utf-8", newline="\n") as file:
            yield file


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
