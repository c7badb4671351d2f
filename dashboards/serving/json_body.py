"""What the browser's side of a page sends: JSON of a few kilobytes."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import ClientDisconnect, Request


class BodyTooLong(ValueError):
    """More bytes than what is sent can have."""


class NotJson(ValueError):
    """Not JSON, or cut off."""


async def read_json(request: Request, most_bytes: int) -> Any:
    """The value that a request carries; no more than `most_bytes` of it are kept.

    Raises:
        BodyTooLong, NotJson
    """
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > most_bytes:
                raise BodyTooLong
        return json.loads(body)
    except BodyTooLong:
        raise
    except (ClientDisconnect, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise NotJson from error
