"""The options of `qa-pipeline erase`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa_pipeline.commands.options import user_of_this_machine


def erase(
    call: Annotated[
        list[str] | None, typer.Option(metavar="CALL_ID", help="This call; may be given several times.")
    ] = None,
    customer: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="All calls of this customer; may be given several times.")
    ] = None,
    recordings: Annotated[
        bool, typer.Option("--recordings", help="Also delete the calls' files in the landing zone, which are yours.")
    ] = False,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the list; name nobody in it.")] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who erases.", show_default="the user of this machine")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be touched, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    list_all: Annotated[bool, typer.Option("--list", help="Show what was erased, by whom and when.")] = False,
    withdraw: Annotated[
        str | None,
        typer.Option(metavar="ERASURE", help="Take back an erasure that was begun and has deleted nothing yet."),
    ] = None,
    backup_gone: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Forget a backup of evaluations that is gone for good; several times too."),
    ] = None,
) -> None:
    """Erase calls or customers wherever the product keeps them, and prove it; first what was cut off before."""
    from qa_pipeline.commands.erase.command import backups_gone_command, erase_command, list_command, withdraw_command
    from qa_pipeline.erasing.beginning import ErasureRequest

    if list_all:
        raise typer.Exit(list_command())
    if withdraw is not None:
        raise typer.Exit(withdraw_command(withdraw))
    if backup_gone:
        raise typer.Exit(backups_gone_command(backup_gone))
    request = ErasureRequest(tuple(call or ()), tuple(customer or ()), by or user_of_this_machine(), reason, recordings)
    raise typer.Exit(erase_command(request, is_trial=dry_run, yes=yes))
