"""The options of `qa-pipeline sampling`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PlanId = Annotated[str | None, typer.Option("--plan", metavar="ID", help="Only this plan; without it, all.")]
PeriodName = Annotated[
    str | None,
    typer.Option(
        "--period",
        metavar="NAME",
        help="2025-09-01, 2025-W36, 2025-09, or any day of it.",
        show_default="the last one that is over",
    ),
]

sampling_app = typer.Typer(
    no_args_is_help=True,
    help="Draw the calls that people evaluate, by the plans in sampling.yaml.",
    epilog="Example: qa-pipeline sampling draw --dry-run",
)


@sampling_app.command(epilog="Example: qa-pipeline sampling check samples/sampling.yaml")
def check(
    file: Annotated[
        Path | None, typer.Argument(help="The plans; without it, sampling.yaml in QA_HOME or beside qa.toml.")
    ] = None,
) -> None:
    """Check sampling plans: what is wrong, with file and line, or what each plan draws."""
    from qa_pipeline.commands.sampling.check import check_command

    raise typer.Exit(check_command(file))


@sampling_app.command(epilog="Example: qa-pipeline sampling draw --plan weekly-service --period 2025-W36 --dry-run")
def draw(
    plan: PlanId = None,
    period: PeriodName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be drawn, and draw nothing.")] = False,
) -> None:
    """Draw calls of what is published, and assign them. Safe to repeat: only calls that came since are added."""
    from qa_pipeline.commands.sampling.draw import draw_command

    raise typer.Exit(draw_command(plan, period, is_dry=dry_run))


@sampling_app.command(epilog="Example: qa-pipeline sampling status")
def status() -> None:
    """Show what was drawn, and how much of it is evaluated, open, overdue or given up."""
    from qa_pipeline.commands.sampling.status import status_command

    raise typer.Exit(status_command())


@sampling_app.command(epilog="Example: qa-pipeline sampling estimate --period 2025-W36")
def estimate(plan: PlanId = None, period: PeriodName = None) -> None:
    """Estimate the mean score of all eligible calls by what was drawn and evaluated, with intervals."""
    from qa_pipeline.commands.sampling.estimate import estimate_command

    raise typer.Exit(estimate_command(plan, period))


@sampling_app.command(
    epilog="Example: qa-pipeline sampling session march",
)
def session(name: Annotated[str, typer.Argument(metavar="NAME", help="The session.")]) -> None:
    """Show a calibration session: each evaluator against the expert, and which answers differ."""
    from qa_pipeline.commands.sampling.session import session_command

    raise typer.Exit(session_command(name))


@sampling_app.command(epilog="Example: qa-pipeline sampling schema > sampling.schema.json")
def schema() -> None:
    """Print the JSON schema of sampling.yaml, by which editors complete and check it."""
    from qa_pipeline.commands.sampling.check import print_schema

    print_schema()


@sampling_app.command(
    epilog="Example: qa-pipeline sampling calibrate c0101 --session march --scorecard service-quality "
    "--expert eva@example.com --evaluator ana@example.com --evaluator ben@example.com"
)
def calibrate(
    calls: Annotated[list[str], typer.Argument(metavar="CALL_ID...", help="The calls of the session.")],
    session: Annotated[str, typer.Option(metavar="NAME", help="What the session is called.")],
    scorecard: Annotated[str, typer.Option(metavar="ID", help="The card to score by.")],
    expert: Annotated[str, typer.Option(metavar="LOGIN", help="Whose answers the others are held against.")],
    evaluator: Annotated[
        list[str], typer.Option(metavar="LOGIN", help="Who else evaluates; may be given several times.")
    ],
    due_days: Annotated[int, typer.Option(min=1, max=366, metavar="N", help="Days until it is due.")] = 7,
) -> None:
    """Open a calibration session: several people evaluate the same calls, each without the others' answers."""
    from qa_pipeline.commands.sampling.calibrate import calibrate_command

    raise typer.Exit(
        calibrate_command(
            calls, session=session, scorecard=scorecard, expert=expert, evaluators=evaluator, due_days=due_days
        )
    )
