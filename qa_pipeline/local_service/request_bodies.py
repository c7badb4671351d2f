"""Reads the JSON body of a request, no more of it than is sensible."""

from __future__ import annotations

from starlette.requests import Request

from qa_pipeline.local_service.errors import ServiceError, invalid_parameter

MAX_BODY_BYTES = 1024 * 1024
"""A submit of 100 URLs and 10,000 tokens of context is far below this."""


async def read_json_body(request: Request, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The body's bytes, not yet parsed.

    Raises:
        ServiceError: 400, another content type (which is also what keeps web pages from posting here) or over
            `max_bytes`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise invalid_parameter("Content-Type must be application/json.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > max_bytes:
            raise ServiceError(400, "BadRequest.TooLarge", f"The request body is over {max_bytes} bytes.")
    return bytes(body)
