"""`/sound/<token>`: the sound of a call by a signed link, whole or in parts, to people who may hear it.

What was masked in the call is silent in it, for everybody. `/sound/raw/<token>` has it too, for people with that right
whose look is in the log.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from dashboards.queries import ask_about_call
from dashboards.serving.access import Right, Viewer
from dashboards.serving.answers import PRIVATE, sentence
from dashboards.serving.current_settings import current_settings
from dashboards.serving.opening import open_for
from dashboards.serving.ranges import ByteRange, NotSatisfiable, wanted_range
from dashboards.serving.recording_hashes import PATIENCE_S
from dashboards.serving.recording_places import NotPlayable, sentence_for
from dashboards.serving.sound_links import (
    LinkRefused,
    SoundLink,
    raw_sound_route_path,
    read_raw_sound_link,
    read_sound_link,
    sound_route_path,
)
from dashboards.serving.sounds import ENDINGS, Sound, SoundChanged, open_sound
from dashboards.serving.taking import NotNoted, note_taken, of_call
from qa_pipeline.errors import UserError
from qa_pipeline.looks.chain import What
from qa_pipeline.settings import Settings
from qa_pipeline.wording.languages import t

DECODERS = 4
"""Parts that are read and decoded at once; a part is some seconds of sound, so all get their turn."""
OPENERS = 8
"""Sounds that are opened at once: one that has to be put together first takes a while."""

_decoders = ThreadPoolExecutor(DECODERS, "sound-part")
_openers = ThreadPoolExecutor(OPENERS, "sound-open")


def sound_route() -> Route:
    """The route, below the server's base path. Starlette answers HEAD as GET without a body."""
    return Route(f"{sound_route_path()}/{{token}}", _serve, methods=["GET"])


def raw_sound_route() -> Route:
    """The route to the sound with what was masked."""
    return Route(f"{raw_sound_route_path()}/{{token}}", _serve_raw, methods=["GET"])


async def _serve(request: Request) -> Response:
    return await _serve_by(request, read_sound_link)


async def _serve_raw(request: Request) -> Response:
    viewer = request.scope.get("qa_viewer")
    # asked with each part: a right that is taken away ends what is being played
    if not isinstance(viewer, Viewer) or not viewer.may(Right.RAW_TEXT):
        return sentence(403, t("Your role does not include what was masked."))
    return await _serve_by(request, read_raw_sound_link)


async def _serve_by(request: Request, read_link: Callable[[Settings, str, Viewer], SoundLink]) -> Response:
    settings = current_settings()
    viewer = request.scope.get("qa_viewer")
    if not isinstance(viewer, Viewer) or not viewer.may(Right.LISTEN):
        return sentence(403, t("Your role does not include listening to calls."))
    is_download = request.query_params.get("download") == "1"
    if is_download and not viewer.may(Right.EXPORT):
        return sentence(403, t("Your role does not include taking recordings along."))
    try:
        link = read_link(settings, request.path_params["token"], viewer)
    except LinkRefused as error:
        return sentence(403, t(str(error)))
    if link.is_raw and is_download != (link.raw_for is What.EXPORT):
        return sentence(403, t("This is not what the link was made for. Ask for it on the page of the call."))
    opened = await _open(settings, link, viewer, None if is_download else PATIENCE_S)
    if isinstance(opened, Response):
        return opened
    try:
        if is_download and request.method != "HEAD":
            await asyncio.to_thread(_note, settings, link, viewer, opened)
        return _answer(request, opened, link if is_download else None)
    except NotNoted as error:
        opened.close_soon()
        return sentence(503, str(error))
    except BaseException:
        opened.close_soon()
        raise


