"""Reads lists that are not about recordings, such as people.csv, with all that call lists are forgiven: encodings,
separators, quotes, lines before the headings, workbooks.

What the columns mean is for whoever asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from qa_pipeline.recordings.call_lists import (
    LINES_BEFORE_HEADINGS,
    MAX_CALL_LIST_BYTES,
    decode_list,
    find_heads,
    plain_cell,
)
from qa_pipeline.recordings.csv_rows import Row, read_rows, split_lines
from qa_pipeline.recordings.sidecars import BadMetadataFile
from qa_pipeline.recordings.workbooks import NotReadable, is_workbook, read_workbook

MAX_BYTES = MAX_CALL_LIST_BYTES

KeyOf = Callable[[str], str | None]
"""The key that a heading means; None for one that means nothing."""


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line: its number in the file, its cells that are not empty by key (or heading), and what is wrong with it."""

    line: int
    cells: dict[str, str]
    problem: str | None = None


@dataclass(frozen=True)
class ListTable:
    """The lines of a list. `headings` are keys, or as they are written where they mean nothing; `remarks` are sentences
    on how the file was read."""

    label: str
    headings: tuple[str, ...]
    lines: tuple[ListLine, ...]
    remarks: list[str] = field(default_factory=list)

    def place(self, line: int) -> str:
        """A line, as messages name it."""
        return f"{self.label}, line {line}"


def parse_list_table(content: bytes, label: str, key_of: KeyOf, needed: str, encoding: str | None) -> ListTable:
    """The lines of a list by its bytes. `needed` is the key of the column that it can't be without; `encoding` is what
    the settings say of lists that don't say it themselves.

    Raises:
        BadMetadataFile: it can't be read, lacks that column, or has one twice; the message names it and the way out.
    """
    try:
        if is_workbook(content):
            return _from_sheets(read_workbook(content), label, key_of, needed)
    except NotReadable as error:
        raise BadMetadataFile(f"{label} {error}.") from error
    decoded = decode_list(content, label, encoding)
    lines = split_lines(decoded.text)
    heads = find_heads(lines, lambda cells: _known(cells, key_of, needed))
    if heads is None:
        raise BadMetadataFile(f"{label} is empty; its first line must name the columns, such as {needed}.")
    number, delimiter, cells = heads
    headings = _headings(cells, label, key_of, needed)
    rows = (
        Row(row.line + number + 1, row.cells, row.problem)
        for row in read_rows(
            lines[number + 1 :], delimiter, columns=len(headings), key_columns=[headings.index(needed)]
        )
    )
    remarks = []
    if decoded.guessed is not None:
        remarks.append(
            f"{label} was read as {decoded.guessed}, judged by its letters; set call_list_encoding to be sure, or save "
            "it as UTF-8."
        )
    return ListTable(label, headings, tuple(_lines(rows, headings, decoded.bad_lines)), remarks)


def _from_sheets(sheets: list[list[Row]], label: str, key_of: KeyOf, needed: str) -> ListTable:
    found = [
        (_known(row.cells, key_of, needed), -index, -position)
        for index, rows in enumerate(sheets)
        for position, row in enumerate(rows[:LINES_BEFORE_HEADINGS])
        if any(row.cells)
    ]
    if not found:
        raise BadMetadataFile(f"{label} is empty; its first line must name the columns, such as {needed}.")
    _, index, position = max(found)
    rows = sheets[-index]
    headings = _headings(rows[-position].cells, label, key_of, needed)
    return ListTable(label, headings, tuple(_lines(rows[-position + 1 :], headings, ())))


def _known(cells: Iterable[str], key_of: KeyOf, needed: str) -> int:
    keys = {key for cell in cells if (key := key_of(plain_cell(cell)))}
    return len(keys) if needed in keys else 0


def _headings(cells: Iterable[str], label: str, key_of: KeyOf, needed: str) -> tuple[str, ...]:
    headings = tuple(key_of(text) or text for text in map(plain_cell, cells))
    if needed not in headings:
        first = ",".join(headings)[:200]
        raise BadMetadataFile(f"{label} needs a column {needed}; its first line is {first!r}.")
    twice = sorted(heading for heading, times in Counter(headings).items() if heading and times > 1)
    if twice:
        raise BadMetadataFile(f"{label} has the column {twice[0]} twice; delete or rename one.")
    return headings


def _lines(rows: Iterable[Row], headings: tuple[str, ...], bad_lines: Collection[int]) -> Iterable[ListLine]:
    for row in rows:
        if row.problem is None and not any(cell.strip() for cell in row.cells):
            continue
        written = {name: plain_cell(cell) for name, cell in zip(headings, row.cells, strict=False) if name}
        cells = {name: cell for name, cell in written.items() if cell}
        yield ListLine(row.line, cells, _problem(row, headings, bad_lines))


def _problem(row: Row, headings: tuple[str, ...], bad_lines: Collection[int]) -> str | None:
    if row.line in bad_lines:
        return "holds bytes that are not in the encoding of the rest; save the list as UTF-8"
    if row.problem is not None:
        return f"{row.problem}; correct the line"
    if any(cell.strip() for cell in row.cells[len(headings) :]):
        count = f"{len(row.cells)} cells under {len(headings)} headings"
        return f"has {count}; put cells that hold a separator in quotes"
    return None
