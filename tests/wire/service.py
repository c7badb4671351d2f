"""The paid service as the product meets it: its real host names over TLS, and a count of what it billed.

The product is told of a proxy on loopback (HTTPS_PROXY) and of the authority to trust (SSL_CERT_FILE), as in a company
network. The proxy answers for every host itself. So the names, the TLS and the key's way are real, and nothing leaves
this machine. What goes wrong on the way is a list of `Strike`s.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import itertools
import json
import re
import ssl
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h11

from tests.dashscope.scripted_service import Answer, Received, error, read_request, write_answer
from tests.wire.authority import make_authority

BASE_URL = "https://dashscope.aliyuncs.com/api/v1"
STORAGE = "https://dashscope-file-mgr.oss-cn-beijing.aliyuncs.com"
RESULTS = "https://dashscope-result-bj.oss-cn-beijing.aliyuncs.com"
SUBMIT = "/api/v1/services/audio/asr/transcription"
GENERATE = "/api/v1/services/aigc/multimodal-generation/generation"
BILLED_S = 3
SERVICE_ZONE = dt.timezone(dt.timedelta(hours=8))
_OUR_NAME = re.compile(r"qa-[0-9a-f]{32}-[0-9a-f]{8}-(.+)")
_WAIT_S = 30.0

Change = Callable[[Answer], Answer]


@dataclass(frozen=True)
class Strike:
    """What goes wrong at one place: `on` policy, upload, submit, query, list, result, generation or task.

    `reply` is sent instead of the service's answer, or made of it. `of` and `channel` choose whose request is struck
    (where the request is about one recording), `nth` which of those (from 1; None: all). A submit or a call that is
    struck is taken and billed all the same, unless `takes` is False. On `task`, the task fails with `fails`: code and
    message, and costs nothing.
    """

    on: str
    reply: Answer | Change | None = None
    of: str | None = None
    channel: int | None = None
    nth: tuple[int, ...] | None = None
    takes: bool = True
    fails: tuple[str, str] = ("", "")


@dataclass
class Task:
    """A task that the service has taken. `made_at` is by the service's clock."""

    task_id: str
    model: str
    file_url: str
    channels: tuple[int, ...]
    made_at: float
    failure: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        return recording_named(self.file_url)


@dataclass
class Bills:
    """How often each channel was billed, by the recording's file name and the channel."""

    by_channel: Counter[tuple[str, int]] = field(default_factory=Counter)

    @property
    def twice(self) -> dict[tuple[str, int], int]:
        return {channel: count for channel, count in self.by_channel.items() if count > 1}


def recording_named(url: str) -> str:
    """The file name of the recording behind an address: `bank` of `oss://…/qa-…-bank.wav`."""
    last = url.partition("?")[0].rpartition("/")[2]
    ours = _OUR_NAME.fullmatch(last)
    return (ours[1] if ours else last).rpartition(".")[0]


