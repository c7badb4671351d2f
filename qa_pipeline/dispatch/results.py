"""From a task that succeeded to the bytes of its result: fetched, and looked at before they count as the answer.

A result is paid for and lives for 24 hours. What comes in its place (a login page, an error, half a document, nothing)
is kept beside the answers for a person to look at; the task is asked for a fresh address, and fetched again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.errors import ForbiddenHost, Redirected, ResultExpired, ResultTooLarge, ResultUnavailable
from qa_pipeline.dashscope.tasks import TaskState, TaskStatus
from qa_pipeline.dispatch.run_parts import RunParts, Submission
from qa_pipeline.transcription.mending import require_result
from qa_pipeline.transcription.results import BadResult

logger = logging.getLogger("qa_pipeline.dispatch")

ASKED_AGAIN_AFTER_S = (1.0, 3.0, 9.0)
"""Seconds before the task is asked for a fresh address and its result fetched once more, in this run."""

RESULT_MISSING = "RESULT_MISSING"
RESULT_EXPIRED = "RESULT_EXPIRED"
RESULT_TOO_LARGE = "RESULT_TOO_LARGE"
RESULT_REFUSED = "RESULT_REFUSED"
NOT_A_RESULT = "NOT_A_RESULT"
"""With the four above: our own codes of a task that succeeded and whose result has not come."""


class NoResult(Exception):
    """The result could not be had now; `code` is one of the five above."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


async def fetch_result(run: RunParts, submission: Submission, status: TaskStatus) -> bytes:
    """The result of a task that succeeded.

    Raises:
        NoResult: it did not come, whatever address the task gave.
        DashScopeError: neither storage nor service could be asked.
    """
    first = submission.first

    async def keep(document: bytes) -> str:
        odd = await asyncio.to_thread(run.raw_store.put_odd, first.model, first.call_date, submission.id, document)
        return f"raw/{odd}"

    return await fetch_patiently(run.client, status, _first_address, keep)


async def fetch_patiently(
    client: DashScopeClient,
    status: TaskStatus,
    address_in: Callable[[TaskStatus], str | None],
    keep: Callable[[bytes], Awaitable[str]] | None = None,
) -> bytes:
    """The result at the address that `address_in` finds in a status; a fresh one is asked for where it does not come.

    `keep` keeps what is no result and says where.

    Raises:
        NoResult, DashScopeError: as `fetch_result`.
    """
    fault: NoResult | None = None
    for wait_s in (0.0, *ASKED_AGAIN_AFTER_S):
        if fault is not None:
            await asyncio.sleep(wait_s)
            fresh = await client.query(status.task_id)
            status = fresh if fresh.state is TaskState.SUCCEEDED else status
        try:
            return await _fetch_once(client, address_in(status), keep)
        except NoResult as error:
            logger.info("task %s: %s", status.task_id, error)
            fault = error
    assert fault is not None, "the loop runs at least once"
    raise fault


def _first_address(status: TaskStatus) -> str | None:
    return next((item.transcription_url for item in status.result_urls if item.transcription_url), None)


async def _fetch_once(
    client: DashScopeClient, url: str | None, keep: Callable[[bytes], Awaitable[str]] | None
) -> bytes:
    if url is None:
        raise NoResult(RESULT_MISSING, "the task succeeded and names no result")
    try:
        document = await client.download_result(url)
    except ResultExpired as error:
        raise NoResult(RESULT_EXPIRED, f"its result could not be fetched: {error}") from error
    except ResultTooLarge as error:
        raise NoResult(RESULT_TOO_LARGE, str(error)) from error
    except (ResultUnavailable, Redirected, ForbiddenHost) as error:
        raise NoResult(RESULT_REFUSED, f"its result could not be fetched: {error}") from error
    if fault := await asyncio.to_thread(_fault_of, document):
        kept = f"; it is kept in {await keep(document)}" if keep else ""
        raise NoResult(NOT_A_RESULT, f"what came is not a result: {fault}{kept}")
    return document


def _fault_of(document: bytes) -> str | None:
    """Why the bytes are not a result; None where they are one."""
    if not document.strip():
        return "nothing came"
    try:
        require_result(document)
    except BadResult as error:
        return str(error)
    return None
