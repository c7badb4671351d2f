"""The options of `qa-pipeline scorecards`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

scorecards_app = typer.Typer(
    no_args_is_help=True,
    help="Check and try scorecards, the forms by which calls are scored.",
    epilog="Example: qa-pipeline scorecards check",
)


@scorecards_app.command(epilog="Example: qa-pipeline scorecards check scorecards/service-quality.yaml")
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="The cards; without any, those in scorecards/.")] = None,
) -> None:
    """Check scorecards: what is wrong, with file and line, or each card's version and size."""
    from qa_pipeline.commands.scorecards.check import check_command

    raise typer.Exit(check_command(files or []))


@scorecards_app.command("try", epilog="Example: qa-pipeline scorecards try scorecards/my-card.yaml answers.yaml")
def try_(
    card: Annotated[Path, typer.Argument(help="The card.")],
    answers: Annotated[Path, typer.Argument(help="YAML with a line for each answer, such as greeting: yes.")],
) -> None:
    """Score answers that are written down by a card."""
    from qa_pipeline.commands.scorecards.trial import try_command

    raise typer.Exit(try_command(card, answers))


@scorecards_app.command(epilog="Example: qa-pipeline scorecards schema > scorecards/schema.json")
def schema() -> None:
    """Print the JSON schema of a card, by which editors complete and check it."""
    from qa_pipeline.commands.scorecards.check import print_schema

    print_schema()