class CountingService:
    """Answers as the documented service does, but for what `strikes` says, or else `chance` of a request to a place.

    Runs in a thread of its own.
    """

    def __init__(self, context: ssl.SSLContext, trusted: Path) -> None:
        self.trusted = trusted
        self.port = 0
        self.reset()
        self._context = context
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: set[asyncio.Task[None]] = set()

    def reset(self) -> None:
        """As new: nothing taken, nothing billed, nothing wrong."""
        self.strikes: list[Strike] = []
        self.chance: Callable[[str], Strike | None] = lambda place: None
        self.clock_offset_s = 0.0
        self.bills = Bills()
        self.tasks: dict[str, Task] = {}
        self.received: list[tuple[str, Received]] = []
        self._seen: dict[int, itertools.count[int]] = defaultdict(lambda: itertools.count(1))

    @property
    def environment(self) -> dict[str, str]:
        """What tells the product where its network is."""
        proxy = f"http://127.0.0.1:{self.port}"
        return {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "NO_PROXY": "",
            "no_proxy": "",
            "SSL_CERT_FILE": str(self.trusted),
        }

    def count(self, on: str) -> int:
        """How many requests came to one place."""
        return sum(place == on for place, _ in self.received)

    def add_task(self, model: str, file_url: str, channels: tuple[int, ...], *, ago_s: float = 0.0) -> Task:
        """A task that somebody else of the account has made."""
        task = Task(f"task-{len(self.tasks) + 1}-of-another", model, file_url, channels, self._now() - ago_s)
        self.tasks[task.task_id] = task
        return task

    # -- the network --------------------------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator[None]:
        ready = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="counting-service")
        thread.start()
        assert ready.wait(_WAIT_S), "the counting service did not start"
        try:
            yield
        finally:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join(_WAIT_S)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=2**24, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.split(" ", 2)
            assert method == "CONNECT", f"only TLS leads to the service: {head}"
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.start_tls(self._context)
            await self._converse(target.rpartition(":")[0], reader, writer)
        except (
            ConnectionError,
            ssl.SSLError,
            h11.RemoteProtocolError,
            asyncio.IncompleteReadError,
            asyncio.CancelledError,
        ):
            pass  # the client broke off, or the test is over
        finally:
            writer.transport.abort()

    async def _converse(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        while (received := await read_request(http, reader)) is not None:
            answer = self._answer(host, received)
            if answer.delay_s:
                await asyncio.sleep(answer.delay_s)
            if answer.hang_up:
                return
            headers = {"date": email.utils.formatdate(self._now(), usegmt=True), **answer.headers}
            await write_answer(http, writer, replace(answer, headers={k: v for k, v in headers.items() if v}))
            if http.our_state is not h11.DONE:
                return
            http.start_next_cycle()

    # -- the service --------------------------------------------------------------------------------------------

    def _now(self) -> float:
        return time.time() + self.clock_offset_s

    def _answer(self, host: str, received: Received) -> Answer:
        place, subject, channels = self._place(host, received)
        self.received.append((place, received))
        strike = self._strike(place, subject, channels) or self.chance(place)
        truth = Answer(status=500)
        if strike is None or strike.takes:
            truth = self._truth(place, received)
        if strike is None or strike.reply is None:
            return truth
        return strike.reply if isinstance(strike.reply, Answer) else strike.reply(truth)

    def _strike(self, place: str, subject: str | None, channels: tuple[int, ...]) -> Strike | None:
        for index, strike in enumerate(self.strikes):
            if strike.on != place or (strike.of is not None and strike.of != subject):
                continue
            if strike.channel is not None and strike.channel not in channels:
                continue
            number = next(self._seen[index])
            if strike.nth is None or number in strike.nth:
                return strike
        return None

    def _place(self, host: str, received: Received) -> tuple[str, str | None, tuple[int, ...]]:
        """Where a request belongs, and the recording and the channels that it is about."""
        path = received.path
        if host == STORAGE.partition("://")[2]:
            key = re.search(rb'name="key"\r\n\r\n([^\r]+)', received.body)
            return "upload", recording_named(key[1].decode()) if key else None, ()
        if host == RESULTS.partition("://")[2]:
            task = self.tasks[path.strip("/").removesuffix(".json")]
            return "result", task.name, task.channels
        if path == SUBMIT:
            source = received.json["input"]
            url = source.get("file_url") or source["file_urls"][0]
            return "submit", recording_named(url), tuple(received.json["parameters"].get("channel_id", [0]))
        if path == GENERATE:
            return "generation", None, ()
        if path == "/api/v1/uploads":
            return "policy", None, ()
        if path == "/api/v1/tasks":
            return "list", None, ()
        known = self.tasks.get(path.rpartition("/")[2])
        return "query", known.name if known else None, known.channels if known else ()

    def _truth(self, place: str, received: Received) -> Answer:
        if place == "upload":
            return Answer()
        if place == "result":
            return self._result(self.tasks[received.path.strip("/").removesuffix(".json")])
        if place == "policy":
            return Answer({"request_id": "r", "data": _POLICY})
        if place == "list":
            return self._list(received.query)
        if place == "query":
            return self._query(received.path.rpartition("/")[2])
        if place == "generation":
            return self._generate(received)
        return self._submit(received)

    def _submit(self, received: Received) -> Answer:
        asked = received.json
        url = asked["input"].get("file_url") or asked["input"]["file_urls"][0]
        channels = tuple(asked["parameters"].get("channel_id", [0]))
        task = Task(f"task-{len(self.tasks) + 1}", asked["model"], url, channels, self._now())
        failing = self._strike("task", task.name, channels)
        self.tasks[task.task_id] = task
        if failing is not None:
            task.failure = failing.fails
        else:
            self.bills.by_channel.update((task.name, channel) for channel in channels)
        return Answer({"request_id": "r", "output": {"task_id": task.task_id, "task_status": "PENDING"}})

    def _query(self, task_id: str) -> Answer:
        task = self.tasks.get(task_id)
        if task is None:
            return Answer({"request_id": "r", "output": {"task_id": task_id, "task_status": "UNKNOWN"}})
        made = dt.datetime.fromtimestamp(task.made_at, SERVICE_ZONE).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        output: dict[str, Any] = {"task_id": task_id, "submit_time": made, "scheduled_time": made, "end_time": made}
        if task.failure is not None:
            code, message = task.failure
            return Answer(
                {"request_id": "r", "output": output | {"task_status": "FAILED", "code": code, "message": message}}
            )
        url = f"{RESULTS.replace('https', 'http')}/{task_id}.json?Expires=4102444800&OSSAccessKeyId=k&Signature=s"
        output |= {"task_status": "SUCCEEDED", "result": {"transcription_url": url}}
        return Answer({"request_id": "r", "output": output, "usage": {"seconds": BILLED_S * len(task.channels)}})

    def _list(self, query: dict[str, str]) -> Answer:
        first, last = (_epoch(query[key]) for key in ("start_time", "end_time"))
        rows = [
            {"task_id": task.task_id, "status": "FAILED" if task.failure else "SUCCEEDED", "model_name": task.model,
             "gmt_create": int(task.made_at * 1000)}
            for task in self.tasks.values()
            if first <= task.made_at < last + 1 and query.get("model_name") in (None, task.model)
        ]  # fmt: skip
        size, page = int(query.get("page_size", 10)), int(query.get("page_no", 1))
        shown = rows[(page - 1) * size : page * size]
        counts = {"total": len(rows), "total_page": -(-len(rows) // size), "page_no": page, "page_size": size}
        return Answer({"request_id": "r", **counts, "data": shown})

    def _result(self, task: Task) -> Answer:
        sentence = {
            "sentence_id": 0, "begin_time": 0, "end_time": 900, "text": f"{task.name}。", "language": "zh",
            "emotion": "neutral",
        }  # fmt: skip
        channels = [
            {"channel_id": number, "text": f"{task.name}。", "sentences": [sentence]} for number in task.channels
        ]
        info = {"format": "wav", "sample_rate": 8000}
        return Answer({"file_url": task.file_url, "audio_info": info, "transcripts": channels})

    def _generate(self, received: Received) -> Answer:
        self.bills.by_channel[str(hash(received.body)), 0] += 1
        message = {"role": "assistant", "content": [{"text": "好。"}]}
        message |= {"annotations": [{"type": "audio_info", "language": "zh", "emotion": "neutral"}]}
        output = {"choices": [{"finish_reason": "stop", "message": message}]}
        return Answer({"request_id": "r", "output": output, "usage": {"seconds": BILLED_S}})


_POLICY = {
    "policy": "cA==", "signature": "s", "upload_dir": "dashscope-instant/a1/2026-11-21", "upload_host": STORAGE,
    "expire_in_seconds": 300, "max_file_size_mb": 100, "capacity_limit_mb": 999, "oss_access_key_id": "k",
    "x_oss_object_acl": "private", "x_oss_forbid_overwrite": "true",
}  # fmt: skip


def _epoch(digits: str) -> float:
    return dt.datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=SERVICE_ZONE).timestamp()


@contextmanager
def counting_service(folder: Path) -> Iterator[CountingService]:
    """A running service; `folder` holds its certificates."""
    trusted, context = make_authority(folder)
    service = CountingService(context, trusted)
    with service.running():
        yield service


# -- answers that people report -------------------------------------------------------------------------------------


def text(status: int, body: str, content_type: str = "text/plain") -> Answer:
    """An answer that something on the way wrote."""
    return Answer(status=status, body=body.encode(), headers={"content-type": content_type})


def html(status: int, body: str = "<html><head><title>Error</title></head></html>") -> Answer:
    """A page where the API's answer should be."""
    return text(status, body, "text/html; charset=utf-8")


def edited(change: Callable[[Any], Any]) -> Change:
    """The service's own document, changed in place (or replaced by what `change` returns)."""

    def answer(truth: Answer) -> Answer:
        document = json.loads(json.dumps(truth.document))
        changed = change(document)
        return replace(truth, document=document if changed is None else changed)

    return answer


def cut_short(truth: Answer) -> Answer:
    """The answer's first half, and then the end of the connection."""
    body = json.dumps(truth.document).encode()
    return Answer(body=body[: len(body) // 2], announced_length=len(body))


HANG_UP = Answer(hang_up=True)
EMPTY_LIST = edited(lambda document: {**document, "total": 0, "total_page": 0, "data": []})
GATEWAY_503 = text(
    503, "upstream connect error or disconnect/reset before headers. reset reason: connection termination"
)

__all__ = [
    "BASE_URL", "BILLED_S", "EMPTY_LIST", "GATEWAY_503", "HANG_UP", "CountingService", "Strike", "Task",
    "counting_service", "cut_short", "edited", "error", "html", "recording_named", "text",
]  # fmt: skip
