"""Storages on loopback for tests: moto's S3 server, spoken to over real HTTP, and one that answers what it is told."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from qa_pipeline.object_storage.bucket import Bucket, StoredObject

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
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Gate:
    """A way into an S3 server that looks at signed addresses as S3 does: one that has expired is refused.

    Moto takes any address for ever, so expiry is judged here, by the date and the seconds that were signed. With
    `is_closed` even a valid address is refused, as by a bucket's policy. `fetched` counts addresses that were let in.
    The first of them are kept waiting for `waits_s`, as if they came out of a long queue.
    """

    url: str
    is_closed: bool = False
    fetched: int = 0
    refused: int = 0
    waits_s: list[float] = field(default_factory=list)

    def admits(self, path: str) -> bool:
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        if "X-Amz-Signature" not in query:
            return True  # a request of the product's own, with its keys in a header
        if self.waits_s:
            time.sleep(self.waits_s.pop())
        signed_at = dt.datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        is_alive = dt.datetime.now(dt.UTC) <= signed_at + dt.timedelta(seconds=int(query["X-Amz-Expires"]))
        is_admitted = is_alive and not self.is_closed
        self.fetched += is_admitted
        self.refused += not is_admitted
        return is_admitted


@contextmanager
def gate(server: S3Server) -> Iterator[Gate]:
    """Forwards to `server` what the gate admits."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if not door.admits(self.path):
                self._answer(403, b"<Error><Code>AccessDenied</Code></Error>", {})
                return
            kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            reply = httpx.request(
                self.command, f"{server.url}{self.path}", content=content, headers=kept, trust_env=False
            )
            self._answer(reply.status_code, reply.content, dict(reply.headers))

        do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - names of the base class

        def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() in ("etag", "last-modified", "content-type"):
                    self.send_header(name, value)
            length = headers.get("content-length", "0") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Says nothing."""

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    door = Gate(f"http://127.0.0.1:{web.server_port}")
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield door
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


def count_downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that gets the key of every object that is really downloaded, in order."""
    keys: list[str] = []
    download = Bucket.download

    def counting(self: Bucket, key: str, target: Path) -> StoredObject:
        keys.append(key)
        return download(self, key, target)

    monkeypatch.setattr(Bucket, "download", counting)
    return keys
