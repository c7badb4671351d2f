"""`qa-pipeline export --table`: a published table as CSV, Excel workbook or Parquet, with the engine in every row."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from qa_pipeline.commands.export.command import Choice, refuse_overwriting
from qa_pipeline.commands.progress_bar import counting
from qa_pipeline.commands.taking import noting
from qa_pipeline.export.workbook import write_workbook
from qa_pipeline.published.ad_hoc import Answer, Asked, AskSnapshot, asking
from qa_pipeline.published.output import complete_or_absent, refuse_the_database, visible, write_answer
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, err

TableFormat = Literal["csv", "xlsx", "parquet"]
FORMATS: tuple[TableFormat, ...] = ("csv", "xlsx", "parquet")

_COLUMNS = "select column_name from duckdb_columns() where table_name = $name and not internal order by column_index"
_TABLES = "select table_name from information_schema.tables where table_schema = 'main' order by all"
_ORDER = ("call_date", "call_id", "channel_id", "sentence_id", "language", "emotion", "attempt", "published_at")


def export_table_command(table: str, choice: Choice, *, format_name: str | None, output: Path, force: bool) -> int:
    """Writes a table, or the rows of it that `choice` leaves, to the file `output`; returns the exit code.

    Raises:
        CommandError: wrong use, no such table, a file that would be overwritten or that cannot be written.
    """
    settings = load_settings()
    chosen = _format_of(output, format_name)
    if choice.query is not None:
        raise CommandError(
            "--query chooses calls; a query's answer is written by `qa-pipeline sql QUERY --output FILE`"
        )
    refuse_the_database(output, settings)
    if not force:
        refuse_overwriting([output])
    with asking(settings) as ask:
        source, values = _select(ask, table, choice)
        [total] = [row[0] for row in ask(Asked(f"select count(*) from ({source})", values)).tuples()]
        about = _about(ask, table, settings)
        with counting("rows", total) as advance:
            answer = _counted(ask(Asked(source, values)), advance)
            answer = noting(answer, settings, "table", output, f"{chosen}: {table}{_days(choice)}")
            if chosen == "xlsx":
                _write_workbook(answer, output, table, about)
            else:
                write_answer(answer, chosen, output, 0)
    return EXIT_OK


def _format_of(output: Path, asked: str | None) -> TableFormat:
    name = asked or output.suffix.lower().removeprefix(".")
    if name not in FORMATS:
        raise CommandError(f"--format of a table is one of {', '.join(FORMATS)}, given or by the ending of --output")
    return name


def _select(ask: AskSnapshot, table: str, choice: Choice) -> tuple[str, dict[str, Any]]:
    """The select of the table's rows with an engine, and its parameters."""
    columns = [row[0] for row in ask(Asked(_COLUMNS, {"name": table})).tuples()]
    if not columns:
        names = ", ".join(row[0] for row in ask(Asked(_TABLES, {})).tuples())
        raise CommandError(f"the snapshot has no table {visible(table)}; it has {names}")
    conditions, values = _conditions(table, columns, choice)
    where = f"where {' and '.join(conditions)}" if conditions else ""
    order = ", ".join(f"rows_of.{name}" for name in _ORDER if name in columns)
    quoted = '"' + table.replace('"', '""') + '"'
    select = f"select rows_of.*{_engine(columns)} from {quoted} as rows_of {where}"
    return select + (f" order by {order}" if order else ""), values


def _conditions(table: str, columns: Sequence[str], choice: Choice) -> tuple[list[str], dict[str, Any]]:
    needed = {"call_date": choice.days is not None, "call_id": bool(choice.calls)}
    for column, is_needed in needed.items():
        if is_needed and column not in columns:
            option = "--from and --to" if column == "call_date" else "--call"
            raise CommandError(f"{table} has no column {column}, so {option} cannot choose its rows")
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if choice.days is not None:
        conditions.append("rows_of.call_date between $first and $last")
        values |= {"first": choice.days.first, "last": choice.days.last}
    if choice.calls:
        conditions.append("rows_of.call_id in (select unnest($ids))")
        values["ids"] = list(choice.calls)
    return conditions, values


def _days(choice: Choice) -> str:
    return f", {choice.days.first} to {choice.days.last}" if choice.days else ""


def _engine(columns: Sequence[str]) -> str:
    """One more column for a table that does not say itself which engine its rows come from."""
    if "engine" in columns:
        return ""
    keys = [name for name in ("call_id", "channel_id") if name in columns]
    condition = " and ".join(f"transcripts.{name} = rows_of.{name}" for name in keys) or "true"
    engines = "string_agg(distinct transcripts.engine, ', ' order by transcripts.engine)"
    return f", (select {engines} from transcripts where {condition}) as engine"


def _about(ask: AskSnapshot, table: str, settings: Settings) -> dict[str, str]:
    engines = [row[0] for row in ask(Asked("select distinct engine from transcripts order by all", {})).tuples()]
    [published] = [row[0] for row in ask(Asked("select max(published_at) from publication", {})).tuples()]
    return {
        "table": table,
        "transcribed by": ", ".join(engines) or "nothing is transcribed",
        "published at": published.isoformat(" ", "seconds") if isinstance(published, dt.datetime) else "not known",
        "time zone of times": settings.timezone,
    }


def _counted(answer: Answer, advance: Callable[[int], None]) -> Answer:
    def batches() -> Iterator[pa.RecordBatch]:
        for batch in answer.batches:
            yield batch
            advance(batch.num_rows)

    return dataclasses.replace(answer, batches=batches())


def _write_workbook(answer: Answer, output: Path, table: str, about: Mapping[str, str]) -> None:
    with complete_or_absent(output) as path, path.open("wb") as file:
        written = write_workbook(file, name=table, columns=answer.keys, rows=answer.tuples(), about=about)
    sheets = f" on {written.sheets} sheets" if written.sheets > 1 else ""
    err.print(f"wrote {written.rows:,} rows to {output}{sheets}", markup=False)
    if written.cut_texts:
        err.print(
            f"{written.cut_texts:,} texts are longer than a spreadsheet's cell and were cut; csv and parquet hold them "
            "whole",
            style="yellow",
        )
