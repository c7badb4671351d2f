"""Sends a message to a webhook: one request, no redirects, this machine without a proxy, an end in time.

The address of a webhook is a password: whoever has it can write there. It is in no log and in no trouble that is told.
"""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import logging
from collections.abc import Mapping

import httpx

from qa_pipeline.alerts.channels import Channel
from qa_pipeline.alerts.messages import Message
from qa_pipeline.alerts.replies import Trouble, trouble_in
from qa_pipeline.alerts.signing import dingtalk_query, feishu_signature
from qa_pipeline.alerts.templates import body_of
from qa_pipeline.dashscope.regions import is_loopback
from qa_pipeline.outbox.addresses import Address

TOTAL_S = 15.0
MAX_REPLY_BYTES = 64 * 1024
KEY_HEADER = "Idempotency-Key"


class _Redaction(logging.Filter):
    """httpx logs every URL at INFO, and those of webhooks are secrets."""

    def __init__(self) -> None:
        super().__init__()
        self.hosts: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                argument.copy_with(path="/", query=None)
                if isinstance(argument, httpx.URL) and argument.host in self.hosts
                else argument
                for argument in record.args
            )
        return True


_REDACTION = _Redaction()


def post(channel: Channel, address: Address, message: Message, now: float, total_s: float = TOTAL_S) -> Trouble | None:
    """Sends it; what went wrong, or None. `now` in UTC epoch seconds, for signatures."""
    body = body_of(channel.kind, message)
    url = address.url
    if address.secret and channel.kind == "feishu":
        body = {**feishu_signature(address.secret, now), **body}
    if address.secret and channel.kind == "dingtalk":
        url += ("&" if "?" in url else "?") + dingtalk_query(address.secret, now)
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    _REDACTION.hosts.add(httpx.URL(url).host)
    logging.getLogger("httpx").addFilter(_REDACTION)  # adding it twice changes nothing
    try:
        status, headers, reply = asyncio.run(_ask(url, content, message.key, total_s))
    except TimeoutError:
        return Trouble(f"no whole answer within {total_s:g} s")
    except httpx.TimeoutException:
        return Trouble(f"no answer within {total_s:g} s")
    except httpx.ConnectError:
        return Trouble("no connection: nothing answers there, or the name or certificate is wrong")
    except httpx.HTTPError as error:
        return Trouble(f"the connection broke ({type(error).__name__})")
    return trouble_in(channel.kind, status, headers, reply, now)


async def _ask(url: str, content: bytes, key: str, total_s: float) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and the beginning of the body of the reply."""
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "qa-pipeline", KEY_HEADER: key}
    async with (
        asyncio.timeout(total_s),
        _client(httpx.URL(url).host, total_s) as client,
        client.stream("POST", url, content=content, headers=headers) as response,
    ):
        reply = bytearray()
        async for chunk in response.aiter_bytes():
            reply += chunk
            if len(reply) > MAX_REPLY_BYTES:
                break
        return response.status_code, response.headers, bytes(reply)


def _client(host: str, total_s: float) -> httpx.AsyncClient:
    hosts = {"127.0.0.1", "localhost", "[::1]"} | ({host} if is_loopback(host) and ":" not in host else set())
    return httpx.AsyncClient(
        mounts={f"all://{own}": None for own in hosts},  # None: no proxy, whatever the environment says
        timeout=httpx.Timeout(total_s),
        cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
    )
