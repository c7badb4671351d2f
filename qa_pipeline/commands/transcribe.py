"""`qa-pipeline transcribe`: one recording, now, printed. A one-off: neither ledger nor tables know of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import typer
from rich.table import Table
from rich.text import Text

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.probing import AudioProbe, probe
from qa_pipeline.commands.answers import visible
from qa_pipeline.commands.terminal import EXIT_INTERRUPTED, EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.errors import DashScopeError
from qa_pipeline.dashscope.poller import TaskPoller
from qa_pipeline.dashscope.task_failures import TaskFailure, classify_task_failure
from qa_pipeline.dashscope.tasks import SubmitRequest, TaskState, TaskStatus
from qa_pipeline.dispatch.audio_source import safe_name
from qa_pipeline.local_service_process import local_service
from qa_pipeline.service_access import ServiceAccess, reach_service
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.transcription.cost import billable_seconds, price_usd
from qa_pipeline.transcription.models import Model, UnknownPrice
from qa_pipeline.transcription.parameters import TranscriptionParameters
from qa_pipeline.transcription.results import BadResult, ChannelTranscript, parse_result

TranscriptFormat = Literal["table", "txt", "json"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to transcribe: a local file (`path`) or an address (`url`), and which channels of it."""

    path: Path | None
    url: str | None
    channels: tuple[int, ...]
    seconds: float | None


def transcribe_command(
    source: str,
    *,
    channels: Sequence[int],
    language: str | None,
    itn: bool,
    words: bool,
    format_name: TranscriptFormat,
    yes: bool,
) -> int:
    """Transcribes one recording and prints it; 1 when the service could not."""
    settings = load_settings(**({"language": language} if language else {}))
    wish = understand(source, channels, settings.recognition_model)
    parameters = TranscriptionParameters(language=language, enable_itn=itn, enable_words=words)
    with local_service(settings):
        access = reach_service(settings)
        if not _agrees_to_pay(settings, access, wish, yes=yes):
            out.print("Nothing was sent.")
            return EXIT_WORK_REMAINS
        status, document = _ask(access, settings.recognition_model, wish, parameters)
    return _print(status, document, access.billing.engine, format_name)


def understand(source: str, channels: Sequence[int], model: Model) -> Wish:
    """Checks a file against the model's limits before a byte is sent; an address is taken as it is.

    Raises:
        CommandError: the file can't be used, or has no such channel.
    """
    if "://" in source:
        if not source.startswith(("http://", "https://", "oss://")):
            raise CommandError(f"{source} is no http, https or oss address; for a local file give its path")
        return Wish(None, source, tuple(dict.fromkeys(channels)) or (0,), None)
    path = Path(source).expanduser().absolute()
    try:
        found = probe(path)
    except UnusableAudio as error:
        raise CommandError(error.sentence) from error
    except FileNotFoundError as error:
        raise CommandError(f"{path} is not there") from error
    _check_limits(path, found, model)
    chosen = tuple(dict.fromkeys(channels)) or tuple(range(found.channels))
    if missing := [channel for channel in chosen if not 0 <= channel < found.channels]:
        raise CommandError(f"{path.name} has {found.channels} channels, counted from 0; it has no channel {missing[0]}")
    return Wish(path, None, chosen, found.duration_s)


def _check_limits(path: Path, found: AudioProbe, model: Model) -> None:
    if found.container not in model.formats:
        raise CommandError(f"{path.name} is {found.container}; {model.id} takes {', '.join(sorted(model.formats))}")
    if found.size_bytes > model.max_bytes:
        raise CommandError(f"{path.name} has {found.size_bytes:,} bytes; {model.id} takes {model.max_bytes:,}")
    if found.duration_s > model.max_duration_s:
        hours, most = found.duration_s / 3600, model.max_duration_s / 3600
        raise CommandError(f"{path.name} lasts {hours:.2f} h; {model.id} takes {most:.0f} h; split the recording")


def _agrees_to_pay(settings: Settings, access: ServiceAccess, wish: Wish, *, yes: bool) -> bool:
    """Says what it costs where it costs anything, and asks."""
    if access.billing.engine_kind == "local" or yes:
        return True
    try:
        price = settings.recognition_model.price(access.billing.region)
    except UnknownPrice as error:
        raise CommandError(f"what it costs is not known ({error}); --yes sends it all the same") from error
    if wish.seconds is None:
        text = f"{len(wish.channels)} channels at US$ {price:.6f} a second each; the length is not known before"
    else:
        seconds = billable_seconds(wish.seconds) * len(wish.channels)
        cost = price_usd(seconds, settings.recognition_model, access.billing.region)
        text = f"{len(wish.channels)} channels, {seconds:,} s: US$ {cost:,.4f}"
    err.print(f"{access.billing.engine}: {text} at list price", markup=False)
    return typer.confirm("Send it?", default=False)


