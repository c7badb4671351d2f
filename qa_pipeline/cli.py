"""The `qa-pipeline` command: options and help only. What a command does is in `commands/`, imported when it is used,
so that `--help` answers at once."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from qa_pipeline import __version__
from qa_pipeline.commands.accuracy.options import accuracy
from qa_pipeline.commands.alerts.options import alerts_app
from qa_pipeline.commands.call.options import call
from qa_pipeline.commands.doctor.options import doctor
from qa_pipeline.commands.erase.options import erase
from qa_pipeline.commands.export.options import export
from qa_pipeline.commands.exports.options import exports
from qa_pipeline.commands.lake.options import lake_app
from qa_pipeline.commands.looks.options import looks
from qa_pipeline.commands.models.options import models_app
from qa_pipeline.commands.options import DAY, CallIds, FromDate, OptionalFromDate, ToDate, user_of_this_machine
from qa_pipeline.commands.readable_help import make_readable
from qa_pipeline.commands.redact.options import redact_app
from qa_pipeline.commands.reviews.options import reviews_app
from qa_pipeline.commands.rules.options import rules_app
from qa_pipeline.commands.sampling.options import sampling_app
from qa_pipeline.commands.scorecards.options import scorecards_app
from qa_pipeline.commands.transcribe.options import transcribe
from qa_pipeline.errors import UserError
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.terminal import EXIT_INTERRUPTED, EXIT_WORK_REMAINS, CommandError, err, out

app = typer.Typer(
    name="qa-pipeline",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Call-center QA analytics: stereo recordings in; transcripts, languages and emotions in DuckDB.",
)

app.add_typer(models_app, name="models")
app.add_typer(lake_app, name="lake")
app.add_typer(rules_app, name="rules")
app.add_typer(redact_app, name="redact")
app.add_typer(scorecards_app, name="scorecards")
app.add_typer(reviews_app, name="reviews")
app.add_typer(sampling_app, name="sampling")
app.add_typer(alerts_app, name="alerts")

AnswerFormat = Literal["table", "csv", "json", "jsonl", "parquet"]
RecognizerChoice = Literal["auto", "reference", "whisper", "sense-voice", "openai"]
MoveTarget = Literal["scale", "embedded"]


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        out.print(f"qa-pipeline {__version__}")
        raise typer.Exit


@app.callback(epilog="Example: qa-pipeline demo")
def _root(
    _version: Annotated[
        bool, typer.Option("--version", "-V", help="Show the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Settings come from the environment (QA_…) and qa.toml; `qa-pipeline doctor` shows those that count."""


@app.command(epilog="Example: qa-pipeline run --from 2025-09-01 --to 2025-09-03")
def run(first: FromDate, last: ToDate = None) -> None:
    """Run the pipeline for days: take in recordings, transcribe what is not paid for yet, publish. Safe to repeat."""
    from qa_pipeline.commands.run import run_command

    raise typer.Exit(run_command(DayRange(first, last or first)))


@app.command(epilog="Example: qa-pipeline cost --from 2025-09-01 --to 2025-09-30")
def cost(first: FromDate, last: ToDate = None) -> None:
    """Forecast what a run over these days would send and cost, and what is paid for already. Sends nothing."""
    from qa_pipeline.commands.cost import cost_command

    raise typer.Exit(cost_command(DayRange(first, last or first)))


@app.command(epilog="Example: qa-pipeline status")
def status() -> None:
    """Show what is published, what is under way and what needs a person."""
    from qa_pipeline.commands.status import status_command

    raise typer.Exit(status_command())


@app.command(epilog="Example: qa-pipeline retry --from 2025-09-01 --to 2025-09-03 --call c0101")
def retry(
    first: OptionalFromDate = None,
    last: Annotated[dt.date | None, typer.Option("--to", help="Last call date.", **DAY)] = None,
    call: CallIds = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also channels with a good answer, for a new one with the current glossary.")
    ] = False,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only channels whose call's metadata now asks for something else.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Send again the channels that failed, are unknown or have an unreadable answer; says what it costs and asks."""
    from qa_pipeline.commands.retry import retry_command
    from qa_pipeline.dispatch.retrying import RetryChoice

    days = DayRange.open(first, last)
    choice = RetryChoice(days, call_ids=tuple(call or ()), again=again, changed=changed)
    raise typer.Exit(retry_command(choice, yes=yes))


