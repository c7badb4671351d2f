"""Rows that a page shows, as a file takes them along: the same rows from the same function, so that both agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from dashboards.exporting.call_list import FileFormat, write_csv
from qa_pipeline.export.workbook import write_workbook


@dataclass(frozen=True, slots=True)
class Sheet:
    """Names of columns and their rows, in the stored units; `about` says what they are."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    about: Mapping[str, str] = field(default_factory=dict)


def write_sheet(file: IO[bytes], file_format: FileFormat, sheet: Sheet) -> None:
    """Writes it as CSV or as a workbook, in which texts are texts: nothing that anyone wrote is run as a formula."""
    if file_format == "xlsx":
        write_workbook(file, name=sheet.name, columns=sheet.columns, rows=sheet.rows, about=sheet.about)
    else:
        write_csv(file, sheet.columns, sheet.rows)