def _ask(
    access: ServiceAccess, model: Model, wish: Wish, parameters: TranscriptionParameters
) -> tuple[TaskStatus, bytes | None]:
    """Uploads, submits, waits, fetches; the task's end and its result file where there is one."""
    waiting: AbstractContextManager[Any] = err.status("sending …") if err.is_terminal else nullcontext()
    sent: list[str] = []
    try:
        client = access.client()
    except ValueError as error:  # a key with characters that no key has
        raise CommandError(str(error)) from error
    try:
        with waiting as spinner:
            return asyncio.run(_transcribe(client, model, wish, parameters, sent, spinner))
    except DashScopeError as error:
        raise CommandError(f"{access.billing.engine}: {error}{_still_there(sent)}", EXIT_WORK_REMAINS) from error
    except KeyboardInterrupt:
        raise CommandError(f"interrupted{_still_there(sent)}", EXIT_INTERRUPTED) from None


def _still_there(sent: Sequence[str]) -> str:
    """What a user must know who would send it again: what the service has taken it goes on with."""
    return f"; the service has task {sent[0]} and may bill it" if sent else ""


async def _transcribe(
    client: DashScopeClient,
    model: Model,
    wish: Wish,
    parameters: TranscriptionParameters,
    sent: list[str],
    spinner: Any,
) -> tuple[TaskStatus, bytes | None]:
    async with client, TaskPoller(client) as poller:
        url = wish.url
        if wish.path is not None:
            name = f"{uuid.uuid4().hex[:12]}-{safe_name(wish.path)}"
            url = await client.upload(wish.path, model=model.id, object_name=name)
        request = SubmitRequest(
            model=model.id,
            file_url=url or "",
            parameters={"channel_id": list(wish.channels), **parameters.to_request()},
            input_field=model.input_field,
        )
        submitted = await client.submit(request)
        sent.append(submitted.task_id)
        if spinner is not None:
            spinner.update(f"task {submitted.task_id} is under way …")
        status = await poller.watch(submitted.task_id, dt.datetime.now(dt.UTC))
        address = next((item.transcription_url for item in status.result_urls if item.transcription_url), None)
        document = await client.download_result(address) if address else None
        sent.clear()
        return status, document


def _print(status: TaskStatus, document: bytes | None, engine: str, format_name: TranscriptFormat) -> int:
    if document is None:
        return _print_end_without_result(status, engine, format_name)
    if format_name == "json":
        typer.echo(document.decode("utf-8", "replace"))
    else:
        try:
            transcripts = parse_result(document).transcripts
        except BadResult as error:
            raise CommandError(f"the result of {engine} can't be read: {error}", EXIT_WORK_REMAINS) from error
        for transcript in transcripts:
            if format_name == "txt":
                typer.echo(transcript.text)
            else:
                _print_table(transcript)
    billed = "" if status.billed_s is None else f", {status.billed_s:g} s billed"
    err.print(f"made by {engine}{billed}", markup=False)
    return EXIT_OK


def _print_end_without_result(status: TaskStatus, engine: str, format_name: TranscriptFormat) -> int:
    code = status.code or next((item.code for item in status.result_urls if item.code), None) or status.state.value
    if status.state is TaskState.FAILED and classify_task_failure(code) is TaskFailure.NO_SPEECH:
        if format_name == "json":
            typer.echo(json.dumps(status.raw, ensure_ascii=False))
        err.print(f"no speech was found ({code}); made by {engine}", markup=False)
        return EXIT_OK
    message = status.message or next((item.message for item in status.result_urls if item.message), None) or ""
    raise CommandError(f"{engine} could not transcribe it: {code}: {message}", EXIT_WORK_REMAINS)


def _print_table(transcript: ChannelTranscript) -> None:
    title = f"Channel {transcript.channel_id}: {len(transcript.sentences)} sentences"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in ("begin", "end", "language", "emotion", "text"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("begin", "end"))
    for sentence in transcript.sentences:
        begin, end = _clock(sentence.begin_ms), _clock(sentence.end_ms)
        table.add_row(begin, end, sentence.language or "–", sentence.emotion or "–", Text(visible(sentence.text)))
    out.print(table)


def _clock(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "–"
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes}:{rest // 1000:02d}.{rest % 1000:03d}"
