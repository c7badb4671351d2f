"""Writes the answer to a query: a table for people; CSV, JSON, JSON lines or Parquet for programs.

All but Parquet are UTF-8. Dates and times are ISO 8601; a time with a zone carries its offset. In CSV, NULL is an
empty field and an empty text is `""`; values are written as they are, so a spreadsheet may take a text
that begins with `=` for a formula (import such a file as text). In JSON, NULL is null, nested values and JSON
columns are nested, and numbers JSON does not have are the texts NaN, Infinity and -Infinity.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal, TextIO

import pyarrow as pa
import pyarrow.parquet as pq
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa_pipeline.published.ad_hoc import Answer
from qa_pipeline.settings import Settings
from qa_pipeline.terminal import EXIT_WORK_REMAINS, CommandError, err

Format = Literal["table", "csv", "json", "jsonl", "parquet"]
FORMATS: tuple[Format, ...] = ("table", "csv", "json", "jsonl", "parquet")

WIDEST_CELL = 40
"""Columns of a table are planned with at most this many characters; longer texts are folded."""


def format_of(output: Path | None, asked: Format | None) -> Format:
    """The format asked for, else what the output's ending says; a table on the terminal and in `.txt`.

    Raises:
        CommandError: the ending does not say how to write.
    """
    if asked is not None:
        return asked
    ending = output.suffix.lower().removeprefix(".") if output else "txt"
    if ending == "txt":
        return "table"
    known = next((name for name in FORMATS if name == ending), None)
    if known is None:
        endings = ", ".join(f".{name}" for name in FORMATS if name != "table")
        raise CommandError(f"--output {output}: end its name in {endings} or .txt, or say --format")
    return known


def refuse_the_database(output: Path | None, settings: Settings) -> None:
    """Raises CommandError where the output is the newest snapshot or the working database."""
    if output is not None and output.resolve() in (settings.snapshot_path.resolve(), settings.warehouse_path.resolve()):
        raise CommandError(f"--output {output}: refusing to overwrite the database; choose another file")


def write_answer(answer: Answer, format_name: Format, output: Path | None, limit: int) -> None:
    """Writes at most `limit` rows (0: all) and says on standard error what was left out.

    A file appears under its name only when it is complete.

    Raises:
        CommandError: the output cannot be written.
    """
    counted = _Counted(answer.batches, limit)
    answer = Answer(answer.schema, answer.types, counted.within_limit())
    if output is None:
        _to_standard_output(answer, format_name)
    else:
        with complete_or_absent(output) as path:
            _to_file(answer, format_name, path)
    counted.count_rest()
    if output is not None:
        err.print(f"wrote {counted.written:,} rows to {output}", markup=False)
    elif format_name == "table" and counted.total == 0:
        err.print("no rows", style="dim")
    if counted.total > counted.written:
        err.print(f"{counted.written:,} of {counted.total:,} rows; --limit 0 gives all", style="yellow")


def visible(text: str) -> str:
    """Text with control characters but the line break written out: a transcript can't steer the terminal."""
    if text.isprintable():
        return text
    return "".join(char.encode("unicode_escape").decode() if _steers(char) else char for char in text)


class _Counted:
    """Counts the rows that pass, lets `limit` of them through, and then counts what is left."""

    def __init__(self, batches: Iterator[pa.RecordBatch], limit: int) -> None:
        self._batches = batches
        self._limit = limit
        self.written = 0
        self.total = 0

    def within_limit(self) -> Iterator[pa.RecordBatch]:
        """Batches with the first rows."""
        while not self._limit or self.written < self._limit:
            batch = next(self._batches, None)
            if batch is None:
                return
            self.total += batch.num_rows
            kept = batch.slice(0, self._limit - self.written) if self._limit else batch
            self.written += kept.num_rows
            yield kept

    def count_rest(self) -> None:
        """Reads on to the end without looking at the values."""
        self.total += sum(batch.num_rows for batch in self._batches)


def _to_standard_output(answer: Answer, format_name: Format) -> None:
    if format_name == "parquet":
        if sys.stdout.isatty():
            raise CommandError("Parquet is not for a terminal; give --output FILE, or pipe it into a program")
        _write_parquet(answer, sys.stdout.buffer)
    elif format_name == "table":
        _write_table(answer, Console(highlight=False))
    else:
        _write_text(answer, format_name, sys.stdout)
    sys.stdout.flush()


def _to_file(answer: Answer, format_name: Format, path: Path) -> None:
    if format_name == "parquet":
        with path.open("wb") as binary:
            _write_parquet(answer, binary)
        return
    with path.open("w", encoding="utf-8", newline="") as text:
        if format_name == "table":
            _write_table(answer, Console(file=text, highlight=False))
        else:
            _write_text(answer, format_name, text)