@app.command(epilog="Example: qa-pipeline demo")
def demo() -> None:
    """Run the sample days end to end offline and show what landed and where."""
    from qa_pipeline.commands.demo import demo_command

    raise typer.Exit(demo_command())


@app.command(epilog='Example: qa-pipeline sql "select queue, count(*) as calls from calls group by queue"')
def sql(
    query: Annotated[
        str | None, typer.Argument(metavar="SQL", help="One select statement.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", metavar="FILE", help="Read the query from a file; - is stdin.")
    ] = None,
    question: Annotated[
        str | None, typer.Option("--question", "-q", metavar="NAME", help="Ask a shipped question by name.")
    ] = None,
    list_questions: Annotated[
        bool, typer.Option("--list", help="Show the shipped questions, or all about the one of --question.")
    ] = False,
    parameter: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE", help="Value of $NAME; null is nothing.")
    ] = None,
    format_name: Annotated[
        AnswerFormat | None,
        typer.Option("--format", help="How to write the answer; else by the ending of --output.", show_default="table"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the answer to this file.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Rows to write at most; 0 means all.", show_default="100 for a table, else all"
        ),
    ] = None,
) -> None:
    """Ask the newest published snapshot by SQL, read-only."""
    from qa_pipeline.commands.sql import sql_command

    raise typer.Exit(
        sql_command(
            query,
            file=file,
            question=question,
            list_questions=list_questions,
            parameters=parameter or [],
            format_name=format_name,
            output=output,
            limit=limit,
        )
    )


app.command(epilog="Example: qa-pipeline call c0101 --turns all")(call)


app.command(epilog="Example: qa-pipeline export --format srt --from 2025-09-01 --to 2025-09-03 --output subtitles")(
    export
)


@app.command(hidden=True, add_help_option=False, context_settings={"ignore_unknown_options": True})
def evaluate(_arguments: Annotated[list[str] | None, typer.Argument(metavar="...")] = None) -> None:
    """The former name of `accuracy`."""
    raise CommandError("`qa-pipeline evaluate` is now `qa-pipeline accuracy`, with the same options")


app.command(epilog="Example: qa-pipeline accuracy my/references --from 2025-09-01 --to 2025-09-30 --worst 20")(accuracy)


@app.command(epilog="Example: qa-pipeline serve --port 8765 --references my/recordings")
def serve(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Address to listen on.", show_default="setting host")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, metavar="PORT", help="Port; 0 is any free one.", show_default="setting local_service_port"
        ),
    ] = None,
    references: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="Folder of recordings with <name>.transcript.json beside them; may be given several times.",
            show_default="setting local_references, and the landing zone",
        ),
    ] = None,
    source_host: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="Host that recordings may be fetched from, besides this machine."),
    ] = None,
    key_env: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Environment variable with the API key that callers must send.",
            show_default="QA_LOCAL_SERVICE_API_KEY if set, else any key is accepted",
        ),
    ] = None,
    recognizer: Annotated[
        RecognizerChoice | None,
        typer.Option(help="What recognizes the speech.", show_default="setting local_recognizer"),
    ] = None,
) -> None:
    """Run the local DashScope-compatible service in the foreground until Ctrl-C."""
    from qa_pipeline.commands.serve import serve_command

    raise typer.Exit(
        serve_command(
            host=host,
            port=port,
            references=references or [],
            source_hosts=source_host or [],
            key_env=key_env,
            recognizer=recognizer,
        )
    )


app.command(epilog="Example: qa-pipeline doctor")(doctor)


app.command(epilog="Example: qa-pipeline exports --call c0101")(exports)
app.command(epilog="Example: qa-pipeline looks --from 2025-09-01 --csv looks.csv")(looks)


