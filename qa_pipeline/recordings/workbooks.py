"""Reads the cells of an Excel workbook as the texts that its export to CSV should have had."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from qa_pipeline.recordings.csv_rows import Row

MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


class NotReadable(ValueError):
    """A workbook can't be read; the message says why and what to do, as the end of "<file> ..."."""


def is_workbook(content: bytes) -> bool:
    """Whether a file is a workbook, whatever its name. Raises `NotReadable` for those of Excel 97."""
    if content.startswith(_OLD_WORKBOOK):
        raise NotReadable("is a workbook of an old Excel; save it as .xlsx or as CSV")
    return content.startswith(_ZIP)


def read_workbook(content: bytes) -> list[list[Row]]:
    """The rows of each sheet, cells as texts: whole numbers without a point, times in ISO 8601.

    Raises:
        NotReadable: it is damaged, protected, or larger unpacked than any call list.
    """
    import openpyxl  # a list that is a workbook is rare, and this takes longer than to read one

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise NotReadable("is too large to be a call list")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            return [list(_rows(sheet)) for sheet in book.worksheets]
        finally:
            book.close()
    except NotReadable:
        raise
    # A damaged workbook comes to light as any of a dozen errors of zip, XML and openpyxl.
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NotReadable(f"is not a workbook that can be read ({reason}); save it again, or as CSV") from error


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # some exporters write A1 as the size of everything
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield Row(number, [_text(cell) for cell in cells])


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    shape = str(getattr(cell, "number_format", "") or "")
    if isinstance(value, dt.datetime):
        moment = value + dt.timedelta(microseconds=500)  # a day's fraction is exact to some µs only
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        has_clock = re.search(r"[hs]", re.sub(r'"[^"]*"|\[\$[^\]]*\]', "", shape), re.IGNORECASE)
        return moment.isoformat(" ") if has_clock or moment.time() != dt.time() else moment.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and abs(value) >= 10**15:
        return f"{value:.14E}"  # the digits behind the fifteenth are lost, which reading an id must show
    if isinstance(value, int) and value >= 0 and re.fullmatch(r"0+", shape):
        return str(value).zfill(len(shape))
    return str(value)
