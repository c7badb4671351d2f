"""The options of `qa-pipeline alerts`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

alerts_app = typer.Typer(
    no_args_is_help=True,
    help="Tell people of grave hits, automatic fails, failed runs and unusual rates, by alerts.yaml.",
    epilog="Example: qa-pipeline alerts check",
)


@alerts_app.command(epilog="Example: qa-pipeline alerts check samples/alerts.yaml")
def check(
    file: Annotated[
        Path | None, typer.Argument(help="The alerts; without it, alerts.yaml in QA_HOME or beside qa.toml.")
    ] = None,
) -> None:
    """Check alerts: what is wrong, with file and line, or who is told of what. Sends nothing."""
    from qa_pipeline.commands.alerts.check import check_command

    raise typer.Exit(check_command(file))


@alerts_app.command(epilog="Example: qa-pipeline alerts test leads")
def test(channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="The id of the channel.")]) -> None:
    """Send a test message to a channel now, past the outbox and quiet hours."""
    from qa_pipeline.commands.alerts.trial import trial_command

    raise typer.Exit(trial_command(channel))


@alerts_app.command(epilog="Example: qa-pipeline alerts send")
def send(
    again: Annotated[
        bool, typer.Option("--again", help="Also what was given up, once its channel is in order.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be told and to whom; keeps and sends nothing.")
    ] = False,
) -> None:
    """Look through what is published, and send what is due. Safe to repeat: nothing is told twice."""
    from qa_pipeline.commands.alerts.send import send_command

    raise typer.Exit(send_command(again=again, is_dry=dry_run))


@alerts_app.command("list", epilog="Example: qa-pipeline alerts list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many of the newest messages.")] = 20,
) -> None:
    """Show what waits, what could not be sent and why, and what was sent last."""
    from qa_pipeline.commands.alerts.listing import list_command

    raise typer.Exit(list_command(limit))


@alerts_app.command(epilog="Example: qa-pipeline alerts schema > alerts.schema.json")
def schema() -> None:
    """Print the JSON schema of alerts.yaml, by which editors complete and check it."""
    from qa_pipeline.commands.alerts.check import print_schema

    print_schema()
