"""The `qa-pipeline` command: options and help only. What a command does is in `commands/`, imported when it is used,
so that `--help` answers at once."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from qa_pipeline import __version__
from qa_pipeline.commands.alerts.options import alerts_app
from qa_pipeline.commands.lake.options import lake_app
from qa_pipeline.commands.looks.options import looks
from qa_pipeline.commands.models.options import models_app
from qa_pipeline.commands.readable_help import make_readable
from qa_pipeline.commands.redact.options import redact_app
from qa_pipeline.commands.reviews.options import reviews_app
from qa_pipeline.commands.rules.options import rules_app
from qa_pipeline.commands.sampling.options import sampling_app
from qa_pipeline.commands.scorecards.options import scorecards_app
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

_DAY = {"formats": ["%Y-%m-%d"], "metavar": "YYYY-MM-DD"}
FromDate = Annotated[dt.datetime, typer.Option("--from", help="First call date.", **_DAY)]
OptionalFromDate = Annotated[dt.datetime | None, typer.Option("--from", help="First call date.", **_DAY)]
ToDate = Annotated[dt.datetime | None, typer.Option("--to", help="Last call date; --from when left out.", **_DAY)]
CallIds = Annotated[
    list[str] | None, typer.Option(metavar="CALL_ID", help="Only this call; may be given several times.")
]
AnswerFormat = Literal["table", "csv", "json", "jsonl", "parquet"]
TranscriptFormat = Literal["table", "txt", "json"]
RecognizerChoice = Literal["auto", "reference", "whisper", "sense-voice", "openai"]
MoveTarget = Literal["scale", "embedded"]
ExportFormat = Literal["srt", "vtt", "txt", "json", "vcon", "csv", "xlsx", "parquet", "duckdb"]


def _user() -> str:
    """Who uses this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


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

    raise typer.Exit(run_command(DayRange(first.date(), (last or first).date())))


@app.command(epilog="Example: qa-pipeline cost --from 2025-09-01 --to 2025-09-30")
def cost(first: FromDate, last: ToDate = None) -> None:
    """Forecast what a run over these days would send and cost, and what is paid for already. Sends nothing."""
    from qa_pipeline.commands.cost import cost_command

    raise typer.Exit(cost_command(DayRange(first.date(), (last or first).date())))


@app.command(epilog="Example: qa-pipeline status")
def status() -> None:
    """Show what is published, what is under way and what needs a person."""
    from qa_pipeline.commands.status import status_command

    raise typer.Exit(status_command())


