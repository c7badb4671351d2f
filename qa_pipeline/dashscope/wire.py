"""The two kinds of HTTP client below everything: one that carries the key, one that cannot.

Requests to the service's API carry the key; uploads and downloads go to storage hosts and must not, so they have
clients of their own that never see it. Both follow no redirects, keep no cookies and reach this machine
without a proxy. What httpx raises becomes one of two facts: the request was not sent, or nobody knows.
"""

from __future__ import annotations

import asyncio
import http.cookiejar
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeAlias

import httpx

from qa_pipeline.dashscope.connection_pool import ClientStack
from qa_pipeline.dashscope.errors import BadReply, ConnectionLost, DashScopeError, NotSent
from qa_pipeline.dashscope.regions import Endpoint, is_loopback
from qa_pipeline.dashscope.service_clock import ServiceClock

MAX_REPLY_BYTES = 16 * 1024 * 1024
"""An API reply is a few kB; a page of the task list a few dozen."""
MAX_UPLOADS = 16
MAX_DOWNLOADS = 16
"""Transfers at once; whoever comes later waits for a place. Each has a connection of its own."""
KEEP_ALIVE_S = 2.0
"""Shorter than any server's own (uvicorn: 5 s): a server that closes a connection just as a submit goes out on
it would leave the submit ambiguous."""
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


BeforeLastByte: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: per phase, then `reply_s` for a whole API call and `transfer_s` for a whole upload or download.

    `answer_s`: a synchronous request, which may be silent until the model has heard all of it (the official
    client waits as long).
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    write_s: float = 60.0
    reply_s: float = 120.0
    answer_s: float = 300.0
    transfer_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is from 200 to 299."""
        return 200 <= self.status < 300


class Wire:
    """Sends requests; async context manager. `transport` replaces the network, in tests."""

    def __init__(
        self,
        endpoint: Endpoint,
        headers: Mapping[str, str],
        timeouts: Timeouts,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.service_clock = ServiceClock()
        self._endpoint = endpoint
        self._timeouts = timeouts
        certificates = httpx.create_ssl_context()  # read once, not for every client

        def client(own_headers: Mapping[str, str]) -> httpx.AsyncClient:
            return _client(endpoint, timeouts, transport, certificates, own_headers)

        self._api = ClientStack(lambda: client(headers), KEEP_ALIVE_S)  # the rate limits bound what is under way
        self._transfers = ClientStack(lambda: client({}), KEEP_ALIVE_S)
        _keep_signatures_out_of_logs()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._api.aclose()
        await self._transfers.aclose()

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        before_last_byte: BeforeLastByte | None = None,
    ) -> Reply:
        """One request to the API, with the key; `path` begins behind `/api/v1`.

        `before_last_byte` is awaited when all of the body but its last byte has been handed to the network: what it
        raises ends the request, which is then incomplete for everybody.

        Raises:
            NotSent, ConnectionLost: no reply.
            BadReply: a reply of more than 16 MiB.
        """
        async with _facts_of_the_network(self._timeouts.reply_s), self._api.client() as client:
            request = client.build_request(
                method, self._endpoint.base_url + path, params=params, **_with_body(headers, content, before_last_byte)
            )
            response = await client.send(request, stream=True)
            try:
                body = await read_capped(response, MAX_REPLY_BYTES, _too_long_a_reply())
            finally:
                await response.aclose()
        reply = Reply(response.status_code, response.headers, body)
        if reply.is_success:  # an error may be a gateway's, by the gateway's clock
            self.service_clock.learn(response.headers.get("date"))
        return reply

    @asynccontextmanager
    async def answer(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes,
        before_last_byte: BeforeLastByte | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """A call to the API, with the key, that is answered at once; the body is the caller's to read as it comes.

        `before_last_byte` as with `call`.

        Raises:
            NotSent, ConnectionLost: no reply, or it broke off.
        """
        limits = self._timeouts
        phases = httpx.Timeout(limits.answer_s, connect=limits.connect_s, write=limits.write_s)
        async with _facts_of_the_network(limits.answer_s), self._api.client() as client:
            request = client.build_request(
                "POST", url, timeout=phases, **_with_body(headers, content, before_last_byte)
            )
            response = await client.send(request, stream=True)
            try:
                yield response
            finally:
                await response.aclose()

    @asynccontextmanager
    async def transfer(
        self,
        method: str,
        url: httpx.URL,
        *,
        headers: Mapping[str, str] | None = None,
        content: AsyncIterator[bytes] | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """One request to a storage host, without the key; the body is the caller's to read.

        Raises:
            NotSent, ConnectionLost: no reply, or it broke off.
        """
        async with _facts_of_the_network(self._timeouts.transfer_s), self._transfers.client() as client:
            request = client.build_request(method, url, headers=headers, content=content)
            response = await client.send(request, stream=True)
            try:
                yield response
            finally:
                await response.aclose()


def _with_body(
    headers: Mapping[str, str] | None, content: bytes | None, before_last_byte: BeforeLastByte | None
) -> dict[str, Any]:
    """Headers and body of a request, as httpx takes them."""
    if content is None or before_last_byte is None:
        return {"headers": headers, "content": content}

    async def in_two() -> AsyncIterator[bytes]:
        yield content[:-1]
        await before_last_byte()
        yield content[-1:]

    return {"headers": {**(headers or {}), "Content-Length": str(len(content))}, "content": in_two()}


async def read_capped(response: httpx.Response, max_bytes: int, too_large: DashScopeError) -> bytes:
    """The decoded body, or `too_large` as soon as it is longer than `max_bytes`."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise too_large
    return bytes(body)


def _too_long_a_reply() -> BadReply:
    return BadReply("BadReply", f"the reply is longer than {MAX_REPLY_BYTES:,} bytes")


def _client(
    endpoint: Endpoint,
    timeouts: Timeouts,
    transport: httpx.AsyncBaseTransport | None,
    certificates: ssl.SSLContext,
    own_headers: Mapping[str, str],
) -> httpx.AsyncClient:
    hosts = {"127.0.0.1", "localhost", "[::1]"}
    own_host = httpx.URL(endpoint.base_url).host
    if is_loopback(own_host) and ":" not in own_host:
        hosts.add(own_host)
    return httpx.AsyncClient(
        transport=transport,
        mounts={f"all://{host}": None for host in hosts},  # None: no proxy, whatever the environment says
        timeout=httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s, write=timeouts.write_s),
        limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE_S),
        cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "qa-pipeline", "Accept": "application/json", **own_headers},
        verify=certificates,
        follow_redirects=False,
    )


@asynccontextmanager
async def _facts_of_the_network(total_s: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(total_s):
            yield
    except _NEVER_SENT as error:
        raise NotSent(type(error).__name__, f"no connection: {_reason(error)}") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise ConnectionLost(type(error).__name__, f"no complete reply: {_reason(error)}") from error
    except TimeoutError as error:
        raise ConnectionLost("TotalTimeout", f"no complete reply within {total_s:g} s") from error


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


class _QueryRedaction(logging.Filter):
    """httpx logs every URL at INFO, and the storage's URLs carry a signature that opens a conversation."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                argument.copy_with(query=None) if isinstance(argument, httpx.URL) else argument
                for argument in record.args
            )
        return True


_REDACTION = _QueryRedaction()


def _keep_signatures_out_of_logs() -> None:
    logging.getLogger("httpx").addFilter(_REDACTION)  # adding it twice changes nothing
