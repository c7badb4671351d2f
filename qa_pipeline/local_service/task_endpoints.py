"""Submit, query, list, cancel: the task half of the service's API, below `/api/v1`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qa_pipeline.local_service.access import DEFAULT_LIFE_S, LONGEST_LIFE_S, TemporaryKeys
from qa_pipeline.local_service.errors import (
    cancel_refused,
    invalid_parameter,
    rate_quota_exceeded,
    synchronous_call_refused,
)
from qa_pipeline.local_service.request_bodies import read_json_body
from qa_pipeline.local_service.served_models import find_served_model
from qa_pipeline.local_service.service import LocalService
from qa_pipeline.local_service.submissions import parse_submission
from qa_pipeline.local_service.tasks import Task, TaskState
from qa_pipeline.local_service.wire import (
    SERVICE_TIME_ZONE,
    json_response,
    list_body,
    list_row,
    new_id,
    query_body,
    submit_body,
    unknown_body,
)
from qa_pipeline.transcription.models import Model

MAX_PAGE_SIZE = 100
"""Largest page of the list; the documentation names no figure, this server takes this one."""

MAX_LIST_SPAN = timedelta(hours=24)


class TaskEndpoints:
    """The four endpoints over one service."""

    def __init__(self, service: LocalService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Their routes; the list is documented with a slash at its end and called without one."""
        return [
            Route("/api/v1/services/audio/asr/transcription", self.submit, methods=["POST"]),
            Route("/api/v1/tokens", self.make_key, methods=["POST"]),
            Route("/api/v1/tasks", self.list_tasks, methods=["GET"]),
            Route("/api/v1/tasks/", self.list_tasks, methods=["GET"]),
            Route("/api/v1/tasks/{task_id}", self.query, methods=["GET"]),
            Route("/api/v1/tasks/{task_id}/cancel", self.cancel, methods=["POST"]),
        ]

    async def make_key(self, request: Request) -> Response:
        """A temporary key of the caller's account, valid for `?expire_in_seconds=` (60 unless told, at most 1800)."""
        account = self._service.account_of(request)
        name = "expire_in_seconds"
        life_s = _read_number(request.query_params.get(name), name, DEFAULT_LIFE_S, LONGEST_LIFE_S)
        expires_at_s = int(self._service.clock()) + life_s
        key = TemporaryKeys(self._service.signer).issue(account, expires_at_s)
        return json_response({"token": key, "expires_at": expires_at_s})

    async def submit(self, request: Request) -> Response:
        """Queues a task; answered only once it is stored."""
        account = self._service.account_of(request)
        if not is_enabled(request, "x-dashscope-async"):
            raise synchronous_call_refused()
        body = await read_json_body(request)
        resolve_oss = is_enabled(request, "x-dashscope-ossresourceresolve")
        model, asked = parse_submission(body, resolve_oss=resolve_oss)
        if not self._service.submit_limit(model).admit(account):
            raise rate_quota_exceeded(f"{self._service.submits_per_minute(model)} submits per minute")
        task = Task(
            task_id=new_id(),
            request_id=new_id(),
            account=account,
            request=asked,
            submitted_ms=self._service.now_ms(),
        )
        await self._service.queue.submit(task)
        return json_response(submit_body(task))

    async def query(self, request: Request) -> Response:
        """The task's state; an unknown id is answered 200 with UNKNOWN."""
        account = self._admit(request)
        task_id = request.path_params["task_id"]
        task = self._service.queue.find(task_id, account)
        if task is None:
            return json_response(unknown_body(task_id))
        base = str(request.base_url)
        return json_response(
            query_body(task, _model_of(task), lambda task, position: self._result_url(base, task, position))
        )

    async def list_tasks(self, request: Request) -> Response:
        """The account's tasks of a span of at most 24 hours, the latest first, a page at a time."""
        account = self._admit(request)
        wanted = _read_filter(request, self._service.now_ms())
        rows = [
            list_row(task)
            for task in self._service.queue.newest_first()
            if task.account == account and wanted.matches(task)
        ]
        start = (wanted.page_no - 1) * wanted.page_size
        return json_response(
            list_body(
                rows[start : start + wanted.page_size],
                total=len(rows),
                page_no=wanted.page_no,
                page_size=wanted.page_size,
            )
        )

    async def cancel(self, request: Request) -> Response:
        """Cancels a waiting task; anything else, an unknown id included, is 400 UnsupportedOperation."""
        account = self._admit(request)
        task = self._service.queue.find(request.path_params["task_id"], account)
        if task is None or not await self._service.queue.cancel(task):
            raise cancel_refused()
        return json_response({"request_id": new_id()})

    def _admit(self, request: Request) -> str:
        account = self._service.account_of(request)
        if not self._service.query_limit.admit(account):
            limit = self._service.config.queries_per_second
            raise rate_quota_exceeded(f"{limit} queries, lists and cancels per second")
        return account

    def _result_url(self, base: str, task: Task, position: int) -> str:
        assert task.ended_ms is not None, "only an ended task has results"
        path = result_path(task.task_id, position)
        expires_at_s = int(task.ended_ms / 1000 + self._service.config.result_ttl_s)
        return f"{base.rstrip('/')}{path}?{self._service.signer.signed_query(path, expires_at_s)}"


