"""Transcribing by a task: upload, submit, wait, fetch; what became of each recording of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from qa_pipeline.audio.sent_copies import as_measured
from qa_pipeline.commands.transcribe.request import Options, Source
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.poller import TaskPoller
from qa_pipeline.dashscope.tasks import FileResult, SubmitRequest, TaskStatus
from qa_pipeline.dashscope.thread_contexts import entered_in_thread
from qa_pipeline.dispatch.audio_source import safe_name
from qa_pipeline.dispatch.results import NoResult, fetch_patiently
from qa_pipeline.transcription.models import Model
from qa_pipeline.transcription.parameters import TranscriptionParameters


@dataclass(frozen=True, slots=True)
class FileEnd:
    """How one recording of a task ended: its result file, or the code and message instead."""

    source: Source
    document: bytes | None
    code: str | None = None
    message: str | None = None


async def run_task(
    client: DashScopeClient,
    model: Model,
    sources: Sequence[Source],
    options: Options,
    *,
    tell: Callable[[str], None],
    sent: list[str],
) -> tuple[TaskStatus, list[FileEnd]]:
    """One task over all sources. `sent` holds the task's id as long as its outcome is not here."""
    async with client, TaskPoller(client) as poller:
        urls = [await _upload(client, model, source.path) if source.path else source.url or "" for source in sources]
        parameters = task_parameters(model, sources, options)
        request = SubmitRequest(
            context=parameters.pop("context", None),
            model=model.id,
            file_url=urls[0],
            parameters=parameters,
            input_field=model.input_field,
            more_urls=tuple(urls[1:]),
        )
        submitted = await client.submit(request)
        sent.append(submitted.task_id)
        tell(f"task {submitted.task_id} is under way …")
        status = await poller.watch(submitted.task_id, dt.datetime.now(dt.UTC))
        ends = [await _end(client, source, at, urls, status) for at, source in enumerate(sources)]
        sent.clear()
        return status, ends


async def _upload(client: DashScopeClient, model: Model, path: Path) -> str:
    async with entered_in_thread(as_measured(path)) as file:
        return await client.upload(file, model=model.id, object_name=object_name(path))


def object_name(path: Path) -> str:
    """A name for a file in the service's temporary storage that nothing else there has."""
    return f"{uuid.uuid4().hex[:12]}-{safe_name(path)}"


def task_parameters(model: Model, sources: Sequence[Source], options: Options) -> dict[str, Any]:
    """The `parameters` of the submit. Several recordings of one task have the same channels asked."""
    asked = TranscriptionParameters(
        language=options.language,
        enable_itn=options.itn,
        enable_words=options.words,
        context=options.context,
        vocabulary_id=options.vocabulary_id,
        special_word_filter=options.special_word_filter,
        hot_words=options.hot_words,
    )
    channels = sorted({channel for source in sources for channel in source.channels(options.channels)})
    wire: dict[str, Any] = {"channel_id": channels, **asked.for_model(model).to_request()}
    if options.diarize:
        wire["diarization_enabled"] = True
    if options.speakers is not None:
        wire["speaker_count"] = options.speakers
    return wire


async def _end(client: DashScopeClient, source: Source, at: int, urls: Sequence[str], status: TaskStatus) -> FileEnd:
    result = _result_of(at, urls, status)
    if result is not None and result.transcription_url:
        try:
            return FileEnd(source, await fetch_patiently(client, status, partial(_address, at, urls)))
        except NoResult as error:
            return FileEnd(source, None, error.code, error.message)
    code = (result.code if result else None) or status.code or status.state.value
    return FileEnd(source, None, code, (result.message if result else None) or status.message)


def _address(at: int, urls: Sequence[str], status: TaskStatus) -> str | None:
    result = _result_of(at, urls, status)
    return result.transcription_url if result else None


def _result_of(at: int, urls: Sequence[str], status: TaskStatus) -> FileResult | None:
    """A recording's own part of the answer: by its address, by its name in there where the service rewrites what was
    uploaded, else by its place if every recording has an answer."""
    name = urls[at].partition("?")[0].rpartition("/")[2]
    for result in status.result_urls:
        if result.file_url == urls[at]:
            return result
    if urls[at].startswith("oss://"):  # such names are ours, and none is there twice
        for result in status.result_urls:
            if name in (result.file_url or ""):
                return result
    return status.result_urls[at] if len(status.result_urls) == len(urls) else None