@contextmanager
def complete_or_absent(output: Path) -> Iterator[Path]:
    """A path to write to; what is there appears as `output` when the block ends well, else not at all.

    Raises:
        CommandError: the output is a folder or cannot be written.
    """
    if output.is_dir():
        raise CommandError(f"--output {output} is a folder; name a file in it")
    building = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        yield building
        building.replace(output)
    except OSError as error:
        raise CommandError(f"--output {output} cannot be written: {error.strerror}", EXIT_WORK_REMAINS) from error
    finally:
        building.unlink(missing_ok=True)


def _write_text(answer: Answer, format_name: Format, file: TextIO) -> None:
    if format_name == "csv":
        _write_csv(answer, file)
    elif format_name == "json":
        opening = "["
        for record in _records(answer):
            file.write(f"{opening}\n  {record}")
            opening = ","
        file.write("[]\n" if opening == "[" else "\n]\n")
    else:
        for record in _records(answer):
            file.write(f"{record}\n")


def _write_csv(answer: Answer, file: TextIO) -> None:
    file.write(",".join(_csv_field(name) for name in answer.names) + "\n")
    file.writelines(",".join(_csv_field(_plain_text(value)) for value in row) + "\n" for row in answer.tuples())


def _csv_field(text: str | None) -> str:
    if text is None:
        return ""
    quoted = text == "" or any(mark in text for mark in ',"\r\n') or text != text.strip()
    return '"' + text.replace('"', '""') + '"' if quoted else text


def _records(answer: Answer) -> Iterator[str]:
    keys = answer.keys
    is_json = [name == "JSON" for name in answer.types]
    for row in answer.tuples():
        record = {
            key: json.loads(value) if nested and value is not None else _json_value(value)
            for key, nested, value in zip(keys, is_json, row, strict=True)
        }
        yield json.dumps(record, ensure_ascii=False, allow_nan=False)


def _json_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list) and value and all(isinstance(item, tuple) for item in value):
        return {str(_json_value(key)): _json_value(item) for key, item in value}  # a map comes as pairs
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _json_value(item) for key, item in value.items()}
    return _plain_text(value)


def _plain_text(value: Any) -> str | None:
    """One value as text; None for NULL."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date | dt.time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, pa.MonthDayNano):
        seconds = Decimal(value.nanoseconds) / 1_000_000_000
        return f"P{value.months}M{value.days}DT{seconds.normalize():f}S"
    if isinstance(value, list | dict):
        return json.dumps(_json_value(value), ensure_ascii=False)
    return str(value)


def _write_parquet(answer: Answer, file: IO[bytes]) -> None:
    keys = answer.keys
    schema = pa.schema([field.with_name(key) for field, key in zip(answer.schema, keys, strict=True)])
    try:
        with pq.ParquetWriter(file, schema) as writer:
            for batch in answer.batches:
                writer.write_batch(batch.rename_columns(keys))
    except pa.ArrowNotImplementedError as error:
        raise CommandError(f"Parquet cannot hold a column ({error}); cast it to varchar in the query") from error


def _write_table(answer: Answer, console: Console) -> None:
    """A table; where it does not fit the terminal, one block of `column  value` lines per row."""
    rows = [[_cell(value) for value in row] for row in answer.tuples()]
    widths = [max(map(_width, column)) for column in zip(answer.names, *map(_texts, rows), strict=True)]
    if console.is_terminal and sum(min(width, WIDEST_CELL) + 2 for width in widths) > console.width:
        _write_blocks(answer.names, rows, console)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in answer.names:
        table.add_column(Text(visible(name)), overflow="fold", no_wrap=not console.is_terminal)
    for row in rows:
        table.add_row(*row)
    if console.is_terminal:
        console.print(table)
    else:  # a program or file has no width: nothing is folded
        Console(file=console.file, width=max(sum(widths) + 2 * len(widths), 1), highlight=False).print(table)


def _write_blocks(names: Sequence[str], rows: Iterable[Sequence[Text]], console: Console) -> None:
    widest = max(map(cell_len, names))
    for number, row in enumerate(rows, start=1):
        console.print(f"row {number}", style="dim")
        block = Table.grid(padding=(0, 2, 0, 0))
        block.add_column(style="bold", width=widest)
        block.add_column(overflow="fold")
        for name, value in zip(names, row, strict=True):
            block.add_row(Text(visible(name)), value)
        console.print(block)


def _texts(row: Sequence[Text]) -> list[str]:
    return [value.plain for value in row]


def _width(text: str) -> int:
    return max(map(cell_len, text.split("\n")))


def _cell(value: Any) -> Text:
    text = _plain_text(value)
    return Text("NULL", style="dim") if text is None else Text(visible(text))


def _steers(char: str) -> bool:
    return char != "\n" and unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
