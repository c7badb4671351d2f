"""What goes over the wire about a task, as values: the request, its state, its results, its place in the list.

Reads both families' shapes (`result` or `results`, `usage.seconds` or `usage.duration`, list under `data` or
`tasks`). The wire's times carry no zone and are the service's UTC+8; values here are aware and in UTC.
URLs in these values are signed, so they are left out of `repr` and cannot slip into a log.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Literal

from qa_pipeline.dashscope.errors import BadReply
from qa_pipeline.transcription.context import context_turns

SERVICE_ZONE = timezone(timedelta(hours=8))
"""The zone of times that the service writes and reads without one."""
TASKS_LIVE_S = 24 * 3600.0
"""The service keeps a task and its result for so long. Younger ones it may deny for a moment, and know again."""

_URL_SCHEMES = ("http://", "https://", "oss://")


class TaskState(StrEnum):
    """Every state the service names."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUSPENDED = "SUSPENDED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    UNKNOWN = "UNKNOWN"
    """The service does not know the task: it never existed, is another account's, is over 24 h old, or so young that
    not all of the service has heard of it."""

    @property
    def is_final(self) -> bool:
        """Whether asking again can bring nothing new."""
        return self not in (TaskState.PENDING, TaskState.RUNNING, TaskState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """One task to be created. `input_field` is the model's: one URL, or an array; `more_urls` go into the array too.

    `context` is for the models that take it as earlier turns, beside the addresses.
    """

    model: str
    file_url: str = field(repr=False)
    parameters: Mapping[str, Any]
    input_field: Literal["file_url", "file_urls"] = "file_url"
    more_urls: tuple[str, ...] = field(default=(), repr=False)
    context: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not all(url.startswith(_URL_SCHEMES) for url in self._urls):
            raise ValueError("a submit needs an http, https or oss URL; local files are uploaded first")
        if self.more_urls and self.input_field == "file_url":
            raise ValueError(f"{self.model} takes one URL a task, not {len(self._urls)}")

    @property
    def _urls(self) -> list[str]:
        return [self.file_url, *self.more_urls]

    @property
    def needs_oss_resolve(self) -> bool:
        """Whether the service must be told to resolve a temporary upload."""
        return any(url.startswith("oss://") for url in self._urls)

    def body(self) -> bytes:
        """The request's JSON; `parameters` is always there, as workspace hosts demand it."""
        source: str | list[str] = self.file_url if self.input_field == "file_url" else self._urls
        inputs: dict[str, Any] = {self.input_field: source}
        if self.context:
            inputs["context"] = [user_turn(turn) for turn in context_turns(self.context)]
        document = {"model": self.model, "input": inputs, "parameters": dict(self.parameters)}
        return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A task the service has taken."""

    task_id: str
    request_id: str | None
    status: str


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file of a task; `transcription_url` or `code` is set, by `state`."""

    file_url: str | None = field(repr=False)
    transcription_url: str | None = field(repr=False)
    code: str | None
    message: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """One answer to a query. `billed_s` and `billed_tokens` (in, out) are None until the service says; `raw` is the
    whole reply."""

    task_id: str
    state: TaskState
    code: str | None
    message: str | None
    submitted_at: datetime | None
    ended_at: datetime | None
    result_urls: tuple[FileResult, ...]
    billed_s: float | None
    request_id: str | None
    raw: dict[str, Any] = field(repr=False)
    billed_tokens: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ListedTask:
    """One row of the account's task list; `state` is None where the service names one this version lacks."""

    task_id: str
    state: TaskState | None
    model: str | None
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of the list; `total` rows over `page_count` pages in all, where the service says."""

    tasks: tuple[ListedTask, ...]
    total: int | None
    page_count: int | None


def parse_object(body: bytes, what: str) -> dict[str, Any]:
    """The JSON object that a success reply must be, or `BadReply`."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadReply("BadReply", f"the reply to {what} is not JSON ({len(body)} bytes)", 200) from error
    if not isinstance(document, dict):
        raise BadReply("BadReply", f"the reply to {what} is a JSON {type(document).__name__}, not an object", 200)
    return document


def parse_submitted(body: bytes) -> Submitted:
    """The reply to a submit, or `BadReply` without a task id."""
    document = parse_object(body, "the submit")
    output = document.get("output")
    task_id = _text(output.get("task_id")) if isinstance(output, dict) else None
    if not isinstance(output, dict) or not task_id:
        code = _text(document.get("code")) or "BadReply"
        message = _text(document.get("message")) or "the reply to the submit has no output.task_id"
        raise BadReply(code, message, 200, _text(document.get("request_id")))
    status = _text(output.get("task_status")) or TaskState.PENDING.value
    return Submitted(task_id, _text(document.get("request_id")), status)


def parse_status(body: bytes, asked_task_id: str) -> TaskStatus:
    """The reply to a query, or `BadReply` (no state, an unheard-of state, another task's)."""
    document = parse_object(body, "the query")
    request_id = _text(document.get("request_id"))
    output = next((document[key] for key in ("output", "data") if isinstance(document.get(key), dict)), document)
    state = _state(output.get("task_status"))
    if state is None:
        named = output.get("task_status")
        raise BadReply("BadReply", f"unknown task state {named!r}", 200, request_id)
    task_id = _text(output.get("task_id")) or asked_task_id
    if task_id != asked_task_id:
        raise BadReply("BadReply", f"asked for task {asked_task_id}, the reply is about {task_id}", 200, request_id)
    files = _file_results(output)
    code, message = _reason(document, output, files, state)
    return TaskStatus(
        task_id=task_id,
        state=state,
        code=code,
        message=message,
        submitted_at=parse_time(output.get("submit_time")),
        ended_at=parse_time(output.get("end_time")),
        result_urls=files,
        billed_s=billed_seconds(document.get("usage")),
        request_id=request_id,
        raw=document,
        billed_tokens=billed_tokens(document.get("usage")),
    )


def _reason(
    document: dict[str, Any], output: dict[str, Any], files: tuple[FileResult, ...], state: TaskState
) -> tuple[str | None, str | None]:
    """Code and message of a task: its own, else those of a file that failed, else those of the whole reply."""
    sources = [(_text(output.get("code")), _text(output.get("message")))]
    if state is TaskState.FAILED:
        sources += [(result.code, result.message) for result in files if result.code]
    if state in (TaskState.FAILED, TaskState.CANCELED):
        sources.append((_text(document.get("code")), _text(document.get("message"))))
    codes, messages = zip(*sources, strict=True)
    return next(filter(None, codes), None), next(filter(None, messages), None)


def parse_page(body: bytes) -> TaskPage:
    """One page of the task list, or `BadReply` where the rows are missing or a row has no task id."""
    document = parse_object(body, "the list")
    rows = next((document[key] for key in ("data", "tasks") if isinstance(document.get(key), list)), None)
    if rows is None:
        raise BadReply("BadReply", "the task list has neither `data` nor `tasks`", 200)
    tasks = tuple(_listed(row) for row in rows)
    return TaskPage(tasks, _whole(document.get("total")), _whole(document.get("total_page")))


def parse_time(value: Any) -> datetime | None:
    """`2025-10-27 14:19:31.150` of the service, in UTC; None where it is missing or not a time."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=SERVICE_ZONE)).astimezone(UTC)


def _file_results(output: dict[str, Any]) -> tuple[FileResult, ...]:
    rows = _result_rows(output)
    overall = _text(output.get("task_status"))
    return tuple(
        FileResult(
            file_url=_text(row.get("file_url")),
            transcription_url=_text(row.get("transcription_url")),
            code=_text(row.get("code")),
            message=_text(row.get("message")),
            state=_text(row.get("subtask_status")) or overall,
        )
        for row in rows
        if isinstance(row, dict)
    )


def _result_rows(output: dict[str, Any]) -> list[Any]:
    """What `result` or `results` hold, each an object or a list of them: of both the one that names a result, else the
    one that has anything."""
    forms = [value if isinstance(value, list) else [value] for value in (output.get("result"), output.get("results"))]
    named = [
        rows for rows in forms if any(isinstance(row, dict) and _text(row.get("transcription_url")) for row in rows)
    ]
    return next(iter([*named, *(rows for rows in forms if any(rows))]), [])


def billed_seconds(usage: Any) -> float | None:
    """The seconds that a `usage` object says were billed; None where it names none."""
    if not isinstance(usage, dict):
        return None
    for key in ("seconds", "duration"):
        value = usage.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0:
            return float(value)
    return None


def billed_tokens(usage: Any) -> tuple[int, int] | None:
    """The tokens, in and out, that a `usage` object says were billed; None where it does not name both."""
    if not isinstance(usage, dict):
        return None
    taken, given = _whole(usage.get("input_tokens")), _whole(usage.get("output_tokens"))
    return None if taken is None or given is None or min(taken, given) < 0 else (taken, given)


def user_turn(text: str) -> dict[str, Any]:
    """One turn of context, as the models that take turns want it."""
    return {"role": "user", "content": [{"type": "input_text", "text": text}]}


def _listed(row: Any) -> ListedTask:
    task_id = _text(row.get("task_id")) if isinstance(row, dict) else None
    if not task_id:
        raise BadReply("BadReply", "a row of the task list has no task_id", 200)
    return ListedTask(
        task_id=task_id,
        state=_state(row.get("status", row.get("task_status"))),
        model=_text(row.get("model_name")),
        created_at=_epoch_ms(row.get("gmt_create")),
        started_at=_epoch_ms(row.get("start_time")),
        ended_at=_epoch_ms(row.get("end_time")),
        request_id=_text(row.get("request_id")),
    )


def _state(value: Any) -> TaskState | None:
    return TaskState.__members__.get(value) if isinstance(value, str) else None


def _epoch_ms(value: Any) -> datetime | None:
    number = _whole(value)
    if number is None or number <= 0:
        return None
    try:
        return datetime.fromtimestamp(number / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _whole(value: Any) -> int | None:
    """A count or epoch that the service writes as a number or as digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