@app.command(epilog="Example: qa-pipeline move --to scale --dry-run")
def move(
    to: Annotated[
        MoveTarget | None,
        typer.Option("--to", help="scale: to the servers that the settings name; embedded: back to QA_HOME."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be moved, and move nothing.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Give up a move that was interrupted.")] = False,
    ledger: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The ledger's file on this machine.", show_default="operations.sqlite in QA_HOME"
        ),
    ] = None,
) -> None:
    """Move ledger, raw JSON and published tables from one machine to several, or back. Nothing is paid again."""
    from qa_pipeline.commands.move import move_command

    raise typer.Exit(move_command(to, dry_run=dry_run, cancel=cancel, ledger=ledger))


app.command(epilog="Example: qa-pipeline erase --customer cu-4711 --reason 'asked by the customer' --dry-run")(erase)


@app.command(epilog="Example: qa-pipeline hold --customer cu-4711 --reason 'court case 12/25'")
def hold(
    call: Annotated[
        list[str] | None, typer.Option(metavar="CALL_ID", help="Hold this call; may be given several times.")
    ] = None,
    customer: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Hold all calls of this customer; several times too."),
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; needed for a new hold.")] = None,
    release: Annotated[
        str | None, typer.Option(metavar="HOLD", help="End this hold, by its id or the beginning of it.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who holds or releases.", show_default="the user of this machine")
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Show the holds that stand.")] = False,
) -> None:
    """Keep calls and customers from being erased, and from being forgotten by age, until the hold is released."""
    from qa_pipeline.commands.hold import hold_command

    raise typer.Exit(
        hold_command(
            call or [],
            customer or [],
            reason=reason,
            release_id=release,
            by=by or user_of_this_machine(),
            list_all=list_all,
        )
    )


@app.command(epilog="Example: qa-pipeline retention --dry-run")
def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be forgotten, and change nothing.")
    ] = False,
) -> None:
    """Forget texts, raw JSON and copies of recordings that are older than the settings keep; runs do so at their
    end."""
    from qa_pipeline.commands.retention import retention_command

    raise typer.Exit(retention_command(is_trial=dry_run))


app.command(epilog="Example: qa-pipeline transcribe call.wav --model qwen3-asr-flash --context names.md --format txt")(
    transcribe
)


@app.command(epilog="Example: QA_DASHBOARDS_PORT=8600 qa-pipeline up")
def up() -> None:
    """Run Dagster, the dashboards and (without a key) the local service together until Ctrl-C."""
    from qa_pipeline.commands.up.command import up_command

    raise typer.Exit(up_command())


@app.command(epilog="Example: qa-pipeline worker --queues sound --concurrency 4")
def worker(
    queues: Annotated[
        str | None,
        typer.Option(metavar="NAME,...", help="Which steps: sound, tables, paid.", show_default="all of them"),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=1024, metavar="N", help="How many steps at a time.", show_default="one per core"),
    ] = None,
) -> None:
    """Take steps of runs on this machine, where several machines share the work, until Ctrl-C."""
    from qa_pipeline.commands.worker import worker_command

    raise typer.Exit(worker_command(queues, concurrency))


make_readable(app)


def main() -> None:
    """Entry point: turns what users can cause into one line on standard error and an exit code."""
    try:
        app()
    except UserError as error:
        err.print(f"qa-pipeline: {error}", markup=False, style="red")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("interrupted; run the same command again to resume", style="yellow")
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:
        explanation = _explanation(error)
        if explanation is None:
            raise
        err.print(f"qa-pipeline: {explanation}", markup=False, style="red")
        sys.exit(EXIT_WORK_REMAINS)


def _explanation(error: Exception) -> str | None:
    """What to say of a folder, disk, database or driver that can't be used; None for a fault of ours."""
    from sqlalchemy.exc import OperationalError

    if isinstance(error, OperationalError):
        return (
            f"a database of QA_HOME or QA_OPERATIONS_URL fails: {error.orig}; `qa-pipeline doctor` looks for the cause"
        )
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}; check QA_HOME, its permissions and the disk (`qa-pipeline doctor`)"
    if isinstance(error, ModuleNotFoundError) and error.name == "psycopg":
        return "QA_OPERATIONS_URL needs the driver psycopg: pip install '.[postgres]'"
    return None
