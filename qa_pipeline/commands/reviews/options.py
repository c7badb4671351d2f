"""The options of `qa-pipeline reviews`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa_pipeline.reviews.states import EvaluationState

reviews_app = typer.Typer(
    no_args_is_help=True,
    help="Back up, restore, list and verify evaluations by people.",
    epilog="Example: qa-pipeline reviews backup reviews.jsonl.gz",
)


@reviews_app.command(epilog="Example: qa-pipeline reviews backup backups/reviews.jsonl.gz")
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; one that ends in .gz is compressed.")],
) -> None:
    """Write all evaluations, with their history and their cards, to a file of JSON lines."""
    from qa_pipeline.commands.reviews.files import backup_command

    raise typer.Exit(backup_command(file))


@reviews_app.command(epilog="Example: qa-pipeline reviews restore backups/reviews.jsonl.gz --dry-run")
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look at everything and change nothing.")] = False,
) -> None:
    """Add what a backup has and is missing here; refuse one that went on otherwise than what is here."""
    from qa_pipeline.commands.reviews.files import restore_command

    raise typer.Exit(restore_command(file, is_trial=dry_run))


@reviews_app.command("list", epilog="Example: qa-pipeline reviews list --state submitted --evaluator ana@example.com")
def list_(
    state: Annotated[list[EvaluationState] | None, typer.Option(help="Only in this state; may be repeated.")] = None,
    evaluator: Annotated[str | None, typer.Option(metavar="LOGIN", help="Only by this person.")] = None,
    agent: Annotated[str | None, typer.Option(metavar="ID", help="Only of this agent's calls.")] = None,
    call: Annotated[str | None, typer.Option(metavar="ID", help="Only of this call.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON array, with everything but the answers.")] = False,
) -> None:
    """List evaluations, the one changed last first."""
    from qa_pipeline.commands.reviews.listing import list_command

    raise typer.Exit(list_command(state or [], evaluator, agent, call, limit=limit, as_json=as_json))


@reviews_app.command(epilog="Example: qa-pipeline reviews verify --backup backups/reviews.jsonl.gz")
def verify(
    backup: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also: whether this backup is where the log went on from.")
    ] = None,
) -> None:
    """Look at every row of the log of evaluations, and at all that follows from it; 1 where something was changed."""
    from qa_pipeline.commands.reviews.verifying import verify_command

    raise typer.Exit(verify_command(backup))


@reviews_app.command(epilog="Example: qa-pipeline reviews rebuild")
def rebuild() -> None:
    """Make again what follows from the log: states, answers, tasks and cards. The log itself is not changed."""
    from qa_pipeline.commands.reviews.verifying import rebuild_command

    raise typer.Exit(rebuild_command())
