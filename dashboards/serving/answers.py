"""What answers of the routes beside the pages have in common: they are for one person, and kept by nobody else."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

PRIVATE = {
    "cache-control": "private, no-store",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def sentence(status: int, text: str) -> Response:
    """An answer that is one sentence for whoever asked."""
    return PlainTextResponse(f"{text}\n", status, headers=PRIVATE)
