"""A wire between pipeline and service that changes result files on their way: the service itself stays what it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Tamper = Callable[[bytes], bytes]
_HOP_HEADERS = {"connection", "content-length", "transfer-encoding", "content-encoding", "host", "accept-encoding"}


@dataclass
class Wire:
    """Where the tampered service is, and what was delivered: result bytes by the word that marked their recording."""

    base_url: str
    tampers: dict[str, Tamper] = field(default_factory=dict)
    delivered: dict[str, bytes] = field(default_factory=dict)


@contextmanager
def tampered(service_url: str, tampers: Mapping[str, Tamper]) -> Iterator[Wire]:
    """The service at another address, where the result of a recording whose name holds a key is changed."""
    origin = service_url.removesuffix("/api/v1")
    wire = Wire("", dict(tampers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_HEADERS}
            answer = upstream.request(
                self.command, origin + self.path, content=self.rfile.read(length), headers=headers
            )
            body = answer.content.replace(origin.encode(), wire.base_url.removesuffix("/api/v1").encode())
            body = _changed(wire, body)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _HOP_HEADERS:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _forward  # noqa: N815 - the base class calls methods of these names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    wire.base_url = f"http://127.0.0.1:{server.server_port}/api/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    with httpx.Client(trust_env=False, timeout=60) as upstream:
        thread.start()
        try:
            yield wire
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _changed(wire: Wire, body: bytes) -> bytes:
    """The body as it is delivered: only a result file names its audio at the top."""
    try:
        document: Any = json.loads(body)
    except ValueError:
        return body
    address = document.get("file_url", "") if isinstance(document, dict) and "transcripts" in document else ""
    mark = next((mark for mark in wire.tampers if mark in address), None)
    if mark is None:
        return body
    wire.delivered[mark] = wire.tampers[mark](body)
    return wire.delivered[mark]
