"""The door: lets requests for this host in, and plays the faults that were asked for."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_pipeline.local_service.call_endpoints import CHAT_PATH, GENERATION_PATH, refusal_response
from qa_pipeline.local_service.config import is_loopback_host
from qa_pipeline.local_service.connections import Connections
from qa_pipeline.local_service.errors import ServiceError
from qa_pipeline.local_service.faults import FaultRule
from qa_pipeline.local_service.recognizers import engine_of
from qa_pipeline.local_service.service import LocalService
from qa_pipeline.local_service.storage_endpoints import UPLOAD_PATH

ENGINE_HEADER = b"x-qa-engine"
"""Tells every caller that this is not the paid service, and which recognizer answers."""


def endpoint_of(method: str, path: str) -> str | None:
    """The name that fault rules use for a request; None for the operator's own endpoints."""
    path = path.rstrip("/")
    if path == "/api/v1/services/audio/asr/transcription":
        return "submit"
    if path == GENERATION_PATH:
        return "generation"
    if path == CHAT_PATH:
        return "chat"
    if path == "/api/v1/tasks":
        return "list"
    if path.startswith("/api/v1/tasks/"):
        return "cancel" if method == "POST" else "query"
    if path == "/api/v1/uploads":
        return "policy"
    if path == UPLOAD_PATH:
        return "upload"
    return "result" if path.startswith("/results/") else None


class Gateway:
    """ASGI middleware around the endpoints."""

    def __init__(self, app: ASGIApp, service: LocalService, connections: Connections) -> None:
        self._app = app
        self._service = service
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = self._with_engine(send)
        if not self._is_for_us(scope):
            refusal = ServiceError(421, "AccessDenied", "This local service only answers to names of this machine.")
            await refusal_response(scope["path"], refusal)(scope, receive, send)
            return
        endpoint = endpoint_of(scope["method"], scope["path"])
        rule = self._service.faults.strike(endpoint) if endpoint else None
        if endpoint == "submit":
            await asyncio.sleep(self._service.faults.submit_latency_s())
        if rule is None:
            await self._app(scope, receive, send)
        else:
            await self._play(rule, scope, receive, send)

    async def _play(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        if rule.action == "delay":
            await asyncio.sleep(rule.delay_s)
            await self._app(scope, receive, send)
        elif rule.action == "status":
            await _read_all(receive)
            await _fault_response(rule, scope["path"])(scope, receive, send)
        else:
            if rule.action == "drop_after":
                await self._app(scope, receive, _swallow)
            await self._drop(scope, receive, send)

    async def _drop(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._connections.drop(scope):
            refusal = ServiceError(500, "InternalError", "This server can't drop connections; start it with serve().")
            await refusal_response(scope["path"], refusal)(scope, receive, send)
            return
        while (await receive())["type"] != "http.disconnect":
            pass

    def _is_for_us(self, scope: Scope) -> bool:
        """On loopback, only names of this machine: a web page elsewhere can't reach in by renaming its host."""
        if not self._service.config.is_loopback:
            return True
        host = Request(scope).headers.get("host", "")
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return is_loopback_host(name)

    def _with_engine(self, send: Send) -> Send:
        engine = engine_of(self._service.recognizer.name).encode()

        async def send_with_engine(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (ENGINE_HEADER, engine)]
            await send(message)

        return send_with_engine


def _fault_response(rule: FaultRule, path: str) -> Response:
    headers = dict(rule.headers)
    if rule.body is not None:
        return Response(rule.body, rule.status, headers=headers, media_type=rule.content_type)
    response = refusal_response(path, ServiceError(rule.status, rule.code, rule.message))
    response.headers.update(headers)
    return response


async def _read_all(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


async def _swallow(message: Message) -> None:
    """Takes an answer that is not to be given."""
