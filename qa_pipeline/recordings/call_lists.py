"""Reads lists of calls as phone systems and spreadsheets export them: calls.csv, and those that a rule names.

Tolerated without guessing: commas, semicolons, tabs or `|`, byte-order marks, a first line `sep=;`, lines before the
headings, headings in any case, cells like `="00123"`, empty lines, a workbook under any name. A bad line spoils its own
call only. Encodings that don't say what they are, are judged, and the judgement is a remark.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qa_pipeline.recordings.call_records import NotRecords, looks_like_records, read_records
from qa_pipeline.recordings.csv_rows import Row, read_rows, split_lines
from qa_pipeline.recordings.keys import FILE_KEYS, list_key
from qa_pipeline.recordings.list_rules import CallListRule, preset_of
from qa_pipeline.recordings.sidecars import MAX_SIDECAR_BYTES, BadMetadataFile, read_bytes
from qa_pipeline.recordings.text_encodings import Decoded, UnknownEncoding, decode
from qa_pipeline.recordings.values import BadValue, clean_id
from qa_pipeline.recordings.workbooks import NotReadable, is_workbook, read_workbook

CALL_LIST_NAMES = ("calls.csv", "calls.tsv", "calls.xlsx", "calls.xlsm")
"""What a list may be called, in any case; in one folder the first counts before the others."""

DEFAULT_RULE = CallListRule("calls.csv")
MAX_CALL_LIST_BYTES = 64 * 1024 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
_SEPARATOR_LINE = re.compile(r'"?sep=.?"?', re.IGNORECASE)
LINES_BEFORE_HEADINGS = 50

Heads = tuple[int, str, list[str]]
"""A line that may be the one with the headings: its number from 0, the separator and the cells."""


@dataclass(frozen=True)
class ListedCall:
    """One line or record: its number in the file, its values by key, and why it can't be used, if so."""

    line: int
    cells: dict[str, Any]
    problem: str | None = None

    @property
    def file_names(self) -> list[str]:
        """The names of the recordings, NFC. Exports often hold the path on the recorder, which means nothing here."""
        names = (self.named(key) for key in FILE_KEYS)
        return [name for name in names if name]

    def named(self, key: str) -> str:
        """The name of the recording in one of the columns `FILE_KEYS`; "" where there is none."""
        return _composed(re.split(r"[/\\]", str(self.cells.get(key, "")))[-1])


@dataclass
class CallList:
    """The lines of one list, found by the name of the recording or by the call's id.

    `problem` says why the whole file can't be used; then there are no lines. `remarks` are sentences on how it was
    read. `open_line` is the number of a last line without a line end, which may still be written; `unit` is what
    the numbers of its calls count.
    """

    label: str
    rule: CallListRule = DEFAULT_RULE
    unit: str = "line"
    problem: str | None = None
    calls: list[ListedCall] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    headings: tuple[str, ...] = ()
    open_line: int | None = None
    _by_file: dict[str, list[ListedCall]] = field(default_factory=dict, repr=False)
    _by_call_id: dict[str, list[ListedCall]] = field(default_factory=dict, repr=False)

    def add(self, call: ListedCall) -> None:
        self.calls.append(call)
        for name in dict.fromkeys(map(str.casefold, call.file_names)):
            self._by_file.setdefault(name, []).append(call)
        call_id = comparable_id(call.cells.get("call_id"))
        if call_id:
            self._by_call_id.setdefault(call_id, []).append(call)

    def find(self, file_name: str, call_ids: Iterable[str], beside: AbstractSet[str] = frozenset()) -> list[ListedCall]:
        """The lines of a recording: those that name the file, else those with the first of the ids that is listed.

        Names are compared composed (NFC), and in any case where that names one recording: `beside` are the names
        (NFC) of those in the same folder.
        """
        name = _composed(file_name)
        for wanted in (name, name.rsplit(".", 1)[0]):
            found = self._by_file.get(wanted.casefold(), [])
            exact = [call for call in found if wanted in call.file_names]
            if exact or (found and all(beside.isdisjoint(call.file_names) for call in found)):
                return exact or found
        wanted_ids = (comparable_id(call_id) for call_id in call_ids)
        return next((self._by_call_id[call_id] for call_id in wanted_ids if call_id in self._by_call_id), [])

    def keys(self) -> set[str]:
        """Everything by which `find` may find a line of it, in any form."""
        return {*self._by_file, *self._by_call_id}

    def keys_of(self, call: ListedCall) -> set[str]:
        """Those of `keys` that lead to one of its lines."""
        call_id = comparable_id(call.cells.get("call_id"))
        return {name.casefold() for name in call.file_names} | ({call_id} if call_id else set())

    def without_open_line(self) -> CallList:
        """The same list without the line that may still be written."""
        shorter = replace(self, calls=[], open_line=None, _by_file={}, _by_call_id={})
        for call in self.calls:
            if call.line != self.open_line:
                shorter.add(call)
        return shorter

    def place(self, number: int) -> str:
        """One of its lines, as messages name it."""
        return f"{self.label}, {self.unit} {number}"


