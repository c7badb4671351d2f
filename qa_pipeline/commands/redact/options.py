"""The options of `qa-pipeline redact`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

redact_app = typer.Typer(
    no_args_is_help=True,
    help="Try what is masked in texts before they are stored.",
    epilog='Example: qa-pipeline redact test --text "my card is 4111 1111 1111 1111"',
)


@redact_app.command("test", epilog='Example: qa-pipeline redact test --text "my card is 4111 1111 1111 1111"')
def try_redaction(
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="Try it on this text.")] = None,
    dialogue: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Try it on a dialogue: lines such as 0:02 agent: Hello.")
    ] = None,
    role: Annotated[Literal["agent", "customer"], typer.Option(help="Who says a text that names nobody.")] = "customer",
    known: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="What a call's metadata would say, as customer_name=Ana López."),
    ] = None,
) -> None:
    """Show what would be masked in a text or a dialogue by the settings, what each place is taken for, and why."""
    from qa_pipeline.commands.redact.trial import trial_command

    raise typer.Exit(trial_command(text, dialogue, role=role, known=known or []))
