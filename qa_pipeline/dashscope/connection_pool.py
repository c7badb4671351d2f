"""HTTP clients for one request at a time, the last used on top.

httpx looks at every open connection of a pool at each request's beginning and end, so a pool costs time by the square
of its size: at a hundred submits per second over 32 connections that was a third of all the time a run computes (see
docs/benchmarks.md). How many requests are under way is bounded by those who make them; here each one in turn gets a
client, and so a connection, for itself alone: the one used last, so that no more stay open than are needed at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx


class ClientStack:
    """Lends clients that `make` makes; those not lent for `idle_s` seconds are closed at the next occasion."""

    def __init__(self, make: Callable[[], httpx.AsyncClient], idle_s: float) -> None:
        self._make = make
        self._idle_s = idle_s
        self._idle: deque[tuple[float, httpx.AsyncClient]] = deque()
        self._open: set[httpx.AsyncClient] = set()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client that nobody else uses during the block."""
        await self._close_unused()
        client = self._idle.pop()[1] if self._idle else self._make()
        self._open.add(client)
        try:
            yield client
        finally:
            self._idle.append((_now(), client))

    async def aclose(self) -> None:
        """Closes every client, those on loan too."""
        self._idle.clear()
        while self._open:
            await self._open.pop().aclose()

    async def _close_unused(self) -> None:
        while self._idle and self._idle[0][0] < _now() - self._idle_s:
            _, client = self._idle.popleft()
            self._open.discard(client)
            await client.aclose()


def _now() -> float:
    return asyncio.get_running_loop().time()
