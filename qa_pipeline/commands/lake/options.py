"""`qa-pipeline lake`: options and help only; what each does is imported when it is used."""

from __future__ import annotations

from typing import Annotated

import typer

lake_app = typer.Typer(
    help="Look after the lake that several machines publish into (QA_LAKE).",
    epilog="Example: qa-pipeline lake tidy",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@lake_app.callback()
def lake() -> None:
    """Look after the lake that several machines publish into (QA_LAKE)."""


@lake_app.command(epilog="Example: qa-pipeline lake tidy")
def tidy(
    everything: Annotated[
        bool, typer.Option("--all", help="Put the files of all months together, also of days that may change yet.")
    ] = False,
) -> None:
    """Put small files of settled months together; remove versions that nobody reads, and their files. Safe to repeat.

    Dagster does it every night where the lake is set.
    """
    from qa_pipeline.commands.lake.tidy import tidy_command

    raise typer.Exit(tidy_command(everything=everything))
