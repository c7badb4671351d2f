"""A backup of the log as it is read: each line looked at, so that whatever comes of it is as it was written."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from qa_pipeline.ledger.review_tables import review_log
from qa_pipeline.reviews.checking import ChainCheck
from qa_pipeline.reviews.drawn_backup import DrawnCheck
from qa_pipeline.reviews.faults import ReviewError

FORMAT = "qa-pipeline reviews"
FORMAT_VERSION = 2
READABLE = (1, FORMAT_VERSION)
"""Of the first one, which had nothing of what was drawn, there are files too."""
HOW_TO_CHECK = (
    "each row's hash is the SHA-256 (hexadecimal) of its line in UTF-8 without the key hash, with sorted keys and no "
    "spaces, as it is written here; previous_hash is the hash of the row before, 64 zeros for the first; draws_hash in "
    "the last line is the SHA-256 of all lines with the key table, each with its line feed"
)

_COLUMNS = set(review_log.columns.keys())


class BadBackup(ReviewError):
    """A file that is not a whole backup; the message names it and the line."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: `rows` of the log, the last of which has the hash `head_hash`, and the cards in it."""

    rows: int
    head_hash: str
    cards: tuple[str, ...]
    made_at: str


def read_header(path: Path) -> Contents:
    """What a backup says of itself in its first line. Raises BadBackup or OSError."""
    with _opened(path) as file:
        return _contents(path, next(_texts(path, file), ""))


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of the log in a backup, and then those of what was drawn (`table` and `row`), each looked at.

    Raises:
        BadBackup: a line is not as it was written, or the file was cut off; the message has file and line.
        OSError: it can't be read.
    """
    with _opened(path) as file:
        texts = _texts(path, file)
        contents = _contents(path, next(texts, ""))
        check, drawn = ChainCheck(), DrawnCheck()
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
                if (line.get("draws", 0), line.get("draws_hash", drawn.hash)) != (drawn.rows, drawn.hash):
                    raise BadBackup(f"{where}: what was drawn is not as it was written.")
                continue
            if "table" in line:
                _look_at_drawn(where, drawn, line)
                yield line
                continue
            if drawn.rows:
                raise BadBackup(f"{where}: a row of the log comes after what was drawn.")
            if set(line) != _COLUMNS:
                raise BadBackup(f"{where}: it is not a row of the log: it should have {', '.join(sorted(_COLUMNS))}.")
            for said in _faults_of(check, line):
                raise BadBackup(f"{where}: {said}.")
            yield line
        if not is_over:
            raise BadBackup(f"{path}, line {number}: the file was cut off here.")
        for fault in check.unexplained():
            raise BadBackup(f"{path}, line {fault.seq + 1}: row {fault.seq} of the log: {fault.said}.")


def _look_at_drawn(where: str, drawn: DrawnCheck, line: Mapping[str, Any]) -> None:
    try:
        drawn.look(line)
    except ValueError as error:
        raise BadBackup(f"{where}: {error}.") from None


def _faults_of(check: ChainCheck, line: Mapping[str, Any]) -> list[str]:
    """What is wrong with a row; also one that no program of ours has written, with a number or a text out of place."""
    try:
        return [f"row {fault.seq} of the log: {fault.said}" for fault in check.look(line)]
    except (TypeError, ValueError):
        return ["it is not a row of the log as it was written"]


def _contents(path: Path, text: str) -> Contents:
    where = f"{path}, line 1"
    header = _object(where, text)
    if header.get("format") != FORMAT:
        raise BadBackup(f"{where}: this is not a backup of evaluations.")
    if header.get("format_version") not in READABLE:
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