def comparable_id(raw: object) -> str:
    """An id as it is compared: composed, and a number that was written as 17.0 as 17; "" where there is none."""
    try:
        return clean_id(raw) or ""
    except BadValue:
        return _composed(raw.strip()) if isinstance(raw, str) else ""


def read_call_list(
    path: Path, label: str, *, rule: CallListRule = DEFAULT_RULE, encoding: str | None = None
) -> CallList:
    """Reads one list; never raises, what is wrong is said in `problem` of the list or of its lines.

    `encoding` is what the settings say of lists that don't say it themselves.
    """
    try:
        content = read_bytes(path, label, max_bytes=MAX_CALL_LIST_BYTES)
        if is_workbook(content):
            return _from_sheets(read_workbook(content), label, rule)
        decoded = decode_list(content, label, rule.encoding or encoding)
    except BadMetadataFile as error:
        return CallList(label, rule, problem=str(error))
    except NotReadable as error:
        return CallList(label, rule, problem=f"{label} {error}.")
    listed = parse_call_list(decoded.text, label, rule, bad_lines=decoded.bad_lines)
    if decoded.guessed is not None:
        listed.remarks.append(
            f"{label} was read as {decoded.guessed}, judged by its letters; set call_list_encoding to be sure, or save "
            "it as UTF-8."
        )
    return listed


def read_record(path: Path, label: str, *, rule: CallListRule, encoding: str | None = None) -> dict[str, Any]:
    """The values of a file with one record, in JSON or XML. Raises `BadMetadataFile`."""
    decoded = decode_list(read_bytes(path, label, max_bytes=MAX_SIDECAR_BYTES), label, rule.encoding or encoding)
    try:
        [record] = read_records(decoded.text)
    except NotRecords as error:
        raise BadMetadataFile(f"{label} {error}.") from error
    except ValueError:
        raise BadMetadataFile(f"{label} holds several records; beside a recording there must be one.") from None
    if record.problem is not None:
        raise BadMetadataFile(f"{label} {record.problem}; write it again.")
    return rule.read(record.content)


def decode_list(content: bytes, label: str, encoding: str | None) -> Decoded:
    """The text of a list. `encoding` is what the settings say of one that doesn't say it itself.

    Raises:
        BadMetadataFile: no encoding makes a text of it.
    """
    try:
        return decode(content, encoding)
    except UnknownEncoding as error:
        way_out = "save it as UTF-8, in a spreadsheet as 'CSV UTF-8', or set call_list_encoding"
        raise BadMetadataFile(f"{label} {error}; {way_out}.") from error


def parse_call_list(
    text: str, label: str, rule: CallListRule = DEFAULT_RULE, *, bad_lines: Collection[int] = ()
) -> CallList:
    """As `read_call_list`, from the text of the file. `bad_lines` (from 1) could not be decoded."""
    if rule.has_columns and looks_like_records(text):
        return _from_records(text, label, rule)
    lines = split_lines(text)
    choices = _possible_heads(lines)
    if not choices:
        return CallList(label, rule, problem=_empty(label))
    if rule.header:
        number, delimiter, heads_cells = _most_known(choices, lambda cells: _known(cells, rule))
    else:
        number, delimiter, cells = max(choices, key=lambda choice: (len(choice[2]), -choice[0]))
        number, heads_cells = -1, _numbered(rule, len(cells))
    headings = _headings(heads_cells, rule)
    keys = [index for index, heading in enumerate(headings) if rule.keys_in({heading: "x"})]
    rows = (
        Row(item.line + number + 1, item.cells, item.problem)
        for item in read_rows(lines[number + 1 :], delimiter, columns=len(headings), key_columns=keys)
    )
    listed = _collected(heads_cells, rows, label, bad_lines, rule)
    if lines[-1][-1] not in "\r\n" and listed.problem is None:
        listed.open_line = len(lines)
    return listed


def find_heads(lines: Sequence[str], known: Callable[[list[str]], int]) -> Heads | None:
    """The line with the headings, its separator and its cells; `known` counts the headings that mean something. None
    where there is no line."""
    choices = _possible_heads(lines)
    return _most_known(choices, known) if choices else None


def _most_known(choices: Iterable[Heads], known: Callable[[list[str]], int]) -> Heads:
    """The line with the most headings that are known; of several separators, the one that gives the most cells."""
    return max(choices, key=lambda choice: (known(choice[2]), -choice[0], len(choice[2])))


