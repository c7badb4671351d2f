"""`qa-pipeline transcribe`: recordings, now, printed. A one-off: neither ledger nor tables know of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from qa_pipeline.commands.transcribe.erased import refuse_erased
from qa_pipeline.commands.transcribe.printing import TranscriptFormat, makers_of, print_document
from qa_pipeline.commands.transcribe.request import (
    Options,
    Source,
    check_model,
    check_options,
    check_whole,
    find_source,
    pick_model,
    read_context,
)
from qa_pipeline.commands.transcribe.synchronous import Calls, run_calls
from qa_pipeline.commands.transcribe.tasks import FileEnd, run_task
from qa_pipeline.dashscope.errors import DashScopeError
from qa_pipeline.dashscope.task_failures import TaskFailure, classify_task_failure
from qa_pipeline.dashscope.tasks import TaskState, TaskStatus
from qa_pipeline.dispatch.planning import retired_notes
from qa_pipeline.service.access import ServiceAccess, offering_region, reach_service
from qa_pipeline.service.local_process import local_service
from qa_pipeline.settings import Settings, SettingsError, load_settings
from qa_pipeline.terminal import EXIT_INTERRUPTED, EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out
from qa_pipeline.transcription.choosing import AUTO
from qa_pipeline.transcription.cost import billable_seconds, estimate_remark, price_usd
from qa_pipeline.transcription.models import Model, UnknownModel, UnknownPrice, find_model
from qa_pipeline.wording.figures import count, money


def transcribe_command(
    sources: Sequence[str],
    *,
    model_name: str | None,
    options: Options,
    context: Path | None,
    format_name: TranscriptFormat,
    yes: bool,
) -> int:
    """Transcribes recordings and prints them; 1 when the service could not."""
    check_options(options)
    options = replace(options, context=read_context(context))
    found = [find_source(source, options.channels) for source in sources]
    settings, model = _choose(model_name, found, options)
    refuse_erased(settings, [source.path for source in found if source.path is not None])
    for note in (*check_whole(found, settings.on_truncated), *retired_notes({model.id})):
        err.print(f"note: {note}", markup=False, style="yellow")
    with local_service(settings):
        access = reach_service(settings)
        if not _agrees_to_pay(settings, access, model, found, options, yes=yes):
            out.print("Nothing was sent.")
            return EXIT_WORK_REMAINS
        if model.is_task_based:
            return _by_task(access, model, found, options, format_name)
        return _at_once(access, model, found[0], options, format_name)


def _choose(model_name: str | None, found: Sequence[Source], options: Options) -> tuple[Settings, Model]:
    """The model, and settings that name it: what is checked of them is checked for the model that is asked."""
    settings = load_settings(**_named(model_name))
    region = _region(settings, model_name)
    model, reason = pick_model(settings.model, found, options, region)
    check_model(model, found, options, region)
    if reason is None:
        return settings, settings.model_named(model.id)
    err.print(f"{model.id}: {reason}", markup=False)
    settings = load_settings(model=model.id)
    return settings, settings.model_named(model.id)


def _region(settings: Settings, model_name: str | None) -> str | None:
    """The region whose models are asked; None where it is not known which models a region has."""
    try:
        return offering_region(settings)
    except SettingsError as error:
        if model_name is None:
            raise
        raise CommandError(str(error).replace("QA_MODEL", "--model")) from error


def _named(model_name: str | None) -> dict[str, str]:
    """The option as a setting, refused under its own name."""
    if model_name is None:
        return {}
    try:
        if model_name != AUTO:
            find_model(model_name)
    except UnknownModel as error:
        raise CommandError(f"--model: {error}, {AUTO}") from error
    return {"model": model_name}


def _agrees_to_pay(
    settings: Settings, access: ServiceAccess, model: Model, found: Sequence[Source], options: Options, *, yes: bool
) -> bool:
    """Says what it costs where it costs anything, and asks."""
    if access.billing.engine_kind == "local" or yes:
        return True
    try:
        price = model.price(access.billing.region)
    except UnknownPrice as error:
        raise CommandError(f"what it costs is not known ({error}); --yes sends it all the same") from error
    channels = sum(len(source.channels(options.channels)) for source in found)
    what = count(channels, "channel")
    if any(source.found is None for source in found):
        text = f"{what} at US$ {price:.6f} a second each; the length is not known before"
    else:
        lengths = [(each.found.duration_s, each.channels(options.channels)) for each in found if each.found]
        seconds = sum(billable_seconds(length_s) * len(asked) for length_s, asked in lengths)
        text = f"{what}, {seconds:,} s: {money(price_usd(seconds, model, access.billing.region))}"
    err.print(f"{access.billing.engine}: {text} at list price", markup=False)
    if model.is_priced_by_tokens:
        err.print(estimate_remark(model.id), markup=False)
    return typer.confirm("Send it?", default=False)


def _by_task(
    access: ServiceAccess, model: Model, found: Sequence[Source], options: Options, format_name: TranscriptFormat
) -> int:
    client, sent = access.client(), list[str]()
    waiting: AbstractContextManager[Any] = err.status("sending …") if err.is_terminal else nullcontext()
    try:
        with waiting as spinner:
            tell = spinner.update if spinner is not None else lambda text: None
            status, ends = asyncio.run(run_task(client, model, found, options, tell=tell, sent=sent))
    except DashScopeError as error:
        raise CommandError(f"{access.billing.engine}: {error}{_still_there(sent)}", EXIT_WORK_REMAINS) from error
    except KeyboardInterrupt:
        raise CommandError(f"interrupted{_still_there(sent)}", EXIT_INTERRUPTED) from None
    return _print_ends(status, ends, access.billing.engine, format_name)


def _still_there(sent: Sequence[str]) -> str:
    """What a user must know who would send it again: what the service has taken it goes on with."""
    return f"; the service has task {sent[0]} and may bill it" if sent else ""


def _at_once(
    access: ServiceAccess, model: Model, source: Source, options: Options, format_name: TranscriptFormat
) -> int:
    client, calls, engine = access.client(), Calls(), access.billing.engine
    stream = model.streams and err.is_terminal and format_name != "json"
    try:
        asyncio.run(run_calls(client, model, source, options, calls=calls, stream=stream))
    except DashScopeError as error:
        _print_answers(calls, engine, format_name)
        where = "" if calls.under_way is None else f"channel {calls.under_way} of "
        raise CommandError(f"{engine} could not transcribe {where}{source.name}: {error}", EXIT_WORK_REMAINS) from error
    except KeyboardInterrupt:
        _print_answers(calls, engine, format_name)
        left = f"; the call of channel {calls.under_way} had left and may be billed"
        raise CommandError(f"interrupted{'' if calls.under_way is None else left}", EXIT_INTERRUPTED) from None
    _print_answers(calls, engine, format_name)
    return EXIT_OK


def _print_answers(calls: Calls, engine: str, format_name: TranscriptFormat) -> None:
    """What has been answered has been paid for, so it is printed also when the next call failed."""
    if not calls.answers:
        return
    makers: list[str] = []
    for channel_id, answer in calls.answers.items():
        print_document(answer.raw, engine, format_name, channel_id=channel_id)
        makers += makers_of(answer.raw, engine, channel_id=channel_id)
    _print_engine(makers, sum(answer.billed_s or 0.0 for answer in calls.answers.values()) or None)


def _print_engine(makers: Sequence[str], billed_s: float | None) -> None:
    err.print(
        f"made by {' and '.join(dict.fromkeys(makers))}{'' if billed_s is None else f', {billed_s:g} s billed'}",
        markup=False,
    )


def _print_ends(status: TaskStatus, ends: Sequence[FileEnd], engine: str, format_name: TranscriptFormat) -> int:
    failed: list[str] = []
    makers: list[str] = []
    for end in ends:
        if len(ends) > 1:
            err.print(f"{end.source.name}:", markup=False)
        if end.document is not None:
            print_document(end.document, engine, format_name)
            makers += makers_of(end.document, engine)
        elif classify_task_failure(end.code, end.message) is TaskFailure.NO_SPEECH:
            if format_name == "json":
                typer.echo(json.dumps(status.raw, ensure_ascii=False))
            err.print(f"no speech was found ({end.code})", markup=False)
        else:
            # The service begins some explanations with the code itself.
            message = (end.message or "no explanation").removeprefix(f"{end.code}: ")
            failed.append(f"{end.source.name}: {end.code}" + ("" if message == end.code else f": {message}"))
    if failed:
        if status.billed_s:
            _print_engine(makers or [engine], status.billed_s)
        raise CommandError(f"{engine} could not transcribe {'; '.join(failed)}", EXIT_WORK_REMAINS)
    _print_engine(makers or [engine], status.billed_s if status.state is TaskState.SUCCEEDED else None)
    return EXIT_OK
