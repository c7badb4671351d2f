"""The options of `qa-pipeline call`."""

from __future__ import annotations

from typing import Annotated

import typer


def call(
    call_id: Annotated[str, typer.Argument(metavar="CALL_ID", help="The call.", show_default=False)],
    turns: Annotated[
        str | None,
        typer.Option(metavar="N|all", help="How many turns to show, from the start.", show_default="40"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write everything known about the call as JSON.")] = False,
) -> None:
    """Show one published call: its people, sound and defects, metrics, languages, emotions, and what was said."""
    from qa_pipeline.commands.call.command import call_command

    raise typer.Exit(call_command(call_id, as_json=as_json, turns=turns))
