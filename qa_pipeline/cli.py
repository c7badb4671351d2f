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
