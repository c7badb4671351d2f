"""A service that answers as told: real HTTP over loopback, each request kept for the test to look at."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import h11

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.rate_limit import RateLimits
from qa_pipeline.dashscope.regions import endpoint_for

KEY = "sk-secret-0123456789"
FAST = RateLimits(requests_per_minute=60_000, queries_per_second=2_000, submit_burst=1_000)
SUBMIT = "/api/v1/services/audio/asr/transcription"


@dataclass
class Received:
    method: str
    path: str
    query: dict[str, str]
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """`document` is sent as JSON, else `body` as it is; `hang_up` closes instead of answering.

    With `pieces` the body is sent chunked, each piece on its own; `cut` closes behind the last one without the end.
    """

    document: Any = None
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    hang_up: bool = False
    announced_length: int | None = None
    pieces: list[bytes] | None = None
    cut: bool = False


Rule = Answer | Callable[[Received], Answer]


def error(status: int, code: str, message: str = "no luck", **headers: str) -> Answer:
    return Answer({"code": code, "message": message, "request_id": "req-1"}, status, headers=headers)


def task(state: str, task_id: str = "task-1", **output: Any) -> Answer:
    return Answer({"request_id": "req-1", "output": {"task_id": task_id, "task_status": state, **output}})


class ScriptedService:
    """Answers each (method, path) with the answers given for it in turn; the last one stays."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.port = 0
        self._rules: defaultdict[tuple[str, str], list[Rule]] = defaultdict(list)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def on(self, method: str, path: str, *rules: Rule) -> None:
        self._rules[method, path] = list(rules)

    def client(self, **options: Any) -> DashScopeClient:
        options = {"limits": FAST, **options}
        return DashScopeClient(endpoint_for(f"{self.root}/api/v1"), KEY, **options)

    def _answer(self, received: Received) -> Answer:
        rules = self._rules.get((received.method, received.path))
        if not rules:
            return error(404, "NotFound", f"no rule for {received.method} {received.path}")
        rule = rules.pop(0) if len(rules) > 1 else rules[0]
        return rule if isinstance(rule, Answer) else rule(received)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):  # the client broke off
            pass
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        while (received := await read_request(http, reader)) is not None:
            self.received.append(received)
            answer = self._answer(received)
            await asyncio.sleep(answer.delay_s)
            if answer.hang_up:
                return
            await write_answer(http, writer, answer)
            if http.our_state is not h11.DONE:
                return
            http.start_next_cycle()


async def read_request(http: h11.Connection, reader: asyncio.StreamReader) -> Received | None:
    received: Received | None = None
    body = b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            split = urlsplit(event.target.decode())
            headers = [(name.decode(), value.decode()) for name, value in event.headers.raw_items()]
            received = Received(event.method.decode(), split.path, dict(parse_qsl(split.query)), headers, b"")
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            assert received is not None
            received.body = body
            return received
        else:
            return None


async def _write_pieces(http: h11.Connection, writer: asyncio.StreamWriter, answer: Answer) -> None:
    headers = {"content-type": "text/event-stream;charset=UTF-8", **answer.headers, "transfer-encoding": "chunked"}
    writer.write(http.send(h11.Response(status_code=answer.status, headers=list(headers.items()))) or b"")
    for piece in answer.pieces or []:
        writer.write(http.send(h11.Data(data=piece)) or b"")
        await writer.drain()
        await asyncio.sleep(0)
    if not answer.cut:
        writer.write(http.send(h11.EndOfMessage()) or b"")
    await writer.drain()


async def write_answer(http: h11.Connection, writer: asyncio.StreamWriter, answer: Answer) -> None:
    if answer.pieces is not None:
        await _write_pieces(http, writer, answer)
        return
    body = answer.body if answer.document is None else json.dumps(answer.document).encode()
    length = len(body) if answer.announced_length is None else answer.announced_length
    headers = {"content-type": "application/json", **answer.headers, "content-length": str(length)}
    writer.write(http.send(h11.Response(status_code=answer.status, headers=list(headers.items()))) or b"")
    writer.write(http.send(h11.Data(data=body)) or b"")
    if length == len(body):
        writer.write(http.send(h11.EndOfMessage()) or b"")
    await writer.drain()
