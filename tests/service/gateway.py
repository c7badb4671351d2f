"""A gateway on loopback with a paid account behind it: it answers everything 200 and counts what it is asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RECORDED = json.dumps(
    {
        "status": "ok", "version": "0.1.0", "engine": "local/reference", "recognizer": {"name": "reference"},
        "product": "qa-pipeline local service", "proof": "0" * 64, "models": [],
    }
)  # fmt: skip
"""What our own local service once said of itself, to somebody else's question."""


@dataclass
class Gateway:
    """`health`: the body of `/healthz`, None for 404; "echo" answers with the request's own query."""

    health: str | None
    base_url: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def sent(self) -> list[str]:
        """What was asked of the API, health apart."""
        return [line for line in self.asked if "healthz" not in line]


@contextmanager
def gateway(health: str | None = None) -> Iterator[Gateway]:
    """One that answers for the time of the block."""
    found = Gateway(health)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            found.asked.append(f"{self.command} {self.path}")
            body = found.health if "healthz" in self.path else '{"message": "what the gateway says"}'
            body = json.dumps({"proof": self.path, "product": self.path}) if body == "echo" else body
            content = (body or "").encode()
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    found.base_url = f"http://127.0.0.1:{server.server_address[1]}/api/v1"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
