"""Storages on loopback for tests: moto's S3 server, spoken to over real HTTP, and one that answers what it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import httpx
import pytest

KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret-of-tests", "AWS_REGION": "us-east-1"}
OWNER = {
    "Authorization": f"AWS4-HMAC-SHA256 Credential={KEYS['AWS_ACCESS_KEY_ID']}/20250901/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0"
}
"""Moto takes whoever names an account for its owner, and does not check the signature unless told to."""


@dataclass
class S3Server:
    """A server of S3's API; things are put into it past the code under test."""

    url: str

    def make_bucket(self, name: str) -> str:
        self._put(f"/{name}", b"")
        return name

    def put(self, bucket: str, key: str, content: bytes = b"x") -> None:
        self._put(f"/{bucket}/{quote(key)}", content)

    def delete(self, bucket: str, key: str) -> None:
        httpx.delete(f"{self.url}/{bucket}/{quote(key)}", headers=OWNER, trust_env=False).raise_for_status()

    def keys(self, bucket: str) -> list[str]:
        """All keys, as the server's own listing has them."""
        query = {"list-type": "2"}
        reply = httpx.get(f"{self.url}/{bucket}", params=query, headers=OWNER, trust_env=False)
        listing = reply.raise_for_status().text
        return [part.partition("</Key>")[0] for part in listing.split("<Key>")[1:]]

    @contextmanager
    def checking_keys(self) -> Iterator[None]:
        """The server refuses keys that it did not give out, which it does not do otherwise."""
        self._post("/moto-api/reset-auth", b"0")
        try:
            yield
        finally:
            self._post("/moto-api/reset-auth", b"inf")

    def _put(self, path: str, content: bytes) -> None:
        httpx.put(f"{self.url}{path}", content=content, headers=OWNER, trust_env=False).raise_for_status()

    def _post(self, path: str, content: bytes) -> None:
        httpx.post(f"{self.url}{path}", content=content, trust_env=False).raise_for_status()


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Runs moto's server in a thread."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Server(f"http://{host}:{port}")
    finally:
        server.stop()


def set_keys(patch: pytest.MonkeyPatch) -> None:
    """Keys in the environment, and nobody's own."""
    for name in ("AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "AWS_ALLOW_HTTP"):
        patch.delenv(name, raising=False)
    for name, value in KEYS.items():
        patch.setenv(name, value)


@dataclass
class ScriptedStorage:
    """Answers every request with one status and body; `asked` are the methods and paths it was asked for."""

    url: str
    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def scripted_storage() -> Iterator[ScriptedStorage]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.asked.append(f"{self.command} {self.path}")
            content = script.body.encode()
            self.send_response(script.status)
            for name, value in script.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_HEAD = do_PUT = do_DELETE = do_GET  # noqa: N815 - names of the base class

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script = ScriptedStorage(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
