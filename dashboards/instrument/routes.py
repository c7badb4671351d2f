"""What the browser fetches of a call beside the page: the call at a glance, words and outline in parts."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.instrument.call_data import call_data, hits, outline_tile, words_block
from dashboards.queries import ask_about_call
from dashboards.serving.access import Right, Viewer
from dashboards.serving.current_settings import current_settings
from dashboards.serving.opening import open_calls_for, open_judgements_for
from dashboards.serving.served_path import below_base
from qa_pipeline.published.snapshot import NothingPublished, Snapshot, UnreadableSnapshot
from qa_pipeline.settings import Settings, SettingsError

DATA_PATH = "call-data"
JSON = "application/json"
LONGEST_SEARCH = 1000
HIGHEST_LEVEL = 20
"""Beyond it a tile would be longer than a year."""

Made = Callable[[Snapshot, str, Settings], bytes | None]
"""Makes the answer about a call; None where the snapshot has no such call."""

Opening = Callable[[Viewer, Settings], Snapshot]
"""Opens what is published for a person."""


def call_data_link(call_id: str) -> str:
    """The address, relative to the server, below which a call's data are fetched."""
    return f"{_base()}/{_written(call_id)}"


def call_data_routes() -> list[Route]:
    """The routes below `call_data_link`."""
    base = f"{_base()}/{{call}}"
    return [
        Route(f"{base}/call", _call_route),
        Route(f"{base}/words/{{number:int}}", _words_route),
        Route(f"{base}/hits", _hits_route),
        Route(f"{base}/outline/{{channel:int}}/{{level:int}}/{{number:int}}", _outline_route),
    ]


def _base() -> str:
    return below_base(DATA_PATH)


async def _call_route(request: Request) -> Response:
    return await _answer(request, _call, JSON, open_judgements_for)


async def _words_route(request: Request) -> Response:
    number = request.path_params["number"]
    return await _answer(request, lambda snapshot, call_id, known: _words(snapshot, call_id, known, number), JSON)


async def _hits_route(request: Request) -> Response:
    asked = request.query_params.get("q", "")[:LONGEST_SEARCH]
    return await _answer(request, lambda snapshot, call_id, _: _json(hits(snapshot, call_id, asked)), JSON)


async def _outline_route(request: Request) -> Response:
    channel, level, number = (request.path_params[name] for name in ("channel", "level", "number"))
    if level > HIGHEST_LEVEL:
        return Response(status_code=404)
    return await _answer(
        request,
        lambda snapshot, call_id, _: outline_tile(snapshot, call_id, channel, level, number),
        "application/octet-stream",
    )


async def _answer(request: Request, make: Made, kind: str, opening: Opening = open_calls_for) -> Response:
    who = request.scope.get("qa_viewer")
    call_id = _read(request.path_params["call"])
    if not isinstance(who, Viewer) or not who.may(Right.READ):
        return Response(status_code=403)
    try:
        body = None if call_id is None else await run_in_threadpool(_asked, who, call_id, make, opening)
    except (NothingPublished, UnreadableSnapshot, SettingsError):
        return Response(status_code=503)
    if body is None:
        return Response(status_code=404)
    return Response(body, media_type=kind, headers={"Cache-Control": "private, no-store"})


def _written(call_id: str) -> str:
    """A call's id as one part of an address, whatever it holds."""
    return base64.urlsafe_b64encode(call_id.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def _read(part: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "surrogatepass")
    except (ValueError, binascii.Error):
        return None


def _asked(who: Viewer, call_id: str, make: Made, opening: Opening) -> bytes | None:
    settings = current_settings()
    with opening(who, settings) as snapshot:
        if who.sees_only_own and not ask_about_call(snapshot, "read_call", call_id):
            return None
        return make(snapshot, call_id, settings)


def _call(snapshot: Snapshot, call_id: str, settings: Settings) -> bytes | None:
    found = ask_about_call(snapshot, "read_call", call_id)
    return _json(call_data(snapshot, found[0], settings.metrics.unsure_below)) if found else None


def _words(snapshot: Snapshot, call_id: str, settings: Settings, number: int) -> bytes:
    return _json(words_block(snapshot, call_id, number, settings.metrics.unsure_below))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
