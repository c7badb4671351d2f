"""The options of `qa-pipeline exports`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from qa_pipeline.commands.options import DAY


def exports(
    call: Annotated[
        str | None,
        typer.Option(metavar="CALL_ID", help="Only files that hold this call, or may; also one that was erased."),
    ] = None,
    who: Annotated[str | None, typer.Option(metavar="LOGIN", help="Only what this person took.")] = None,
    first: Annotated[dt.date | None, typer.Option("--from", help="First day of the exports.", **DAY)] = None,
    last: Annotated[dt.date | None, typer.Option("--to", help="Last day of the exports.", **DAY)] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many on the screen.")] = 50,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all that are asked for to this file.")] = None,
) -> None:
    """List who has taken along which files, with how many rows of which calls, the newest first."""
    from qa_pipeline.commands.exports.listing import AskedExports, exports_command

    raise typer.Exit(exports_command(AskedExports(call, who, first, last), limit=limit, csv_file=csv))
