"""Lets the service close a client's connection without an answer, as a network does on a bad day.

An ASGI application can't do that, so the server's protocol class remembers each connection's transport under
the client's address; `Connections.drop` closes the one a request came by.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.auto import AutoHTTPProtocol


class Connections:
    """Open connections by client address (host, port)."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """The HTTP protocol class that the server must use for `drop` to work."""
        connections = self._open

        class RememberedProtocol(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                peer = transport.get_extra_info("peername")
                self.address = tuple(peer[:2]) if peer else None
                if self.address is not None:
                    connections[self.address] = cast("asyncio.Transport", transport)
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                if self.address is not None:
                    connections.pop(self.address, None)
                super().connection_lost(exc)

        return RememberedProtocol

    def drop(self, scope: Scope) -> bool:
        """Closes the connection that the request came by, at once; False when it isn't known."""
        client: Any = scope.get("client")
        transport = self._open.get(tuple(client)) if client else None
        if transport is None:
            return False
        transport.abort()
        return True
