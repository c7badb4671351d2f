"""The list of calls as a file: the same calls in the same order and columns as the page shows, all of its pages."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any, Literal

from dashboards.call_table.call_rows import with_details
from dashboards.call_table.columns import Column, fields_of
from dashboards.finding import with_what_was_heard
from dashboards.palette import course
from dashboards.people import outcome_texts
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.export.workbook import write_workbook
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.wording.definitions import definition

FileFormat = Literal["csv", "xlsx"]
MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

BATCH_CALLS = 5000
"""Calls whose details are asked for at once."""

_HEARD = {"languages", "customer_course", "engines"}
"""Columns of a file that are asked for beside the others, since they take long."""

UNLABELLED = "not labelled"
"""A sentence of a customer without an emotion, in the course of them."""

_BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_BEGINS_ONE_BEHIND = re.compile(r"([;\t\r\n]\s*)(?=[=+\-@＝＋－＠])")
"""Where semicolons separate cells, as in German, a spreadsheet takes what follows one for a cell."""
_NUMBER = re.compile(r"[+-]?\d[\d .]*")


def write_calls(
    file: IO[bytes],
    file_format: FileFormat,
    snapshot: Snapshot,
    batches: Iterable[Sequence[Row]],
    columns: Sequence[Column],
    about: Mapping[str, str],
) -> None:
    """Writes the calls of all batches, rows of `find_all_calls`, with the snapshot's values in the snapshot's types
    under its names.

    Lists are joined by semicolons. `about` says what the calls are; a workbook has it on a sheet of its own, with what
    each column is.

    Raises:
        UnreadableSnapshot: the snapshot is damaged.
    """
    fields = fields_of(columns)
    describe = with_what_was_heard if _HEARD & set(fields) else _as_they_are
    rows = (
        [_value(call.get(field), field) for field in fields]
        for batch in batches
        for call in with_details(snapshot, describe(snapshot, batch), columns)
    )
    if file_format == "xlsx":
        meanings = {field: definition(field) for field in fields if field in CATALOGUE}
        write_workbook(file, name="calls", columns=fields, rows=rows, about={**about, **meanings})
    else:
        write_csv(file, fields, rows)


def _as_they_are(_snapshot: Snapshot, calls: Sequence[Row]) -> Sequence[Row]:
    return calls


def _value(value: Any, field: str) -> Any:
    if not isinstance(value, list):
        return value
    if field == "outcomes":  # in English, as all values of a file
        value = outcome_texts(value, str) or None
    shown = course(value) if field == "customer_course" else value
    return "; ".join(UNLABELLED if each is None else str(each) for each in shown)


def write_csv(file: IO[bytes], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows below their names, so that a spreadsheet runs nothing of them. With a byte order mark, without which Excel
    takes UTF-8 for another encoding."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(fields)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    text.detach()


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would run gets an apostrophe in front, as spreadsheets themselves mark a text; plain
    numbers, telephone numbers among them, stay as they are."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    inside = _BEGINS_ONE_BEHIND.sub(r"\1'", value)
    return f"'{inside}" if value.startswith(_BEGINS_A_FORMULA) else inside
