"""Fetches a result file: without the key, from allowed hosts only, to a size limit, following nothing.

The URL comes from a reply and is signed; it opens a conversation to whoever has it, so it is in no message.
"""

from __future__ import annotations

from qa_pipeline.dashscope.error_table import error_from_reply
from qa_pipeline.dashscope.errors import (
    DashScopeError,
    Redirected,
    ResultExpired,
    ResultTooLarge,
    ResultUnavailable,
)
from qa_pipeline.dashscope.regions import Endpoint
from qa_pipeline.dashscope.upload import read_storage_error
from qa_pipeline.dashscope.wire import Reply, Wire, read_capped

MAX_ERROR_BYTES = 64 * 1024


async def download_once(wire: Wire, endpoint: Endpoint, url: str, max_bytes: int) -> bytes:
    """The result file's bytes, as the service wrote them.

    Raises:
        ForbiddenHost: the URL leads elsewhere.
        ResultExpired, ResultTooLarge, ResultUnavailable, Redirected: it cannot be had.
        Transient: it may be had later.
    """
    allowed = endpoint.allow(url)
    too_large = ResultTooLarge("ResultTooLarge", f"the result is larger than {max_bytes:,} bytes")
    async with wire.transfer("GET", allowed) as response:
        if response.status_code == 200:
            announced = response.headers.get("content-length", "")
            if announced.isdigit() and int(announced) > max_bytes:
                raise too_large
            return await read_capped(response, max_bytes, too_large)
        body = await read_capped(response, MAX_ERROR_BYTES, _unavailable(response.status_code, "", "", None))
    raise _error(Reply(response.status_code, response.headers, body))


def _error(reply: Reply) -> DashScopeError:
    code, message, request_id = read_storage_error(reply.body)
    if 300 <= reply.status < 400:
        return Redirected("Redirected", "the result's URL redirects, which is not followed", reply.status)
    if reply.status >= 500 or reply.status in (408, 429):
        return error_from_reply(reply.status, reply.headers, reply.body)
    gone = reply.status in (404, 410)
    if gone or (reply.status == 403 and "expired" in f"{code} {message}".lower()):
        return ResultExpired(code or "ResultExpired", message or "the result is gone", reply.status, request_id)
    return _unavailable(reply.status, code, message, request_id)


def _unavailable(status: int, code: str, message: str, request_id: str | None) -> ResultUnavailable:
    return ResultUnavailable(
        code or f"HTTP_{status}", message or "the storage did not give the result", status, request_id
    )
