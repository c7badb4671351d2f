"""The options of `qa-pipeline rules`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import typer

from qa_pipeline.commands.options import DAY

rules_app = typer.Typer(
    no_args_is_help=True,
    help="Check and try rules, which are applied to every call.",
    epilog="Example: qa-pipeline rules check",
)

FirstDay = Annotated[
    dt.date | None, typer.Option("--from", help="First call date.", show_default="the first one stored", **DAY)
]
LastDay = Annotated[
    dt.date | None, typer.Option("--to", help="Last call date.", show_default="the last one stored", **DAY)
]
RuleFiles = Annotated[list[Path] | None, typer.Argument(help="Files of rules; without any, those in rules/.")]


@rules_app.command(epilog="Example: qa-pipeline rules check rules/greeting.yaml")
def check(files: RuleFiles = None) -> None:
    """Check rules: what is wrong, with file and line, or each rule's version. Nothing wrong is used in part."""
    from qa_pipeline.commands.rules.check import check_command

    raise typer.Exit(check_command(files or []))


@rules_app.command("test", epilog='Example: qa-pipeline rules test rules/greeting.yaml --text "Thank you for calling."')
def try_rules(
    files: RuleFiles = None,
    call: Annotated[str | None, typer.Option(metavar="CALL_ID", help="Try them on this published call.")] = None,
    dialogue: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Try them on a dialogue: lines such as 0:02 agent: Hello.")
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="Try them on this text.")] = None,
    role: Annotated[Literal["agent", "customer"], typer.Option(help="Who says a text that names nobody.")] = "agent",
    rule: Annotated[str | None, typer.Option(metavar="ID", help="Only this rule.")] = None,
) -> None:
    """Show what rules come to in a call, a dialogue or a text, condition by condition, with the evidence."""
    from qa_pipeline.commands.rules.trial import trial_command

    raise typer.Exit(trial_command(files or [], call_id=call, dialogue=dialogue, text=text, role=role, only=rule))


@rules_app.command(epilog="Example: qa-pipeline rules run --from 2025-09-01 --to 2025-09-30")
def run(first: FirstDay = None, last: LastDay = None) -> None:
    """Apply the rules in rules/ to stored calls and publish what they come to. Sends nothing and costs nothing."""
    from qa_pipeline.commands.rules.running import run_rules_command

    raise typer.Exit(run_rules_command(first, last))


@rules_app.command(epilog="Example: qa-pipeline rules diff drafts/greeting.yaml --from 2025-09-01")
def diff(
    files: Annotated[list[Path], typer.Argument(help="The changed rules; those of other ids stay as they are.")],
    first: FirstDay = None,
    last: LastDay = None,
    old: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="What they are compared with.", show_default="rules/")
    ] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every call that flips.")] = None,
    examples: Annotated[int, typer.Option(min=0, metavar="N", help="Calls that are shown of each flip.")] = 3,
) -> None:
    """Show what changed rules would change in stored calls: which flip, why, and by how much rates change."""
    from qa_pipeline.commands.rules.difference import diff_command

    raise typer.Exit(diff_command(files, (first, last), old=old or [], csv_file=csv, examples=examples))


@rules_app.command(epilog="Example: qa-pipeline rules schema > rules/schema.json")
def schema() -> None:
    """Print the JSON schema of a file of rules, by which editors complete and check it."""
    from qa_pipeline.commands.rules.check import print_schema

    print_schema()
