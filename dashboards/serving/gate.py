"""The door: what every request passes before a page, a file or a sound is served.

Whoever is not admitted gets one page that says why and whom to ask; nothing else of the server answers, and no
connection of a page is made. Only the parts of the front end that are the same for everybody, the sign-in and the
server's health answer anyone.
"""

from __future__ import annotations

import re
import secrets
from http.cookies import SimpleCookie

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from dashboards.language import answering
from dashboards.serving.access import SEAL_HEADER, Right, Viewer, seal, viewer_of
from dashboards.serving.current_settings import current_settings
from dashboards.serving.identity import BROWSER_COOKIE, NotAdmitted, SignInNeeded, peer_of, user_of
from dashboards.serving.refusals import (
    broken_settings_page,
    not_admitted_page,
    not_allowed_page,
    not_listed_page,
    sign_in_page,
)
from dashboards.serving.served_path import served_path
from qa_pipeline.settings import Settings, SettingsError

POLICY_VIOLATION = 1008
COOKIE_AGE_S = 30 * 24 * 3600

_FOR_ANYBODY = re.compile(
    r"/static/(?!.*\.\.).*|/_stcore/(health|script-health-check|host-config)|/auth/(login|logout)|/oauth2callback|/favicon\.\w+"
)
_SOUND_OR_FILM = re.compile(
    r"/media/.*\.(aac|aif|aiff|au|flac|m4a|mka|mp3|mp4|oga|ogg|opus|wav|weba|webm|wma)", re.IGNORECASE
)
_PICTURE = re.compile(r"/media/.*\.(svg|png|jpe?g|gif|webp|ico)", re.IGNORECASE)
_BROWSER = re.compile(r"[\w-]{20,100}")


class Gate:
    """ASGI middleware around Streamlit and all routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers by itself or passes the request on, with a header that says who it is from."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        with answering(connection):
            await self._answer(connection, scope, receive, send)

    async def _answer(self, connection: HTTPConnection, scope: Scope, receive: Receive, send: Send) -> None:
        browser = _browser_of(connection)
        refusal, who = _admit(connection, browser)
        if refusal is not None:
            await _refuse(refusal, scope, receive, send)
            return
        sealed = [(SEAL_HEADER.encode(), seal(who.user, who.browser).encode())] if who else []
        scope["headers"] = [item for item in scope["headers"] if item[0] != SEAL_HEADER.encode()] + sealed
        scope["qa_viewer"] = who
        if scope["type"] == "http" and not browser and _may_set_cookie(connection):
            send = _setting_cookie(send, connection, secrets.token_urlsafe(24))
        await self._app(scope, receive, send)


def _admit(connection: HTTPConnection, browser: str) -> tuple[Response | None, Viewer | None]:
    """The page that refuses the request, or who it is from: None for what anybody may have."""
    path = served_path(connection.scope)
    try:
        settings = current_settings()
    except SettingsError as error:
        # who may see what is wrong is not known either, so this is for the machine itself alone
        return broken_settings_page(str(error) if peer_of(connection).is_this_machine else None), None
    try:
        user = user_of(connection, settings)
    except (NotAdmitted, SignInNeeded) as error:
        if _FOR_ANYBODY.fullmatch(path) and settings.dashboard_access != "local":
            return None, None
        if isinstance(error, SignInNeeded):
            return sign_in_page(), None
        return not_admitted_page(settings, str(error)), None
    who = viewer_of(settings, user, browser)
    if _FOR_ANYBODY.fullmatch(path):
        return None, who
    if not who.may(Right.READ):
        return not_listed_page(settings, user), None
    return _closed(settings, path, who), who


def _closed(settings: Settings, path: str, who: Viewer) -> Response | None:
    """Streamlit serves every file that a page was given to whoever knows its address. No page gives it a recording, and
    other files are for those who may take them along."""
    if not path.startswith("/media/") or _PICTURE.fullmatch(path):
        return None
    is_open = who.may(Right.EXPORT) and not _SOUND_OR_FILM.fullmatch(path)
    return None if is_open else not_allowed_page(settings)


def _browser_of(connection: HTTPConnection) -> str:
    value = connection.cookies.get(BROWSER_COOKIE, "")
    return value if _BROWSER.fullmatch(value) else ""


def _may_set_cookie(connection: HTTPConnection) -> bool:
    """A browser that follows a link of another site keeps a strict cookie back; a new one would take its place."""
    return connection.headers.get("sec-fetch-site", "none") in ("none", "same-origin", "same-site")


def _setting_cookie(send: Send, connection: HTTPConnection, value: str) -> Send:
    cookie: SimpleCookie = SimpleCookie({BROWSER_COOKIE: value})
    kept = cookie[BROWSER_COOKIE]
    kept["path"], kept["max-age"], kept["httponly"], kept["samesite"] = "/", COOKIE_AGE_S, True, "Strict"
    forwarded = connection.headers.get("x-forwarded-proto", "").split(",")[0].strip()
    if connection.url.scheme in ("https", "wss") or forwarded == "https":
        kept["secure"] = True
    header = kept.OutputString()

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append("set-cookie", header)
        await send(message)

    return sending


async def _refuse(refusal: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        # before it is accepted: the server answers 403, and not one frame is sent
        await WebSocketClose(code=POLICY_VIOLATION)(scope, receive, send)
        return
    await refusal(scope, receive, send)
