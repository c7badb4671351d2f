"""Splits the text of a call list into rows, so that one bad quote costs one line.

A reader that goes by the standard alone takes everything behind an open quote for one cell, or gives up. Here a line
whose quotes don't work out is named, and reading goes on with the line behind it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_MAX_LINES_OF_A_ROW = 200
_QUOTE = re.compile(r'"')
_QUOTE_OR_ESCAPE = re.compile(r'["\\]')


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the number of its last line in the file, its cells, and what is wrong with it, if anything.

    Of a row with a `problem` only the cells before the bad one are there.
    """

    line: int
    cells: list[str]
    problem: str | None = None


def split_lines(text: str) -> list[str]:
    """The lines as an editor counts them, with their ends."""
    return _LINE.findall(text)


def read_rows(
    lines: Sequence[str], delimiter: str, *, columns: int | None = None, key_columns: Collection[int] = ()
) -> Iterator[Row]:
    r"""The rows of these lines.

    `columns` is the usual number of cells: a quote written as `\"` is known by it. `key_columns` (from 0) say which
    call a row is about: a cell with lines that would be such rows themselves is one whose quote was not closed.
    """
    position = 0
    while position < len(lines):
        if '"' not in lines[position]:
            yield Row(position + 1, _split(lines[position], delimiter))
            position += 1
            continue
        parsed = _Parser(lines, position, delimiter)
        if not parsed.read(_QUOTE):
            escaped = _Parser(lines, position, delimiter)
            if escaped.read(_QUOTE_OR_ESCAPE) and len(escaped.cells) == columns:
                parsed = escaped
        inside = lines[position + 1 : position + parsed.used]
        swallowed = parsed.used > 1 and columns is not None and len(parsed.cells) > columns
        swallowed |= any(_is_row(line, delimiter, columns, key_columns) for line in inside)
        if parsed.is_whole and not swallowed:
            position += parsed.used
            yield Row(position, parsed.cells)
        else:
            position += 1
            cells = _split(lines[position - 1].partition('"')[0], delimiter)[:-1] if swallowed else parsed.cells
            yield Row(position, cells, 'has a quote (") that is not closed, or text behind a closed one')


def _is_row(line: str, delimiter: str, columns: int | None, key_columns: Collection[int]) -> bool:
    alone = _Parser([line], 0, delimiter)
    return alone.read(_QUOTE) and len(alone.cells) == columns and any(alone.cells[key].strip() for key in key_columns)


def _split(line: str, delimiter: str) -> list[str]:
    return line.rstrip("\r\n").split(delimiter)


class _Parser:
    """One row that begins with the line at `start`."""

    def __init__(self, lines: Sequence[str], start: int, delimiter: str) -> None:
        self.cells: list[str] = []
        self.used = 1
        self.is_whole = False
        self._lines, self._start, self._delimiter = lines, start, delimiter
        self._buffer = lines[start]

    def read(self, signs: re.Pattern[str]) -> bool:
        """Whether the row could be read; `signs` end or escape inside quotes."""
        position = 0
        while True:
            found = self._quoted(position, signs) if self._is_quoted(position) else self._bare(position)
            if found is None:
                return False
            cell, position = found
            self.cells.append(cell)
            if self._buffer[position : position + 1] != self._delimiter:
                self.is_whole = True
                return True
            position += 1

    def _is_quoted(self, position: int) -> bool:
        return self._buffer[position:].lstrip(" ").startswith('"')

    def _bare(self, position: int) -> tuple[str, int]:
        end = self._buffer.find(self._delimiter, position)
        if end < 0:
            end = len(self._buffer.rstrip("\r\n"))
        return self._buffer[position:end], max(position, end)

    def _quoted(self, position: int, signs: re.Pattern[str]) -> tuple[str, int] | None:
        position = self._buffer.index('"', position) + 1
        parts: list[str] = []
        while True:
            sign = signs.search(self._buffer, position)
            if sign is None:
                if not self._add_line():
                    return None
                parts_end = len(self._buffer) - len(self._lines[self._start + self.used - 1])
                parts.append(self._buffer[position:parts_end])
                position = parts_end
                continue
            parts.append(self._buffer[position : sign.start()])
            behind = self._buffer[sign.end() : sign.end() + 1]
            if sign[0] == "\\" and behind:
                parts.append(behind if behind in '"\\' else sign[0] + behind)
                position = sign.end() + 1
            elif sign[0] == '"' and behind == '"':
                parts.append('"')
                position = sign.end() + 1
            else:
                return self._closed("".join(parts), sign.end())

    def _closed(self, cell: str, position: int) -> tuple[str, int] | None:
        rest = self._buffer[position:]
        position += len(rest) - len(rest.lstrip(" "))
        if self._buffer[position : position + 1] in (self._delimiter, "\r", "\n", ""):
            return cell, position
        return None

    def _add_line(self) -> bool:
        """Whether the cell may go on in the next line."""
        following = self._start + self.used
        if following >= len(self._lines) or self.used >= _MAX_LINES_OF_A_ROW:
            return False
        self._buffer += self._lines[following]
        self.used += 1
        return True
