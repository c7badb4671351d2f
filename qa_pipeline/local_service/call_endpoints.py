"""The two endpoints that answer at once: generation below `/api/v1`, and chat completions in the OpenAI style."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from qa_pipeline.local_service.call_requests import MAX_CALL_BYTES, parse_chat, parse_generation
from qa_pipeline.local_service.call_wire import (
    chat_body,
    chat_chunks,
    chat_error_response,
    generation_blocks,
    generation_body,
    sse_block,
    sse_error_block,
)
from qa_pipeline.local_service.calls import Call, Heard
from qa_pipeline.local_service.errors import ServiceError, asynchronous_call_refused, rate_quota_exceeded
from qa_pipeline.local_service.request_bodies import read_json_body
from qa_pipeline.local_service.served_models import served_model_names, sync_model_names
from qa_pipeline.local_service.service import LocalService
from qa_pipeline.local_service.task_endpoints import is_enabled
from qa_pipeline.local_service.wire import error_response, json_response, new_id

GENERATION_PATH = "/api/v1/services/aigc/multimodal-generation/generation"
CHAT_PREFIX = "/compatible-mode/v1"
CHAT_PATH = f"{CHAT_PREFIX}/chat/completions"
MODELS_PATH = f"{CHAT_PREFIX}/models"

EVENT_STREAM = "text/event-stream"


class CallEndpoints:
    """The two endpoints over one service."""

    def __init__(self, service: LocalService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Their routes; the OpenAI style lies beside `/api/v1`, as at the real hosts."""
        return [
            Route(GENERATION_PATH, self.generate, methods=["POST"]),
            Route(CHAT_PATH, self.chat, methods=["POST"]),
            Route(MODELS_PATH, self.models, methods=["GET"]),
        ]

    async def generate(self, request: Request) -> Response:
        """Recognizes one recording; the text comes whole, or in blocks when the headers ask for a stream."""
        account = self._service.account_of(request)
        if is_enabled(request, "x-dashscope-async"):
            raise asynchronous_call_refused()
        body = await read_json_body(request, MAX_CALL_BYTES)
        call = await asyncio.to_thread(parse_generation, body, stream=_wants_events(request))
        self._admit(call, account)
        request_id = new_id()
        if call.stream:
            events = self._events(call, request, account, request_id)
            return StreamingResponse(events, media_type=f"{EVENT_STREAM};charset=UTF-8")
        heard = await self._listen(call, request, account, request_id)
        return json_response(generation_body(call, heard, request_id))

    async def chat(self, request: Request) -> Response:
        """The same in the OpenAI style; a stream only begins once the audio was understood."""
        account = self._service.account_of(request)
        body = await read_json_body(request, MAX_CALL_BYTES)
        call = await asyncio.to_thread(parse_chat, body)
        self._admit(call, account)
        request_id, created_s = new_id(), self._service.now_ms() // 1000
        heard = await self._listen(call, request, account, request_id)
        if call.stream:
            chunks = chat_chunks(call, heard, request_id, created_s)
            return StreamingResponse(chunks, media_type=f"{EVENT_STREAM};charset=UTF-8")
        return json_response(chat_body(call, heard, request_id, created_s))

    async def models(self, request: Request) -> Response:
        """Every model that is served, in the OpenAI style: clients ask this first."""
        self._service.account_of(request)
        created_s = self._service.started_ms // 1000
        names = sorted([*served_model_names(), *sync_model_names()])
        rows = [{"id": name, "object": "model", "created": created_s, "owned_by": "system"} for name in names]
        return json_response({"object": "list", "data": rows})

    def _admit(self, call: Call, account: str) -> None:
        if not self._service.submit_limit(call.model).admit(account):
            raise rate_quota_exceeded(f"{self._service.submits_per_minute(call.model)} calls per minute")

    async def _listen(self, call: Call, request: Request, account: str, request_id: str) -> Heard:
        return await self._service.listener.listen(
            call,
            account=account,
            resolve_oss=is_enabled(request, "x-dashscope-ossresourceresolve"),
            request_id=request_id,
            now_ms=self._service.now_ms(),
        )

    async def _events(self, call: Call, request: Request, account: str, request_id: str) -> AsyncIterator[bytes]:
        """Blocks of a stream that begins at once: what goes wrong with the audio is a block of its own."""
        try:
            heard = await self._listen(call, request, account, request_id)
        except ServiceError as error:
            yield sse_error_block(1, error, request_id)
            return
        for number, body in enumerate(generation_blocks(call, heard, request_id), start=1):
            yield sse_block(number, body)


def refusal_response(path: str, error: ServiceError) -> Response:
    """The error body that callers of `path` understand: the OpenAI style's, or the service's own."""
    return chat_error_response(error) if path.startswith(CHAT_PREFIX) else error_response(error)


def _wants_events(request: Request) -> bool:
    switch = request.headers.get("x-dashscope-sse", "").strip().lower()
    return switch == "enable" if switch else EVENT_STREAM in request.headers.get("accept", "").lower()