@app.command(epilog="Example: qa-pipeline retry --from 2025-09-01 --to 2025-09-03 --call c0101")
def retry(
    first: OptionalFromDate = None,
    last: Annotated[dt.datetime | None, typer.Option("--to", help="Last call date.", **_DAY)] = None,
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

    days = DayRange.open(_date(first), _date(last))
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


@app.command(epilog="Example: qa-pipeline call c0101 --turns all")
def call(
    call_id: Annotated[str, typer.Argument(metavar="CALL_ID", help="The call.", show_default=False)],
    turns: Annotated[
        str | None,
        typer.Option(metavar="N|all", help="How many turns to show, from the start.", show_default="40"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write everything known about the call as JSON.")] = False,
) -> None:
    """Show one published call: its people, sound and defects, metrics, languages, emotions, and what was said."""
    from qa_pipeline.commands.call.command import call_command

    raise typer.Exit(call_command(call_id, as_json=as_json, turns=turns))


@app.command(epilog="Example: qa-pipeline export --format srt --from 2025-09-01 --to 2025-09-03 --output subtitles")
def export(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER|FILE",
            help="Folder for calls' files, or the file of a table.",
            show_default=False,
        ),
    ],
    format_name: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format",
            help="Calls: srt, vtt, txt, json (the service's shape) or vcon. Tables: csv, xlsx or parquet. "
            "duckdb: the whole snapshot in one file.",
            show_default="a table's: by the ending of --output",
        ),
    ] = None,
    call: CallIds = None,
    first: OptionalFromDate = None,
    last: ToDate = None,
    query: Annotated[str | None, typer.Option(metavar="SQL", help="A select that gives a column call_id.")] = None,
    table: Annotated[
        str | None, typer.Option(metavar="TABLE", help="This table instead of calls' transcripts.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
) -> None:
    """Write transcripts of calls, one file per call, a table, or the whole of the newest published snapshot."""
    from qa_pipeline.commands.export.command import Choice, export_calls_command
    from qa_pipeline.commands.export.tables import export_table_command
    from qa_pipeline.commands.export.whole import WHOLE_FILE, export_whole_command

    choice = Choice(calls=call or [], days=DayRange.optional(_date(first), _date(last)), query=query)
    if table is None and format_name == WHOLE_FILE:
        raise typer.Exit(export_whole_command(choice, output=output, force=force))
    if table is not None:
        raise typer.Exit(export_table_command(table, choice, format_name=format_name, output=output, force=force))
    raise typer.Exit(export_calls_command(choice, format_name=format_name, output=output, force=force))


@app.command(hidden=True, add_help_option=False, context_settings={"ignore_unknown_options": True})
def evaluate(_arguments: Annotated[list[str] | None, typer.Argument(metavar="...")] = None) -> None:
    """The former name of `accuracy`."""
    raise CommandError("`qa-pipeline evaluate` is now `qa-pipeline accuracy`, with the same options")


@app.command(epilog="Example: qa-pipeline accuracy my/references --from 2025-09-01 --to 2025-09-30 --worst 20")
def accuracy(
    references: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Reference transcripts: <call_id>.txt, .vtt or .json.")
    ],
    hypotheses: Annotated[
        Path | None,
        typer.Option(
            metavar="SNAPSHOT|FOLDER",
            help="What is measured: a published snapshot, or a folder of transcripts.",
            show_default="the newest snapshot",
        ),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="SNAPSHOT|FOLDER", help="Another set, to show what changed since, with an interval."),
    ] = None,
    first: OptionalFromDate = None,
    last: ToDate = None,
    queue: Annotated[str | None, typer.Option(metavar="QUEUE", help="Only calls of this queue.")] = None,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Only transcripts of this model (not of --compare).")
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="The language of references that do not name one.")
    ] = None,
    worst: Annotated[int, typer.Option(min=0, metavar="N", help="How many of the worst sentences are listed.")] = 10,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every sentence with its errors.")] = None,
) -> None:
    """Measure word and character errors against reference transcripts, and whether a change helped."""
    from qa_pipeline.commands.accuracy.command import Task, accuracy_command
    from qa_pipeline.commands.accuracy.sources import Selection

    selection = Selection(days=DayRange.optional(_date(first), _date(last)), queue=queue, model=model)
    task = Task(references, selection, hypotheses, compare, language=language, csv=csv, worst=worst)
    raise typer.Exit(accuracy_command(task))


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