@dataclass(slots=True)
class _Opened:
    """A sound with everything that keeps it open. One thread at a time uses it, and it is closed once."""

    sound: Sound
    held: ExitStack
    lock: threading.Lock
    blocks: Iterator[bytes] | None = None
    is_closed: bool = False

    def next_block(self) -> bytes | None:
        """None at the end."""
        with self.lock:
            return None if self.is_closed or self.blocks is None else next(self.blocks, None)

    def close(self) -> None:
        """Waits for the block that is being decoded; then nothing of it is open any more."""
        with self.lock:
            if self.is_closed:
                return
            self.is_closed = True
            blocks, self.blocks = self.blocks, None
            # a generator lets go of its decoder and its file when it is closed
            if blocks is not None:
                blocks.close()  # type: ignore[attr-defined]
            self.held.close()

    def close_soon(self) -> None:
        """Without waiting for it here; not behind sounds that are being put together."""
        _decoders.submit(self.close)


async def _open(settings: Settings, link: SoundLink, viewer: Viewer, patience_s: float | None) -> _Opened | Response:
    opening = asyncio.get_running_loop().run_in_executor(_openers, _open_now, settings, link, viewer, patience_s)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        # the listener has gone; what is being opened is closed as soon as it is there
        opening.add_done_callback(_close_unheard)
        raise
    except _NotOwn:
        return sentence(403, t("This is not a call of yours."))
    except SoundChanged:
        return sentence(410, t("The recording of this call has changed. Open the call again to listen to it."))
    except NotPlayable as error:
        return sentence(404, sentence_for(error, viewer, settings))
    except UserError:
        return sentence(404, t("No calls are published."))


def _close_unheard(opening: asyncio.Future[_Opened]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close_soon()


def _open_now(settings: Settings, link: SoundLink, viewer: Viewer, patience_s: float | None) -> _Opened:
    _require_own(settings, link, viewer)
    with ExitStack() as stack:
        sound = stack.enter_context(open_sound(settings, link, patience_s))
        return _Opened(sound, stack.pop_all(), threading.Lock())


class _NotOwn(Exception):
    """The call is not one of those that the person may hear."""


def _require_own(settings: Settings, link: SoundLink, viewer: Viewer) -> None:
    """A link outlives a change of what is whose, so it is looked up whenever somebody listens."""
    if viewer.sees_only_own:
        with open_for(viewer, settings) as snapshot:
            if not ask_about_call(snapshot, "read_call", link.call_id):
                raise _NotOwn


def _note(settings: Settings, link: SoundLink, viewer: Viewer, opened: _Opened) -> None:
    """Each part that is asked for: whoever begins behind the first byte takes the sound along as well."""
    note_taken(viewer, settings, "sound", _name(link, opened.sound), of_call(link.call_id))


def _name(link: SoundLink, sound: Sound) -> str:
    kind = ".unmasked" if link.is_raw else ".muted" if sound.is_muted else ""
    return f"{link.call_id}{kind}.{ENDINGS[sound.mime_type]}"


def _answer(request: Request, opened: _Opened, download: SoundLink | None) -> Response:
    sound = opened.sound
    headers = {"accept-ranges": "bytes", "etag": sound.etag, **PRIVATE}
    if download is not None:
        name = quote(_name(download, sound), safe="")
        headers["content-disposition"] = f"attachment; filename*=utf-8''{name}"
    asked, condition = request.headers.get("range"), request.headers.get("if-range")
    try:
        part = wanted_range(asked, condition, size_bytes=sound.size_bytes, etag=sound.etag)
    except NotSatisfiable:
        opened.close_soon()
        return Response(status_code=416, headers={"content-range": f"bytes */{sound.size_bytes}", **PRIVATE})
    if part is None:
        status, part = 200, ByteRange(0, sound.size_bytes - 1)
    else:
        status = 206
        headers["content-range"] = f"bytes {part.first}-{part.last}/{sound.size_bytes}"
    headers["content-length"] = str(part.size_bytes)
    if request.method == "HEAD":
        opened.close_soon()
        return Response(status_code=status, headers=headers, media_type=sound.mime_type)
    opened.blocks = sound.read(part.first, part.last)
    return StreamingResponse(_stream(opened), status, headers, media_type=sound.mime_type)


async def _stream(opened: _Opened) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    try:
        while (block := await loop.run_in_executor(_decoders, opened.next_block)) is not None:
            yield block
    finally:
        opened.close_soon()