def _possible_heads(lines: Sequence[str]) -> list[Heads]:
    first = [number for number, line in enumerate(lines) if line.strip()][:LINES_BEFORE_HEADINGS]
    return [
        (number, delimiter, next(read_rows(lines[number : number + 1], delimiter)).cells)
        for number in first
        if not _SEPARATOR_LINE.fullmatch(lines[number].strip())
        for delimiter in _DELIMITERS
    ]


def _from_sheets(sheets: Sequence[Sequence[Row]], label: str, rule: CallListRule) -> CallList:
    """The list in the first sheet with known headings; without headings, in the first sheet with cells."""
    found = [
        (_known(row.cells, rule) if rule.header else 0, -index, -position)
        for index, rows in enumerate(sheets)
        for position, row in enumerate(rows[:LINES_BEFORE_HEADINGS])
        if any(row.cells)
    ]
    if not found:
        return CallList(label, rule, problem=_empty(label))
    _, index, position = max(found)
    rows = sheets[-index]
    heads = rows[-position].cells if rule.header else _numbered(rule, len(rows[-position].cells))
    return _collected(heads, rows[-position + rule.header :], label, (), rule)


def _from_records(text: str, label: str, rule: CallListRule) -> CallList:
    listed = CallList(label, rule, unit="record")
    try:
        records = read_records(text)
    except NotRecords as error:
        return replace(listed, problem=f"{label} {error}.")
    for record in records:
        values, problem = rule.read(record.content), record.problem
        if problem is None and not {"call_id", *FILE_KEYS} & set(values):
            problem = "names neither a call_id nor a file"
        reason = f"{listed.place(record.number)}, {problem}." if problem else None
        listed.add(ListedCall(record.number, values, reason))
    return listed


def _collected(
    heads: list[str], rows: Iterable[Row], label: str, bad_lines: Collection[int], rule: CallListRule
) -> CallList:
    headings = _headings(heads, rule)
    if not _known(heads, rule):
        preset = preset_of(dict.fromkeys(map(plain_cell, heads), "x"))
        hint = f'; if it comes from {preset}, set preset = "{preset}" in [[call_lists]] of qa.toml' if preset else ""
        first = ",".join(heads)[:200]
        return CallList(
            label, rule, problem=f"{label} needs a column call_id or file; its first line is {first!r}{hint}."
        )
    meant = [heading for heading in headings if list_key(heading) or rule.is_mapped(heading)]
    twice = sorted({heading for heading in meant if meant.count(heading) > 1})
    if twice:
        return CallList(label, rule, problem=f"{label} has the column {twice[0]} twice; delete or rename one.")
    listed = CallList(label, rule, headings=tuple(headings))
    for row in rows:
        if row.problem is None and not any(cell.strip() for cell in row.cells):
            continue
        problem = "holds bytes that are not in the encoding of the rest" if row.line in bad_lines else row.problem
        listed.add(_listed_call(Row(row.line, row.cells, problem), headings, listed))
    return listed


def _listed_call(row: Row, headings: list[str], listed: CallList) -> ListedCall:
    record = {heading: plain_cell(cell) for heading, cell in zip(headings, row.cells, strict=False) if heading}
    values: dict[str, Any] = {heading: value for heading, value in record.items() if value}
    if listed.rule.has_columns:
        values = listed.rule.read(values)
    place = f"{listed.place(row.line)},"
    if row.problem is not None:
        return ListedCall(row.line, values, f"{place} {row.problem}; correct the line.")
    if any(cell.strip() for cell in row.cells[len(headings) :]):
        count = f"{len(row.cells)} cells under {len(headings)} headings"
        return ListedCall(row.line, values, f"{place} has {count}; put cells that hold a separator in quotes.")
    if not {"call_id", *FILE_KEYS} & set(values):
        return ListedCall(row.line, values, f"{place} names neither a call_id nor a file.")
    return ListedCall(row.line, values)


def _numbered(rule: CallListRule, count: int) -> list[str]:
    """The headings of a list without any."""
    names = rule.names
    return [names[index] if index < len(names) else str(index + 1) for index in range(max(count, len(names)))]


def _empty(label: str) -> str:
    return f"{label} is empty; its first line must name the columns, such as call_id,started_at."


def _headings(cells: Iterable[str], rule: CallListRule) -> list[str]:
    """Known columns in the product's spelling; others, and all that a rule maps, as they are written."""
    plain = map(plain_cell, cells)
    return [cell if rule.has_columns else list_key(cell) or cell for cell in plain]


def _known(cells: Iterable[str], rule: CallListRule) -> int:
    """How many columns of a line are known; 0 where none of them says which call is meant."""
    return rule.keys_in(dict.fromkeys(map(plain_cell, cells), "x"))


def plain_cell(cell: str) -> str:
    """A cell without blanks, and without the formula that keeps spreadsheets from eating leading zeros."""
    text = cell.strip()
    formula = _TEXT_FORMULA.fullmatch(text)
    return formula[1].strip() if formula else text


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
