"""The options of `qa-pipeline accuracy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa_pipeline.commands.options import OptionalFromDate, ToDate
from qa_pipeline.recordings.days import DayRange


def accuracy(
    references: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Reference transcripts: <call_id>.txt, .vtt or .json.")
    ],
    hypotheses: Annotated[
        Path | None,
        typer.Option(
            metavar="SNAPSHOT|FOLDER",
            help="What is measured: a published snapshot, or a folder of transcripts.",
            show_default="the newest snapshot",
        ),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="SNAPSHOT|FOLDER", help="Another set, to show what changed since, with an interval."),
    ] = None,
    first: OptionalFromDate = None,
    last: ToDate = None,
    queue: Annotated[str | None, typer.Option(metavar="QUEUE", help="Only calls of this queue.")] = None,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Only transcripts of this model (not of --compare).")
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="The language of references that do not name one.")
    ] = None,
    worst: Annotated[int, typer.Option(min=0, metavar="N", help="How many of the worst sentences are listed.")] = 10,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every sentence with its errors.")] = None,
) -> None:
    """Measure word and character errors against reference transcripts, and whether a change helped."""
    from qa_pipeline.commands.accuracy.command import Task, accuracy_command
    from qa_pipeline.commands.accuracy.sources import Selection

    selection = Selection(days=DayRange.optional(first, last), queue=queue, model=model)
    task = Task(references, selection, hypotheses, compare, language=language, csv=csv, worst=worst)
    raise typer.Exit(accuracy_command(task))
