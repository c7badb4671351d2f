"""The service's client: one object for one account at one endpoint, shared by everything that runs at once.

Repeats only what can do no harm: a submit only when it is certain that no task was created (a billed task would
come twice: the service has no idempotency key), everything else when the error may pass.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx

from qa_pipeline.dashscope.answering import OnText, answer_once
from qa_pipeline.dashscope.download import download_once
from qa_pipeline.dashscope.error_table import error_from_reply, proves_refusal
from qa_pipeline.dashscope.errors import (
    AmbiguousSubmit,
    BadReply,
    ConnectionLost,
    DashScopeError,
    Throttled,
)
from qa_pipeline.dashscope.generation import GenerationAnswer, GenerationRequest
from qa_pipeline.dashscope.listing import PAGE_SIZE, is_last, split_span, wire_time
from qa_pipeline.dashscope.rate_limit import RateLimiter, RateLimits, account_id, open_limiters
from qa_pipeline.dashscope.regions import Endpoint
from qa_pipeline.dashscope.retry import ONCE, RetryPolicy, with_retries
from qa_pipeline.dashscope.tasks import (
    ListedTask,
    SubmitRequest,
    Submitted,
    TaskPage,
    TaskState,
    TaskStatus,
    parse_page,
    parse_status,
    parse_submitted,
)
from qa_pipeline.dashscope.upload import Uploader, UploadPolicy, parse_policy
from qa_pipeline.dashscope.wire import MAX_DOWNLOADS, BeforeLastByte, Reply, Timeouts, Wire

T = TypeVar("T")

MAX_RESULT_BYTES = 128 * 1024 * 1024
"""More than is ever read as a result, so that one which is too long to be one is still kept for a person to look at."""
_SUBMIT_PATH = "/services/audio/asr/transcription"


class DashScopeClient:
    """Async context manager; safe to share between tasks of one event loop.

    `limits` paces submits and queries, across processes if it names a file. `workspace_id` is sent with every
    API call. `transport` replaces the network, in tests.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        api_key: str,
        *,
        limits: RateLimits | None = None,
        timeouts: Timeouts | None = None,
        retry: RetryPolicy | None = None,
        workspace_id: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.limits = limits or RateLimits()
        self._retry = retry or RetryPolicy()
        self._limiters = open_limiters(self.limits, account_id(endpoint.base_url, api_key))
        headers = {"Authorization": f"Bearer {_header_value(api_key, 'DASHSCOPE_API_KEY')}"}
        if workspace_id:
            headers["X-DashScope-WorkSpace"] = _header_value(workspace_id, "DASHSCOPE_WORKSPACE_ID")
        self._wire = Wire(endpoint, headers, timeouts or Timeouts(), transport)
        self._downloads = asyncio.Semaphore(MAX_DOWNLOADS)
        self._uploader = Uploader(self._wire, endpoint, self._fetch_policy, self._retry)

    def __repr__(self) -> str:
        return f"DashScopeClient({self.endpoint.base_url})"

    async def __aenter__(self) -> Self:
        await self._wire.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._wire.__aexit__(kind, error, trace)

    @property
    def clock_offset_s(self) -> float | None:
        """The service's time less this machine's, in seconds, by its last reply; None before one."""
        return self._wire.service_clock.offset_s

    async def submit(
        self,
        request: SubmitRequest,
        *,
        before_send: Callable[[], Awaitable[None]] | None = None,
        before_last_byte: BeforeLastByte | None = None,
    ) -> Submitted:
        """Creates one task. From the moment this returns, or raises `AmbiguousSubmit`, a task may be billed.

        `before_send` is awaited before each try, once the rate limit lets it go and before its first byte leaves:
        the place to commit that money may be spent. A call may queue for minutes before; one that is cancelled or
        killed there has certainly sent nothing. What it raises ends the submit with nothing sent by this try.
        `before_last_byte` is awaited when only the body's last byte is left, and what it raises ends the submit with an
        incomplete request, which nobody can have taken.

        Raises:
            FiletransNotOffered: the region has no file transcription.
            RateLimitStateUnusable: the shared rate limit file cannot be used; nothing was sent.
            AmbiguousSubmit: the request left, and its answer is unknown or proves nothing (see `proves_refusal`). A
                call cancelled after `before_send` is as ambiguous.
            Permanent, ChangeAndRetry: the service refused; no task exists.
            Throttled, ServiceUnavailable, NotSent: still so after all retries; no task exists.
        """
        self.endpoint.require_filetrans()
        headers = {"Content-Type": "application/json", "X-DashScope-Async": "enable"}
        if request.needs_oss_resolve:
            headers["X-DashScope-OssResourceResolve"] = "enable"
        body = request.body()

        async def attempt() -> Submitted:
            return await self._in_its_moment(
                lambda end: self._submit_once(headers, body, end), before_send, before_last_byte
            )

        return await self._with_retries(attempt, self._limiters.submits, "submit", self._retry)

    async def generate(
        self,
        request: GenerationRequest,
        *,
        before_send: Callable[[], Awaitable[None]] | None = None,
        before_last_byte: BeforeLastByte | None = None,
        on_text: OnText | None = None,
    ) -> GenerationAnswer:
        """Asks a synchronous model. Paced with the submits and, like them, never repeated blindly.

        `before_send` and `before_last_byte` are awaited as by `submit`. `on_text` hears the whole text so far, each
        time a stream has brought more; a repeated try begins it again.

        Raises:
            RateLimitStateUnusable: the shared rate limit file cannot be used; nothing was sent.
            AnswerLost: the request left and its answer is incomplete; it may be billed. A call cancelled
                after `before_send` is as ambiguous.
            Permanent, ChangeAndRetry: the service refused; nothing was done.
            Throttled, ServiceUnavailable, NotSent: still so after all retries; nothing was done.
        """

        async def attempt() -> GenerationAnswer:
            return await self._in_its_moment(
                lambda end: answer_once(self._wire, self.endpoint, request, on_text, end), before_send, before_last_byte
            )

        return await self._with_retries(attempt, self._limiters.submits, f"call of {request.model.id}", self._retry)

    async def query(self, task_id: str, *, retry: bool = True) -> TaskStatus:
        """The task's state. A task the service does not know is state UNKNOWN, not an error.

        `retry=False` is for callers that ask again on their own schedule.
        """
        path = _task_path(task_id)

        async def attempt() -> TaskStatus:
            return parse_status(await self._ask(self._limiters.queries, "GET", path), task_id)

        policy = self._retry if retry else ONCE
        return await self._with_retries(attempt, self._limiters.queries, f"query of {task_id}", policy)

    async def cancel(self, task_id: str) -> None:
        """Cancels a task that is still PENDING.

        Raises:
            UnsupportedOperation: it has begun, or ended, or there is none.
        """
        path = f"{_task_path(task_id)}/cancel"

        async def attempt() -> None:
            await self._ask(self._limiters.queries, "POST", path)

        await self._with_retries(attempt, self._limiters.queries, f"cancel of {task_id}", self._retry)

    async def list_tasks(
        self, start: datetime, end: datetime, model: str | None = None, status: TaskState | None = None
    ) -> list[ListedTask]:
        """The account's tasks created between two aware times, each once, over all pages.

        Raises:
            ValueError: a time without a zone, or an end before the start.
            BadReply: the pages hold fewer tasks than the service counted: an incomplete list is not a list.
        """
        filters: dict[str, str | int] = {"page_size": PAGE_SIZE}
        filters |= {"model_name": model} if model else {}
        filters |= {"status": status.value} if status else {}
        found: dict[str, ListedTask] = {}
        for window_start, window_end in split_span(start, end):
            times = {"start_time": wire_time(window_start), "end_time": wire_time(window_end)}
            found |= await self._list_window({**filters, **times})
        return list(found.values())

    async def upload(self, source: Path | bytes, *, model: str, object_name: str) -> str:
        """Uploads a recording to the service's temporary storage; returns its `oss://` URL, good for 48 hours.

        `object_name` ends the object's key, so it comes back in the result's `file_url`.

        Raises:
            ObjectExists: the storage has that name already, from an earlier upload.
            UploadFailed: empty, too large, unreadable or refused.
        """
        return await self._uploader.upload(source, model=model, object_name=object_name)

    async def download_result(self, url: str, max_bytes: int = MAX_RESULT_BYTES) -> bytes:
        """The result file at a `transcription_url`, byte for byte.

        Raises:
            ForbiddenHost, Redirected: the URL leads where the client does not go.
            ResultExpired, ResultTooLarge, ResultUnavailable: it cannot be had.
        """

        async def attempt() -> bytes:
            async with self._downloads:
                return await download_once(self._wire, self.endpoint, url, max_bytes)

        return await self._with_retries(attempt, None, "result download", self._retry)

    async def _in_its_moment(
        self,
        send: Callable[[BeforeLastByte], Awaitable[T]],
        before_send: Callable[[], Awaitable[None]] | None,
        before_last_byte: BeforeLastByte | None,
    ) -> T:
        """Sends under a permit of the rate limit. A request that did not leave in the time of its permit (a long body
        on a slow line, a slow commit, a process that was frozen) waits for another one with its last byte."""
        submits = self._limiters.submits
        async with submits.permit() as permit:
            if before_send is not None:
                await before_send()

            async def end() -> None:
                nonlocal permit
                while True:
                    while submits.is_over(permit):
                        permit = await submits.acquire()
                    if before_last_byte is not None:
                        await before_last_byte()
                    if not submits.is_over(permit):
                        return

            return await send(end)

    async def _submit_once(self, headers: dict[str, str], body: bytes, before_last_byte: BeforeLastByte) -> Submitted:
        try:
            reply = await self._wire.call(
                "POST", _SUBMIT_PATH, headers=headers, content=body, before_last_byte=before_last_byte
            )
            if reply.is_success:
                return parse_submitted(reply.body)
        except (ConnectionLost, BadReply) as error:
            raise _ambiguous(error) from error
        refusal = error_from_reply(reply.status, reply.headers, reply.body)
        if proves_refusal(reply.status, reply.body):
            raise refusal
        raise _ambiguous(refusal) from refusal

    async def _list_window(self, params: dict[str, str | int]) -> dict[str, ListedTask]:
        found: dict[str, ListedTask] = {}
        promised: int | None = None
        page_no = 1
        while True:
            page = await self._list_page({**params, "page_no": page_no})
            promised = page.total if promised is None else promised
            found |= {task.task_id: task for task in page.tasks}
            if not page.tasks or is_last(page, page_no):
                break
            page_no += 1
        if promised is not None and len(found) < promised:
            raise BadReply("BadReply", f"the service counts {promised} tasks and lists {len(found)}", 200)
        return found

    async def _list_page(self, params: dict[str, str | int]) -> TaskPage:
        async def attempt() -> TaskPage:
            return parse_page(await self._ask(self._limiters.queries, "GET", "/tasks", params=params))

        return await self._with_retries(attempt, self._limiters.queries, "task list", self._retry)

    async def _fetch_policy(self, model: str) -> UploadPolicy:
        async def attempt() -> UploadPolicy:
            asked_at = time.monotonic()
            params = {"action": "getPolicy", "model": model}
            return parse_policy(await self._ask(None, "GET", "/uploads", params=params), asked_at)

        return await self._with_retries(attempt, None, "upload policy", self._retry)

    async def _ask(
        self,
        limiter: RateLimiter | None,
        method: str,
        path: str,
        *,
        params: dict[str, str | int] | dict[str, str] | None = None,
    ) -> bytes:
        """The body of a success reply to a request that changes nothing that is billed."""
        async with limiter.permit() if limiter is not None else nullcontext():
            return _accepted(await self._wire.call(method, path, params=params)).body

    async def _with_retries(
        self, attempt: Callable[[], Awaitable[T]], limiter: RateLimiter | None, what: str, policy: RetryPolicy
    ) -> T:
        """Tries `attempt` by the policy; a 429, even one that is not retried here, holds back the whole limiter."""

        async def pause(error: DashScopeError, delay_s: float) -> None:
            reason = error.__cause__ if isinstance(error, AmbiguousSubmit) else error
            if limiter is not None and isinstance(reason, Throttled):
                await limiter.pause(reason.retry_after or delay_s)

        return await with_retries(attempt, policy=policy, what=what, on_error=pause)


def _accepted(reply: Reply) -> Reply:
    """The reply if it is a success, else raises what it means."""
    if not reply.is_success:
        raise error_from_reply(reply.status, reply.headers, reply.body)
    return reply


def _ambiguous(error: DashScopeError) -> AmbiguousSubmit:
    return AmbiguousSubmit(
        error.code, f"the submit may have arrived: {error.message}", error.http_status, error.request_id
    )


def _task_path(task_id: str) -> str:
    if not task_id:
        raise ValueError("a task id is needed; without one the service would list all tasks")
    return f"/tasks/{quote(task_id, safe='')}"


def _header_value(value: str, setting: str) -> str:
    """`value` without blanks around it, or a `ValueError` that names the setting and not the value."""
    text = value.strip()
    if not text:
        raise ValueError(f"{setting} is empty")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"{setting} has characters that a key or id cannot have (blank, line break, non-ASCII)")
    return text
