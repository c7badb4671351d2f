"""Rows as an Excel workbook in which every text stays text: nothing anyone said is run as a formula or a link.

Rows are written as they come. What a worksheet cannot hold is never dropped in silence: more rows go on to another
sheet, longer texts are cut with a mark, counted, and told to the caller.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576
"""Rows of a worksheet, the headings' included (Excel's specifications and limits)."""
LONGEST_CELL = 32_767
"""UTF-16 units a cell holds (the same)."""
LARGEST_WHOLE = 2**53
"""Excel's numbers are doubles; larger whole numbers would lose digits, so they are written as text."""
CUT = " … [cut: longer than a cell]"

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_FIRST_DATE = dt.date(1900, 3, 1)
"""Excel counts a 29 February 1900 that never was; days before it would be shown wrong."""

_NARROWEST, _WIDEST = 8, 60
"""Characters of a column's width: names stay readable, and one long text does not push the others off the screen."""
_SHOWN_LENGTHS: dict[type, int] = {dt.datetime: 19, dt.date: 10}


@dataclass(slots=True)
class WrittenWorkbook:
    """What became of the rows: how many, on how many sheets, and how many texts were cut."""

    rows: int = 0
    sheets: int = 0
    cut_texts: int = 0


def write_workbook(
    file: IO[bytes],
    *,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    about: Mapping[str, str],
    most_rows: int = MOST_ROWS,
) -> WrittenWorkbook:
    """Writes rows below their column names, which stay in sight and filter, and a last sheet `about` with what the file
    is. Columns are as wide as what they hold.

    NULL is an empty cell. Times with a zone are written as the wall clock of that zone (Excel knows no zones), dates
    and times as Excel's own; nested values, and numbers Excel cannot hold, as text.
    """
    written = WrittenWorkbook()
    with xlsxwriter.Workbook(file, _OPTIONS) as workbook:
        sheet = _Sheets(workbook, name, columns, most_rows, written)
        for row in rows:
            sheet.write(row)
        sheet.finish()
        page = workbook.add_worksheet("about")
        for number, (key, value) in enumerate(about.items()):
            page.write_string(number, 0, key)
            page.write_string(number, 1, _fitting(value)[0])
    return written


class _Sheets:
    """The sheet being filled, and the next when it is full."""

    def __init__(
        self, workbook: xlsxwriter.Workbook, name: str, columns: Sequence[str], most_rows: int, written: WrittenWorkbook
    ) -> None:
        # Excel allows 31 characters; the rest is for the number of a further sheet
        self._workbook, self._name, self._columns = workbook, name[:24], columns
        self._most_rows, self._written = most_rows, written
        self._bold = workbook.add_format({"bold": True})
        self._formats = {
            dt.datetime: workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            dt.date: workbook.add_format({"num_format": "yyyy-mm-dd"}),
        }
        self._sheet = self._next_sheet()

    def write(self, row: Sequence[Any]) -> None:
        if self._line == self._most_rows:
            self.finish()
            self._sheet = self._next_sheet()
        for column, value in enumerate(row):
            self._write_cell(column, value)
        self._line += 1
        self._written.rows += 1

    def finish(self) -> None:
        """What is known of a sheet only when it is full: how wide its columns are, and how far its filter reaches."""
        for column, width in enumerate(self._widths):
            # two more for the button of the filter
            self._sheet.set_column(column, column, min(_WIDEST, max(_NARROWEST, width + 2)))
        if self._widths:
            self._sheet.autofilter(0, 0, self._line - 1, len(self._widths) - 1)

    def _next_sheet(self) -> Worksheet:
        self._written.sheets += 1
        number = self._written.sheets
        sheet = self._workbook.add_worksheet(self._name if number == 1 else f"{self._name} {number}")
        for column, name in enumerate(self._columns):
            sheet.write_string(0, column, name, self._bold)
        sheet.freeze_panes(1, 0)
        self._line = 1
        self._widths = [len(name) for name in self._columns]
        return sheet

    def _write_cell(self, column: int, value: Any) -> None:
        cell = _cell(value)
        if cell is None:
            return
        self._widths[column] = max(self._widths[column], _shown_length(cell))
        if isinstance(cell, bool):
            self._sheet.write_boolean(self._line, column, cell)
        elif isinstance(cell, int | float):
            self._sheet.write_number(self._line, column, cell)
        elif isinstance(cell, dt.date):
            self._sheet.write_datetime(self._line, column, cell, self._formats[type(cell)])
        else:
            text, was_cut = _fitting(cell)
            self._written.cut_texts += was_cut
            self._sheet.write_string(self._line, column, text)


def _cell(value: Any) -> bool | int | float | dt.date | str | None:
    """The value as Excel can hold it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_WHOLE else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    # a double keeps 15 decimal digits
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() and len(value.as_tuple().digits) <= 15 else str(value)
    if isinstance(value, dt.datetime):
        # drops the zone; xlsxwriter refuses a time with one
        clock = dt.datetime.combine(value.date(), value.time())
        return clock if clock.date() >= _FIRST_DATE else value.isoformat(" ")
    if isinstance(value, dt.date):
        return value if value >= _FIRST_DATE else value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.hex() if isinstance(value, bytes) else str(value)


def _shown_length(cell: bool | int | float | dt.date | str) -> int:
    """About how many characters of a column's width the value takes; wide letters take two."""
    if isinstance(cell, str):
        return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in cell[:_WIDEST])
    return _SHOWN_LENGTHS.get(type(cell)) or len(str(cell))


def _fitting(text: str) -> tuple[str, bool]:
    """The text as a cell takes it, and whether it was cut. XML has no U+FFFE and U+FFFF."""
    text = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_CELL:
        return text, False
    # a pair of surrogates may be cut in half; its first half goes too
    return units[: 2 * (LONGEST_CELL - len(CUT))].decode("utf-16-le", errors="ignore") + CUT, True
