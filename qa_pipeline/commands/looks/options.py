"""The options of `qa-pipeline looks`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from qa_pipeline.commands.options import DAY


def looks(
    who: Annotated[str | None, typer.Option(metavar="LOGIN", help="Only looks of this person.")] = None,
    call: Annotated[str | None, typer.Option(metavar="CALL_ID", help="Only looks at this call.")] = None,
    first: Annotated[dt.date | None, typer.Option("--from", help="First day of the looks.", **DAY)] = None,
    last: Annotated[dt.date | None, typer.Option("--to", help="Last day of the looks.", **DAY)] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many on the screen.")] = 50,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all that are asked for to this file, the newest first.")
    ] = None,
) -> None:
    """List who has looked at what was masked, the newest first, and check that the log is as it was written."""
    from qa_pipeline.commands.looks.listing import AskedLooks, looks_command

    raise typer.Exit(looks_command(AskedLooks(who, call, first, last), limit=limit, csv_file=csv))
