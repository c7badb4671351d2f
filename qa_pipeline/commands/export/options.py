"""The options of `qa-pipeline export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from qa_pipeline.commands.options import CallIds, OptionalFromDate, ToDate
from qa_pipeline.recordings.days import DayRange

ExportFormat = Literal["srt", "vtt", "txt", "json", "vcon", "csv", "xlsx", "parquet", "duckdb"]


def export(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER|FILE",
            help="Folder for calls' files, or the file of a table.",
            show_default=False,
        ),
    ],
    format_name: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format",
            help="Calls: srt, vtt, txt, json (the service's shape) or vcon. Tables: csv, xlsx or parquet. "
            "duckdb: the whole snapshot in one file.",
            show_default="a table's: by the ending of --output",
        ),
    ] = None,
    call: CallIds = None,
    first: OptionalFromDate = None,
    last: ToDate = None,
    query: Annotated[str | None, typer.Option(metavar="SQL", help="A select that gives a column call_id.")] = None,
    table: Annotated[
        str | None, typer.Option(metavar="TABLE", help="This table instead of calls' transcripts.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
) -> None:
    """Write transcripts of calls, one file per call, a table, or the whole of the newest published snapshot."""
    from qa_pipeline.commands.export.command import Choice, export_calls_command
    from qa_pipeline.commands.export.tables import export_table_command
    from qa_pipeline.commands.export.whole import WHOLE_FILE, export_whole_command

    choice = Choice(calls=call or [], days=DayRange.optional(first, last), query=query)
    if table is None and format_name == WHOLE_FILE:
        raise typer.Exit(export_whole_command(choice, output=output, force=force))
    if table is not None:
        raise typer.Exit(export_table_command(table, choice, format_name=format_name, output=output, force=force))
    raise typer.Exit(export_calls_command(choice, format_name=format_name, output=output, force=force))
