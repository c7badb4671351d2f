"""`qa-pipeline models`: options and help only; what each does is imported when it is used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

models_app = typer.Typer(
    help="Show the recognition models (`models show ID`: all of one), and fetch weights of local ones.",
    epilog="Example: qa-pipeline models show fun-asr",
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Write it as JSON, with every fact of the table.")]


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the recognition models: limits, what each returns, what it costs. Asks no service."""
    if context.invoked_subcommand is not None:
        return
    from qa_pipeline.commands.models.command import list_models

    raise typer.Exit(list_models(as_json=as_json))


@models_app.command(epilog="Example: qa-pipeline models show qwen3-asr-flash")
def show(
    model_id: Annotated[str, typer.Argument(metavar="ID", help="A model's id, dated or not.")], as_json: AsJson = False
) -> None:
    """Show all that is known of one model."""
    from qa_pipeline.commands.models.command import show_model

    raise typer.Exit(show_model(model_id, as_json=as_json))


@models_app.command(epilog="Example: qa-pipeline models pull whisper --from ~/Downloads/faster-whisper-base")
def pull(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The weights: whisper, sense-voice or voices.")],
    size: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Of whisper: tiny, base or small.", show_default="base")
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--dir", metavar="DIR", help="Folder to put them in.", show_default="where the settings have them"
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FOLDER|URL",
            help="A folder that has the files already, or an address below which they lie.",
            show_default="where they are published",
        ),
    ] = None,
    sha256: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=HEX", help="For a file of your own: what it must hash to; several times."),
    ] = None,
) -> None:
    """Fetch the weights of a local recognizer; resumes where it broke off, and checks every file."""
    from qa_pipeline.commands.models.pull import models_pull_command

    raise typer.Exit(models_pull_command(name, size=size, folder=directory, source=source, sha256=sha256 or []))
