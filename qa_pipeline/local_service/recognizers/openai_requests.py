"""Requests to a server with an OpenAI-style API: what may be tried again is, everything else has a clear end."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from qa_pipeline.local_service.config import OPENAI_KEY_VARIABLE, is_loopback_host
from qa_pipeline.local_service.errors import TaskFailure
from qa_pipeline.local_service.recognizers.failures import FAILED_CODE, REFUSED_CODE, STOPPED_CODE, UNAVAILABLE_CODE

CONNECT_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 300.0
"""How long a server may take over one piece of at most half a minute; on a CPU that can be minutes."""

ATTEMPTS = 4
FIRST_DELAY_S, LONGEST_DELAY_S, JITTER = 0.5, 8.0, 0.25
LONGEST_RETRY_AFTER_S = 120.0
MAX_ANSWER_BYTES = 10 * 1024 * 1024
"""The transcript of half a minute is a few kilobytes."""

_TRY_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class ServerRefused(TaskFailure):
    """The server said no, with this status; asking again changes nothing."""

    status: int = 0


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes
    retry_after_s: float | None


class _TryAgain(Exception):
    """This attempt came to nothing and another may not; `delay_s` where the server said how long to wait."""

    def __init__(self, reason: str, delay_s: float | None = None) -> None:
        super().__init__(reason)
        self.delay_s = delay_s


class OpenAiServer:
    """One server, for callers on several threads; `stop` ends it.

    Requests run in an event loop on a thread of their own: there, other than in a blocked thread, one that takes
    minutes can be broken off when the service stops.
    """

    def __init__(self, base_url: str, api_key: str | None, *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self.base_url = base_url.rstrip("/")
        self._headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
        self._timeout = httpx.Timeout(answer_timeout_s, connect=CONNECT_TIMEOUT_S)
        self._lock = threading.Lock()
        self._is_stopped = False
        self._work: _Work | None = None

    @property
    def shown(self) -> str:
        """The address as messages may show it, without a password in it."""
        return shown_address(self.base_url)

    def stop(self) -> None:
        """Breaks off what is under way; nothing can be asked any more."""
        with self._lock:
            self._is_stopped = True
            work, self._work = self._work, None
        if work is not None:
            work.stop()

    def require_running(self) -> None:
        """Raises TaskFailure once `stop` was called."""
        if self._is_stopped:
            raise TaskFailure(STOPPED_CODE, f"{STOPPED_CODE}: the local service is being stopped.")

    def post(self, path: str, **content: Any) -> Any:
        """The JSON that the server answers; `content` as httpx takes it (`json`, or `data` and `files`).

        Raises:
            ServerRefused: it refuses, for good.
            TaskFailure: it can't be reached or is overloaded after all attempts, what it answers is not JSON, or the
                service is being stopped.
        """
        with self._lock:
            self.require_running()
            if self._work is None:
                self._work = _Work(self._new_client)
            answer = self._work.begin(lambda client: self._post(client, path, content))
        try:
            return answer.result()
        except CancelledError:
            self.require_running()
            raise

    def _new_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers=self._headers,
            timeout=self._timeout,
            follow_redirects=False,
            # A proxy of the environment is for the way out, never for this machine.
            trust_env=not is_loopback_host(urlsplit(self.base_url).hostname or ""),
        )

    async def _post(self, client: httpx.AsyncClient, path: str, content: Mapping[str, Any]) -> Any:
        for attempt in range(ATTEMPTS):
            try:
                return await self._once(client, path, content)
            except _TryAgain as trouble:
                reason = trouble
                logger.warning("%s%s, attempt %d of %d: %s", self.shown, path, attempt + 1, ATTEMPTS, trouble)
            if attempt + 1 < ATTEMPTS:
                await asyncio.sleep(_delay_s(attempt, reason.delay_s))
        raise TaskFailure(
            UNAVAILABLE_CODE,
            f"{UNAVAILABLE_CODE}: the recognizer's server {self.shown} (QA_OPENAI_BASE_URL) gave no answer in "
            f"{ATTEMPTS} attempts: {reason}.",
        )

    async def _once(self, client: httpx.AsyncClient, path: str, content: Mapping[str, Any]) -> Any:
        try:
            reply = await self._exchange(client, path, content)
        except httpx.TransportError as error:
            raise _TryAgain(str(error) or type(error).__name__) from error
        if reply.status in _TRY_AGAIN:
            raise _TryAgain(f"status {reply.status}: {_reason(reply.body)}", reply.retry_after_s)
        if reply.status != 200:
            raise self._refusal(path, reply)
        try:
            return json.loads(reply.body)
        except (ValueError, RecursionError) as error:
            raise TaskFailure(
                FAILED_CODE, f"{FAILED_CODE}: {self.shown}{path} answers something that is not JSON: {error}."
            ) from error

    async def _exchange(self, client: httpx.AsyncClient, path: str, content: Mapping[str, Any]) -> _Reply:
        async with client.stream("POST", f"{self.base_url}{path}", **content) as reply:
            body = bytearray()
            async for block in reply.aiter_bytes():
                body += block
                if len(body) > MAX_ANSWER_BYTES:
                    raise TaskFailure(
                        FAILED_CODE,
                        f"{FAILED_CODE}: {self.shown}{path} answers more than {MAX_ANSWER_BYTES:,} bytes, which is "
                        "no transcript.",
                    )
            return _Reply(reply.status_code, bytes(body), _seconds(reply.headers.get("retry-after")))

    def _refusal(self, path: str, reply: _Reply) -> ServerRefused:
        advice = {
            401: f"set {OPENAI_KEY_VARIABLE} to a key that it takes",
            403: f"set {OPENAI_KEY_VARIABLE} to a key that it takes",
            404: "check QA_OPENAI_MODEL, QA_OPENAI_ENDPOINT and that QA_OPENAI_BASE_URL ends as it should (/v1)",
        }.get(reply.status, "its own log says more")
        message = f"{self.shown}{path} answers {reply.status}: {_reason(reply.body)}; {advice}."
        return ServerRefused(REFUSED_CODE, f"{REFUSED_CODE}: {message}", reply.status)


class _Work:
    """An event loop on a thread, with one client in it."""

    def __init__(self, new_client: Callable[[], httpx.AsyncClient]) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = new_client()
        self._thread = threading.Thread(target=self._loop.run_forever, name="recognizer-requests", daemon=True)
        self._thread.start()

    def begin(self, ask: Callable[[httpx.AsyncClient], Coroutine[Any, Any, Any]]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(ask(self._client), self._loop)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._break_off(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _break_off(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()


def shown_address(url: str) -> str:
    """A URL without a password that somebody wrote into it, and without what follows its path."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"


def _delay_s(attempt: int, asked_s: float | None) -> float:
    """The server's own wish up to two minutes, else 0.5 s, doubled each time, up to 8 s, and a random part of it."""
    if asked_s is not None:
        return min(asked_s, LONGEST_RETRY_AFTER_S)
    delay_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0**attempt)
    return delay_s * (1 - JITTER * random.random())  # noqa: S311 - spreads retries, keeps no secret


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None


def _reason(body: bytes) -> str:
    """The server's sentence, from the shapes that are common; else the beginning of what it sent."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    for found in _sentences(document):
        return found.rstrip(". ")[:300]
    return " ".join(body[:300].decode("utf-8", "replace").split()) or "no explanation"


def _sentences(document: Any) -> list[str]:
    if not isinstance(document, dict):
        return []
    error = document.get("error")
    inner = error.get("message") if isinstance(error, dict) else error
    candidates = [inner, document.get("message"), document.get("detail")]
    return [text for text in candidates if isinstance(text, str) and text.strip()]