@app.command(epilog="Example: qa-pipeline doctor")
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Check settings, key, service, folders, disk, ledger and snapshot, and say what to do about each."""
    from qa_pipeline.commands.doctor.command import doctor_command

    raise typer.Exit(doctor_command(as_json=as_json))


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


@app.command(epilog="Example: qa-pipeline erase --customer cu-4711 --reason 'asked by the customer' --dry-run")
def erase(
    call: Annotated[
        list[str] | None, typer.Option(metavar="CALL_ID", help="This call; may be given several times.")
    ] = None,
    customer: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="All calls of this customer; may be given several times.")
    ] = None,
    recordings: Annotated[
        bool, typer.Option("--recordings", help="Also delete the calls' files in the landing zone, which are yours.")
    ] = False,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the list; name nobody in it.")] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who erases.", show_default="the user of this machine")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be touched, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    list_all: Annotated[bool, typer.Option("--list", help="Show what was erased, by whom and when.")] = False,
    withdraw: Annotated[
        str | None,
        typer.Option(metavar="ERASURE", help="Take back an erasure that was begun and has deleted nothing yet."),
    ] = None,
    backup_gone: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Forget a backup of evaluations that is gone for good; several times too."),
    ] = None,
) -> None:
    """Erase calls or customers wherever the product keeps them, and prove it; first what was cut off before."""
    from qa_pipeline.commands.erase.command import backups_gone_command, erase_command, list_command, withdraw_command
    from qa_pipeline.erasing.beginning import ErasureRequest

    if list_all:
        raise typer.Exit(list_command())
    if withdraw is not None:
        raise typer.Exit(withdraw_command(withdraw))
    if backup_gone:
        raise typer.Exit(backups_gone_command(backup_gone))
    request = ErasureRequest(tuple(call or ()), tuple(customer or ()), by or _user(), reason, recordings)
    raise typer.Exit(erase_command(request, is_trial=dry_run, yes=yes))


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
        hold_command(call or [], customer or [], reason=reason, release_id=release, by=by or _user(), list_all=list_all)
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


@app.command(epilog="Example: qa-pipeline transcribe call.wav --model qwen3-asr-flash --context names.md --format txt")
def transcribe(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|URL...",
            help="A recording, or its http(s) or oss address. Several at once for the fun-asr models.",
            show_default=False,
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Model (`qa-pipeline models` lists them), or auto.", show_default="setting model"
        ),
    ] = None,
    channel: Annotated[
        list[int] | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Channel, from 0; may be given several times.",
            show_default="all of a file, 0 of a URL",
        ),
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="The language, if it is known and the only one.")
    ] = None,
    itn: Annotated[bool, typer.Option("--itn", help="Write numbers as digits (Chinese and English).")] = False,
    words: Annotated[bool, typer.Option("--words", help="Ask for word times too (in --format json).")] = False,
    context: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Names and terms that may occur, as text or Markdown.")
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The prompt of Qwen-Omni.", show_default="to transcribe word for word"),
    ] = None,
    vocabulary_id: Annotated[
        str | None, typer.Option(metavar="ID", help="A vocabulary made at the service (fun-asr, qwen-audio).")
    ] = None,
    hot_words: Annotated[
        str | None,
        typer.Option(metavar="JSON", help='Words to hear, with weights 1 to 5 or 50 (qwen-audio): {"Bailian": 4}.'),
    ] = None,
    special_word_filter: Annotated[
        str | None, typer.Option(metavar="JSON", help="Words not to be written out (fun-asr).")
    ] = None,
    diarize: Annotated[
        bool, typer.Option("--diarize", help="Separate the speakers of a mono recording (fun-asr, qwen-audio).")
    ] = False,
    speakers: Annotated[
        int | None, typer.Option(metavar="N", help="How many speakers there are, with --diarize.")
    ] = None,
    format_name: Annotated[
        TranscriptFormat,
        typer.Option("--format", help="How to print it; json is what the service answered, verbatim."),
    ] = "table",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before paying.")] = False,
) -> None:
    """Transcribe a recording and print it. Nothing is kept in the ledger or the tables."""
    from qa_pipeline.commands.transcribe.command import transcribe_command
    from qa_pipeline.commands.transcribe.request import Options

    options = Options(
        channels=tuple(channel or ()),
        language=language,
        itn=itn,
        words=words,
        prompt=prompt,
        vocabulary_id=vocabulary_id,
        special_word_filter=special_word_filter,
        hot_words=hot_words,
        diarize=diarize,
        speakers=speakers,
    )
    raise typer.Exit(
        transcribe_command(
            sources, model_name=model, options=options, context=context, format_name=format_name, yes=yes
        )
    )


@app.command(epilog="Example: QA_DASHBOARDS_PORT=8600 qa-pipeline up")
def up() -> None:
    """Run Dagster, the dashboards and (without a key) the local service together until Ctrl-C."""
    from qa_pipeline.commands.up import up_command

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


def _date(moment: dt.datetime | None) -> dt.date | None:
    return moment.date() if moment else None


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
