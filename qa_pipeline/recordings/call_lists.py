"""Reads calls.csv, the list of a folder's calls as phone systems and spreadsheets export it.

Tolerated without guessing: commas, semicolons or tabs, a byte-order mark, UTF-16, a first line `sep=;`, headings in any
case and with blanks, cells like `="00123"`, empty lines. A bad line spoils its own call only.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qa_pipeline.recordings.keys import FILE_KEY, folded, known_key
from qa_pipeline.recordings.sidecars import BadMetadataFile, read_text

CALL_LIST_NAME = "calls.csv"
MAX_CALL_LIST_BYTES = 64 * 1024 * 1024
_DELIMITERS = (",", ";", "\t")
_TEXT_FORMULA = re.compile(r'="([^"]*)"')


@dataclass(frozen=True)
class ListedCall:
    """One line: its number in the file, its non-empty cells by heading, and why it can't be used, if so."""

    line: int
    cells: dict[str, str]
    problem: str | None = None


@dataclass
class CallList:
    """The lines of one calls.csv, found by the name of the recording or by the call's id.

    `problem` says why the whole file can't be used; then there are no lines.
    """

    label: str
    problem: str | None = None
    calls: list[ListedCall] = field(default_factory=list)
    _by_file: dict[str, list[ListedCall]] = field(default_factory=dict, repr=False)
    _by_call_id: dict[str, list[ListedCall]] = field(default_factory=dict, repr=False)

    def add(self, call: ListedCall) -> None:
        self.calls.append(call)
        # Exports often hold the path on the recorder, of which only the name means something here.
        file_name = re.split(r"[/\\]", call.cells.get(FILE_KEY, ""))[-1].casefold()
        for index, key in ((self._by_file, file_name), (self._by_call_id, call.cells.get("call_id"))):
            if key:
                index.setdefault(key, []).append(call)

    def find(self, file_name: str, call_ids: tuple[str, ...]) -> list[ListedCall]:
        """The lines of a recording: those that name the file, else those with the first of the ids that is listed."""
        stem = file_name.rsplit(".", 1)[0]
        for name in (file_name.casefold(), stem.casefold()):
            if name in self._by_file:
                return self._by_file[name]
        return next((self._by_call_id[call_id] for call_id in call_ids if call_id in self._by_call_id), [])


def read_call_list(path: Path, label: str) -> CallList:
    """Reads one calls.csv; never raises, what is wrong is said in `problem` of the list or of its lines."""
    try:
        return parse_call_list(read_text(path, label, max_bytes=MAX_CALL_LIST_BYTES), label)
    except BadMetadataFile as error:
        return CallList(label, problem=str(error))


def parse_call_list(text: str, label: str) -> CallList:
    """As `read_call_list`, from the text of the file."""
    listed = CallList(label)
    try:
        for call in _lines(text, label):
            listed.add(call)
    except csv.Error as error:
        return CallList(label, problem=f"{label} is not a readable CSV file ({error}); export it again.")
    except BadMetadataFile as error:
        return CallList(label, problem=str(error))
    return listed


def _lines(text: str, label: str) -> Iterator[ListedCall]:
    body, skipped = _without_separator_line(text)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=_delimiter(body), strict=True)
    headings: list[str] | None = None
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if headings is None:
            headings = _headings(cells, label)
            continue
        yield _listed_call(reader.line_num + skipped, headings, cells, label)
    if headings is None:
        raise BadMetadataFile(f"{label} is empty; its first line must name the columns, such as call_id,started_at.")


def _listed_call(line: int, headings: list[str], cells: list[str], label: str) -> ListedCall:
    values = {heading: _plain(cell) for heading, cell in zip(headings, cells, strict=False) if heading}
    values = {heading: value for heading, value in values.items() if value}
    if any(cell.strip() for cell in cells[len(headings) :]):
        count = f"{len(cells)} cells under {len(headings)} headings"
        return ListedCall(
            line, values, f"{label}, line {line}, has {count}; put cells that hold a separator in quotes."
        )
    if "call_id" not in values and FILE_KEY not in values:
        return ListedCall(line, values, f"{label}, line {line}, names neither a call_id nor a file.")
    return ListedCall(line, values)


def _headings(cells: list[str], label: str) -> list[str]:
    headings = [_heading(cell) for cell in cells]
    known = [heading for heading in headings if known_key(heading) or heading == FILE_KEY]
    if not {"call_id", FILE_KEY} & set(known):
        raise BadMetadataFile(f"{label} needs a column call_id or file; its first line is {','.join(cells)[:200]!r}.")
    twice = sorted({heading for heading in known if known.count(heading) > 1})
    if twice:
        raise BadMetadataFile(f"{label} has the column {twice[0]} twice; delete or rename one.")
    return headings


def _heading(cell: str) -> str:
    """Known columns in the product's spelling; others as they are written."""
    return known_key(cell) or (FILE_KEY if folded(cell) == FILE_KEY else cell.strip())


def _plain(cell: str) -> str:
    """A cell without blanks, and without the formula that keeps spreadsheets from eating leading zeros."""
    text = cell.strip()
    formula = _TEXT_FORMULA.fullmatch(text)
    return formula[1].strip() if formula else text


def _without_separator_line(text: str) -> tuple[str, int]:
    """The text without a first line `sep=;`, which only spreadsheets need, and the number of lines left out."""
    first, newline, rest = text.partition("\n")
    return (rest, 1) if newline and re.fullmatch(r'"?sep=.?"?', first.strip(), re.IGNORECASE) else (text, 0)


def _delimiter(text: str) -> str:
    """The separator that the headings use most."""
    headings = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=headings.count)