def result_path(task_id: str, position: int) -> str:
    """Path of one result file: `position` is the file's place in the submit, from 0."""
    return f"/results/{task_id}/{position}.json"


@dataclass(frozen=True, slots=True)
class _ListFilter:
    """What a list asks for; the span is epoch milliseconds, both ends included."""

    start_ms: int
    end_ms: int
    page_no: int
    page_size: int
    task_id: str | None
    model_name: str | None
    status: str | None

    def matches(self, task: Task) -> bool:
        return (
            self.start_ms <= task.submitted_ms <= self.end_ms
            and self.task_id in (None, task.task_id)
            and self.model_name in (None, task.request.model)
            and self.status in (None, task.state.value)
        )


def _read_filter(request: Request, now_ms: int) -> _ListFilter:
    query = request.query_params
    status = query.get("status") or None
    if status is not None and status not in list(TaskState):
        raise invalid_parameter(f"status must be one of: {', '.join(TaskState)}.")
    start_ms, end_ms = _read_span(query.get("start_time"), query.get("end_time"), now_ms)
    return _ListFilter(
        start_ms=start_ms,
        end_ms=end_ms,
        page_no=_read_number(query.get("page_no"), "page_no", 1, 1_000_000),
        page_size=_read_number(query.get("page_size"), "page_size", 10, MAX_PAGE_SIZE),
        task_id=query.get("task_id") or None,
        model_name=query.get("model_name") or None,
        status=status,
    )


def _read_span(start: str | None, end: str | None, now_ms: int) -> tuple[int, int]:
    """First and last millisecond: a missing end is 24 hours from the other, with neither it is the last 24."""
    span_ms = int(MAX_LIST_SPAN.total_seconds() * 1000)
    start_ms = _read_moment(start, "start_time")
    end_ms = _read_moment(end, "end_time")
    if end_ms is None:
        end_ms = now_ms if start_ms is None else start_ms + span_ms
    else:
        end_ms += 999  # the named second is within
    if start_ms is None:
        start_ms = end_ms - span_ms
    if not start_ms <= end_ms <= start_ms + span_ms + 999:
        raise invalid_parameter("start_time must be before end_time, and at most 24 hours before it.")
    return start_ms, end_ms


def _read_moment(value: str | None, name: str) -> int | None:
    if not value:
        return None
    try:
        moment = datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=SERVICE_TIME_ZONE)
    except ValueError as error:
        raise invalid_parameter(f"{name} must be a time as YYYYMMDDhhmmss (UTC+8).") from error
    return int(moment.timestamp() * 1000)


def _read_number(value: str | None, name: str, default: int, largest: int) -> int:
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= largest):
        raise invalid_parameter(f"{name} must be a whole number from 1 to {largest}.")
    return int(value)


def _model_of(task: Task) -> Model:
    model = find_served_model(task.request.model)
    assert model is not None, "a task is only made for a served model"
    return model


def is_enabled(request: Request, header: str) -> bool:
    """Whether the request carries `header: enable`."""
    value: Any = request.headers.get(header, "")
    return str(value).strip().lower() == "enable"
