"""The `qa-pipeline` command: options and help only. What a command does is in `commands/`, imported when it is used,
so that `--help` answers at once."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Annotated

import typer

from qa_pipeline.commands.terminal import EXIT_INTERRUPTED, EXIT_WRONG_USE, CommandError, err

app = typer.Typer(
    name="qa-pipeline",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Call-center QA analytics: stereo recordings in; transcripts, languages and emotions in DuckDB.",
)

FromDate = Annotated[dt.datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First call date.")]
ToDate = Annotated[
    dt.datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last call date; --from when left out.")
]


@app.callback()
def _root() -> None:
    """Settings come from the environment (QA_…) and qa.toml; `qa-pipeline doctor` shows what is in force."""


@app.command(epilog="Example: qa-pipeline run --from 2025-09-01 --to 2025-09-03")
def run(first: FromDate, last: ToDate = None) -> None:
    """Materialize days: take in recordings, transcribe what is not paid for yet, publish. Safe to repeat."""
    from qa_pipeline.commands.run import run_command

    raise typer.Exit(run_command(first.date(), last.date() if last else None))


@app.command(epilog="Example: qa-pipeline cost --from 2025-09-01 --to 2025-09-30")
def cost(first: FromDate, last: ToDate = None) -> None:
    """Forecast what a run over these days would send and cost, and what is paid for already. Sends nothing."""
    from qa_pipeline.commands.cost import cost_command

    raise typer.Exit(cost_command(first.date(), last.date() if last else None))


@app.command(epilog="Example: qa-pipeline status")
def status() -> None:
    """Show what is published, what is under way and what waits for a person."""
    from qa_pipeline.commands.status import status_command

    raise typer.Exit(status_command())


@app.command(epilog="Example: qa-pipeline retry --from 2025-09-01 --to 2025-09-03 --call c0101")
def retry(
    first: Annotated[dt.datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First call date.")] = None,
    last: Annotated[dt.datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last call date.")] = None,
    call: Annotated[list[str] | None, typer.Option(help="Only this call; may be given several times.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Send failed or unknown channels once more, after saying what that costs and asking."""
    from qa_pipeline.commands.retry import retry_command

    days = [moment.date() if moment else None for moment in (first, last)]
    raise typer.Exit(retry_command(days[0], days[1], call or [], yes=yes))


@app.command(epilog="Example: qa-pipeline demo")
def demo() -> None:
    """Run the sample days end to end offline and show what landed and where."""
    from qa_pipeline.commands.demo import demo_command

    raise typer.Exit(demo_command())


def main() -> None:
    """Entry point: turns what users can cause into one line on standard error and an exit code."""
    from qa_pipeline.settings import SettingsError

    try:
        app()
    except CommandError as error:
        err.print(f"qa-pipeline: {error}", markup=False, style="red")
        sys.exit(error.exit_code)
    except SettingsError as error:
        err.print(f"qa-pipeline: {error}", markup=False, style="red")
        sys.exit(EXIT_WRONG_USE)
    except KeyboardInterrupt:
        err.print("interrupted; run the same command again to go on", style="yellow")
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
