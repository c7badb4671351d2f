"""The options of `qa-pipeline scorecards`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from qa_pipeline.scorecards.cards import Scoring

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
    metric: Annotated[
        list[str] | None, typer.Option(metavar="NAME=NUMBER", help="A metric of the call, such as dead_air_s=12.")
    ] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(metavar="NAME=TEXT", help="Metadata of the call, such as queue=billing.")
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE=OUTCOME",
            help="What a rule came to: hit, miss, not_applicable or not_evaluated, such as greeting=hit.",
        ),
    ] = None,
) -> None:
    """Score answers that are written down by a card; metrics and rules answer what the card says they do."""
    from qa_pipeline.commands.scorecards.trial import try_command

    raise typer.Exit(try_command(card, answers, metrics=metric or [], metadata=metadata or [], rules=rule or []))


@scorecards_app.command("import", epilog="Example: qa-pipeline scorecards import form.xlsx --scoring by_section")
def import_(
    form: Annotated[
        Path, typer.Argument(help="A workbook or CSV; or a form of Amazon Connect or Genesys Cloud as JSON.")
    ],
    scoring: Annotated[
        Scoring | None, typer.Option(help="How answers make a score: of a sheet, and instead of a form's own.")
    ] = None,
    critical: Annotated[
        Literal["customer", "business", "compliance"] | None,
        typer.Option(help="For whom the critical questions of a Genesys form are."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The card to write; without it, scorecards/NAME.yaml.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(metavar="NAME", help="Of a CSV that doesn't say its own.")] = None,
) -> None:
    """Make a card of a sheet, or of a form of Amazon Connect or Genesys Cloud; what can't be carried over is named."""
    from qa_pipeline.commands.scorecards.importing import Wanted, import_command
    from qa_pipeline.scorecards.folder import FOLDER
    from qa_pipeline.settings import load_settings

    target = output or load_settings().resolve(Path(FOLDER)) / f"{form.stem}.yaml"
    raise typer.Exit(import_command(form, target, Wanted(scoring, critical, encoding)))


@scorecards_app.command(epilog="Example: qa-pipeline scorecards export scorecards/my-card.yaml --to json")
def export(
    card: Annotated[Path, typer.Argument(help="The card.")],
    to: Annotated[
        Literal["yaml", "json", "excel", "connect", "genesys"],
        typer.Option(help="What to write: the card as YAML, JSON or a workbook, or a form of another system."),
    ] = "yaml",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file to write; without it, the terminal.")
    ] = None,
) -> None:
    """Write a card as plain YAML, JSON, a workbook, or a form of Amazon Connect or Genesys Cloud."""
    from qa_pipeline.commands.scorecards.exporting import export_command

    raise typer.Exit(export_command(card, output, to))


@scorecards_app.command(epilog="Example: qa-pipeline scorecards trust")
def trust(
    files: Annotated[list[Path] | None, typer.Argument(help="The cards; without any, those in scorecards/.")] = None,
) -> None:
    """Say how far metrics and rules agree with people who answered blind, and what may be answered automatically."""
    from qa_pipeline.commands.scorecards.trust import trust_command

    raise typer.Exit(trust_command(files or []))


@scorecards_app.command(epilog="Example: qa-pipeline scorecards schema > scorecards/schema.json")
def schema() -> None:
    """Print the JSON schema of a card, by which editors complete and check it."""
    from qa_pipeline.commands.scorecards.check import print_schema

    print_schema()
