"""Whether a request that changes something comes from a page of this server.

A browser says where a request comes from, and no page can have it say otherwise. Who sends none of it is not a browser
that a foreign page could have sent; such a request needs the cookie and a signed address all the same.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

JSON = "application/json"


def is_from_here(request: Request) -> bool:
    """Whether it is of the same origin and of a type that no form of a foreign page can send."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    site = request.headers.get("sec-fetch-site")
    if kind != JSON:
        return False
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False
