"""Streamlit's own front end, told what it would find out by asking, and served from memory.

A browser that is new here loads about eighty files before it shows anything, each read from disk by a thread of its
own. Then it looks for its server below the page's path and above it, and for the parts that pages of ours are made of
once the first of them is to be drawn. The document can say all that at once, and what the browser's tab shows until
then.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.serving.identity import came_by_proxy, peer_of
from dashboards.serving.served_path import served_path
from dashboards.shell.document import PRODUCT

FOLDER = Path(streamlit.__file__).parent / "static"
FOREVER = "public, immutable, max-age=31536000"
"""The name of each file changes with its content."""

_STATIC = "/static/"
_DRAWN_BY = ("BidiComponent", "Html", "ButtonGroup", "PageLink")
"""Parts of Streamlit's that each of our pages needs, and the document does not name."""
_ICONS = "MaterialSymbols-Rounded"
_IMPORTED = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
_TITLE = b"<title>Streamlit</title>"
_TOO_SMALL_TO_COMPRESS = 1_000


class FrontEnd:
    """ASGI middleware between the gate and Streamlit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers requests for files of the front end, and writes into its document on the way."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        path, headers = served_path(scope), Headers(scope=scope)
        if path.startswith(_STATIC) and "range" not in headers and (file := _file(path.removeprefix(_STATIC))):
            await _answer(file, scope, headers)(scope, receive, send)
        elif "text/html" in headers.get("accept", ""):
            await self._app(_anew(scope), receive, _Writing(send))
        else:
            await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the front end: its content, that compressed (the same where it does not get smaller), its type and its
    tag."""

    content: bytes
    compressed: bytes
    media_type: str
    etag: str


@functools.cache
def _names() -> frozenset[str]:
    """Of the files there are, below the folder."""
    folder = FOLDER / "static"
    return frozenset(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _file(name: str) -> File | None:
    return _read(name) if name in _names() else None


@functools.cache
def _read(name: str) -> File:
    content = (FOLDER / "static" / name).read_bytes()
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    is_packed = media_type.startswith(("font/", "image/")) and not name.endswith(".svg")
    compressed = content
    if len(content) > _TOO_SMALL_TO_COMPRESS and not is_packed:
        compressed = gzip.compress(content, mtime=0)
    return File(content, compressed, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _answer(file: File, scope: Scope, headers: Headers) -> Response:
    """To another machine it goes compressed, a third of its size."""
    kept = {"cache-control": FOREVER, "etag": file.etag, "vary": "accept-encoding"}
    if file.etag in headers.get("if-none-match", ""):
        return Response(status_code=304, headers=kept)
    connection = HTTPConnection(scope)
    is_near = peer_of(connection).is_this_machine and not came_by_proxy(connection)
    if is_near or file.compressed is file.content or "gzip" not in headers.get("accept-encoding", ""):
        return Response(file.content, media_type=file.media_type, headers=kept)
    return Response(file.compressed, media_type=file.media_type, headers=kept | {"content-encoding": "gzip"})


def _anew(scope: Scope) -> Scope:
    """The request as of a browser that has no document yet and takes it plain: Streamlit's tag does not tell one that
    we wrote into, and compressed it can't be written into."""
    left_out = (b"if-none-match", b"if-modified-since", b"accept-encoding")
    return {**scope, "headers": [item for item in scope["headers"] if item[0] not in left_out]}


class _Writing:
    """Passes an answer on; one that is the document is held until it is whole, and written into."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._end(self._start, self._body)

    async def _end(self, start: Message, body: bytes) -> None:
        if _TITLE in body:
            body = _written(body)
            headers = MutableHeaders(scope=start)
            headers["content-length"] = str(len(body))
            for name in ("etag", "last-modified"):
                del headers[name]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and headers.get("content-type", "").startswith("text/html")


@functools.lru_cache(2)
def _written(document: bytes) -> bytes:
    """Links of the document are relative to the page's path, which has one part below where the server is."""
    told = json.dumps({"useExternalAuthToken": False})
    script = (
        "<script>window.__streamlit = {BACKEND_BASE_URL: new URL('./', document.baseURI).href, "
        f"HOST_CONFIG: {{...{told}, allowedOrigins: [location.origin]}}}};</script>"
    )
    head = f"<title>{PRODUCT}</title>\n    {script}{''.join(_hints(document.decode()))}"
    return document.replace(_TITLE, head.encode())


def _hints(document: str) -> list[str]:
    """What the browser can fetch before anything asks for it."""
    scripts = [
        f'\n    <link rel="modulepreload" crossorigin href="./static/js/{name}">'
        for name in _needed_scripts()
        if name not in document
    ]
    fonts = [
        f'\n    <link rel="preload" href="./static/{name}" as="font" type="font/woff2" crossorigin>'
        for name in sorted(_names())
        if name.startswith(f"media/{_ICONS}.") and name.endswith(".woff2")
    ]
    return scripts + fonts


def _needed_scripts() -> list[str]:
    """The parts that pages are drawn by, and what these import."""
    wanted = [
        name.removeprefix("js/")
        for part in _DRAWN_BY
        for name in sorted(_names())
        if re.fullmatch(rf"js/{part}\.[\w-]+\.js", name)
    ]
    found: dict[str, None] = {}
    while wanted:
        name = wanted.pop(0)
        if name in found or f"js/{name}" not in _names():
            continue
        found[name] = None
        wanted += _IMPORTED.findall(_read(f"js/{name}").content.decode("utf-8"))
    return list(found)
