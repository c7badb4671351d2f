"""Reads the JSON body of a request, no more of it than is sensible."""

from __future__ import annotations

from starlette.requests import Request

from qa_pipeline.local_service.errors import ServiceError, invalid_parameter

MAX_BODY_BYTES = 1024 * 1024
"""A submit of 100 URLs and 10,000 tokens of context is far below this."""


async def read_json_body(request: Request) -> bytes:
    """The body's bytes, not yet parsed.

    Raises:
        ServiceError: 400, another content type (which is also what keeps web pages from posting here) or over
            `MAX_BODY_BYTES`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise invalid_parameter("Content-Type must be application/json.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise ServiceError(400, "BadRequest.TooLarge", f"The request body is over {MAX_BODY_BYTES} bytes.")
    return bytes(body)
